"""What each known reference layout calls its columns, and the header faults the real files are known to have.

Belongs here: names only (source column -> our column), as data. A new spelling of a known layout is a line here.
Does not belong here: reading files (`read`), typing or checking values (`load`, `checks`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.reference.sources import ReferenceError_


@dataclass(frozen=True)
class Column:
    """One column we read: our name, the pattern of its name in the file, whether it must be there."""

    name: str
    pattern: str
    required: bool = True


@dataclass(frozen=True)
class LayoutSpec:
    """How to read one layout.

    `width` is set for files without a header: their columns are called 1..width. `sheet` and `header_cell` find the
    table inside a workbook. `faults` maps a wrong header name, exactly as published, to the right one.
    """

    columns: tuple[Column, ...]
    width: int | None = None
    sheet: str | None = None
    header_cell: str | None = None
    faults: dict[str, str] = field(default_factory=dict)


def _exact(name: str, source: str, required: bool = True) -> Column:
    return Column(name, re.escape(source), required)


def _imd(lsoa_year: int, lad_year: int) -> tuple[Column, ...]:
    return (
        _exact("lsoa_code", f"LSOA code ({lsoa_year})"),
        _exact("lsoa_name", f"LSOA name ({lsoa_year})"),
        _exact("la_code", f"Local Authority District code ({lad_year})"),
        _exact("la_name", f"Local Authority District name ({lad_year})"),
        _exact("imd_rank", "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"),
        _exact(
            "published_decile",
            "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
        ),
        # File 7 has it, File 1 has not.
        _exact("imd_score", "Index of Multiple Deprivation (IMD) Score", required=False),
    )


_ODS_WIDTH = 27  # every ODS 27-field file: fixed positions, no header
_AGES = tuple(Column(f"age_{age}", rf"{age}\+?" if age == 90 else str(age)) for age in range(91))

LAYOUTS: dict[str, LayoutSpec] = {
    "imd2019_file7": LayoutSpec(
        columns=_imd(2011, 2019),
        faults={
            # The published file ends its last header with a space.
            "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners) ": (
                "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners)"
            )
        },
    ),
    "imd2025_file7": LayoutSpec(
        columns=_imd(2021, 2024),
        faults={
            # The published file cuts this header after 80 characters.
            "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO": (
                "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSOAs)"
            )
        },
    ),
    "imd2025_file1": LayoutSpec(
        columns=_imd(2021, 2024),
        sheet="IMD25",
        header_cell="LSOA code (2021)",
        faults={
            # The published workbook cuts its decile header.
            "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA": (
                "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
            )
        },
    ),
    "lsoa11_lsoa21_exact_fit": LayoutSpec(
        columns=(
            Column("lsoa11_code", r"(F_)?LSOA11CD"),
            Column("lsoa21_code", "LSOA21CD"),
            Column("change_indicator", "CHGIND"),
        )
    ),
    "lsoa21_sub_icb_icb": LayoutSpec(
        columns=(
            Column("lsoa21_code", "LSOA21CD"),
            Column("sub_icb_code", r"SICBL\d\dCD"),
            Column("sub_icb_ods_code", r"SICBL\d\dCDH"),
            Column("sub_icb_name", r"SICBL\d\dNM"),
            Column("icb_code", r"ICB\d\dCD"),
            Column("icb_ods_code", r"ICB\d\dCDH"),
            Column("icb_name", r"ICB\d\dNM"),
            Column("region_code", r"NHSER\d\dCD", required=False),
            Column("region_name", r"NHSER\d\dNM", required=False),
            Column("la_code", r"LAD\d\dCD", required=False),
            Column("la_name", r"LAD\d\dNM", required=False),
        )
    ),
    "lsoa21_lad": LayoutSpec(
        columns=(
            Column("lsoa21_code", "LSOA21CD"),
            Column("la_code", r"LAD\d\dCD"),
            Column("la_name", r"LAD\d\dNM"),
        )
    ),
    "etr": LayoutSpec(
        columns=(
            _exact("organisation_code", "1"),
            _exact("organisation_name", "2"),
            _exact("national_grouping", "3"),
            _exact("high_level_geography", "4"),
            _exact("open_date", "11"),
            _exact("close_date", "12"),
        ),
        width=_ODS_WIDTH,
    ),
    "epraccur": LayoutSpec(
        columns=(
            _exact("organisation_code", "1"),
            _exact("organisation_name", "2"),
            _exact("national_grouping", "3"),
            _exact("high_level_geography", "4"),
            _exact("open_date", "11"),
            _exact("close_date", "12"),
            _exact("commissioner_code", "15"),
        ),
        width=_ODS_WIDTH,
    ),
    "org_successor": LayoutSpec(
        columns=(
            Column("predecessor_code", "old_code"),
            Column("successor_code", "new_code"),
            Column("from_date", "date"),
        )
    ),
    "ods_succ": LayoutSpec(
        columns=(
            _exact("predecessor_code", "1"),
            _exact("successor_code", "2"),
            _exact("from_date", "4"),
        ),
        width=5,
    ),
    "population_lsoa11_syoa": LayoutSpec(
        columns=(
            Column("lsoa_code", "lsoa11_code|LSOA Code"),
            Column("total_population", "total_population|All Ages"),
            *_AGES,
        ),
        sheet="Mid-2020 Persons",
        header_cell="LSOA Code",
    ),
    "population_lsoa21_long": LayoutSpec(
        columns=(
            Column("lsoa_code", "lsoa21_code"),
            Column("sex_code", "sex"),
            Column("ethnic_category_code", "ethnic_category"),
            Column("age_from", "age_from"),
            Column("population", "population"),
        )
    ),
}


def mend_header(layout: str, names: list[str]) -> list[str]:
    """The header with the known faults of the layout put right; every other name stays as it is."""
    faults = LAYOUTS[layout].faults
    return [faults.get(name, name) for name in names]


def match_columns(layout: str, names: list[str], file: str) -> dict[str, str]:
    """Our column name -> the name in this file's header.

    Raises ReferenceError_ naming the file and columns when a required one is missing or two answer to one name.
    """
    found: dict[str, str] = {}
    missing: list[str] = []
    for column in LAYOUTS[layout].columns:
        hits = [name for name in names if re.fullmatch(column.pattern, name)]
        if len(hits) > 1:
            raise ReferenceError_(f"{file}: columns {hits} all answer to {column.name} of layout {layout}")
        if hits:
            found[column.name] = hits[0]
        elif column.required:
            missing.append(column.pattern.replace("\\", ""))
    if missing:
        raise ReferenceError_(
            f"{file}: layout {layout} lacks columns {missing}; it is another file or a changed layout"
        )
    return found


def edition_of(names: list[str], file: str) -> int:
    """Organisation edition of an LSOA to sub-ICB to ICB lookup, from its own column names (ICB24CD -> 2024)."""
    years = {int(hit.group(1)) for name in names if (hit := re.fullmatch(r"(?:SICBL|ICB)(\d\d)CD", name))}
    if len(years) != 1:
        raise ReferenceError_(f"{file}: the sub-ICB and ICB columns are of {len(years)} editions, expected one")
    return 2000 + years.pop()

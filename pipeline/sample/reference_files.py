"""The reference files of the fictional country, each in the layout of its real counterpart, and their source table.

Belongs here: headers, order, line ends and known faults of the published files, and which dataset each file serves.
Does not belong here: which areas, people and organisations exist. Headers are those of IoD2019 File 7, IoD2025 File 7
and File 1, the ONS LSOA lookups and the ODS 27-column files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.sample.deprivation import Deprivation, Index
from pipeline.sample.files import Written, write_parquet, write_rows, write_workbook
from pipeline.sample.geography import (
    ICB,
    ICB_NAMES,
    LOCAL_AUTHORITIES,
    REGION_NAMES,
    REGION_OF_ICB,
    SUB_ICB,
    Geography,
    icb_codes,
    la_code,
    region_codes,
    sub_icb_codes,
)
from pipeline.sample.organisations import MERGED, PRACTICES_PER_LA, SUCCESSOR, TRUSTS, practice_code
from pipeline.sample.population import AGE_FROM, ETHNIC, SEX, Population
from pipeline.sample.streams import Ints, Texts
from pipeline.sample.timeline import MERGER_DATE

PUBLISHER, LICENCE = "Fictional country of the embedded sample", "Synthetic, no rights reserved"
_TENTH = "(where 1 is most deprived 10% of LSOAs)"
_MEASURES = (
    ("Index of Multiple Deprivation (IMD)", "Score"),
    ("Income", "Score (rate)"),
    ("Employment", "Score (rate)"),
    ("Education, Skills and Training", "Score"),
    ("Health Deprivation and Disability", "Score"),
    ("Crime", "Score"),
    ("Barriers to Housing and Services", "Score"),
    ("Living Environment", "Score"),
    ("Income Deprivation Affecting Children Index (IDACI)", "Score (rate)"),
    ("Income Deprivation Affecting Older People (IDAOPI)", "Score (rate)"),
    ("Children and Young People Sub-domain", "Score"),
    ("Adult Skills Sub-domain", "Score"),
    ("Geographical Barriers Sub-domain", "Score"),
    ("Wider Barriers Sub-domain", "Score"),
    ("Indoors Sub-domain", "Score"),
    ("Outdoors Sub-domain", "Score"),
)
_POPULATION_2019 = (
    "Total population: mid 2015 (excluding prisoners)",
    "Dependent Children aged 0-15: mid 2015 (excluding prisoners)",
    "Population aged 16-59: mid 2015 (excluding prisoners)",
    "Older population aged 60 and over: mid 2015 (excluding prisoners)",
    "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners)",
)
_POPULATION_2025 = (
    "Total population: mid 2022",
    "Dependent Children aged 0-15: mid 2022",
    "Older population aged 60 and over: mid 2022",
    "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
)
_ODS_WIDTH = 27


@dataclass(frozen=True)
class ReferenceFile:
    """A written reference file and its row in the source table; ``columns`` is its header or the number of columns."""

    dataset: str
    layout: str
    vintage: str
    columns: Sequence[str] | int
    note: str
    written: Written


def imd_header(edition: int) -> list[str]:
    """The header of File 7 as meant: without the faults of the published file."""
    lsoa, district = {2019: (2011, 2019), 2025: (2021, 2024)}[edition]
    names = [
        f"LSOA code ({lsoa})",
        f"LSOA name ({lsoa})",
        f"Local Authority District code ({district})",
        f"Local Authority District name ({district})",
    ]
    for measure, score in _MEASURES:
        names += [f"{measure} {score}", f"{measure} Rank (where 1 is most deprived)", f"{measure} Decile {_TENTH}"]
    return names + list(_POPULATION_2019 if edition == 2019 else _POPULATION_2025)


def published_imd_header(edition: int) -> list[str]:
    """The header as published: 2019 ends with a space, 2025 cuts one name after 80 characters."""
    names = imd_header(edition)
    if edition == 2019:
        return [*names[:-1], names[-1] + " "]
    return [name[:80] if name.startswith("Children and Young People Sub-domain Decile") else name for name in names]


def write_reference(
    folder: Path, geography: Geography, deprivation: Deprivation, population: Population
) -> list[Written]:
    """Writes every reference file and sources.csv into ``folder``."""
    found = list(_files(folder, geography, deprivation, population))
    table = write_rows(
        folder / "sources.csv",
        ["dataset", "layout", "file", "mirror_file", "url", "publisher", "licence", "vintage", "sha256", "rows",
         "columns", "note"],
        [
            [
                item.dataset, item.layout, item.written.path.name, "", "", PUBLISHER, LICENCE, item.vintage,
                item.written.sha256, item.written.rows,
                item.columns if isinstance(item.columns, int) else "|".join(item.columns), item.note,
            ]
            for item in found
        ],
    )  # fmt: skip
    return [*(item.written for item in found), table]


def _files(
    folder: Path, geography: Geography, deprivation: Deprivation, population: Population
) -> Iterator[ReferenceFile]:
    persons21 = population.persons.sum(axis=(2, 3))
    # A 2011 LSOA is described by the first 2021 LSOA made from it: the columns are there for the layout only.
    first21 = np.zeros(len(geography.code11), dtype=np.int64)
    first21[geography.change11[::-1]] = geography.change21[::-1]
    for edition, index, code, name, la, persons in (
        (2019, deprivation.imd2019, geography.code11, geography.name11, geography.la11, persons21[first21]),
        (2025, deprivation.imd2025, geography.code21, geography.name21, geography.la21, persons21),
    ):
        rows = list(_imd_rows(edition, index, code, name, la, persons))
        line_end = "\r\n" if edition == 2019 else "\n"
        written = write_rows(folder / f"imd{edition}_file7.csv", published_imd_header(edition), rows, line_end)
        note = "header faults as in the published file"
        yield ReferenceFile(
            f"imd{edition}_file7", f"imd{edition}_file7", f"IoD{edition}", imd_header(edition), note, written
        )
        if edition == 2025:
            yield _workbook(folder, rows)
    yield _table(folder, "lsoa11_lsoa21", "lsoa11_lsoa21_exact_fit", "2021", *_exact_fit(geography))
    for edition in (2024, 2026):
        yield _table(
            folder, f"lsoa21_area_{edition}", "lsoa21_sub_icb_icb", f"April {edition}", *_areas(geography, edition)
        )
    yield _table(folder, "lsoa21_lad", "lsoa21_lad", "2024", *_districts(geography))
    for edition, vintage in ((2024, "July 2025"), (2026, "July 2026")):
        trusts = [_trust(at, edition) for at in range(len(TRUSTS))]
        written = write_rows(folder / f"etr_{edition}.csv", None, trusts, quote_all=True)
        yield ReferenceFile(f"etr_{edition}", "etr", vintage, _ODS_WIDTH, f"ICB parents of {edition}", written)
    practices = [_practice(at) for at in range(len(LOCAL_AUTHORITIES) * PRACTICES_PER_LA)]
    written = write_rows(folder / "epraccur.csv", None, practices, quote_all=True)
    yield ReferenceFile("epraccur", "epraccur", "July 2026", _ODS_WIDTH, "", written)
    successor = [[MERGED, SUCCESSOR, MERGER_DATE.isoformat()]]
    yield _table(folder, "org_successor", "org_successor", "July 2026", ["old_code", "new_code", "date"], successor)
    yield _population(folder, geography, population)


def _table(
    folder: Path, dataset: str, layout: str, vintage: str, header: list[str], rows: list[list[str]]
) -> ReferenceFile:
    return ReferenceFile(dataset, layout, vintage, header, "", write_rows(folder / f"{dataset}.csv", header, rows))


def _imd_rows(
    edition: int, index: Index, code: Texts, name: Texts, la: Ints, persons: Ints
) -> Iterator[list[str | int | float]]:
    children = persons[:, AGE_FROM <= 15].sum(axis=1)
    older = persons[:, AGE_FROM >= 60].sum(axis=1)
    working = persons[:, (AGE_FROM >= 18) & (AGE_FROM < 65)].sum(axis=1)
    total = persons.sum(axis=1)
    rate = [score.endswith("(rate)") for _, score in _MEASURES]
    for at in range(len(code)):
        row: list[str | int | float] = [code[at], name[at], la_code(int(la[at]) + 1), LOCAL_AUTHORITIES[la[at]][0]]
        for layer, is_rate in enumerate(rate):
            score = index.score[layer, at]
            row += [
                f"{score / 250 if is_rate else score:.3f}",
                int(index.rank[layer, at]),
                int(index.decile[layer, at]),
            ]
        middle = [int(total[at] - children[at] - older[at])] if edition == 2019 else []
        yield [*row, int(total[at]), int(children[at]), *middle, int(older[at]), int(working[at])]


def _workbook(folder: Path, rows: list[list[str | int | float]]) -> ReferenceFile:
    """File 1: the sheet IMD25 with the decile header cut after 80 characters."""
    meant = [imd_header(2025)[at] for at in (0, 1, 2, 3, 5, 6)]
    content: list[Sequence[object]] = [[*meant[:-1], meant[-1][:-2]]]
    content += [[*row[:4], row[5], row[6]] for row in rows]
    notes: list[Sequence[object]] = [["Fictional index of a fictional country. Not the Index of Multiple Deprivation."]]
    written = write_workbook(folder / "imd2025_file1.xlsx", {"Notes": notes, "IMD25": content}, len(rows))
    return ReferenceFile(
        "imd2025_file1", "imd2025_file1", "IoD2025", meant, "header fault as in the published file", written
    )


def _exact_fit(geography: Geography) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            geography.name11[old], geography.code11[old], kind, geography.name21[new], geography.code21[new],
            LOCAL_AUTHORITIES[geography.la21[new]][0], la_code(int(geography.la21[new]) + 1),
        ]
        for old, new, kind in zip(geography.change11, geography.change21, geography.change, strict=True)
    ]  # fmt: skip
    return ["LSOA11NM", "LSOA11CD", "CHGIND", "LSOA21NM", "LSOA21CD", "LAD22NM", "LAD22CD"], rows


def _areas(geography: Geography, edition: int) -> tuple[list[str], list[list[str]]]:
    year = edition % 100
    rows = []
    for at in range(geography.size):
        sub_icb = SUB_ICB[edition][geography.la21[at]]
        icb = ICB[edition][sub_icb]
        region = REGION_OF_ICB[icb]
        name = f"NHS {ICB_NAMES[icb]} ICB - {sub_icb_codes(sub_icb)[1]}"
        lsoa = [geography.code21[at], geography.name21[at]]
        body = [*sub_icb_codes(sub_icb), name, *icb_codes(icb), f"NHS {ICB_NAMES[icb]} Integrated Care Board"]
        if edition == 2024:
            body = [body[2], body[0], body[1], body[5], body[3], body[4]]
            lsoa.reverse()
        rows.append([*lsoa, *body, region_codes(region)[0], REGION_NAMES[region]])
    sub, icb_, region_ = f"SICBL{year}", f"ICB{year}", [f"NHSER{year}CD", f"NHSER{year}NM"]
    if edition == 2024:
        header = ["LSOA21NM", "LSOA21CD", f"{sub}NM", f"{sub}CD", f"{sub}CDH", f"{icb_}NM", f"{icb_}CD", f"{icb_}CDH"]
    else:
        header = ["LSOA21CD", "LSOA21NM", f"{sub}CD", f"{sub}CDH", f"{sub}NM", f"{icb_}CD", f"{icb_}CDH", f"{icb_}NM"]
    return [*header, *region_], rows


def _districts(geography: Geography) -> tuple[list[str], list[list[str]]]:
    rows = []
    for at in range(geography.size):
        la = int(geography.la21[at])
        name = LOCAL_AUTHORITIES[la][0]
        rows.append(
            [geography.name21[at], geography.code21[at], f"{name} Ward", f"F05{la + 1:06d}", name, la_code(la + 1)]
        )
    return ["LSOA21NM", "LSOA21CD", "WD24NM", "WD24CD", "LAD24NM", "LAD24CD"], rows


def _ods_row(cells: dict[int, str]) -> list[str]:
    """A row of 27 cells from ODS positions (1 to 27)."""
    return [cells.get(position, "") for position in range(1, _ODS_WIDTH + 1)]


def _trust(at: int, edition: int) -> list[str]:
    trust = TRUSTS[at]
    icb = ICB[edition][SUB_ICB[edition][trust.home]]
    closed = f"{trust.closed:%Y%m%d}" if trust.closed else ""
    return _ods_row(
        {
            1: trust.code, 2: trust.name, 3: region_codes(REGION_OF_ICB[icb])[1], 4: icb_codes(icb)[1],
            5: "HOSPITAL ROAD", 8: LOCAL_AUTHORITIES[trust.home][0].upper(), 10: f"ZX{at + 1} 1ZZ", 11: "20100401",
            12: closed, 22: "1", 24: "B",
        }
    )  # fmt: skip


def _practice(at: int) -> list[str]:
    la = at // PRACTICES_PER_LA
    sub_icb = SUB_ICB[2026][la]
    icb = ICB[2026][sub_icb]
    ods = sub_icb_codes(sub_icb)[1]
    name = LOCAL_AUTHORITIES[la][0].upper()
    return _ods_row(
        {
            1: practice_code(at), 2: f"{name} SURGERY {at % PRACTICES_PER_LA + 1}",
            3: region_codes(REGION_OF_ICB[icb])[1], 4: icb_codes(icb)[1], 5: "SURGERY LANE", 8: name,
            10: f"ZX{la + 1} {at % 9 + 1}ZZ", 11: "19740401",
            13: "A", 14: "B", 15: ods, 16: "20130401", 22: "0", 24: ods, 26: "4",
        }
    )  # fmt: skip


def _population(folder: Path, geography: Geography, population: Population) -> ReferenceFile:
    """Persons by LSOA 2021, sex, ethnic category and age; cells without anyone are left out."""
    persons = population.persons.transpose(0, 2, 3, 1)  # sorted as the columns are
    lsoa, sex, ethnic, age = np.nonzero(persons)
    table = pa.table(
        {
            "lsoa21_code": pa.array(geography.code21[lsoa], pa.string()),
            "sex": pa.array(np.array(SEX, dtype=object)[sex], pa.string()),
            "ethnic_category": pa.array(np.array(ETHNIC, dtype=object)[ethnic], pa.string()),
            "age_from": pa.array(AGE_FROM[age].astype("int16")),
            "population": pa.array(persons[lsoa, sex, ethnic, age].astype("int32")),
        }
    )
    written = write_parquet(folder / "population_lsoa21.parquet", table)
    note = "single years to 19, five-year bands from 20, 90 is 90 and over; empty cells left out"
    return ReferenceFile("population_mid2025", "population_lsoa21_long", "mid-2025", table.column_names, note, written)

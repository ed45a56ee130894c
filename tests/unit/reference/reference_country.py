"""A country of twenty small areas in the real file layouts, as editable rows, for tests of the reference loader.

Belongs here: building and writing the files and their source table. Does not belong here: assertions.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from pipeline.reference.sources import TABLE_COLUMNS
from pipeline.settings import Settings

RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
LAST_2019 = "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners) "
CUT_DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA"
SCORE = "Index of Multiple Deprivation (IMD) Score"
LSOAS = [f"F0100{n:04d}" for n in range(1, 21)]


def imd_header(lsoa_year: int, lad_year: int) -> list[str]:
    return [
        f"LSOA code ({lsoa_year})",
        f"LSOA name ({lsoa_year})",
        f"Local Authority District code ({lad_year})",
        f"Local Authority District name ({lad_year})",
        RANK,
        DECILE,
    ]


def imd_rows() -> list[list[str]]:
    return [
        [code, f"Mere {at}", f"F0700000{1 + at % 2}", f"Shire {1 + at % 2}", str(at + 1), str(at // 2 + 1)]
        for at, code in enumerate(LSOAS)
    ]


def ods_row(code: str, name: str, region: str, icb: str, opened: str, closed: str, commissioner: str = "") -> list[str]:
    cells = [""] * 27
    cells[0], cells[1], cells[2], cells[3], cells[10], cells[11], cells[14] = (
        code, name, region, icb, opened, closed, commissioner,
    )  # fmt: skip
    return cells


@dataclass
class File:
    layout: str
    header: list[str]
    rows: list[list[str]]
    columns: str = ""
    row_count: str = ""
    sha256: str | None = None  # None: the right one; "": unknown

    def expected(self) -> tuple[str, str]:
        return self.row_count, self.columns


@dataclass
class Country:
    """Files by dataset; the file of a dataset is <dataset>.csv (.xlsx for workbooks)."""

    files: dict[str, File] = field(default_factory=dict)

    def write(self, home: Path) -> Settings:
        """Write everything under home/sample/reference and return settings for it (edition 2026)."""
        folder = home / "sample" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(TABLE_COLUMNS)
            for dataset, file in self.files.items():
                path = folder / _name(dataset, file)
                _write(path, file)
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if file.sha256 is None else file.sha256
                writer.writerow(
                    [dataset, file.layout, path.name, "", "", "Tests", "CC0", "2026", sha256, *file.expected(), ""]
                )
        return Settings(home=home, organisation_edition=2026)


def _name(dataset: str, file: File) -> str:
    return f"{dataset}.xlsx" if file.layout == "imd2025_file1" else f"{dataset}.csv"


def _write(path: Path, file: File) -> None:
    if path.suffix == ".xlsx":
        workbook = openpyxl.Workbook()
        sheet = workbook.create_sheet("IMD25")
        for row in [file.header, *([*r[:4], int(r[4]), int(r[5])] for r in file.rows)]:
            sheet.append(row)
        workbook.save(path)
        return
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        if file.header:
            writer.writerow(file.header)
        writer.writerows(file.rows)


def _lookup(year: int, icb_of: list[str]) -> File:
    header = ["LSOA21CD", f"SICBL{year}CD", f"SICBL{year}CDH", f"SICBL{year}NM"]
    header += [f"ICB{year}CD", f"ICB{year}CDH", f"ICB{year}NM", f"NHSER{year}CD", f"NHSER{year}NM"]
    rows = []
    for code, icb in zip(LSOAS, icb_of, strict=True):
        sub = icb.replace("ZI", "ZS0")
        region = "1" if icb in ("ZI1", "ZI2") else "2"
        levels = (f"F380000{sub[-1]}", sub, f"Sub {sub[-1]}", f"F540000{icb[-1]}", icb, f"ICB {icb[-1]}")
        rows.append([code, *levels, f"F4000000{region}", f"Region {region}"])
    return File("lsoa21_sub_icb_icb", header, rows)


def country() -> Country:
    """Twenty LSOAs, two local authorities; three ICBs in 2024 of which ZI3 is divided between ZI1 and ZI4 in 2026."""
    old = ["ZI1"] * 8 + ["ZI2"] * 6 + ["ZI3"] * 6
    new = ["ZI1"] * 8 + ["ZI2"] * 6 + ["ZI1"] * 2 + ["ZI4"] * 4
    ages = ["lsoa21_code", "sex", "ethnic_category", "age_from", "population"]
    population = [[code, sex, "A", str(age), "7"] for code in LSOAS for sex in "12" for age in (0, 5)]
    change = [[f"F0100{n:04d}", code, "U"] for n, code in enumerate(LSOAS, start=1)]
    trusts = [("ZT1", "ZI1", "ZR1"), ("ZT2", "ZI2", "ZR1"), ("ZT3", "ZI4", "ZR2"), ("ZT4", "ZI3", "ZR2")]
    etr = [ods_row(code, f"Trust {code}", region, icb, "20100401", "") for code, icb, region in trusts]
    practices = [
        ods_row("Z00001", "Surgery", "ZR1", "ZI1", "19740401", "", "ZS01"),
        ods_row("Z00002", "Surgery", "ZR2", "QXX", "19740401", "20191231", "ZS04"),
        ods_row("Z00003", "Surgery", "ZR2", "QXX", "19740401", "", "ZS09"),
    ]
    return Country(
        {
            "imd2019": File(
                "imd2019_file7",
                [*imd_header(2011, 2019), SCORE, LAST_2019],
                [[*r, f"{90.5 - int(r[4])}", "9"] for r in imd_rows()],
            ),
            "imd2025": File("imd2025_file7", imd_header(2021, 2024), imd_rows()),
            "imd2025_file1": File("imd2025_file1", [*imd_header(2021, 2024)[:5], CUT_DECILE], imd_rows()),
            "change": File("lsoa11_lsoa21_exact_fit", ["LSOA11CD", "LSOA21CD", "CHGIND"], change),
            "area_2024": _lookup(24, old),
            "area_2026": _lookup(26, new),
            "lad": File("lsoa21_lad", ["LSOA21CD", "LAD24CD", "LAD24NM"], [[r[0], r[2], r[3]] for r in imd_rows()]),
            "etr": File("etr", [], etr),
            "epraccur": File("epraccur", [], practices),
            "successor": File("org_successor", ["old_code", "new_code", "date"], [["ZT9", "ZT1", "2019-04-01"]]),
            "population": File("population_lsoa21_long", ages, population),
        }
    )

"""The fictional country's reference files: real layouts, published rules, codes that exist nowhere."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

from pipeline.reference.load import load_reference
from pipeline.settings import Settings

GROUPS = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKL", "Black": "MNP", "Other": "RS"}


@pytest.mark.parametrize(("edition", "rows", "columns"), [(2019, 392, 57), (2025, 400, 56)])
def test_deciles_are_the_rank_times_ten_over_n_rounded_up(
    tiny_sample: Path, edition: int, rows: int, columns: int
) -> None:
    imd = pd.read_csv(tiny_sample / "reference" / f"imd{edition}_file7.csv")
    assert imd.shape == (rows, columns)
    for rank in [name for name in imd.columns if "Rank" in name]:
        decile = rank.replace("Rank (where 1 is most deprived)", "Decile (where 1 is most deprived 10% of LSO")
        published = imd[next(name for name in imd.columns if name.startswith(decile))]
        assert (np.ceil(imd[rank] * 10 / rows) == published).all()
        assert set(published) == set(range(1, 11))


def test_the_most_deprived_have_the_highest_score(tiny_sample: Path) -> None:
    for edition in (2019, 2025):
        imd = pd.read_csv(tiny_sample / "reference" / f"imd{edition}_file7.csv").iloc[:, [4, 5]]
        assert imd.sort_values(imd.columns[1], kind="stable").iloc[:, 0].is_monotonic_decreasing


def test_ranks_of_2019_are_tied_and_those_of_2025_are_not(tiny_sample: Path) -> None:
    ranks = {
        edition: pd.read_csv(tiny_sample / "reference" / f"imd{edition}_file7.csv").iloc[:, 5]
        for edition in (2019, 2025)
    }
    assert ranks[2019].nunique() == 390
    assert ranks[2025].is_unique


def test_editions_agree_in_the_main_and_move_some_lsoas(tiny_sample: Path) -> None:
    frames = [
        pd.read_csv(tiny_sample / "reference" / f"imd{edition}_file7.csv").iloc[:, [0, 6]] for edition in (2019, 2025)
    ]
    for frame, name in zip(frames, ("old", "new"), strict=True):
        frame.columns = ["code", name]
    both = frames[0].merge(frames[1], on="code")
    assert 0.85 < both["old"].corr(both["new"]) < 0.97
    assert 0.2 < (both["old"] == both["new"]).mean() < 0.6


def test_header_faults_of_the_published_files_are_there(tiny_sample: Path) -> None:
    folder = tiny_sample / "reference"
    first = (folder / "imd2019_file7.csv").read_bytes().split(b"\r\n")[0]
    assert first.endswith(b"(excluding prisoners) ")
    second = next(csv.reader([(folder / "imd2025_file7.csv").read_text().split("\n")[0]]))
    assert [name for name in second if name.endswith("10% of LSO")] == [
        "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO"
    ]
    sheet = openpyxl.load_workbook(folder / "imd2025_file1.xlsx", read_only=True)["IMD25"]
    header = next(sheet.iter_rows(values_only=True))
    assert header[5] == "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA"


@pytest.mark.real
@pytest.mark.parametrize(
    ("made", "real"),
    [
        ("imd2019_file7.csv", "imd/File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv.gz"),
        ("imd2025_file7.csv", "imd/File_7_IoD2025_PARTIAL_original_header.csv.gz"),
        ("lsoa11_lsoa21.csv", "lookups/lsoa11_lsoa21_lad22_exact_fit.csv.gz"),
        ("lsoa21_lad.csv", "lookups/lsoa21_wd24_lad24.csv.gz"),
    ],
)
def test_headers_are_those_of_the_real_files(tiny_sample: Path, real_data: Path, made: str, real: str) -> None:
    assert list(pd.read_csv(tiny_sample / "reference" / made, nrows=0)) == list(pd.read_csv(real_data / real, nrows=0))


def test_lsoa_changes_are_of_all_four_kinds(tiny_sample: Path) -> None:
    change = pd.read_csv(tiny_sample / "reference" / "lsoa11_lsoa21.csv")
    assert change["CHGIND"].value_counts().to_dict() == {"U": 370, "S": 22, "M": 8, "X": 6}
    unchanged = change[change["CHGIND"] == "U"]
    assert (unchanged["LSOA11CD"] == unchanged["LSOA21CD"]).all()
    assert (change["LSOA11CD"].nunique(), change["LSOA21CD"].nunique()) == (392, 400)
    assert not change[change["CHGIND"] == "S"]["LSOA21CD"].duplicated().any()
    assert (change[change["CHGIND"] == "M"].groupby("LSOA21CD").size() == 2).all()


def test_one_sub_icb_is_split_by_local_authority_and_two_icbs_merge(tiny_sample: Path) -> None:
    folder = tiny_sample / "reference"
    old, new = (pd.read_csv(folder / f"lsoa21_area_{edition}.csv") for edition in (2024, 2026))
    assert (old["ICB24CDH"].nunique(), new["ICB26CDH"].nunique()) == (5, 3)
    both = old.merge(new, on="LSOA21CD").merge(pd.read_csv(folder / "lsoa21_lad.csv"), on="LSOA21CD")
    split = both[both["SICBL24CDH"] == "ZS03"]
    assert split.groupby("LAD24NM")["SICBL26CDH"].nunique().to_dict() == {"Eastmarch": 1, "Fenwater": 1}
    assert split["ICB26CDH"].nunique() == 2
    assert set(both[both["ICB24CDH"].isin(["ZI1", "ZI2"])]["ICB26CDH"]) == {"ZI6"}


def test_populations_leave_no_decile_or_ethnic_group_without_an_age_band(tiny_sample: Path) -> None:
    people = pd.read_parquet(tiny_sample / "reference" / "population_lsoa21.parquet")
    imd = pd.read_csv(tiny_sample / "reference" / "imd2025_file7.csv").iloc[:, [0, 6]]
    imd.columns = ["lsoa21_code", "decile"]
    people = people.merge(imd, on="lsoa21_code", how="left", validate="many_to_one")
    people["band"] = people["age_from"] // 5
    people["group"] = people["ethnic_category"].map({code: name for name, codes in GROUPS.items() for code in codes})
    assert people["decile"].notna().all() and people["group"].notna().all()
    assert (people["population"] > 0).all()
    assert people.groupby(["decile", "band", "sex"])["population"].sum().shape == (10 * 19 * 2,)
    assert people.groupby(["group", "band", "sex"])["population"].sum().shape == (5 * 19 * 2,)
    assert sorted(people["age_from"].unique()) == [*range(20), *range(20, 95, 5)]
    assert people["population"].sum() == pytest.approx(680_000 * 0.02, rel=0.03)


def test_deprived_areas_have_more_minority_ethnic_people(fifth_sample: Path) -> None:
    people = pd.read_parquet(fifth_sample / "reference" / "population_lsoa21.parquet")
    imd = pd.read_csv(fifth_sample / "reference" / "imd2025_file7.csv").iloc[:, [0, 6]]
    imd.columns = ["lsoa21_code", "decile"]
    people = people.merge(imd, on="lsoa21_code")
    minority = people[people["ethnic_category"] != "A"].groupby("decile")["population"].sum()
    share = minority / people.groupby("decile")["population"].sum()
    assert share[1] > 1.5 * share[10]


# Codes of England, Wales and Scotland (letter and eight digits), ODS codes of real kinds. W010000.. is a pseudo code of
# ours that feeds carry for Welsh residents; Z99999999 is the standard pseudo code.
REAL_AREA = re.compile(rb"\b[EWSNKJL][0-9]{8}\b")
REAL_ODS = re.compile(rb'(?:"|,)(?:Q[A-Z0-9]{2}|R[A-Z0-9]{2}|[A-HJ-Y][0-9]{5}|Y[0-9]{2}|[0-9]{2}[A-Z])(?:"|,)')


def test_no_code_can_be_taken_for_a_real_one(tiny_sample: Path) -> None:
    texts = [path for path in sorted((tiny_sample / "reference").iterdir()) if path.suffix == ".csv"]
    assert len(texts) > 8
    for path in texts:
        content = path.read_bytes()
        assert not REAL_AREA.findall(content), path.name
        assert not REAL_ODS.findall(content), path.name


def test_the_pipeline_loads_every_reference_file(tiny_sample: Path) -> None:
    connection = duckdb.connect()
    report = load_reference(connection, Settings(home=tiny_sample.parent))
    assert {item.status for item in report} == {"loaded"}
    assert len(report) == 12
    facts = {item.dataset: item.facts for item in report}
    assert facts["imd2019_file7"]["decile_differences"] == facts["imd2025_file7"]["decile_differences"] == 0
    assert facts["imd2025_file1"]["differences_from_imd2025_file7"] == 0
    assert facts["lsoa21_area_2026"] == {"lsoa21": 400, "sub_icb": 4, "icb": 3, "region": 2, "la": 12}

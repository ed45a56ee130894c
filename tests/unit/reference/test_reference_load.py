"""Loading the reference tables: what is built, what is refused and in which words."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import openpyxl
import pytest

from pipeline.reference import LoadedSource, ReferenceError_, load_reference
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.reference.reference_country import LSOAS, Country, File, country

TABLES = (
    "imd", "lsoa_change", "lsoa21_area", "organisation", "organisation_successor", "population", "source",
)  # fmt: skip


def load(settings: Settings) -> tuple[duckdb.DuckDBPyConnection, dict[str, LoadedSource]]:
    connection = duckdb.connect()
    return connection, {item.dataset: item for item in load_reference(connection, settings)}


def refusal(made: Country, home: Path) -> str:
    with pytest.raises(ReferenceError_) as caught:
        load(made.write(home))
    return str(caught.value)


def test_every_table_is_built_from_the_real_layouts(tmp_path: Path) -> None:
    connection, loaded = load(country().write(tmp_path))
    counts = {name: connection.execute(f"select count(*) from reference.{name}").fetchall()[0][0] for name in TABLES}
    assert counts == {
        "imd": 40, "lsoa_change": 20, "lsoa21_area": 40, "organisation": 7, "organisation_successor": 5,
        "population": 80, "source": 11,
    }  # fmt: skip
    assert {item.status for item in loaded.values()} == {"loaded"}
    assert loaded["imd2019"].facts == {"decile_differences": 0}
    assert loaded["imd2025_file1"].facts == {"differences_from_imd2025_file7": 0}
    assert loaded["area_2026"].facts == {"lsoa21": 20, "sub_icb": 3, "icb": 3, "region": 2, "la": 2}
    first = connection.execute("select * from reference.imd order by all limit 1").fetchall()
    assert first == [(2019, 2011, LSOAS[0], "Mere 0", "F07000001", "Shire 1", 1, 1, 89.5)]
    assert connection.execute("select count(imd_score) from reference.imd where imd_edition = 2025").fetchall() == [
        (0,)
    ]


def test_an_area_carries_its_whole_chain(tmp_path: Path) -> None:
    connection, _ = load(country().write(tmp_path))
    rows = connection.execute(
        "select * exclude (lsoa21_code) from reference.lsoa21_area where lsoa21_code = ? order by 1", [LSOAS[19]]
    ).fetchall()
    la = ("F07000002", "Shire 2")
    region = ("F40000002", "ZR2", "Region 2")
    assert rows == [
        (2024, "F3800003", "ZS03", "Sub 3", "F5400003", "ZI3", "ICB 3", *region, *la),
        (2026, "F3800004", "ZS04", "Sub 4", "F5400004", "ZI4", "ICB 4", *region, *la),
    ]


def test_regions_come_from_trusts_where_the_lookup_has_none(tmp_path: Path) -> None:
    made = country()
    for dataset in ("area_2024", "area_2026"):
        file = made.files[dataset]
        file.header, file.rows = file.header[:-2], [row[:-2] for row in file.rows]
    for row in made.files["etr"].rows:
        row[2] = {"ZR1": "Y56", "ZR2": "Y62"}[row[2]]
    connection, _ = load(made.write(tmp_path))
    regions = connection.execute(
        "select distinct region_ods_code, region_code, region_name from reference.lsoa21_area order by all"
    ).fetchall()
    assert regions == [("Y56", "E40000003", "London"), ("Y62", "E40000014", "North West")]


def test_an_old_edition_without_its_trust_file_is_left_out_and_said(tmp_path: Path) -> None:
    made = country()
    made.files["area_2024"].header = made.files["area_2024"].header[:-2]
    made.files["area_2024"].rows = [row[:-2] for row in made.files["area_2024"].rows]
    made.files["etr"].rows = [row for row in made.files["etr"].rows if row[3] != "ZI3"]
    connection, loaded = load(made.write(tmp_path))
    assert "no trust file (etr) has all ICBs of 2024" in loaded["area_2024"].note
    editions = connection.execute("select distinct organisation_edition from reference.lsoa21_area").fetchall()
    assert editions == [(2026,)]


def test_a_trust_in_two_regions_leaves_its_icb_without_one_and_is_refused(tmp_path: Path) -> None:
    made = country()
    for file in (made.files["area_2024"], made.files["area_2026"]):
        file.header, file.rows = file.header[:-2], [row[:-2] for row in file.rows]
    for row in made.files["etr"].rows:
        row[2] = {"ZR1": "Y56", "ZR2": "Y62"}[row[2]]
    made.files["etr"].rows.append([*made.files["etr"].rows[0]])
    made.files["etr"].rows[-1][0], made.files["etr"].rows[-1][2] = "ZT8", "Y58"
    assert "LSOAs lack one of" in refusal(made, tmp_path)


def test_organisations_keep_their_dates_and_find_their_icb_through_the_sub_icb(tmp_path: Path) -> None:
    connection, _ = load(country().write(tmp_path))
    rows = connection.execute("""
        select organisation_code, organisation_type, icb_ods_code, region_ods_code, open_date::varchar,
            close_date::varchar
        from reference.organisation where organisation_code in ('Z00001', 'Z00002', 'Z00003', 'ZT4') order by 1
    """).fetchall()
    assert rows == [
        ("Z00001", "practice", "ZI1", "ZR1", "1974-04-01", None),
        ("Z00002", "practice", "ZI4", "ZR2", "1974-04-01", "2019-12-31"),
        ("Z00003", "practice", None, "ZR2", "1974-04-01", None),
        ("ZT4", "trust", None, "ZR2", "2010-04-01", None),
    ]


@fault(
    "content: merged ICBs", "an ICB ended and its areas went to others", "its successors are all that received areas"
)
def test_an_ended_icb_is_succeeded_by_all_that_received_its_areas(tmp_path: Path) -> None:
    connection, _ = load(country().write(tmp_path))
    rows = connection.execute(
        "select predecessor_code, successor_code, from_date::varchar from reference.organisation_successor"
    ).fetchall()
    assert rows == [
        ("ZI3", "ZI1", "2026-04-01"),
        ("ZI3", "ZI4", "2026-04-01"),
        ("ZS03", "ZS01", "2026-04-01"),
        ("ZS03", "ZS04", "2026-04-01"),
        ("ZT9", "ZT1", "2019-04-01"),
    ]


@fault("content: shuffled rows", "the rows of every reference file are shuffled", "the same tables")
def test_the_order_of_rows_in_the_files_does_not_reach_the_tables(tmp_path: Path) -> None:
    def dump(home: Path, made: Country) -> dict[str, list[tuple[object, ...]]]:
        connection, _ = load(made.write(home))
        return {name: connection.execute(f"select * from reference.{name}").fetchall() for name in TABLES}

    straight, shuffled = country(), country()
    for file in [*straight.files.values(), *shuffled.files.values()]:
        file.sha256 = ""
    for file in shuffled.files.values():
        random.Random(7).shuffle(file.rows)  # noqa: S311 - not a secret
    first, second = dump(tmp_path / "a", straight), dump(tmp_path / "b", shuffled)
    assert first.pop("source") != second.pop("source")  # the content hashes do differ
    assert first == second


@pytest.mark.parametrize(
    ("dataset", "column", "value", "words"),
    [
        ("imd2019", 5, "3", "imd2019.csv: published deciles differ from ceil(rank * 10 / N): 1 rows"),
        ("imd2019", 4, "21", "imd2019.csv: ranks are outside 1 to the number of LSOAs: 1 rows"),
        ("imd2019", 4, "4321x", "imd2019.csv: column imd_rank: 1 cells are not whole numbers"),
        ("imd2019", 6, "89,5", "imd2019.csv: column imd_score: 1 cells are not numbers"),
        ("imd2019", 6, "1.5", "imd2019.csv: scores rise from one rank to the next: 1 rows"),
        ("imd2019", 0, "F01000002", "imd2019.csv: LSOA codes are blank or repeated: 1 rows"),
        ("imd2019", 0, "F01999999", "IMD 2019 needs LSOA 2011"),
        ("imd2025_file1", 5, "3", "imd2025_file1.xlsx and imd2025.csv: 1 LSOAs have another rank or decile"),
        ("change", 2, "Q", "change.csv: change indicators are other than U, S, M, X: 1 rows"),
        ("change", 0, "F01000002", "change.csv: unchanged (U) LSOAs have more than one partner: 2 rows"),
        ("area_2026", 0, "F01000002", "area_2026.csv: LSOAs are repeated: 1 rows"),
        ("area_2026", 0, "F01999999", "area_2026.csv: LSOAs lack one of"),
        ("area_2026", 4, "", "area_2026.csv: LSOAs lack one of"),
        ("area_2026", 4, "F5400009", "area_2026.csv: sub_icb_code lies in more than one icb_code: 1 rows"),
        ("area_2026", 6, "Another", "area_2026.csv: icb_code has more than one icb_ods_code or icb_name: 1 rows"),
        ("etr", 10, "1974-04-01", "etr.csv: column open_date: 1 cells are not of the expected type"),
        ("successor", 2, "soon", "successor.csv: column from_date: 1 cells are not of the expected type"),
        ("population", 4, "-7", "populations are missing or negative: 1 rows"),
        ("population", 4, "many", "population.csv: column population: 1 cells are not of the expected type"),
    ],
)
def test_a_wrong_cell_is_refused_by_rule_file_and_count(
    tmp_path: Path, dataset: str, column: int, value: str, words: str
) -> None:
    made = country()
    made.files[dataset].rows[0][column] = value
    message = refusal(made, tmp_path)
    assert words in message
    assert value == "" or len(value) < 4 or value not in message


def test_a_split_area_with_two_parents_is_refused(tmp_path: Path) -> None:
    made = country()
    made.files["change"].rows[0] = [LSOAS[1], LSOAS[0], "S"]
    made.files["change"].rows[1] = [LSOAS[1], LSOAS[1], "S"]
    made.files["change"].rows.append([LSOAS[0], LSOAS[0], "S"])
    assert "split (S) LSOAs of 2021 have more than one parent: 1 rows" in refusal(made, tmp_path)


@fault("content: wrong IMD file", "a national file is cut", "refused by name, even where no hash is known")
def test_a_cut_national_file_is_refused_even_without_hash_or_row_count(tmp_path: Path) -> None:
    made = country()
    made.files["imd2019"].rows = made.files["imd2019"].rows[:-1]
    assert "imd2019.csv: ranks are outside" not in (message := refusal(made, tmp_path))
    assert "imd2019.csv: published deciles differ" in message


def test_a_run_on_one_edition_still_loads_the_other_but_does_not_need_it(tmp_path: Path) -> None:
    made = country()
    del made.files["imd2019"]
    assert "IMD 2019 is not there" in refusal(made, tmp_path)
    settings = made.write(tmp_path).model_copy(update={"imd_editions": (2025,)})
    connection, _ = load(settings)
    assert connection.execute("select distinct imd_edition from reference.imd").fetchall() == [(2025,)]


@pytest.mark.parametrize(("dataset", "words"), [("change", "LSOA 2011 to 2021 lookup"), ("area_2026", "of 2026")])
def test_a_missing_required_dataset_is_named(tmp_path: Path, dataset: str, words: str) -> None:
    made = country()
    del made.files[dataset]
    assert words in refusal(made, tmp_path)


def test_local_authorities_come_from_imd_2025_when_there_is_no_lookup(tmp_path: Path) -> None:
    made = country()
    del made.files["lad"]
    connection, _ = load(made.write(tmp_path))
    assert connection.execute("select count(distinct la_code) from reference.lsoa21_area").fetchall() == [(2,)]


def test_optional_datasets_load_as_empty_tables(tmp_path: Path) -> None:
    made = country()
    for dataset in ("population", "epraccur", "successor"):
        del made.files[dataset]
    connection, _ = load(made.write(tmp_path))
    assert connection.execute("select count(*) from reference.population").fetchall() == [(0,)]


def test_a_failed_load_leaves_the_tables_of_the_last_one(tmp_path: Path) -> None:
    connection, _ = load(country().write(tmp_path))
    made = country()
    made.files["population"].rows[0][4] = "-1"
    with pytest.raises(ReferenceError_):
        load_reference(connection, made.write(tmp_path))
    assert connection.execute("select sum(population) from reference.population").fetchall() == [(560,)]


def test_loading_twice_gives_the_same_tables(tmp_path: Path) -> None:
    settings = country().write(tmp_path)
    connection, _ = load(settings)
    load_reference(connection, settings)
    assert connection.execute("select count(*) from reference.imd").fetchall() == [(40,)]


def single_ages(header: list[str], total: str) -> File:
    rows = [["Mere", code, total, *["1"] * 91] for code in [*LSOAS, "W01000001"]]
    return File("population_lsoa11_syoa", ["lsoa11_name", "lsoa11_code", "total_population", *header], rows)


def test_single_years_of_age_are_loaded_for_the_country_only(tmp_path: Path) -> None:
    made = country()
    made.files["population"] = single_ages([*map(str, range(90)), "90+"], "91")
    connection, loaded = load(made.write(tmp_path))
    assert loaded["population"].facts == {"lsoa11_outside_country": 1}
    rows = connection.execute("""
        select population_vintage, lsoa_vintage, count(*), min(age_from), max(age_from), sum(population),
            count(sex_code)
        from reference.population group by all""").fetchall()
    assert rows == [("2026", 2011, 20 * 91, 0, 90, 20 * 91, 0)]


def test_ages_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    made = country()
    made.files["population"] = single_ages([*map(str, range(91))], "92")
    assert "21 LSOAs whose ages do not add up" in refusal(made, tmp_path)


def test_the_ons_population_workbook_is_read_from_its_own_sheet_and_header_row(tmp_path: Path) -> None:
    made = country()
    made.files["population"] = single_ages([*map(str, range(90)), "90+"], "91")
    settings = made.write(tmp_path)
    folder = settings.sample / "reference"
    workbook = openpyxl.Workbook()
    workbook.create_sheet("Contents").append(["not this one"])
    sheet = workbook.create_sheet("Mid-2020 Persons")
    sheet.append(["Mid-2020 Population Estimates"])
    sheet.append([])
    sheet.append(["LSOA Code", "LSOA Name", "LA Code (2021 boundaries)", "All Ages", *range(90), "90+"])
    for code in LSOAS:
        sheet.append([code, "Mere", "F07000001", 91, *[1] * 91])
    workbook.save(folder / "population.xlsx")
    table = (folder / "sources.csv").read_text()
    lines = [line for line in table.splitlines() if not line.startswith("population,")]
    lines.append("population,population_lsoa11_syoa,population.xlsx,,,Tests,CC0,mid-2020,,20,,")
    (folder / "sources.csv").write_text("\n".join(lines) + "\n")
    connection, _ = load(settings)
    assert connection.execute("select sum(population) from reference.population").fetchall() == [(20 * 91,)]

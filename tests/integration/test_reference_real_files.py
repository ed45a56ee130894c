"""The reference loader on the real open files: deciles, changes, areas and populations are those published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.reference import LoadedSource, fetch_reference, load_reference
from pipeline.settings import FeedSource, Settings

pytestmark = pytest.mark.real
TABLES = (
    "imd", "lsoa_change", "lsoa21_area", "organisation", "organisation_successor", "population", "source",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    feeds = {"rtt": FeedSource(folder=real_data)}
    made = Settings(home=home, source="files", feeds=feeds, reference_mirror=str(real_data))
    reports = {report.dataset: report.status for report in fetch_reference(made)}
    # The mirror holds the successions as one file; the two official ones are not in it.
    assert {name for name, status in reports.items() if status != "fetched"} == {"ods_succ", "ods_succarc"}
    return made


@pytest.fixture(scope="module")
def loaded(settings: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, LoadedSource]]]:
    connection = duckdb.connect()
    yield connection, {item.dataset: item for item in load_reference(connection, settings)}
    connection.close()


Loaded = tuple[duckdb.DuckDBPyConnection, dict[str, LoadedSource]]


def test_every_published_decile_of_both_editions_is_reproduced(loaded: Loaded) -> None:
    connection, report = loaded
    rows = connection.execute("""
        select imd_edition, count(*), count(distinct lsoa_code), count(distinct imd_rank),
            count(*) filter (published_decile = ceil(imd_rank * 10.0 / n))
        from (select *, count(*) over (partition by imd_edition) as n from reference.imd) group by 1 order by 1
    """).fetchall()
    assert rows == [(2019, 32844, 32844, 32818, 32844), (2025, 33755, 33755, 33755, 33755)]
    assert report["imd2019_file7"].facts == {"decile_differences": 0}
    assert report["imd2025_file7"].facts == {"decile_differences": 0}
    assert report["imd2025_file1"].facts == {"differences_from_imd2025_file7": 0}


def test_the_changes_between_lsoa_2011_and_2021_are_the_published_counts(loaded: Loaded) -> None:
    connection, _ = loaded
    counts = "select change_indicator, count(*) from reference.lsoa_change {} group by 1 order by 1"
    assert connection.execute(counts.format("")).fetchall() == [("M", 239), ("S", 1900), ("U", 33647), ("X", 9)]
    england = connection.execute(counts.format("where lsoa11_code like 'E%'")).fetchall()
    assert england == [("M", 194), ("S", 1842), ("U", 31810), ("X", 9)]


def test_areas_of_both_editions_are_whole(loaded: Loaded) -> None:
    _, report = loaded
    both = {"lsoa21": 33755, "sub_icb": 106, "region": 7, "la": 296}
    assert report["lsoa21_area_2024"].facts == {**both, "icb": 42}
    assert report["lsoa21_area_2026"].facts == {**both, "icb": 36}


def test_every_region_is_named_and_coded_as_published(loaded: Loaded) -> None:
    connection, _ = loaded
    rows = connection.execute("""
        select organisation_edition, region_ods_code, region_code, region_name, count(distinct icb_code)
        from reference.lsoa21_area group by all order by all""").fetchall()
    assert [row[1:4] for row in rows if row[0] == 2026] == [
        ("Y56", "E40000003", "London"),
        ("Y58", "E40000006", "South West"),
        ("Y59", "E40000005", "South East"),
        ("Y60", "E40000011", "Midlands"),
        ("Y61", "E40000013", "East of England"),
        ("Y62", "E40000014", "North West"),
        ("Y63", "E40000012", "North East and Yorkshire"),
    ]
    assert {edition: sum(row[4] for row in rows if row[0] == edition) for edition in (2024, 2026)} == {
        2024: 42,
        2026: 36,
    }


def test_lsoa_to_icb_2026_conserves_areas_and_persons(loaded: Loaded) -> None:
    """Each LSOA 2011 shared equally among its LSOA 2021 parts: nothing is lost, nothing is counted twice."""
    connection, _ = loaded
    bridged = """
        with share as (
            select c.lsoa11_code, a.icb_code, 1e0 / count(*) over (partition by c.lsoa11_code) as part
            from reference.lsoa_change as c
            join reference.lsoa21_area as a on c.lsoa21_code = a.lsoa21_code and a.organisation_edition = {edition}
        ),
        lsoa as (select lsoa_code, sum(population) as persons from reference.population group by lsoa_code)
        select count(distinct icb_code), count(distinct lsoa_code), round(sum(persons * part))::bigint
        from share join lsoa on share.lsoa11_code = lsoa.lsoa_code
    """
    assert connection.execute(bridged.format(edition=2026)).fetchall() == [(36, 32844, 56_550_138)]
    assert connection.execute(bridged.format(edition=2024)).fetchall() == [(42, 32844, 56_550_138)]
    lsoas = "select sum(n)::bigint from (select icb_code, count(*) as n from reference.lsoa21_area where {} group by 1)"
    assert connection.execute(lsoas.format("organisation_edition = 2026")).fetchall() == [(33755,)]


def test_the_icbs_that_ended_in_april_2026_have_successors(loaded: Loaded) -> None:
    connection, _ = loaded
    rows = connection.execute("""
        select predecessor_code, list(successor_code order by successor_code) from reference.organisation_successor
        where from_date = date '2026-04-01' group by 1 order by 1""").fetchall()
    successors = dict(rows)
    assert successors["D4U1Y"] == ["92A", "D9Y0V", "U2G6B"]
    old = "select distinct icb_ods_code from reference.lsoa21_area where organisation_edition = "
    ended = connection.execute(f"{old} 2024 except {old} 2026").fetchall()
    assert {code for (code,) in ended} == set(successors) - {"D4U1Y"}
    assert len(ended) == 12


def test_every_english_trust_has_an_icb_and_a_region(loaded: Loaded) -> None:
    connection, _ = loaded
    rows = connection.execute("""
        select count(*), count(icb_ods_code), count(region_ods_code), count(*) filter (close_date is null)
        from reference.organisation where organisation_type = 'trust'""").fetchall()
    assert rows == [(274, 271, 271, 202)]  # three Welsh trusts


def test_the_2024_edition_loads_with_its_own_trust_parents(settings: Settings) -> None:
    connection = duckdb.connect()
    load_reference(connection, settings.model_copy(update={"organisation_edition": 2024}))
    rows = connection.execute("""
        select count(*), count(icb_ods_code), count(distinct icb_ods_code) from reference.organisation
        where organisation_type = 'trust' and close_date is null""").fetchall()
    assert rows[0][2] == 42


def test_a_second_fetch_changes_nothing_and_a_second_load_gives_the_same_tables(
    settings: Settings, loaded: Loaded, tmp_path: Path
) -> None:
    reports = fetch_reference(settings)
    assert {report.status for report in reports if not report.dataset.startswith("ods_succ")} == {"unchanged"}
    again = duckdb.connect(config={"threads": 1})
    load_reference(again, settings)
    for name in TABLES:
        assert _digest(again, name, tmp_path) == _digest(loaded[0], name, tmp_path), name


def _digest(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> str:
    """sha256 of a table in storage order."""
    connection.execute(f"copy reference.{name} to '{folder / name}' (format csv)")
    return hashlib.sha256((folder / name).read_bytes()).hexdigest()

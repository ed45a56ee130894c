"""A restated month arrives: a new release, other numbers only where they must be, and a record of the change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipeline.landing import period_changes
from tests.faults.listed import fault
from tests.integration.nights import DEGRADED, RESTATED_FILE, Night, sha256

pytestmark = pytest.mark.slow

PERIOD, FIRST, LAST = "2026-03", date(2026, 3, 1), date(2026, 3, 31)
KEYS = {
    "indicator_value": "indicator_id, period_type, period_start, period_end, area_type, area_code, "
    "organisation_edition, breakdown, imd_edition, category",
    "indicator_inequality": "indicator_id, period_type, period_start, period_end, area_type, area_code, "
    "organisation_edition, dimension, imd_edition, measure",
}


def changed(before: Night, after: Night, table: str) -> tuple[set[tuple[str, date, date]], int, int]:
    """(indicator, first day, last day) of every row that is not in both; rows that are in both, of both tables."""
    rows = f"select * exclude (release_id) from %s.{table}"
    key = "indicator_id, period_start, period_end"
    with duckdb.connect() as connection:
        for name, night in (("before", before), ("after", after)):
            connection.execute(f"attach '{night.current / 'core20.duckdb'}' as {name} (read_only)")
        old, new = rows % "before", rows % "after"
        found = connection.execute(
            f"select distinct {key} from (({old} except all {new}) union all ({new} except all {old}))"
        ).fetchall()
        same = connection.execute(f"select count(*) from ({old} intersect all {new})").fetchall()[0][0]
        total = connection.execute(f"select count(*) from before.{table}").fetchall()[0][0]
    return {(str(indicator), first, last) for indicator, first, last in found}, int(same), int(total)


def test_a_restated_month_makes_a_new_release(files_night: Night, restated_night: Night) -> None:
    assert files_night.ran.code == DEGRADED, files_night.ran.output
    assert restated_night.ran.code == DEGRADED, restated_night.ran.output
    assert restated_night.current_id != files_night.current_id
    assert sorted(p.name for p in restated_night.releases.iterdir() if p.is_dir() and not p.is_symlink()) == sorted(
        [files_night.current_id, restated_night.current_id]
    )
    assert restated_night.core20("verify", files_night.current_id).code == 0
    assert restated_night.core20("verify").code == 0


@fault(
    "files: restatement of an old month",
    "a month of half a year ago is restated",
    "a new release; only numbers of that feed and month change",
    "no mixture",
)
@pytest.mark.parametrize("table", ["indicator_value", "indicator_inequality"])
def test_only_numbers_of_that_feed_and_month_change(files_night: Night, restated_night: Night, table: str) -> None:
    with duckdb.connect(str(restated_night.current / "core20.duckdb"), read_only=True) as connection:
        of_feed = {
            str(row[0])
            for row in connection.execute("select indicator_id from indicator where feed = 'sus_apc'").fetchall()
        }
    found, same, total = changed(files_night, restated_night, table)
    assert found, "a month with 4 % more records and other ethnic categories must change numbers"
    assert {item for item in found if item[0] not in of_feed} == set()
    assert {item for item in found if item[2] < FIRST or item[1] > LAST} == set()
    assert 0 < same < total


def test_the_month_itself_changes_in_every_count_of_it(files_night: Night, restated_night: Night) -> None:
    """The total number of episodes of the month is the denominator of DQ01, rounded to 5: it must grow."""
    denominators = []
    for night in (files_night, restated_night):
        with duckdb.connect(str(night.current / "core20.duckdb"), read_only=True) as connection:
            (row,) = connection.execute(
                "select denominator from indicator_value where indicator_id = 'DQ01_SUS_APC' and breakdown = 'total' "
                "and area_type = 'england' and period_end = ?",
                [LAST],
            ).fetchall()
            denominators.append(row[0])
    assert denominators[1] > denominators[0] > 0


def test_the_notes_name_the_replaced_period_and_the_ledger_has_the_change(
    files_night: Night, restated_night: Night
) -> None:
    sentence = f"sus_apc: period {PERIOD} was replaced by a restatement."
    assert sentence in (restated_night.current / "notes.md").read_text(encoding="utf-8")
    assert sentence not in (files_night.current / "notes.md").read_text(encoding="utf-8")
    (change,) = period_changes(restated_night.home / "raw" / "ledger.sqlite")
    assert (change.feed, change.period, change.new_file) == ("sus_apc", PERIOD, RESTATED_FILE)
    assert change.old_file == RESTATED_FILE.replace("-revised", "")
    landing = restated_night.folder / "landing" / "sus_apc"
    assert (change.old_sha256, change.new_sha256) == tuple(
        sha256(landing / name) for name in (change.old_file, change.new_file)
    )
    assert 0 < change.old_rows < change.new_rows
    assert period_changes(files_night.home / "raw" / "ledger.sqlite") == []


def test_keys_of_cells_do_not_move(files_night: Night, restated_night: Night) -> None:
    """A restatement changes numbers, not which cells there are, but for groups of unknown that are empty now."""
    for table, key in KEYS.items():
        with duckdb.connect() as connection:
            for name, night in (("before", files_night), ("after", restated_night)):
                connection.execute(f"attach '{night.current / 'core20.duckdb'}' as {name} (read_only)")
            lost = connection.execute(
                f"select {key} from before.{table} except select {key} from after.{table}"
            ).fetchall()
        assert [row for row in lost if "unknown" not in str(row[-1])] == [], table


@fault(
    "files: restatement of an old month",
    "a month of half a year ago is restated",
    "the release before is untouched, byte for byte",
    "queryable",
)
def test_the_first_release_is_untouched(files_night: Night, restated_night: Night) -> None:
    folder = restated_night.releases / files_night.current_id
    now = {p.relative_to(folder).as_posix(): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    assert now == files_night.parts
    assert Path(folder / "manifest.json").stat().st_mode & 0o222 == 0

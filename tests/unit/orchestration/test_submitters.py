"""Submitters that came with a restatement are as late as that.

Belongs here: contents of a period that came more than once. Does not belong here: when a period is due.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.catalogue.feeds import load_feed
from pipeline.landing.ledger import PartArrival
from pipeline.landing.periods import month_period
from pipeline.orchestration.submitters import Repeat, repeats_of, write_late_submitters
from pipeline.orchestration.timeliness import Calendar

JANUARY = month_period(2026, 1)
ECDS = load_feed("ecds").model_copy(update={"expected_lag_days": 10, "amber_days": 15, "red_days": 30, "due": None})
FIRST_SEEN = date(2025, 1, 1)


def content(folder: Path, name: str, days_after: int, *codes: str | None) -> PartArrival:
    """A content of January that was received so many days after its end, with a record of each submitter."""
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table({"provider_code": pa.array(codes, pa.string())}), path)
    return PartArrival("ecds", JANUARY.key, path, JANUARY.last + timedelta(days=days_after), None)


def late(repeats: list[Repeat]) -> list[tuple[str, str, str, str, int | None]]:
    with duckdb.connect() as connection:
        write_late_submitters(connection, {"ecds": ECDS}, repeats)
        return connection.execute("select * from run.late_submitter order by all").fetchall()


def repeats(*contents: PartArrival) -> list[Repeat]:
    return repeats_of(Calendar(ECDS), {("ecds", JANUARY.key): JANUARY}, contents, FIRST_SEEN)


def test_who_first_comes_with_a_restatement_is_as_late_as_that(tmp_path: Path) -> None:
    found = late(
        repeats(
            content(tmp_path, "z-first", 10, "RAA", "RBB", None),
            content(tmp_path, "b-second", 22, "RAA", " RCC "),
            content(tmp_path, "a-third", 50, "RAA", "RBB", "RCC", "RDD", ""),
        )
    )
    assert found == [
        ("ecds", "RCC", JANUARY.key, "amber", 12),
        ("ecds", "RDD", JANUARY.key, "red", 40),
    ]


def test_a_content_that_is_gone_accuses_nobody(tmp_path: Path) -> None:
    first, second = content(tmp_path, "first", 10, "RAA"), content(tmp_path, "second", 22, "RCC")
    first.path.unlink()
    assert late(repeats(first, second)) == []


def test_periods_and_feeds_of_other_runs_are_left_out(tmp_path: Path) -> None:
    first, second = content(tmp_path, "first", 10, "RAA"), content(tmp_path, "second", 22, "RCC")
    assert repeats_of(Calendar(ECDS), {}, [first, second], FIRST_SEEN) == []
    assert repeats_of(Calendar(load_feed("rtt")), {("ecds", JANUARY.key): JANUARY}, [first, second], FIRST_SEEN) == []


@pytest.mark.parametrize("feed", ["rtt", "qof"])
def test_a_publishers_file_has_no_submitters(tmp_path: Path, feed: str) -> None:
    published = load_feed(feed)
    path = tmp_path / "x.parquet"
    arrival = PartArrival(feed, JANUARY.key, path, JANUARY.last, None)
    assert repeats_of(Calendar(published), {(feed, JANUARY.key): JANUARY}, [arrival, arrival], FIRST_SEEN) == []

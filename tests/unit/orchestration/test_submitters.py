"""Submitters that came with a restatement are as late as that.

Belongs here: contents of a period that came more than once. Does not belong here: when a period is due.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.feeds import Feed, load_feed
from pipeline.landing.ledger import PartArrival
from pipeline.landing.periods import month_period
from pipeline.orchestration.submitters import late_submitters
from pipeline.orchestration.timeliness import Calendar

JANUARY = month_period(2026, 1)
ECDS = load_feed("ecds").model_copy(update={"expected_lag_days": 10, "amber_days": 15, "red_days": 30, "due": None})
FIRST_SEEN = date(2025, 1, 1)


def content(folder: Path, name: str, days_after: int, *codes: str | None) -> PartArrival:
    """A content of January that was received so many days after its end, with a record of each submitter."""
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table({"provider_code": pa.array(codes, pa.string())}), path)
    return PartArrival("ecds", JANUARY.key, path, JANUARY.last + timedelta(days=days_after), None)


def late(*contents: PartArrival, feed: Feed = ECDS) -> list[tuple[str, str, int | None]]:
    found = late_submitters(Calendar(feed), {(feed.feed, JANUARY.key): JANUARY}, contents, FIRST_SEEN)
    return [(item.submitter_code, item.status, item.days_late) for item in found]


def test_who_first_comes_with_a_restatement_is_as_late_as_that(tmp_path: Path) -> None:
    found = late(
        content(tmp_path, "z-first", 10, "RAA", "RBB", None),
        content(tmp_path, "b-second", 22, "RAA", " RCC "),
        content(tmp_path, "a-third", 50, "RAA", "RBB", "RCC", "RDD", ""),
    )
    assert found == [("RCC", "amber", 12), ("RDD", "red", 40)]


def test_a_content_that_is_gone_accuses_nobody(tmp_path: Path) -> None:
    first, second = content(tmp_path, "first", 10, "RAA"), content(tmp_path, "second", 22, "RCC")
    first.path.unlink()
    assert late(first, second) == []


def test_periods_and_feeds_of_other_runs_are_left_out(tmp_path: Path) -> None:
    first, second = content(tmp_path, "first", 10, "RAA"), content(tmp_path, "second", 22, "RCC")
    assert late(first, second) == [("RCC", "amber", 12)]
    assert list(late_submitters(Calendar(ECDS), {}, [first, second], FIRST_SEEN)) == []
    assert late(first, second, feed=load_feed("sus_op")) == []


def test_a_publishers_file_has_no_submitters(tmp_path: Path) -> None:
    arrival = PartArrival("rtt", JANUARY.key, tmp_path / "x.parquet", JANUARY.last, None)
    assert late(arrival, arrival, feed=load_feed("rtt")) == []

"""Submitters whose records of a period came after its first file: in a restatement, as late as that.

Belongs here: which of a period's files a submitter is first in. Does not belong here: when one is due (`timeliness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb

from pipeline.catalogue.feeds import Feed
from pipeline.landing.ledger import PartArrival
from pipeline.landing.periods import Period
from pipeline.orchestration.timeliness import Arrival, Calendar, ExpectedPeriod, arrived
from pipeline.warehouse.tables import write_table

_COLUMNS = {
    "feed": "varchar",
    "submitter_code": "varchar",
    "period": "varchar",
    "timeliness_status": "varchar",
    "days_late": "integer",
}


@dataclass(frozen=True)
class Repeat:
    """One content of a period that came more than once, and how timely it was."""

    path: Path
    came: ExpectedPeriod


def repeats_of(
    calendar: Calendar,
    periods: Mapping[tuple[str, str], Period],
    arrivals: Sequence[PartArrival],
    first_seen: date | None,
) -> list[Repeat]:
    """The contents of one feed's periods that came more than once, first first; `periods` of the run by (feed, key)."""
    feed = calendar.feed.feed
    if calendar.feed.submitters != "listed":
        return []
    return [
        Repeat(
            item.path,
            arrived(
                calendar,
                Arrival(periods[feed, item.period], True, item.received_on, item.submitted_on),
                first_seen,
            ),
        )
        for item in arrivals
        if item.feed == feed and (feed, item.period) in periods
    ]


def write_late_submitters(
    connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, Feed], repeats: Sequence[Repeat]
) -> None:
    """Write `run.late_submitter`: submitters that are not in the first content of a period, as timely as theirs."""
    write_table(connection, "run.late_submitter", _COLUMNS, _late(connection, feeds, repeats))


def _late(
    connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, Feed], repeats: Sequence[Repeat]
) -> Iterator[tuple[str, str, str, str, int | None]]:
    for (name, key), group in groupby(repeats, lambda item: (item.came.feed, item.came.period.key)):
        contents = list(group)
        # A content that is no longer there cannot tell who was in it.
        if not all(item.path.is_file() for item in contents):
            continue
        (submitter,) = feeds[name].with_role("submitter")
        rows = connection.execute(
            f"select trim({submitter.name}) as code, min(list_position($paths, filename)) as first "
            "from read_parquet($paths, filename = true) where code <> '' group by code having first > 1 order by code",
            {"paths": [str(item.path) for item in contents]},
        ).fetchall()
        for code, first in rows:
            came = contents[first - 1].came
            yield name, code, key, came.status, came.days_late

"""Submitters whose records of a period came after its first file: in a restatement, as late as that.

Belongs here: which of a period's files a submitter is first in. Does not belong here: when one is due (`timeliness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb

from pipeline.landing.ledger import PartArrival
from pipeline.landing.periods import Period
from pipeline.orchestration.timeliness import Arrival, Calendar, TimelinessStatus, arrived


@dataclass(frozen=True)
class LateSubmitter:
    """A submitter that is not in the first content of a period: as timely as the first one it is in."""

    feed: str
    submitter_code: str
    period: str
    status: TimelinessStatus
    days_late: int | None


def late_submitters(
    calendar: Calendar,
    periods: Mapping[tuple[str, str], Period],
    arrivals: Sequence[PartArrival],
    first_seen: date | None,
) -> Iterator[LateSubmitter]:
    """Those of one feed, by period and code. `periods` are those of the run by (feed, key), `arrivals` first first.

    A period of which a content is no longer there has none: it cannot tell who was in it.
    """
    feed = calendar.feed
    own = [item for item in arrivals if item.feed == feed.feed and (feed.feed, item.period) in periods]
    if feed.submitters != "listed" or not own:
        return
    (submitter,) = feed.with_role("submitter")
    with duckdb.connect() as connection:
        for key, group in groupby(own, lambda item: item.period):
            contents = list(group)
            if not all(item.path.is_file() for item in contents):
                continue
            rows = connection.execute(
                f"select trim({submitter.name}) as code, min(list_position($paths, filename)) as first "
                "from read_parquet($paths, filename = true) where code <> '' group by code having first > 1 "
                "order by code",
                {"paths": [str(item.path) for item in contents]},
            ).fetchall()
            for code, first in rows:
                content = contents[first - 1]
                arrival = Arrival(periods[feed.feed, key], True, content.received_on, content.submitted_on)
                came = arrived(calendar, arrival, first_seen)
                yield LateSubmitter(feed.feed, code, key, came.status, came.days_late)

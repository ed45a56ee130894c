"""Which periods of a feed are due, and whether they came in time.

Belongs here: the calendar of one feed against its ledger. Does not belong here: judging it (a rule of the gate does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pipeline.catalogue.feeds import Feed
from pipeline.landing.periods import Period, next_period

TimelinessStatus = Literal["on_time", "amber", "red", "present", "awaited", "never"]


@dataclass(frozen=True)
class Arrival:
    """A period that is there: the day its first content was seen, and the day its supplier says it was sent."""

    period: Period
    is_contract_grain: bool
    received_on: date
    submitted_on: date | None


@dataclass(frozen=True)
class ExpectedPeriod:
    """One row of `feed_timeliness`."""

    feed: str
    period: Period
    due_date: date
    received_date: date | None
    days_late: int | None
    status: TimelinessStatus


def expected_periods(
    feed: Feed, arrivals: Sequence[Arrival], first_seen: date | None, today: date
) -> list[ExpectedPeriod]:
    """Every period from the first that arrived to the last that is due on `today`, in order, with its timeliness.

    `first_seen` is the day of the feed's first delivery: what was there on that day came with the set-up and has no
    known day of arrival unless its supplier states one. A file of another grain (a whole year of a monthly feed) is
    present, and nothing is expected after it. Nothing depends on `today` but which periods are due.
    """
    found = {arrival.period.key: arrival for arrival in arrivals}
    rows = [_arrived(feed, arrival, first_seen) for arrival in arrivals if not arrival.is_contract_grain]
    regular = sorted((arrival.period for arrival in arrivals if arrival.is_contract_grain), key=lambda item: item.last)
    period = regular[0] if regular else None
    while period is not None:
        arrival = found.get(period.key)
        due = period.last + timedelta(days=feed.expected_lag_days)
        if arrival is None and due >= today and period.last > regular[-1].last:
            break
        rows.append(_arrived(feed, arrival, first_seen) if arrival else _missing(feed, period, today))
        period = next_period(period, feed.period_grain)
    return sorted(rows, key=lambda row: (row.period.last, row.period.key))


def _arrived(feed: Feed, arrival: Arrival, first_seen: date | None) -> ExpectedPeriod:
    due = arrival.period.last + timedelta(days=feed.expected_lag_days)
    day = arrival.submitted_on
    if day is None and first_seen is not None and arrival.received_on > first_seen:
        day = arrival.received_on
    if day is None:
        return ExpectedPeriod(feed.feed, arrival.period, due, None, None, "present")
    after_end = (day - arrival.period.last).days
    status: TimelinessStatus = (
        "on_time" if after_end <= feed.amber_days else "amber" if after_end <= feed.red_days else "red"
    )
    return ExpectedPeriod(feed.feed, arrival.period, due, day, max((day - due).days, 0), status)


def _missing(feed: Feed, period: Period, today: date) -> ExpectedPeriod:
    due = period.last + timedelta(days=feed.expected_lag_days)
    after_end = (today - period.last).days
    status: TimelinessStatus = (
        "awaited" if after_end <= feed.amber_days else "amber" if after_end <= feed.red_days else "never"
    )
    return ExpectedPeriod(feed.feed, period, due, None, None, status)

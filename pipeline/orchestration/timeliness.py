"""Which periods of a feed are due, and whether they came in time.

Belongs here: the calendar of one feed against its ledger. Does not belong here: judging it (a rule of the gate does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pipeline.catalogue.feeds import Feed
from pipeline.landing.periods import Period, next_period

DueSource = Literal["calendar", "lag_rule"]
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
    """One row of `feed_timeliness`. `due_source` is calendar where the day was given, lag_rule where it is reckoned."""

    feed: str
    period: Period
    due_date: date
    due_source: DueSource
    received_date: date | None
    days_late: int | None
    status: TimelinessStatus


def expected_periods(
    feed: Feed,
    arrivals: Sequence[Arrival],
    first_seen: date | None,
    today: date,
    calendar: Mapping[str, date] | None = None,
) -> list[ExpectedPeriod]:
    """Every period from the first that arrived to the last that is due on `today`, in order, with its timeliness.

    `first_seen` is the day of the feed's first delivery: what was there on that day came with the set-up and has no
    known day of arrival unless its supplier states one. A file of another grain (a whole year of a monthly feed) is
    present, and nothing is expected after it. Nothing depends on `today` but which periods are due.

    `calendar` has the due days of periods by key, as the publisher or the data controller gives them; a period that it
    does not name is due as many days after its end as the contract says. Amber and red are as far behind either.
    """
    calendar = calendar or {}
    found = {arrival.period.key: arrival for arrival in arrivals}
    rows = [_arrived(feed, arrival, first_seen, calendar) for arrival in arrivals if not arrival.is_contract_grain]
    regular = sorted((arrival.period for arrival in arrivals if arrival.is_contract_grain), key=lambda item: item.last)
    period = regular[0] if regular else None
    while period is not None:
        arrival = found.get(period.key)
        due, _ = _due(feed, period, calendar)
        if arrival is None and due >= today and period.last > regular[-1].last:
            break
        rows.append(
            _arrived(feed, arrival, first_seen, calendar) if arrival else _missing(feed, period, today, calendar)
        )
        period = next_period(period, feed.period_grain)
    return sorted(rows, key=lambda row: (row.period.last, row.period.key))


def _due(feed: Feed, period: Period, calendar: Mapping[str, date]) -> tuple[date, DueSource]:
    if period.key in calendar:
        return calendar[period.key], "calendar"
    return period.last + timedelta(days=feed.expected_lag_days), "lag_rule"


def _arrived(feed: Feed, arrival: Arrival, first_seen: date | None, calendar: Mapping[str, date]) -> ExpectedPeriod:
    due, source = _due(feed, arrival.period, calendar)
    day = arrival.submitted_on
    if day is None and first_seen is not None and arrival.received_on > first_seen:
        day = arrival.received_on
    if day is None:
        return ExpectedPeriod(feed.feed, arrival.period, due, source, None, None, "present")
    behind = _reckoned(feed, day, due)
    status: TimelinessStatus = "on_time" if behind <= feed.amber_days else "amber" if behind <= feed.red_days else "red"
    return ExpectedPeriod(feed.feed, arrival.period, due, source, day, max((day - due).days, 0), status)


def _missing(feed: Feed, period: Period, today: date, calendar: Mapping[str, date]) -> ExpectedPeriod:
    due, source = _due(feed, period, calendar)
    behind = _reckoned(feed, today, due)
    status: TimelinessStatus = (
        "awaited" if behind <= feed.amber_days else "amber" if behind <= feed.red_days else "never"
    )
    return ExpectedPeriod(feed.feed, period, due, source, None, None, status)


def _reckoned(feed: Feed, day: date, due: date) -> int:
    """Days after the end of a period that was due when the contract says: what amber and red are given in."""
    return (day - due).days + feed.expected_lag_days

"""Which periods of a feed are due, and whether they came in time.

Belongs here: the calendar of one feed against its ledger. Does not belong here: judging it (a rule of the gate does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from pipeline.catalogue.due import PublisherCalendars
from pipeline.catalogue.feeds import Feed
from pipeline.landing.periods import Period, next_period

DueSource = Literal["calendar", "publisher", "lag_rule"]
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
    """One row of `feed_timeliness`. `due_source`: calendar (supplied), publisher (shipped) or lag_rule (reckoned)."""

    feed: str
    period: Period
    due_date: date
    due_source: DueSource
    received_date: date | None
    days_late: int | None
    status: TimelinessStatus


@dataclass(frozen=True)
class Calendar:
    """When the periods of one feed are due.

    `supplied` has the due days of periods by key, as the platform team gives them. A period that it does not name is
    due by the publisher's calendar, and where that says nothing as many days after its end as the contract says. Amber
    and red are as far behind any of them.
    """

    feed: Feed
    supplied: Mapping[str, date] = field(default_factory=dict)
    publisher: PublisherCalendars | None = None

    def due(self, period: Period) -> tuple[date, DueSource]:
        if period.key in self.supplied:
            return self.supplied[period.key], "calendar"
        if self.publisher is not None:
            day = self.publisher.due(self.feed.feed, self.feed.due, period.key, period.last)
            if day is not None:
                return day, "publisher"
        return period.last + timedelta(days=self.feed.expected_lag_days), "lag_rule"


def expected_periods(
    calendar: Calendar, arrivals: Sequence[Arrival], first_seen: date | None, today: date
) -> list[ExpectedPeriod]:
    """Every period from the first that arrived to the last that is due on `today`, in order, with its timeliness.

    `first_seen` is the day of the feed's first delivery: what was there on that day came with the set-up and has no
    known day of arrival unless its supplier states one. A file of another grain (a whole year of a monthly feed) is
    present, and nothing is expected after it. Nothing depends on `today` but which periods are due.
    """
    feed = calendar.feed
    found = {arrival.period.key: arrival for arrival in arrivals}
    rows = [arrived(calendar, arrival, first_seen) for arrival in arrivals if not arrival.is_contract_grain]
    regular = sorted((arrival.period for arrival in arrivals if arrival.is_contract_grain), key=lambda item: item.last)
    period = regular[0] if regular else None
    while period is not None:
        arrival = found.get(period.key)
        due, _ = calendar.due(period)
        if arrival is None and due >= today and period.last > regular[-1].last:
            break
        rows.append(arrived(calendar, arrival, first_seen) if arrival else _missing(calendar, period, today))
        period = next_period(period, feed.period_grain)
    return sorted(rows, key=lambda row: (row.period.last, row.period.key))


def arrived(calendar: Calendar, arrival: Arrival, first_seen: date | None) -> ExpectedPeriod:
    """The timeliness of what came; `first_seen` is the day of the feed's first delivery."""
    feed = calendar.feed
    due, source = calendar.due(arrival.period)
    day = arrival.submitted_on
    if day is None and first_seen is not None and arrival.received_on > first_seen:
        day = arrival.received_on
    if day is None:
        return ExpectedPeriod(feed.feed, arrival.period, due, source, None, None, "present")
    behind = (day - due).days
    status: TimelinessStatus = (
        "on_time" if behind <= feed.amber_grace else "amber" if behind <= feed.red_grace else "red"
    )
    return ExpectedPeriod(feed.feed, arrival.period, due, source, day, max(behind, 0), status)


def _missing(calendar: Calendar, period: Period, today: date) -> ExpectedPeriod:
    feed = calendar.feed
    due, source = calendar.due(period)
    behind = (today - due).days
    status: TimelinessStatus = (
        "awaited" if behind <= feed.amber_grace else "amber" if behind <= feed.red_grace else "never"
    )
    return ExpectedPeriod(feed.feed, period, due, source, None, None, status)

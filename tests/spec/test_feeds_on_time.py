"""Feeds on time: feed-periods with their status in, one number a month out.

The run is the one of `test_indicators`. Belongs here: which feed-periods are counted, and when. Does not belong here:
what makes a period late (`tests/unit/orchestration/test_timeliness`).
"""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from pipeline.landing.periods import month_period
from pipeline.orchestration.timeliness import ExpectedPeriod, TimelinessStatus
from tests.spec.cases import World, indicators
from tests.spec.tiny import Tiny

pytestmark = pytest.mark.slow

# Feed-periods of each status that were due on the last day of April 2026: each a different power of two.
DUE: dict[TimelinessStatus, int] = {"on_time": 1, "amber": 2, "red": 4, "never": 8, "present": 16, "awaited": 32}


@indicators
def feed_calendar(tiny: Tiny) -> None:
    """Nothing here is read from the records: the calendar is given. One more was due on the first day of May."""
    march = month_period(2026, 3)
    for status, count in DUE.items():
        tiny.due += [ExpectedPeriod("sus_apc", march, date(2026, 4, 30), "lag_rule", None, None, status)] * count
    tiny.due.append(ExpectedPeriod("ecds", march, date(2026, 5, 1), "lag_rule", date(2026, 4, 3), 0, "on_time"))


def test_dq04_is_feed_periods_on_time_of_those_that_can_be_judged(other_world: World) -> None:
    """What came with the set-up has no known day, and what is within its days of grace is not late yet."""
    assert set(DUE) == set(get_args(TimelinessStatus))
    counts = other_world.numbers.counts("DQ04", period_end="2026-04-30")
    assert counts == (1, 1 + 2 + 4 + 8)
    row = other_world.numbers.published("DQ04", period_end="2026-04-30")
    assert (row["value"], row["numerator"], row["value_status"]) == (pytest.approx(100 / 15), 1, "shown")


def test_dq04_counts_a_feed_period_in_the_month_it_was_due_in(other_world: World) -> None:
    assert other_world.numbers.counts("DQ04") == (1, 1)
    assert str(other_world.numbers.published("DQ04")["period_end"])[:10] == "2026-05-31"


def test_dq04_has_one_number_for_all_feeds(other_world: World) -> None:
    rows = other_world.numbers.query(
        "select distinct area_type, breakdown from publication.pub_indicator_value where indicator_id = 'DQ04'"
    )
    assert rows.to_numpy().tolist() == [["england", "total"]]

"""The calendar of a feed: which periods are due on a day, and whether they came in time.

Belongs here: small made-up arrivals against the calendar. Does not belong here: the rule that judges the outcome.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipeline.catalogue.due import BankHolidays, PublisherCalendars, load_calendars
from pipeline.catalogue.feeds import Feed, Grain, load_feed, load_feeds
from pipeline.landing.periods import Period, financial_year_period, month_period, quarter_period, week_period
from pipeline.orchestration.timeliness import Arrival, Calendar, ExpectedPeriod, expected_periods
from tests.faults.listed import fault

SET_UP = date(2000, 1, 1)
LAG, AMBER, RED = 20, 25, 40


def feed(grain: Grain = "month") -> Feed:
    """A feed expected 20 days after its period, amber after 25, red after 40."""
    days = {"expected_lag_days": LAG, "amber_days": AMBER, "red_days": RED}
    return load_feed("sus_apc").model_copy(update={"feed": "a_feed", "period_grain": grain, **days})


def arrived(period: Period, days_after: int | None = 10, submitted: bool = False, grain: bool = True) -> Arrival:
    """A part received, and with `submitted` also stated as sent, so many days after its period; None is at set-up."""
    day = SET_UP if days_after is None else period.last + timedelta(days=days_after)
    return Arrival(period, grain, day, day if submitted else None)


def months(*numbers: int) -> list[Period]:
    return [month_period(2026, number) for number in numbers]


def on(arrivals: list[Arrival], today: date, of: Feed | None = None) -> list[ExpectedPeriod]:
    return expected_periods(Calendar(of or feed()), arrivals, SET_UP, today)


def statuses(rows: list[ExpectedPeriod]) -> dict[str, str]:
    return {row.period.key: row.status for row in rows}


JANUARY = month_period(2026, 1)


@pytest.mark.parametrize(
    ("days_after", "status", "late"),
    [
        (0, "on_time", 0),
        (20, "on_time", 0),
        (21, "on_time", 1),
        (25, "on_time", 5),
        (26, "amber", 6),
        (40, "amber", 20),
        (41, "red", 21),
        (400, "red", 380),
    ],
)
@pytest.mark.parametrize("submitted", [False, True])
def test_an_arrival_is_judged_by_the_days_after_its_period(
    days_after: int, status: str, late: int, submitted: bool
) -> None:
    (row,) = on([arrived(JANUARY, days_after, submitted)], date(2026, 2, 1))
    assert (row.status, row.days_late) == (status, late)
    assert row.due_date == date(2026, 2, 20)
    assert row.received_date == JANUARY.last + timedelta(days=days_after)


def test_the_suppliers_day_counts_before_the_day_it_was_seen() -> None:
    late_seen = Arrival(JANUARY, True, date(2026, 6, 1), date(2026, 2, 10))
    (row,) = on([late_seen], date(2026, 2, 1))
    assert (row.status, row.received_date) == ("on_time", date(2026, 2, 10))


def test_what_was_there_at_set_up_has_no_known_day() -> None:
    (row,) = on([arrived(month_period(2020, 1), None)], date(2020, 2, 1))
    assert (row.status, row.received_date, row.days_late) == ("present", None, None)


def test_what_was_there_at_set_up_with_the_suppliers_day_is_judged_by_it() -> None:
    early = Arrival(month_period(2020, 1), True, SET_UP, date(2020, 2, 10))
    (row,) = on([early], date(2020, 2, 1))
    assert (row.status, row.received_date) == ("on_time", date(2020, 2, 10))


@fault("files: late", "a period does not come", "awaited, amber, then never")
@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2026, 3, 20), None),
        (date(2026, 3, 21), "awaited"),
        (date(2026, 3, 25), "awaited"),
        (date(2026, 3, 26), "amber"),
        (date(2026, 4, 9), "amber"),
        (date(2026, 4, 10), "never"),
    ],
)
def test_a_period_that_has_not_come_is_awaited_then_amber_then_never(today: date, status: str | None) -> None:
    """February 2026 is due on 20 March, amber after 25 March, red after 9 April."""
    wanted = {"2026-01": "on_time"} | ({"2026-02": status} if status else {})
    assert statuses(on([arrived(JANUARY)], today)) == wanted


def test_a_gap_in_the_middle_is_there_even_before_it_is_due() -> None:
    january, march = (arrived(period) for period in months(1, 3))
    assert statuses(on([january, march], date(2026, 3, 1))) == {
        "2026-01": "on_time",
        "2026-02": "awaited",
        "2026-03": "on_time",
    }


def test_a_gap_in_the_middle_becomes_never() -> None:
    january, march = (arrived(period) for period in months(1, 3))
    found = on([january, march], date(2026, 4, 20))
    assert statuses(found) == {"2026-01": "on_time", "2026-02": "never", "2026-03": "on_time"}
    assert [(row.received_date, row.days_late) for row in found if row.status == "never"] == [(None, None)]


def test_every_due_period_after_the_last_is_there() -> None:
    found = statuses(on([arrived(JANUARY)], date(2026, 12, 31)))
    assert list(found) == [f"2026-{month:02d}" for month in range(1, 12)]
    assert set(list(found.values())[1:9]) == {"never"}


def test_nothing_arrived_expects_nothing() -> None:
    assert expected_periods(Calendar(feed()), [], None, date(2026, 12, 31)) == []


def test_nothing_is_expected_before_the_first_that_arrived() -> None:
    assert list(statuses(on([arrived(month_period(2026, 6))], date(2026, 7, 1)))) == ["2026-06"]


def test_the_order_of_arrivals_does_not_matter() -> None:
    parts = [arrived(period) for period in months(1, 2, 4)]
    assert on(parts, date(2026, 9, 1)) == on(parts[::-1], date(2026, 9, 1))


def test_what_arrived_does_not_depend_on_the_day_of_the_run() -> None:
    parts = [arrived(period, days) for period, days in zip(months(1, 2, 3), (10, 30, 50), strict=True)]
    keys = {part.period.key for part in parts}
    days = [date(2026, 3, 31), date(2026, 8, 1), date(2031, 1, 1)]
    seen = [[row for row in on(parts, day) if row.period.key in keys] for day in days]
    assert seen[0] == seen[1] == seen[2]
    assert [row.status for row in seen[0]] == ["on_time", "amber", "red"]


def test_weeks_follow_each_other_over_the_new_year() -> None:
    first = week_period(date(2025, 12, 21))
    found = on([arrived(first)], date(2026, 1, 26), feed("week"))
    assert list(statuses(found)) == ["2025-12-21", "2025-12-28", "2026-01-04"]
    assert [row.due_date for row in found] == [
        day + timedelta(days=20) for day in (first.last, *_sundays(first.last, 2))
    ]


def _sundays(after: date, count: int) -> list[date]:
    return [after + timedelta(days=7 * number) for number in range(1, count + 1)]


def test_quarters_follow_each_other_over_the_year() -> None:
    found = on([arrived(quarter_period(2025, 9))], date(2026, 7, 21), feed("quarter"))
    assert statuses(found) == {"2025-09": "on_time", "2025-12": "never", "2026-03": "never", "2026-06": "awaited"}
    assert [row.period.first for row in found] == [
        date(2025, 7, 1),
        date(2025, 10, 1),
        date(2026, 1, 1),
        date(2026, 4, 1),
    ]


def test_financial_years_follow_each_other() -> None:
    found = on([arrived(financial_year_period(2023))], date(2025, 4, 21), feed("financial_year"))
    assert statuses(found) == {"FY2023-24": "on_time", "FY2024-25": "awaited"}


def test_a_whole_year_of_a_monthly_feed_is_there_and_nothing_is_expected_after_it() -> None:
    year = arrived(financial_year_period(2001), None, grain=False)
    assert statuses(on([year], date(2026, 12, 31))) == {"FY2001-02": "present"}


def test_a_whole_year_beside_months_does_not_move_their_calendar() -> None:
    year = arrived(financial_year_period(2001), None, grain=False)
    found = on([arrived(JANUARY), year], date(2026, 3, 21))
    assert statuses(found) == {"FY2001-02": "present", "2026-01": "on_time", "2026-02": "awaited"}


def test_a_month_named_like_a_financial_year_is_a_month() -> None:
    """2007-08 is a month and FY2007-08 a year; one must not stand for the other."""
    year = arrived(financial_year_period(2007), None, grain=False)
    found = on([arrived(month_period(2007, 7), None), year], date(2007, 9, 30))
    assert statuses(found) == {"2007-07": "present", "2007-08": "amber", "FY2007-08": "present"}


def test_rows_are_in_the_order_of_their_last_day() -> None:
    year = arrived(financial_year_period(2025), None, grain=False)
    rows = on([arrived(month_period(2026, 4)), year, arrived(JANUARY)], date(2026, 6, 1))
    assert [row.period.last for row in rows] == sorted(row.period.last for row in rows)


@pytest.mark.parametrize(
    ("days_after_due", "status", "late"), [(0, "on_time", 0), (5, "on_time", 5), (6, "amber", 6), (21, "red", 21)]
)
def test_a_day_of_the_calendar_takes_the_place_of_the_lag(days_after_due: int, status: str, late: int) -> None:
    """Amber is 5 days and red 20 days behind the due day, whichever way it is known."""
    due = JANUARY.last + timedelta(days=35)
    arrival = arrived(JANUARY, 35 + days_after_due)
    (row,) = expected_periods(Calendar(feed(), {JANUARY.key: due}), [arrival], SET_UP, JANUARY.last)
    assert (row.due_date, row.due_source, row.status, row.days_late) == (due, "calendar", status, late)


def test_a_period_the_calendar_does_not_name_is_due_by_the_lag() -> None:
    january, february = months(1, 2)
    calendar = Calendar(feed(), {january.key: january.last})
    rows = expected_periods(calendar, [arrived(january)], SET_UP, february.last + timedelta(days=30))
    assert [(row.due_source, row.due_date) for row in rows] == [
        ("calendar", january.last),
        ("lag_rule", february.last + timedelta(days=LAG)),
    ]


def test_what_the_calendar_does_not_want_yet_is_not_missed() -> None:
    january, february = months(1, 2)
    today = february.last + timedelta(days=LAG + 1)
    later = Calendar(feed(), {february.key: today + timedelta(days=1)})
    assert statuses(expected_periods(later, [arrived(january)], SET_UP, today)).keys() == {january.key}
    assert statuses(on([arrived(january)], today)).keys() == {january.key, february.key}


def printed(**days: date) -> PublisherCalendars:
    """Days a publisher printed for the feed, without any rule."""
    holidays = BankHolidays(url="https://example.org", evidence="V", days={})
    return PublisherCalendars(
        holidays, {"a_feed": {key.strip("_").replace("_", "-"): day for key, day in days.items()}}
    )


def test_the_supplied_day_wins_over_the_publishers_and_that_over_the_lag() -> None:
    january, february, march = months(1, 2, 3)
    publisher = printed(_2026_01=date(2026, 2, 25), _2026_02=date(2026, 3, 26))
    supplied = {january.key: date(2026, 2, 10)}
    arrivals = [arrived(period, 30) for period in (january, february, march)]
    rows = expected_periods(Calendar(feed(), supplied, publisher), arrivals, SET_UP, march.last)
    assert [(row.due_source, row.due_date, row.days_late) for row in rows] == [
        ("calendar", date(2026, 2, 10), 20),
        ("publisher", date(2026, 3, 26), 4),
        ("lag_rule", date(2026, 4, 20), 10),
    ]


@pytest.mark.parametrize(
    ("days_after_due", "status", "late"),
    [(-9, "on_time", 0), (0, "on_time", 0), (5, "on_time", 5), (6, "amber", 6), (20, "amber", 20), (21, "red", 21)],
)
def test_amber_and_red_are_as_far_behind_a_publishers_day(days_after_due: int, status: str, late: int) -> None:
    due = date(2026, 3, 12)
    arrival = arrived(JANUARY, (due - JANUARY.last).days + days_after_due)
    (row,) = expected_periods(Calendar(feed(), {}, printed(_2026_01=due)), [arrival], SET_UP, JANUARY.last)
    assert (row.due_date, row.due_source, row.status, row.days_late) == (due, "publisher", status, late)


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2026, 10, 8), None),  # September is due on the second Thursday
        (date(2026, 10, 9), "awaited"),
        (date(2026, 10, 13), "awaited"),
        (date(2026, 10, 14), "amber"),
        (date(2026, 10, 28), "amber"),
        (date(2026, 10, 29), "never"),
    ],
)
def test_a_month_is_missed_by_the_rule_of_the_contract(today: date, status: str | None) -> None:
    by_rule = feed().model_copy(update={"due": load_feed("ae_monthly").due})
    arrivals = [arrived(month_period(2026, 8))]
    found = statuses(expected_periods(Calendar(by_rule, {}, printed()), arrivals, SET_UP, today))
    assert found.get("2026-09") == status


def test_without_the_holidays_of_the_year_the_lag_rule_holds_and_says_so() -> None:
    by_rule = feed().model_copy(update={"due": load_feed("tobacco_sdcs").due})
    (row,) = expected_periods(Calendar(by_rule, {}, printed()), [arrived(JANUARY)], SET_UP, JANUARY.last)
    assert (row.due_date, row.due_source) == (JANUARY.last + timedelta(days=LAG), "lag_rule")
    (row,) = expected_periods(
        Calendar(by_rule, {}, load_calendars(load_feeds())), [arrived(JANUARY)], SET_UP, JANUARY.last
    )
    assert (row.due_date, row.due_source) == (date(2026, 3, 20), "publisher")

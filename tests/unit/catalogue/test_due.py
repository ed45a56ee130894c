"""Publishers' calendars: the day a period is due by a rule, by a printed day, and where the calendar does not say.

Belongs here: rules on days that are awkward, and the shipped files. Does not belong here: what is late by them
(`tests/unit/orchestration/test_timeliness`).
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.catalogue.due import (
    CALENDARS,
    CalendarError,
    DueRule,
    NthWeekday,
    PublisherCalendars,
    WorkingDay,
    load_calendars,
)
from pipeline.catalogue.feeds import load_feeds
from pipeline.landing.periods import period_of_key

FEEDS = load_feeds()
SHIPPED = load_calendars(FEEDS)


def nth(number: int, months: int, weekday: str = "thursday") -> NthWeekday:
    values = {"rule": "nth_weekday", "nth": number, "weekday": weekday, "months_after": months}
    return NthWeekday.model_validate(values | {"evidence": "V", "url": "https://example.org"})


def working(number: int, months: int) -> WorkingDay:
    values = {"rule": "working_day", "nth": number, "months_after": months, "evidence": "V"}
    return WorkingDay.model_validate(values | {"url": "https://example.org"})


def day(rule: DueRule, last: str) -> str:
    return str(SHIPPED.due("a_feed", rule, "a period", date.fromisoformat(last)))


@pytest.mark.parametrize(
    ("rule", "last", "due"),
    [
        (nth(1, 1), "2026-09-30", "2026-10-01"),  # October 2026 begins on a Thursday
        (nth(2, 1), "2026-09-30", "2026-10-08"),
        (nth(2, 1), "2026-08-31", "2026-09-10"),
        (nth(2, 1), "2026-12-31", "2027-01-14"),  # the year ends
        (nth(2, 2), "2026-11-30", "2027-01-14"),
        (nth(2, 12), "2026-03-31", "2027-03-11"),
        (nth(4, 1), "2028-01-31", "2028-02-24"),
        (nth(4, 1, "monday"), "2027-01-31", "2027-02-22"),  # a February of 28 days that begins on a Monday
        (nth(4, 0, "tuesday"), "2028-02-29", "2028-02-22"),  # a leap February that begins on a Tuesday
        (nth(1, 1), "2025-12-31", "2026-01-01"),  # whatever holiday it is
        (nth(2, 1), "1999-12-31", "2000-01-13"),  # needs no holidays
    ],
)
def test_the_nth_weekday_of_a_month(rule: DueRule, last: str, due: str) -> None:
    assert day(rule, last) == due


@pytest.mark.parametrize(
    ("rule", "last", "due"),
    [
        (working(1, 1), "2025-12-31", "2026-01-02"),  # New Year is a holiday
        (working(1, 1), "2026-07-31", "2026-08-03"),  # the month begins on a Saturday
        (working(2, 1), "2026-03-31", "2026-04-02"),
        (working(3, 1), "2026-03-31", "2026-04-07"),  # Good Friday to Easter Monday
        (working(15, 1), "2026-03-31", "2026-04-23"),
        (working(15, 1), "2027-02-28", "2027-03-19"),
        (working(15, 2), "2026-08-31", "2026-10-21"),
        (working(15, 2), "2026-10-31", "2026-12-21"),  # before Christmas
        (working(15, 1), "2025-11-30", "2025-12-19"),
        (working(15, 2), "2026-11-30", "2027-01-22"),  # the year ends
        (working(15, 1), "2027-04-30", "2027-05-24"),  # early May, and a month that begins on a Saturday
    ],
)
def test_the_nth_working_day_of_a_month(rule: DueRule, last: str, due: str) -> None:
    assert day(rule, last) == due


@pytest.mark.parametrize("last", ["2024-11-30", "2027-12-31"])
def test_working_days_of_a_year_without_holidays_are_not_guessed(last: str) -> None:
    assert SHIPPED.due("a_feed", working(15, 1), "a period", date.fromisoformat(last)) is None


def test_a_printed_day_wins_over_the_rule_for_its_feed_and_period_alone() -> None:
    printed = PublisherCalendars(SHIPPED.holidays, {"rtt": {"2025-11": date(2026, 1, 15)}})
    november = date(2025, 11, 30)
    assert printed.due("rtt", nth(2, 2), "2025-11", november) == date(2026, 1, 15)
    assert printed.due("rtt", None, "2025-11", november) == date(2026, 1, 15)
    assert printed.due("other", nth(2, 2), "2025-11", november) == date(2026, 1, 8)
    assert printed.due("rtt", None, "2025-12", date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("feed", "period", "due"),
    [
        ("rtt", "2015-03", "2015-05-14"),
        ("rtt", "2019-03", "2019-05-09"),
        ("rtt", "2023-05", "2023-07-13"),
        ("rtt", "2025-11", "2026-01-15"),
        ("ae_monthly", "2017-07", "2017-08-10"),
        ("ae_monthly", "2025-12", "2026-01-15"),
        ("lda_inpatient", "2015-12", "2016-01-21"),
        ("lda_inpatient", "2020-12", "2021-01-21"),
        ("lda_inpatient", "2024-01", "2024-02-15"),
        ("lda_inpatient", "2025-01", "2025-02-20"),
        ("lda_inpatient", "2025-03", "2025-04-17"),
        ("mhsds_restrictive", "2025-05", "2025-08-14"),
        ("mhsds_restrictive", "2025-06", "2025-09-11"),
        ("gpes_phsmi", "2024-03", "2024-05-09"),
        ("tobacco_sdcs", "2026-08", "2026-10-21"),
    ],
)
def test_the_shipped_calendars_give_the_days_that_were_printed(feed: str, period: str, due: str) -> None:
    last = period_of_key(period, FEEDS[feed].period_grain).last
    assert str(SHIPPED.due(feed, FEEDS[feed].due, period, last)) == due


def test_every_printed_day_is_of_a_period_of_its_feed_and_after_it() -> None:
    assert SHIPPED.printed
    for feed, days in SHIPPED.printed.items():
        for key, due in days.items():
            period = period_of_key(key, FEEDS[feed].period_grain)
            assert period.key == key
            assert due > period.last


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    month, day_less_one = divmod(h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114, 31)
    return date(year, month, day_less_one + 1)


def first_monday(year: int, month: int) -> date:
    return next(
        day for day in (date(year, month, number) for number in range(1, 8)) if day.weekday() == calendar.MONDAY
    )


@pytest.mark.parametrize("year", sorted(SHIPPED.holidays.days))
def test_the_bank_holidays_are_the_eight_of_a_year(year: int) -> None:
    """Easter, the Mondays of May and August, and New Year and Christmas, each moved on from a weekend."""
    last_mondays = [first_monday(year, month + 1) - timedelta(days=7) for month in (5, 8)]
    expected = [
        easter(year) - timedelta(days=2),
        easter(year) + timedelta(days=1),
        first_monday(year, 5),
        *last_mondays,
    ]
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        while fixed.weekday() >= calendar.SATURDAY or fixed in expected:
            fixed += timedelta(days=1)
        expected.append(fixed)
    assert list(SHIPPED.holidays.days[year]) == sorted(expected)


def test_the_bank_holidays_cover_2025_to_2027() -> None:
    assert {2025, 2026, 2027} <= set(SHIPPED.holidays.days)


def copy(folder: Path, name: str, text: str) -> Path:
    """The shipped calendars with one file of another content."""
    for path in CALENDARS.iterdir():
        (folder / path.name).write_text(path.read_text())
    (folder / name).write_text(text)
    return folder


HOLIDAYS = "url: https://example.org\nevidence: V\ndays: {2026: [2026-01-01]}\n"
HEADER = "feed,period,due_date,evidence,url\n"
ROW = "rtt,2026-01,2026-03-12,V,https://example.org\n"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bank_holidays.yml", HOLIDAYS + "colour: red\n", "colour"),
        ("bank_holidays.yml", HOLIDAYS.replace("2026:", "2027:"), "days of another year under 2027"),
        ("bank_holidays.yml", HOLIDAYS.replace("-01-01", "-13-01"), "cannot be read as YAML"),
        ("bank_holidays.yml", HOLIDAYS.replace("[2026-01-01]", "[soon]"), r"days\.2026\.0"),
        ("bank_holidays.yml", "a: [", "cannot be read as YAML"),
        ("printed_days.csv", HEADER + ROW.replace("rtt", "msds"), "no contract for feed 'msds'"),
        ("printed_days.csv", HEADER + ROW + ROW, "rtt 2026-01 is there twice"),
        ("printed_days.csv", HEADER + ROW.replace("-03-12", "-03-32"), "cannot be read as printed days"),
        ("printed_days.csv", HEADER + ROW.replace(",V,", ",sure,"), "cannot be read as printed days"),
        ("printed_days.csv", HEADER.replace("url", "url,colour") + ROW.replace("org", "org,red"), "cannot be read"),
        ("printed_days.csv", HEADER.replace("period", "month") + ROW, "cannot be read as printed days"),
    ],
)
def test_a_calendar_that_is_wrong_is_refused(name: str, text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match=rf"{name}: .*{says}"):
        load_calendars(FEEDS, copy(tmp_path, name, text))


def test_a_calendar_that_is_right_is_read(tmp_path: Path) -> None:
    found = load_calendars(FEEDS, copy(copy(tmp_path, "bank_holidays.yml", HOLIDAYS), "printed_days.csv", HEADER + ROW))
    assert found.printed == {"rtt": {"2026-01": date(2026, 3, 12)}}


def test_a_missing_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match=r"bank_holidays\.yml: cannot be read"):
        load_calendars(FEEDS, tmp_path)

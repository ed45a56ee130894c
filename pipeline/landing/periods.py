"""Reporting periods: their keys, their first and last day, and how a contract's expression reads one.

Belongs here: the calendar of months, weeks, quarters and financial years. Does not belong here: where a delivery
claims its period (the contract says so) and whether claims agree (`judge`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.catalogue.feeds import Grain

# English, whatever the locale of the machine.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# Names are written whole or by their first three letters.
_MONTH_NUMBERS = {name[:length]: at for at, name in enumerate(_MONTHS, 1) for length in (3, len(name))}
_SUNDAY = 6
# Last month of each quarter of a financial year.
_QUARTER_ENDS = (6, 9, 12, 3)
_CENTURY = 2000
# A key such as 2001-02 would be a month; financial years say what they are.
FINANCIAL_YEAR_PREFIX = "FY"


@dataclass(frozen=True, order=True)
class Period:
    """One reporting period. Keys: `2026-05`, week `2026-08-30` (its Sunday), financial year `FY2001-02`."""

    key: str
    first: date
    last: date


def month_period(year: int, month: int) -> Period:
    return Period(f"{year:04d}-{month:02d}", date(year, month, 1), _month_end(year, month))


def quarter_period(year: int, month: int) -> Period:
    """The quarter that ends with the given month; its key is that month."""
    start = date(year, month, 1)
    for _ in range(2):
        start = (start - timedelta(days=1)).replace(day=1)
    return Period(f"{year:04d}-{month:02d}", start, _month_end(year, month))


def financial_year_period(start_year: int) -> Period:
    """1 April to 31 March."""
    key = f"{FINANCIAL_YEAR_PREFIX}{start_year:04d}-{(start_year + 1) % 100:02d}"
    return Period(key, date(start_year, 4, 1), date(start_year + 1, 3, 31))


def financial_quarter_period(start_year: int, quarter: int) -> Period:
    """Quarter 1 to 4 of the financial year that begins in `start_year`. Raises ValueError on any other number."""
    if not 1 <= quarter <= len(_QUARTER_ENDS):
        raise ValueError("a year has quarters 1 to 4")
    month = _QUARTER_ENDS[quarter - 1]
    return quarter_period(start_year + (month < _QUARTER_ENDS[0]), month)


def week_period(ending: date) -> Period:
    """Monday to Sunday. Raises ValueError on any other last day."""
    if ending.weekday() != _SUNDAY:
        raise ValueError("a week ends on a Sunday")
    return Period(ending.isoformat(), ending - timedelta(days=6), ending)


def read_period(
    expression: re.Pattern[str], text: str, grain: Grain, year_to_date_month: str | None = None
) -> Period | None:
    """The period a text names, or None when it names none that exists.

    The expression's groups are year, month or month_name, day. A `quarter` is one of the financial year that begins in
    `year`; a year of two digits is of this century. `year_to_date_month` is the month that stands for the whole
    financial year beginning in `year` (HES writes 200199 for 2001/02).
    """
    match = expression.search(text)
    if match is None:
        return None
    groups = match.groupdict()
    try:
        year = int(groups["year"])
        if len(groups["year"]) == 2:
            year += _CENTURY
        if year_to_date_month is not None and groups.get("month") == year_to_date_month:
            return financial_year_period(year)
        if grain == "financial_year":
            return financial_year_period(year)
        if groups.get("quarter"):
            return financial_quarter_period(year, int(groups["quarter"]))
        name = groups.get("month_name")
        month = _MONTH_NUMBERS[name.lower()] if name else int(groups["month"])
        if grain == "week":
            return week_period(date(year, month, int(groups["day"])))
        return quarter_period(year, month) if grain == "quarter" else month_period(year, month)
    except (ValueError, KeyError, OverflowError):
        return None


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def period_of_key(key: str, grain: Grain) -> Period:
    """The period a ledger key stands for; keys of financial years say so themselves. Raises ValueError."""
    if key.startswith(FINANCIAL_YEAR_PREFIX):
        return financial_year_period(int(key.removeprefix(FINANCIAL_YEAR_PREFIX)[:4]))
    if grain == "week":
        return week_period(date.fromisoformat(key))
    year, month = int(key[:4]), int(key[5:7])
    return quarter_period(year, month) if grain == "quarter" else month_period(year, month)


def next_period(period: Period, grain: Grain) -> Period:
    """The period that follows."""
    day = period.last + timedelta(days=1)
    if grain == "week":
        return week_period(period.last + timedelta(days=7))
    if grain == "financial_year":
        return financial_year_period(day.year)
    if grain == "month":
        return month_period(day.year, day.month)
    return quarter_period(day.year + (day.month + 2) // 13, (day.month + 1) % 12 + 1)

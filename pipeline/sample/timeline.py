"""The fixed calendar of the fictional country: no clock is ever read.

Belongs here: which months, weeks and quarters are delivered and the day the sample is judged on. Does not belong
here: what a delivery contains. Every feed ends at the last period that was due on AS_OF (expected lags: admitted care
45 days, emergency care 21, waiting list 11, GP extract 14, CVDPREVENT 165; or the publisher's rule in the contract), so
what is missing on that day is a planted fault. Tobacco dependence is a month ahead: August is sent in the window that
is open on AS_OF and closes the day after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

AS_OF = date(2026, 10, 20)
FIRST_MONTH = date(2025, 6, 1)
MONTH_COUNT = 15
FIRST_WEEK = date(2025, 6, 1)
# Weekly data are due 11 days after the Sunday, so on AS_OF the weeks up to 4 October 2026 must have come.
LAST_WEEK = date(2026, 10, 4)
QUARTERS = ("June 2025", "September 2025", "December 2025", "March 2026")
# GP snapshots: the last one was due on 14 October 2026.
SNAPSHOTS = (date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30))
RESTATED_MONTH = "2026-03"
MERGER_DATE = date(2025, 10, 1)
REORGANISATION_DATE = date(2026, 4, 1)
# The last month of the feeds that are due later: mental health after 61 days, maternity after 92.
MENTAL_HEALTH_END = date(2026, 7, 31)
MATERNITY_END = date(2026, 6, 30)
# Adults with a learning disability in hospital are published on the third Thursday: September on 15 October 2026.
HOSPITAL_END = date(2026, 9, 30)
# The window of the rolling twelve months the truths are stated for.
ROLLING_END = date(2026, 8, 31)
# The last month and week that no planted fault touches: the truths about data quality are stated for them.
CLEAN_MONTH_END = date(2026, 6, 30)
CLEAN_WEEK = date(2026, 6, 28)
# Month-end censuses of the waiting list: the one of the rolling window's last month, and the last one there is.
MONTH_END_CENSUSES = (date(2026, 8, 30), date(2026, 9, 27))


@dataclass(frozen=True)
class Month:
    """A calendar month; ``key`` is the period key, e.g. ``2026-03``."""

    first: date
    last: date

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def financial_year(self) -> str:
        """HES FYEAR: ``2526`` for April 2025 to March 2026."""
        start = self.first.year if self.first.month >= 4 else self.first.year - 1
        return f"{start % 100:02d}{(start + 1) % 100:02d}"


def months() -> list[Month]:
    """The delivered months in order."""
    return months_to(ROLLING_END)


def months_to(last: date, count: int = MONTH_COUNT) -> list[Month]:
    """The months of a feed whose last month ends on a day, in order."""
    found = []
    before = last.year * 12 + last.month - count
    first = date(before // 12, before % 12 + 1, 1)
    for _ in range(count):
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        found.append(Month(first, following - timedelta(days=1)))
        first = following
    return found


def month_number(day: date) -> int:
    """Months counted through: one more for every month that follows."""
    return day.year * 12 + day.month - 1


def weeks() -> list[date]:
    """The delivered weeks in order, each by its ending Sunday."""
    return [FIRST_WEEK + timedelta(weeks=step) for step in range((LAST_WEEK - FIRST_WEEK).days // 7 + 1)]


def month_share(month: Month, winter: float) -> float:
    """Share of a year's events that fall in the month: shares of any twelve consecutive months sum to one.

    ``winter`` is the excess of December to February over the rest of the year, e.g. 0.3.
    """
    year = months()[-12:]
    total = sum(other.days * _season(other, winter) for other in year)
    return month.days * _season(month, winter) / total


def _season(month: Month, winter: float) -> float:
    return 1.0 + winter if month.first.month in (12, 1, 2) else 1.0

"""Publishers' calendars: the rule a contract has for its due days, bank holidays, and days that a publisher printed.

Belongs here: their models, reading `reference_data/calendars`, and the day a period is due by them. Does not belong
here: the calendar that a platform team supplies and the lag rule (`pipeline.orchestration`).
"""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.settings import REFERENCE_DATA
from pipeline.validation import faults_of, read_yaml

CALENDARS = REFERENCE_DATA / "calendars"

Evidence = Literal["V", "M", "K", "I"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]
_WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")


class CalendarError(ValueError):
    """A calendar is missing or malformed; the message names the file and the key."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Model):
    months_after: int = Field(ge=0, le=24, description="Months from that of the period's last day to that of the due.")
    evidence: Evidence
    url: str
    note: str = Field(default="", description="What the evidence is, where it is not a sentence of the publisher.")


class NthWeekday(_Rule):
    """Such as the second Thursday of a month, whatever the holidays: a day that moved is one of the printed days."""

    rule: Literal["nth_weekday"]
    nth: int = Field(ge=1, le=4, description="Every month has four of each; not every month has a fifth.")
    weekday: Weekday


class WorkingDay(_Rule):
    """Such as the 15th working day of a month: Monday to Friday without the bank holidays of England and Wales."""

    rule: Literal["working_day"]
    nth: int = Field(ge=1, le=15, description="Every month has fifteen.")


DueRule = Annotated[NthWeekday | WorkingDay, Field(discriminator="rule")]


class BankHolidays(_Model):
    """The bank holidays of each year that is known; of another year nothing is known."""

    url: str
    evidence: Evidence
    note: str = ""
    days: dict[int, tuple[date, ...]]

    @model_validator(mode="after")
    def _days_are_of_their_year(self) -> BankHolidays:
        strays = [year for year, days in self.days.items() if any(day.year != year for day in days)]
        if strays:
            raise ValueError(f"days of another year under {', '.join(map(str, strays))}")
        return self


@dataclass(frozen=True)
class PublisherCalendars:
    """What the project ships: days printed by feed and period, and the holidays that working days leave out."""

    holidays: BankHolidays
    printed: Mapping[str, Mapping[str, date]]

    def due(self, feed: str, rule: DueRule | None, period: str, last: date) -> date | None:
        """The day a period that ends on `last` is due; None where the publisher's calendar does not say.

        A printed day wins over the rule. A rule of working days says nothing of a year whose holidays are not known.
        """
        if period in self.printed.get(feed, {}):
            return self.printed[feed][period]
        if rule is None:
            return None
        month = last.year * 12 + last.month - 1 + rule.months_after
        first = date(month // 12, month % 12 + 1, 1)
        if isinstance(rule, NthWeekday):
            to_first = (_WEEKDAYS.index(rule.weekday) - first.weekday()) % 7
            return first + timedelta(days=to_first + 7 * (rule.nth - 1))
        if first.year not in self.holidays.days:
            return None
        days = (first + timedelta(days=step) for step in range(31))
        working = [day for day in days if day.weekday() < len(_WEEKDAYS) and day not in self.holidays.days[first.year]]
        return working[rule.nth - 1]


def load_calendars(feeds: Container[str], folder: Path = CALENDARS) -> PublisherCalendars:
    """The shipped calendars. Raises CalendarError naming the file; `feeds` are the contracts that are known."""
    path = folder / "bank_holidays.yml"
    try:
        holidays = BankHolidays.model_validate(read_yaml(path))
    except ValidationError as error:
        raise CalendarError(f"{path}: {faults_of(error, 'calendar')}") from None
    except (OSError, ValueError, yaml.YAMLError):  # PyYAML makes a ValueError of a day that does not exist
        raise CalendarError(f"{path}: cannot be read as YAML") from None
    return PublisherCalendars(holidays, _printed(folder / "printed_days.csv", feeds))


class _PrintedDay(_Model):
    feed: str
    period: str = Field(min_length=1)
    due_date: date
    evidence: Evidence
    url: str = Field(pattern="^https://")


def _printed(path: Path, feeds: Container[str]) -> dict[str, dict[str, date]]:
    found: dict[str, dict[str, date]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = [_PrintedDay.model_validate(row) for row in csv.DictReader(handle)]
    except (OSError, ValueError, TypeError):
        columns = ", ".join(_PrintedDay.model_fields)
        raise CalendarError(f"{path}: cannot be read as printed days; it needs the columns {columns}") from None
    for row in rows:
        if row.feed not in feeds:
            raise CalendarError(f"{path}: no contract for feed '{row.feed}'")
        if row.period in found.setdefault(row.feed, {}):
            raise CalendarError(f"{path}: {row.feed} {row.period} is there twice")
        found[row.feed][row.period] = row.due_date
    return found

"""What the rows of a delivery say, gathered batch by batch while they stream past.

Belongs here: row checks (required fields, readable periods), and the counts that judge a file: shapes of values,
periods, dates. Does not belong here: the verdict (`judge`), and whether a code is valid (the gate).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalogue.feeds import Feed, Layout
from pipeline.landing.columns import Bools, Encoded, blank, encode
from pipeline.landing.faults import RowReason
from pipeline.landing.nhs_number import nhs_number_check
from pipeline.landing.periods import Period, read_period
from pipeline.landing.pseudonym import Pseudonymiser

_NO_DATE = -1
# A column with this many different periods holds something else.
MOST_PERIODS = 200

Columns = dict[str, Encoded]


@dataclass
class Tally:
    """How many of the values that could be judged passed."""

    passed: int = 0
    judged: int = 0

    def add(self, passed: Bools, judged: Bools) -> None:
        self.passed += int(np.count_nonzero(passed & judged))
        self.judged += int(np.count_nonzero(judged))

    @property
    def share(self) -> float:
        return self.passed / self.judged if self.judged else 1.0


@dataclass
class Taken:
    """One batch after the row checks."""

    kept: Columns
    rejected: dict[RowReason, Columns]


@dataclass
class PeriodReader:
    """Reads the period of each row, as the layout says; remembers what it has read."""

    feed: Feed
    layout: Layout
    seen: dict[str, Period | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        claim = self.layout.period.column
        self.field = claim.field if claim else None
        self._claim = claim
        self._expression = re.compile(claim.regex) if claim else None

    def of_distinct(self, values: list[str]) -> list[Period | None]:
        if self._claim is None or self._expression is None:
            return [None] * len(values)
        for value in values:
            if value not in self.seen:
                self.seen[value] = read_period(
                    self._expression, value, self.feed.period_grain, self._claim.year_to_date_month
                )
        return [self.seen[value] for value in values]


class Profile:
    """Accumulates over the batches of one delivery. `claimed` is the period its file name claims, if any."""

    def __init__(self, feed: Feed, layout: Layout, claimed: Period | None, hashing: Pseudonymiser | None) -> None:
        self._feed = feed
        self._layout = layout
        self._claimed = claimed
        self._hashing = hashing
        self._periods = PeriodReader(feed, layout)
        self._activity = next((item.name for item in feed.with_role("activity_date")), None)
        self.period_is_activity = self._periods.field is not None and self._periods.field == self._activity
        self._required = {item.name for item in feed.fields if item.required and item.name in layout.field_of.values()}
        if self._periods.field and not self.period_is_activity:
            self._required.add(self._periods.field)
        self._unknown_dates = set(feed.activity_window.unknown_dates) if feed.activity_window else set()
        self._dates: dict[str, int] = {}
        self.rows = 0
        self.control_rows = 0
        self.period_rows: Counter[Period] = Counter()
        self.blanks: Counter[str] = Counter()
        self.patterns = {name: Tally() for name in feed.patterns}
        self.activity_inside = Tally()
        self.date_order = [Tally() for _ in feed.date_order]

    def take(self, batch: pa.RecordBatch) -> Taken:
        """Check one batch; pseudonymise what leaves it."""
        rows = batch.num_rows
        self.rows += rows
        columns = {name: encode(batch.column(name)) for name in batch.schema.names}
        for name, expression in self._layout.keep_of.items():
            if name in columns:
                columns[name] = columns[name].with_distinct(_matching(columns[name].distinct, expression))
        for name, check in self._layout.check_of.items():
            if name in columns:
                columns[check] = columns[name].with_distinct(nhs_number_check(columns[name].distinct))
        control = self._control_rows(columns, rows)
        self.control_rows += int(control.sum())
        no_value = self._blank_required(columns, rows) & ~control
        no_submitter = self._unreadable_submitter(columns, rows) & ~control & ~no_value
        no_period, row_period, periods = self._row_periods(columns, rows)
        no_period &= ~control & ~no_value & ~no_submitter
        judged = ~(no_value | no_submitter | no_period | control)
        self._tally_patterns(columns, ~control)
        self._tally_periods(row_period, periods, judged)
        self._tally_dates(columns, row_period, periods, judged)
        full = {name: columns[name] if name in columns else blank(rows) for name in self._feed.field_names}
        full = {name: self._hashed(name, column) for name, column in full.items()}
        rejected = {
            reason: {name: column.keep(mask) for name, column in full.items()}
            for reason, mask in (
                (RowReason.REQUIRED_BLANK, no_value),
                (RowReason.SUBMITTER_UNREADABLE, no_submitter),
                (RowReason.PERIOD_UNREADABLE, no_period),
            )
            if mask.any()
        }
        keep = ~(no_value | no_submitter | no_period)
        if rejected:
            full = {name: column.keep(keep) for name, column in full.items()}
        return Taken(full, rejected)

    def _hashed(self, name: str, column: Encoded) -> Encoded:
        if self._hashing is None or not self._is_hashed(name):
            return column
        return column.with_distinct(self._hashing.apply(column.distinct))

    def _is_hashed(self, name: str) -> bool:
        return next(item for item in self._feed.fields if item.name == name).is_pseudonymised

    def _control_rows(self, columns: Columns, rows: int) -> Bools:
        control = self._layout.control_row
        if control is None or control.field not in columns:
            return np.zeros(rows, np.bool_)
        column = columns[control.field]
        value = control.value.casefold()
        return column.where(np.array([text.casefold() == value for text in column.distinct.to_pylist()], np.bool_))

    def _blank_required(self, columns: Columns, rows: int) -> Bools:
        any_blank = np.zeros(rows, np.bool_)
        for name in sorted(self._required):
            is_blank = columns[name].is_blank
            if is_blank.any():
                self.blanks[name] += int(is_blank.sum())
                any_blank |= is_blank
        return any_blank

    def _unreadable_submitter(self, columns: Columns, rows: int) -> Bools:
        """Rows whose submitter is no code: it is published, and stands in letters and alerts."""
        found = np.zeros(rows, np.bool_)
        for item in self._feed.with_role("submitter"):
            pattern = self._feed.patterns.get(item.name)
            if pattern is not None and item.name in columns:
                tidy = pc.utf8_trim_whitespace(columns[item.name].distinct)
                found |= columns[item.name].where(~_fits(tidy, pattern.regex))
        return found

    def _row_periods(self, columns: Columns, rows: int) -> tuple[Bools, npt.NDArray[np.int64], list[Period | None]]:
        """(rows whose period cannot be read, index into the periods for each row, the periods; the last is None)."""
        if self._periods.field is None:
            return np.zeros(rows, np.bool_), np.zeros(rows, np.int64), [self._claimed]
        column = columns[self._periods.field]
        periods = self._periods.of_distinct(column.distinct.to_pylist())
        if self.period_is_activity:
            return np.zeros(rows, np.bool_), column.index, [*periods, None]
        unreadable = np.array([period is None for period in periods], np.bool_)
        return column.where(unreadable), column.index, [*periods, None]

    def _tally_patterns(self, columns: Columns, judged: Bools) -> None:
        for name, pattern in self._feed.patterns.items():
            if name not in columns:
                continue
            column = columns[name]
            counts = (column if judged.all() else column.keep(judged)).counts[:-1]
            matches = _fits(column.distinct, pattern.regex)
            self.patterns[name].passed += int(counts[matches].sum())
            self.patterns[name].judged += int(counts.sum())

    def _tally_periods(self, row_period: npt.NDArray[np.int64], periods: list[Period | None], judged: Bools) -> None:
        counts = np.bincount(row_period[judged], minlength=len(periods))
        for period, count in zip(periods, counts.tolist(), strict=True):
            if period is not None and count and (len(self.period_rows) < MOST_PERIODS or period in self.period_rows):
                self.period_rows[period] += count

    def _tally_dates(
        self, columns: Columns, row_period: npt.NDArray[np.int64], periods: list[Period | None], judged: Bools
    ) -> None:
        if self._activity in columns:
            days = self._day_numbers(columns[self._activity])
            if self.period_is_activity or self._periods.field is None:
                limits = [self._claimed] * len(periods)
            else:
                limits = periods
            first = np.array([limit.first.toordinal() if limit else 1 for limit in limits])[row_period]
            last = np.array([limit.last.toordinal() if limit else 0 for limit in limits])[row_period]
            self.activity_inside.add((days >= first) & (days <= last), judged & (days != _NO_DATE))
        for tally, order in zip(self.date_order, self._feed.date_order, strict=True):
            if order.earlier in columns and order.later in columns:
                earlier = self._day_numbers(columns[order.earlier])
                later = self._day_numbers(columns[order.later])
                tally.add(earlier <= later, judged & (earlier != _NO_DATE) & (later != _NO_DATE))

    def _day_numbers(self, column: Encoded) -> npt.NDArray[np.int64]:
        """Day number of each row's date, -1 where it is blank, unreadable or stands for 'not known'."""
        distinct = [self._day_number(text) for text in column.distinct.to_pylist()]
        return np.array([*distinct, _NO_DATE], np.int64)[column.index]

    def _day_number(self, text: str) -> int:
        if text not in self._dates:
            try:
                day = date.fromisoformat(text[:10])
                self._dates[text] = _NO_DATE if day in self._unknown_dates else day.toordinal()
            except ValueError:
                self._dates[text] = _NO_DATE
        return self._dates[text]


def _fits(distinct: pa.StringArray, expression: str) -> Bools:
    return np.asarray(pc.match_substring_regex(distinct, expression), dtype=np.bool_)


def _matching(distinct: pa.StringArray, expression: str) -> pa.StringArray:
    """The values that match; NULL for the others."""
    return pc.if_else(pc.match_substring_regex(distinct, expression), distinct, pa.scalar(None, pa.string()))

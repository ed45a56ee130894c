"""Lists that a platform team supplies: who must send what, and when it is due.

Belongs here: reading them. Does not belong here: what follows from them (`timeliness`, the gate).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date

from pipeline.orchestration.context import RunContext
from pipeline.settings import SettingsError


@dataclass(frozen=True)
class ExpectedSubmitter:
    """Who must send a feed, and between which days."""

    feed: str
    submitter_code: str
    valid_from: date
    valid_to: date | None


def due_dates(context: RunContext) -> dict[str, dict[str, date]]:
    """Due days by feed and period, as the calendar of the settings has them."""
    path = context.settings.due_dates
    if path is None:
        return {}
    found: dict[str, dict[str, date]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                found.setdefault(row["feed"], {})[row["period"]] = date.fromisoformat(row["due_date"])
    except (OSError, KeyError, ValueError, TypeError):
        raise SettingsError(
            f"{path}: cannot be read as the calendar of due dates; it needs the columns feed, period and due_date with "
            "dates such as 2026-06-11"
        ) from None
    unknown = sorted(found.keys() - context.contracts.keys())
    if unknown:
        raise SettingsError(f"{path}: no contract for {len(unknown)} of its feeds; see `reference_data/feeds/`")
    return found


def expected_submitters(context: RunContext) -> tuple[ExpectedSubmitter, ...]:
    """Who must send the feeds of the run, in order; nobody where there is no list. Raises SettingsError."""
    path = context.settings.expected_submitters
    if context.settings.is_synthetic:
        path = context.settings.sample / "expected_submitters.csv"
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        found = [
            ExpectedSubmitter(
                row["feed"],
                row["submitter_code"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in rows
            if row["feed"] in context.feeds
        ]
    except (OSError, KeyError, ValueError, TypeError):
        raise SettingsError(
            f"{path}: cannot be read as the list of expected submitters; it needs the columns feed, submitter_code, "
            "valid_from and valid_to with dates such as 2026-04-01"
        ) from None
    return tuple(sorted(found, key=lambda row: (row.feed, row.submitter_code, row.valid_from)))

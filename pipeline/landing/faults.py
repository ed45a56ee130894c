"""What can be wrong with a delivery, by name.

Belongs here: the reason codes, the exception that carries one, and the error that stops a run. Does not belong here:
finding faults. Messages name files, columns, counts and row numbers; they never hold a value of the file.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Reason(StrEnum):
    """Why a delivery, or a row of one, was not loaded."""

    NOT_CSV = "not_csv"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    SCHEMA_DRIFT = "schema_drift"
    RAGGED_ROWS = "ragged_rows"
    ENCODING = "encoding"
    PERIOD_MISMATCH = "period_mismatch"
    CONTENT_REPEAT = "content_repeat"
    CONFLICT = "conflict"
    UNSAFE_ARCHIVE = "unsafe_archive"
    MANIFEST_MISMATCH = "manifest_mismatch"
    TOO_MANY_REJECTS = "too_many_rejects"
    UNREADABLE = "unreadable"
    UNKNOWN_FILE = "unknown_file"
    STILL_GROWING = "still_growing"


class RowReason(StrEnum):
    """Why one row was put aside."""

    REQUIRED_BLANK = "required_blank"
    SUBMITTER_UNREADABLE = "submitter_unreadable"
    PERIOD_UNREADABLE = "period_unreadable"
    DUPLICATE_ROW = "duplicate_row"
    CONFLICTING_KEY = "conflicting_key"


class Fault(Exception):
    """A delivery cannot be loaded. `message` is written for its supplier and holds no value of the file."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class LandingError(RuntimeError):
    """The run itself cannot go on: a missing folder or key, a full disk, another landing at work."""


# A header cell is shown only when it looks like a column name; a run of digits could be an identifier.
_COLUMN_NAME = re.compile(r"[A-Za-z][\w .,&+()/%-]{0,79}")
_DIGIT_RUN = re.compile(r"\d{6,}")


def shown_column(name: str, position: int) -> str:
    """A header cell as it may appear in a message: its name, or only its position when it looks like a value."""
    if _COLUMN_NAME.fullmatch(name) and not _DIGIT_RUN.search(name):
        return f"'{name}'"
    return f"column {position}"


def shown_list(names: list[str], limit: int = 8) -> str:
    """The first few names and how many more there are."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")

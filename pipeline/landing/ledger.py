"""The ledger: every file seen, what became of it, which raw part is active for each period, what replaced what.

Belongs here: the SQLite tables and the questions asked of them. Does not belong here: deciding (`resolve`) and files
(`store`). It holds names, hashes, periods and counts; never a value of a file. It has no clock: the same deliveries
on the same days give the same content.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from pipeline.landing.faults import LandingError
from pipeline.landing.periods import Period
from pipeline.landing.resolve import Held

_SCHEMA_VERSION = "1"
_TABLES = """
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists delivery (
    feed text not null, sha256 text not null, file_name text not null, manifest_sha256 text not null,
    rules text not null, layout text not null, verdict text not null, reason text not null, message text not null,
    release_state text not null, restates integer not null, submitted_on text not null, received_on text not null,
    rows_in integer not null, rows_loaded integer not null, rows_rejected integer not null, facts text not null,
    primary key (feed, sha256, file_name, manifest_sha256)
) without rowid;
create table if not exists part (
    feed text not null, period text not null, sha256 text not null, file_name text not null, layout text not null,
    period_start text not null, period_end text not null, path text not null, rows integer not null,
    content text not null, raw_version text not null,
    release_state text not null, submitted_on text not null, received_on text not null, is_active integer not null,
    primary key (feed, period, sha256)
) without rowid;
create unique index if not exists one_active_part on part (feed, period) where is_active = 1;
create table if not exists part_file (path text primary key, sha256 text not null) without rowid;
create table if not exists period_change (
    feed text not null, period text not null, old_sha256 text not null, new_sha256 text not null,
    old_rows integer not null, new_rows integer not null, old_file text not null, new_file text not null,
    changed_on text not null,
    primary key (feed, period, changed_on, old_sha256, new_sha256)
) without rowid;
"""


_HELD = "select period, file_name, sha256, content, submitted_on from part where feed = ? and is_active = 1"


@dataclass(frozen=True, order=True)
class ActivePart:
    """The raw part that counts for one period of a feed. `period_start` and `period_end` are its first and last day:
    a key such as 2007-08 alone does not tell a month from a financial year."""

    feed: str
    period: str
    layout: str
    sha256: str
    path: Path
    rows: int
    release_state: str
    received_on: date
    submitted_on: date | None
    file_name: str
    period_start: date
    period_end: date


@dataclass(frozen=True)
class PartArrival:
    """One content of a period, whether it still counts or was replaced."""

    feed: str
    period: str
    path: Path
    received_on: date
    submitted_on: date | None


@dataclass(frozen=True)
class DeliveryRecord:
    """One file as the ledger remembers it. `facts` maps each period of a sound file to (rows, content)."""

    feed: str
    sha256: str
    file_name: str
    manifest_sha256: str
    rules: str
    layout: str
    verdict: str
    reason: str
    message: str
    release_state: str
    restates: bool
    submitted_on: date | None
    received_on: date
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    facts: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class PeriodChange:
    """A period whose content was replaced by a restatement."""

    feed: str
    period: str
    changed_on: date
    old_sha256: str
    new_sha256: str
    old_rows: int
    new_rows: int
    old_file: str
    new_file: str


@dataclass(frozen=True)
class NewPart:
    """A part about to become the active one of its period."""

    period: Period
    path: str
    rows: int
    content: str
    raw_version: str
    file_sha256: str


class Ledger:
    """An open ledger. Use `open_ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def meta(self, name: str) -> str | None:
        rows = self._connection.execute("select value from meta where name = ?", [name]).fetchall()
        return str(rows[0][0]) if rows else None

    def set_meta(self, name: str, value: str) -> None:
        with self._connection:
            self._connection.execute("insert or replace into meta values (?, ?)", [name, value])

    def deliveries(self, feed: str | None = None) -> list[DeliveryRecord]:
        rows = self._connection.execute(
            "select * from delivery where ?1 is null or feed = ?1 order by feed, file_name, sha256, manifest_sha256",
            [feed],
        ).fetchall()
        return [_delivery(row) for row in rows]

    def held(self, feed: str) -> dict[str, Held]:
        """Period -> what is active, for the decisions of `resolve`."""
        return _held(self._connection.execute(_HELD, [feed]).fetchall())

    def loaded_parts(self, feed: str) -> dict[str, list[tuple[str, str, bool]]]:
        """sha256 -> (path, raw version, is active) of every part ever loaded from it."""
        parts: dict[str, list[tuple[str, str, bool]]] = {}
        for sha256, path, raw_version, active in self._connection.execute(
            "select sha256, path, raw_version, is_active from part where feed = ? order by period", [feed]
        ).fetchall():
            parts.setdefault(sha256, []).append((path, raw_version, bool(active)))
        return parts

    def part_paths(self) -> set[str]:
        return {row[0] for row in self._connection.execute("select path from part").fetchall()}

    def active_files(self) -> list[tuple[str, str, str, str, str | None]]:
        """(feed, period, file name, path, sha256 of the part as it was written) of every active part.

        A part of before the ledger kept that hash has None.
        """
        query = "select feed, period, file_name, path, f.sha256 from part left join part_file as f using (path)"
        return [tuple(row) for row in self._connection.execute(f"{query} where is_active = 1 order by path").fetchall()]

    def record(self, entry: DeliveryRecord, parts: tuple[NewPart, ...] = ()) -> None:
        """Write one delivery and, in the same transaction, make its parts the active ones."""
        with self._connection:
            for part in parts:
                self._activate(entry, part)
            values = _delivery_values(entry)
            names = ", ".join(values)
            places = ", ".join(f":{name}" for name in values)
            self._connection.execute(f"insert or replace into delivery ({names}) values ({places})", values)

    def _activate(self, entry: DeliveryRecord, part: NewPart) -> None:
        period = part.period.key
        old = self._connection.execute(
            "select sha256, rows, file_name from part where feed = ? and period = ? and is_active = 1",
            [entry.feed, period],
        ).fetchall()
        received_on = entry.received_on.isoformat()
        for old_sha256, old_rows, old_file in old:
            if old_sha256 == entry.sha256:
                continue
            self._connection.execute(
                "update part set is_active = 0 where feed = ? and period = ? and sha256 = ?",
                [entry.feed, period, old_sha256],
            )
            change = [old_sha256, entry.sha256, old_rows, part.rows, old_file, entry.file_name, received_on]
            self._connection.execute(
                "insert or replace into period_change values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [entry.feed, period, *change],
            )
        named = [entry.feed, period, entry.sha256, entry.file_name, entry.layout]
        days = [part.period.first.isoformat(), part.period.last.isoformat()]
        made = [part.path, part.rows, part.content, part.raw_version]
        dated = [entry.release_state, _text(entry.submitted_on), received_on]
        self._connection.execute(
            "insert or replace into part values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            [*named, *days, *made, *dated],
        )
        self._connection.execute("insert or replace into part_file values (?, ?)", [part.path, part.file_sha256])


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open, and make where needed, the ledger. Raises LandingError when it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            connection.executescript(_TABLES)
            ledger = Ledger(connection)
            if ledger.meta("schema_version") is None:
                ledger.set_meta("schema_version", _SCHEMA_VERSION)
            if ledger.meta("schema_version") != _SCHEMA_VERSION:
                raise LandingError(f"{path} was written by another version of the pipeline")
            yield ledger
    except (sqlite3.Error, OSError) as error:
        raise LandingError(f"{path}: the ledger cannot be used ({type(error).__name__})") from None


def active_parts(path: Path) -> list[ActivePart]:
    """The raw parts that count, sorted by feed and period; paths are absolute. Empty without a ledger."""
    return [
        ActivePart(
            feed=row["feed"],
            period=row["period"],
            layout=row["layout"],
            sha256=row["sha256"],
            path=path.parent / row["path"],
            rows=row["rows"],
            release_state=row["release_state"],
            received_on=date.fromisoformat(row["received_on"]),
            submitted_on=_day(row["submitted_on"]),
            file_name=row["file_name"],
            period_start=date.fromisoformat(row["period_start"]),
            period_end=date.fromisoformat(row["period_end"]),
        )
        for row in _read(path, "select * from part where is_active = 1 order by feed, period")
    ]


def first_arrivals(path: Path) -> dict[tuple[str, str], tuple[date, date | None]]:
    """(feed, period) -> day the first content of the period was seen, and day its supplier says it was sent.

    A restatement replaces what a period holds, not when it first came. Of two on one day, the one without a stated day
    was first.
    """
    query = "select feed, period, received_on, submitted_on from part order by received_on desc, submitted_on desc"
    return {
        (row["feed"], row["period"]): (date.fromisoformat(row["received_on"]), _day(row["submitted_on"]))
        for row in _read(path, query)
    }


def repeated_arrivals(path: Path) -> list[PartArrival]:
    """Every content of the periods that came more than once, by feed and period, first first."""
    query = (
        "select feed, period, path, received_on, submitted_on from part "
        "where (feed, period) in (select feed, period from part group by feed, period having count(*) > 1) "
        "order by feed, period, received_on, submitted_on, path"
    )
    return [
        PartArrival(
            row["feed"],
            row["period"],
            path.parent / row["path"],
            date.fromisoformat(row["received_on"]),
            _day(row["submitted_on"]),
        )
        for row in _read(path, query)
    ]


def deliveries(path: Path) -> list[DeliveryRecord]:
    """Every file the ledger remembers, sorted by feed and name."""
    query = "select * from delivery order by feed, file_name, sha256, manifest_sha256"
    return [_delivery(row) for row in _read(path, query)]


def period_changes(path: Path) -> list[PeriodChange]:
    """Every period that a restatement replaced, sorted by feed, period and day."""
    query = "select * from period_change order by feed, period, changed_on, old_sha256, new_sha256"
    return [
        PeriodChange(**{**dict(row), "changed_on": date.fromisoformat(row["changed_on"])}) for row in _read(path, query)
    ]


def held_parts(path: Path, feed: str) -> dict[str, Held]:
    """Period -> what is active, read without writing; empty without a ledger."""
    return _held(_read(path, _HELD, [feed]))


def _read(path: Path, query: str, values: list[str] | None = None) -> list[sqlite3.Row]:
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values or []).fetchall()
    except sqlite3.Error as error:
        raise LandingError(f"{path}: the ledger cannot be read ({type(error).__name__})") from None


def _held(rows: list[sqlite3.Row]) -> dict[str, Held]:
    return {
        row["period"]: Held(row["file_name"], row["sha256"], row["content"], _day(row["submitted_on"])) for row in rows
    }


def _delivery(row: sqlite3.Row) -> DeliveryRecord:
    facts = {period: (int(rows), str(content)) for period, (rows, content) in json.loads(row["facts"]).items()}
    changed = {
        "restates": bool(row["restates"]),
        "submitted_on": _day(row["submitted_on"]),
        "received_on": date.fromisoformat(row["received_on"]),
        "facts": facts,
    }
    return DeliveryRecord(**{**dict(row), **changed})


def _delivery_values(entry: DeliveryRecord) -> dict[str, object]:
    return {
        **asdict(entry),
        "restates": int(entry.restates),
        "submitted_on": _text(entry.submitted_on),
        "received_on": entry.received_on.isoformat(),
        "facts": json.dumps(entry.facts, sort_keys=True),
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""

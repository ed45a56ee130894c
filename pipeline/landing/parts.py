"""Raw parts and row rejects as Parquet: written in streams, split by period, rid of repeated rows.

Belongs here: writing files whose bytes depend on the rows alone, and finding rows that repeat a key. Does not belong
here: where finished parts go (`store`) and which rows are rejected for what they say (`profile`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.feeds import Feed
from pipeline.landing.columns import ContentHash, UInt64s, encode, row_hashes
from pipeline.landing.faults import LandingError, RowReason
from pipeline.landing.profile import Columns

# DuckDB's own vector of a row group, so that scans run in parallel on whole groups.
ROW_GROUP = 122_880
_BATCH_ROWS = 65_536
_PRIVATE = 0o600


@dataclass(frozen=True)
class StagedPart:
    """A finished Parquet file that is not yet in its place."""

    path: Path
    rows: int
    content: str
    may_repeat_keys: bool


class PartWriter:
    """Writes text columns in row groups of a fixed size, so bytes do not depend on how the input was cut."""

    def __init__(self, path: Path, feed: Feed) -> None:
        self._path = path
        self._names = list(feed.field_names)
        periods = {field.name for field in feed.with_role("period")}
        self._content_names = [name for name in self._names if name not in periods]
        self._key = list(feed.key)
        self._key_hashes: list[UInt64s] = []
        self._schema = pa.schema([(name, pa.string()) for name in self._names])
        self._content = ContentHash()
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._rows = 0
        try:
            path.touch(mode=_PRIVATE)
            # Without the Arrow schema the file says only what Parquet says: text columns.
            self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", store_schema=False)
        except OSError as error:
            raise _cannot_write(path, error) from None

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer.is_open:
            self._writer.close()

    def write(self, columns: Columns) -> None:
        rows = len(columns[self._names[0]].index)
        if not rows:
            return
        hashes = {name: columns[name].hashes() for name in {*self._content_names, *self._key}}
        self._content.add(row_hashes([hashes[name] for name in self._content_names]))
        self._key_hashes.append(row_hashes([hashes[name] for name in self._key]))
        arrays = [columns[name].to_array() for name in self._names]
        self._pending.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._pending_rows += rows
        if self._pending_rows >= ROW_GROUP:
            self._flush(whole_groups_only=True)

    def finish(self) -> StagedPart:
        self._flush(whole_groups_only=False)
        try:
            self._writer.close()
        except (OSError, pa.ArrowException) as error:
            raise _cannot_write(self._path, error) from None
        # Equal hashes only make a search worth its while; the search itself compares values.
        keys = np.sort(np.concatenate(self._key_hashes)) if self._key_hashes else np.empty(0, np.uint64)
        return StagedPart(self._path, self._rows, self._content.value, bool((keys[1:] == keys[:-1]).any()))

    def _flush(self, whole_groups_only: bool) -> None:
        table = pa.Table.from_batches(self._pending, self._schema)
        end = table.num_rows - table.num_rows % ROW_GROUP if whole_groups_only else table.num_rows
        try:
            if end:
                self._writer.write_table(table.slice(0, end), row_group_size=ROW_GROUP)
        except (OSError, pa.ArrowException) as error:
            raise _cannot_write(self._path, error) from None
        self._rows += end
        rest = table.slice(end)
        self._pending = rest.to_batches() if rest.num_rows else []
        self._pending_rows = rest.num_rows


class RejectWriters:
    """One Parquet file of rejected rows for each reason that occurs."""

    def __init__(self, folder: Path, feed: Feed) -> None:
        self._folder = folder
        self._feed = feed
        self._writers: dict[RowReason, PartWriter] = {}

    def write(self, reason: RowReason, columns: Columns) -> None:
        if reason not in self._writers:
            self._writers[reason] = PartWriter(self._folder / f"reject.{reason}.parquet", self._feed)
        self._writers[reason].write(columns)

    def finish(self) -> dict[RowReason, StagedPart]:
        return {reason: self._writers[reason].finish() for reason in sorted(self._writers)}


def staged_columns(path: Path) -> Iterator[Columns]:
    """The rows of a staged part again, in batches."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            yield {name: encode(batch.column(name)) for name in batch.schema.names}


def repeated_rows(staged: StagedPart, feed: Feed) -> dict[RowReason, npt.NDArray[np.int64]]:
    """Row numbers that repeat a key of the feed, by reason.

    Of rows that are alike in every field the first stays and the others are `duplicate_row`. Rows that share a key
    and differ are all `conflicting_key`: nothing says which is right.
    """
    if not staged.may_repeat_keys:
        return {}
    path = staged.path
    key = ", ".join(_quoted(name) for name in feed.key)
    every = ", ".join(_quoted(name) for name in feed.field_names)
    same_key = " and ".join(f"rows.{_quoted(name)} is not distinct from repeated.{_quoted(name)}" for name in feed.key)
    file = str(path)
    try:
        with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(path.parent), "threads": 2}) as con:
            rows = con.execute(
                f"""
                with repeated as (select {key} from read_parquet($file) group by all having count(*) > 1),
                rows as (select * from read_parquet($file, file_row_number = true)),
                copies as (
                    select rows.*, row_number() over (partition by {_prefixed(every)} order by file_row_number) as copy
                    from rows inner join repeated on {same_key}
                )
                select file_row_number, copy > 1 as is_copy,
                    count(*) filter (where copy = 1) over (partition by {key}) > 1 as is_conflict
                from copies
                order by file_row_number
                """,
                {"file": file},
            ).fetchall()
    except duckdb.Error:
        raise LandingError(f"{feed.feed}: repeated rows could not be looked for; is the disk full?") from None
    conflict = [row for row, is_copy, is_conflict in rows if is_conflict and not is_copy]
    copies = [row for row, is_copy, _ in rows if is_copy]
    return {
        reason: np.array(numbers, np.int64)
        for reason, numbers in ((RowReason.CONFLICTING_KEY, conflict), (RowReason.DUPLICATE_ROW, copies))
        if numbers
    }


def _quoted(name: str) -> str:
    return '"' + name + '"'


def _prefixed(columns: str) -> str:
    return ", ".join(f"rows.{column}" for column in columns.split(", "))


def _cannot_write(path: Path, error: Exception) -> LandingError:
    why = getattr(error, "strerror", None) or "is the disk full?"
    return LandingError(f"{path} cannot be written ({why}); nothing of this delivery was loaded")

"""A delivery as batches of canonical text columns, whatever its file format.

Belongs here: CSV, Parquet and workbook reading under strict rules, and the wrapping of third-party errors, which
print row content. Does not belong here: judging what the rows say (`profile`). NULL and the empty string are one
thing here: blank, written as NULL. Every other value is passed on as it is.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from pipeline.catalogue.feeds import Feed, Layout
from pipeline.landing.archive import check_expansion, open_data
from pipeline.landing.faults import Fault, Reason
from pipeline.landing.header import check_header
from pipeline.landing.text import WatchedText

_CSV_BLOCK = 8 << 20
_BATCH_ROWS = 65_536
_WORKBOOK_BATCH = 10_000
_SHOWN_ROWS = 5

Batches = Iterator[pa.RecordBatch]


def read_batches(path: Path, feed: Feed, layout: Layout) -> Batches:
    """Batches of the layout's fields as text, named canonically. Raises Fault for anything that is not clean."""
    reader: Callable[[Path, Feed, Layout], Batches] = {
        "csv": _read_csv,
        "parquet": _read_parquet,
        "xlsx": _read_workbook,
    }[layout.format]
    return reader(path, feed, layout)


def _canonical(batch: pa.RecordBatch, layout: Layout) -> pa.RecordBatch:
    return batch.rename_columns([layout.field_of[name] for name in batch.schema.names])


def _read_csv(path: Path, feed: Feed, layout: Layout) -> Batches:
    with open_data(path, feed.limits) as stream:
        text = WatchedText(stream)
        check_header(layout, text.header)
        ragged: list[int] = []
        rows = 0

        def note(row: Any) -> str:
            ragged.append(row.actual_columns)
            return "skip"

        for batch in _parse(text, layout, note, use_threads=True):
            rows += batch.num_rows
            yield _canonical(batch, layout)
        lines, last_line_cut = text.lines, text.last_line_cut
    if last_line_cut and len(ragged) <= 1:
        raise Fault(
            Reason.TRUNCATED,
            f"the file stops inside its last line, after {max(lines - 1, 0):,} whole rows. Send the whole file again",
        )
    if ragged:
        raise Fault(Reason.RAGGED_ROWS, _ragged_message(path, feed, layout, len(ragged)))
    if rows != lines:
        raise Fault(
            Reason.RAGGED_ROWS,
            f"{lines:,} lines hold {rows:,} rows: a quote is not closed, or a value runs over a line end",
        )


def _parse(text: WatchedText, layout: Layout, on_ragged: Callable[[Any], str], use_threads: bool) -> Batches:
    """Parse strictly: own header, text only, no line ends in values, every ragged row reported."""
    kept = [name for name in text.header if name in layout.field_of]
    try:
        with pa_csv.open_csv(
            pa.PythonFile(text, mode="r"),
            read_options=pa_csv.ReadOptions(column_names=text.header, block_size=_CSV_BLOCK, use_threads=use_threads),
            parse_options=pa_csv.ParseOptions(newlines_in_values=False, invalid_row_handler=on_ragged),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(text.header, pa.string()),
                include_columns=kept,
                strings_can_be_null=True,
                null_values=[""],
            ),
        ) as reader:
            yield from reader
        while text.read(_CSV_BLOCK):
            pass
    except pa.ArrowInvalid:
        if text.fault:
            raise text.fault from None
        raise Fault(Reason.RAGGED_ROWS, "the rows cannot be told apart: a quote is not closed") from None


def _ragged_message(path: Path, feed: Feed, layout: Layout, count: int) -> str:
    """Count and first places of the rows that have too few or too many values."""
    first: list[str] = []

    def note(row: Any) -> str:
        if len(first) >= _SHOWN_ROWS:
            return "error"
        first.append(f"row {row.number:,} has {row.actual_columns}")
        return "skip"

    with open_data(path, feed.limits) as stream:
        text = WatchedText(stream)
        try:
            for _ in _parse(text, layout, note, use_threads=False):
                pass
        except Fault:
            pass  # the handler stops the reader once it has seen enough
    noun = "row does" if count == 1 else "rows do"
    return (
        f"{count:,} {noun} not have the {len(text.header)} values of the header: {'; '.join(first)}. "
        "Rows are counted after the header. Often a comma stands in a value without quotes"
    )


def _read_parquet(path: Path, feed: Feed, layout: Layout) -> Batches:
    _check_parquet_marks(path)
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise Fault(Reason.UNREADABLE, "it cannot be read as Parquet. Write it again and send it again") from None
    with file:
        header = file.schema_arrow.names
        check_header(layout, header)
        if file.metadata.num_rows == 0:
            raise Fault(Reason.EMPTY, "the file holds columns and no rows")
        groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
        check_expansion(sum(group.total_byte_size for group in groups), None, feed.limits)
        kept = [name for name in header if name in layout.field_of]
        rows = 0
        try:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=kept):
                rows += batch.num_rows
                yield _canonical(_as_text(batch), layout)
        except (pa.ArrowException, OSError):
            raise Fault(Reason.UNREADABLE, "its pages are damaged. Write it again and send it again") from None
        if rows != file.metadata.num_rows:
            raise Fault(Reason.UNREADABLE, f"{rows:,} of its {file.metadata.num_rows:,} rows could be read")


def _check_parquet_marks(path: Path) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Fault(Reason.EMPTY, "the file is empty; send it again")
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(max(size - 4, 0))
        end = stream.read(4)
    if start != b"PAR1":
        raise Fault(Reason.UNREADABLE, "it is named .parquet and is not a Parquet file")
    if end != b"PAR1":
        raise Fault(Reason.TRUNCATED, "the Parquet file ends before its footer. Send the whole file again")


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            text = pc.cast(column, pa.string())
        except pa.ArrowException:
            raise Fault(
                Reason.SCHEMA_DRIFT, f"column '{name}' has type {column.type}, which has no text form"
            ) from None
        columns.append(pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text))
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _read_workbook(path: Path, feed: Feed, layout: Layout) -> Batches:
    from openpyxl import load_workbook

    _check_workbook_archive(path, feed)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        rows = book.worksheets[0].iter_rows(values_only=True)
        first = next(islice(rows, layout.title_rows, None), None)
    except Exception:
        raise Fault(Reason.UNREADABLE, "it cannot be read as a workbook. Save it again and send it again") from None
    header = [_cell(value) or "" for value in first or ()]
    while header and not header[-1]:
        header.pop()
    if not header:
        where = f"row {layout.title_rows + 1}" if layout.title_rows else "the first row"
        raise Fault(Reason.EMPTY, f"{where} of the first sheet is blank; the column names belong there")
    check_header(layout, header)
    found = False
    for batch in _workbook_batches(rows, header, layout):
        found = True
        yield _canonical(batch, layout)
    if not found:
        raise Fault(Reason.EMPTY, "the first sheet holds column names and no rows")


def _workbook_batches(rows: Iterator[tuple[Any, ...]], header: list[str], layout: Layout) -> Batches:
    """Rows of a sheet in batches. A workbook has no column form, so its cells are read one by one."""
    width = len(header)
    kept = [place for place, name in enumerate(header) if name in layout.field_of]
    block: list[list[str | None]] = []
    ragged: list[int] = []
    number = 0
    try:
        for cells in rows:
            values = [_cell(value) for value in cells]
            if not any(values):
                continue
            number += 1
            if any(values[width:]):
                ragged.append(number)
            block.append((values + [None] * width)[:width])
            if len(block) == _WORKBOOK_BATCH:
                yield _to_batch(block, header, kept)
                block = []
    except Exception:
        raise Fault(Reason.UNREADABLE, "its first sheet is damaged. Save it again and send it again") from None
    if ragged:
        places = ", ".join(f"row {row:,}" for row in ragged[:_SHOWN_ROWS])
        raise Fault(Reason.RAGGED_ROWS, f"{len(ragged):,} rows have values beyond the last column: {places}")
    if block:
        yield _to_batch(block, header, kept)


def _to_batch(block: list[list[str | None]], header: list[str], kept: list[int]) -> pa.RecordBatch:
    arrays = [pa.array([row[place] for row in block], pa.string()) for place in kept]
    return pa.RecordBatch.from_arrays(arrays, names=[header[place] for place in kept])


def _cell(value: Any) -> str | None:
    """A cell as the text a reader sees: whole numbers without a decimal point, dates in ISO form."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time | dt.datetime):
        return value.isoformat()
    return str(value)


def _check_workbook_archive(path: Path, feed: Feed) -> None:
    """A workbook is a ZIP archive: the same care before anything unpacks it."""
    if path.stat().st_size == 0:
        raise Fault(Reason.EMPTY, "the file is empty; send it again")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Fault(Reason.UNREADABLE, "it is named .xlsx and is not a workbook, or is cut off") from None
    check_expansion(
        sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries), feed.limits
    )

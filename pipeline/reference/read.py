"""Strict reading of a reference file into a table of text, by its own header.

Belongs here: opening CSV, gzip, zip, Parquet and workbooks, comparing header and row count with the source table,
content hashes, refusing web pages. Does not belong here: what columns mean (`layouts`), typing (`load`).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pipeline.reference.layouts import LAYOUTS, match_columns, mend_header
from pipeline.reference.sources import ReferenceError_, ReferenceSource

MAX_CONTENT_BYTES = 1 << 30  # the largest real reference file opens to under 100 MB
_CHUNK = 1 << 20


def content_sha256(path: Path) -> str:
    """sha256 of the content: of the file itself, or of what a .gz or .zip holds. Raises ReferenceError_."""
    digest = hashlib.sha256()
    with _content(path) as stream:
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_CONTENT_BYTES:
                raise ReferenceError_(f"{path.name}: opens to more than {MAX_CONTENT_BYTES >> 20} MB")
            digest.update(chunk)
    return digest.hexdigest()


def refuse_web_page(path: Path) -> None:
    """Raises ReferenceError_ when the file is an HTML page, as error and log-in pages with status 200 are."""
    with path.open("rb") as stream:
        start = stream.read(1024)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        raise ReferenceError_(f"{path.name}: is a web page, not the file; the address may have moved")
    if not start:
        raise ReferenceError_(f"{path.name}: is empty")


def read_reference(path: Path, source: ReferenceSource) -> tuple[pa.Table, list[str]]:
    """The wanted columns of a file as text, under our names, and its mended full header.

    Blank text stays blank text. Raises ReferenceError_ when header or row count differ from the source table, a row
    is ragged, or the file cannot be opened; the message names file and columns, never a value.
    """
    name = source.file
    table = _read_text(path, source)
    names = mend_header(source.layout, list(table.column_names))
    if len(set(names)) != len(names):
        twice = sorted({item for item in names if names.count(item) > 1})
        raise ReferenceError_(f"{name}: columns named twice: {twice}")
    _compare_header(name, names, source)
    if table.num_rows == 0:
        raise ReferenceError_(f"{name}: has a header and no rows")
    if source.rows is not None and table.num_rows != source.rows:
        raise ReferenceError_(f"{name}: has {table.num_rows:,} rows, the source table expects {source.rows:,}")
    table = table.rename_columns(names)
    found = match_columns(source.layout, names, name)
    return table.select(list(found.values())).rename_columns(list(found)), names


def _compare_header(file: str, names: list[str], source: ReferenceSource) -> None:
    expected = source.header
    if expected is None:
        if source.column_count is not None and len(names) != source.column_count:
            raise ReferenceError_(f"{file}: has {len(names)} columns, the source table expects {source.column_count}")
        return
    if list(expected) == names:
        return
    missing = [name for name in expected if name not in names]
    extra = [name for name in names if name not in expected]
    if missing or extra:
        raise ReferenceError_(f"{file}: header differs: missing {missing}, unknown {extra}")
    moved = [name for name, other in zip(names, expected, strict=True) if name != other]
    raise ReferenceError_(f"{file}: header has its columns in another order, from {moved[0]!r} on")


def _read_text(path: Path, source: ReferenceSource) -> pa.Table:
    kind = _suffix(path)
    try:
        if kind == ".parquet":
            return _parquet(path)
        if kind == ".xlsx":
            return _workbook(path, source)
        return _csv(path, source)
    except ReferenceError_:
        raise
    except pa.ArrowInvalid as error:
        # Only the shape of the message is safe: arrow appends the row itself.
        ragged = "columns, got" in str(error)
        reason = "a row has another number of cells than the header" if ragged else "is not a readable table"
        raise ReferenceError_(f"{source.file}: {reason}; the file is damaged or not the one expected") from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, KeyError):
        raise ReferenceError_(f"{source.file}: cannot be opened as {kind.lstrip('.')}; it may be cut off") from None


def _suffix(path: Path) -> str:
    """The kind of file behind a name; a download still in progress is called <name>.part."""
    name = path.name.removesuffix(".part")
    return Path(name).suffix.lower()


@contextmanager
def _content(path: Path) -> Iterator[IO[bytes]]:
    """The opened content of a plain, .gz or .zip file (a zip must hold exactly one CSV)."""
    kind = _suffix(path)
    try:
        if kind == ".gz":
            with gzip.open(path, "rb") as stream:
                yield stream  # type: ignore[misc]  # GzipFile reads bytes
        elif kind == ".zip":
            with zipfile.ZipFile(path) as archive:
                members = [item for item in archive.infolist() if item.filename.lower().endswith(".csv")]
                if len(members) != 1:
                    raise ReferenceError_(f"{path.name}: holds {len(members)} CSV files, expected one")
                with archive.open(members[0]) as member:
                    yield member
        else:
            with path.open("rb") as plain:
                yield plain
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        raise ReferenceError_(f"{path.name}: cannot be opened; it is cut off or damaged") from None


def _csv(path: Path, source: ReferenceSource) -> pa.Table:
    with _content(path) as stream:
        content = stream.read(MAX_CONTENT_BYTES + 1)
    if len(content) > MAX_CONTENT_BYTES:
        raise ReferenceError_(f"{source.file}: opens to more than {MAX_CONTENT_BYTES >> 20} MB")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReferenceError_(f"{source.file}: is not UTF-8 text") from None
    width = LAYOUTS[source.layout].width
    first = _first_record(content)
    if width is not None:
        names = [str(position) for position in range(1, width + 1)]
        if len(first) != width:
            raise ReferenceError_(f"{source.file}: has {len(first)} columns, layout {source.layout} has {width}")
    else:
        names = first
    # Unique stand-in names, so that a header with a name twice is reported by us and not half-read.
    stand_ins = [f"c{position}" for position in range(len(names))]
    table = pacsv.read_csv(
        io.BytesIO(content),
        read_options=pacsv.ReadOptions(
            column_names=stand_ins, skip_rows=0 if width is not None else 1, use_threads=False, encoding="utf8"
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=False),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(stand_ins, pa.string()), strings_can_be_null=False
        ),
    )
    return pa.Table.from_arrays(table.columns, names=names)


def _first_record(content: bytes) -> list[str]:
    """Cells of the first line. Reference headers have no line breaks inside."""
    line = content[:_CHUNK].split(b"\n", 1)[0].decode("utf-8-sig", errors="strict")
    return next(csv.reader([line.rstrip("\r")]), [])


def _parquet(path: Path) -> pa.Table:
    # A file object, so that a path ending in .part is still read as Parquet.
    with path.open("rb") as stream:
        table = pq.read_table(stream, use_threads=False)
    arrays = [pc.fill_null(column.cast(pa.string()), "") for column in table.columns]
    return pa.Table.from_arrays(arrays, names=table.column_names)


def _workbook(path: Path, source: ReferenceSource) -> pa.Table:
    from openpyxl import load_workbook  # half a second to import, wanted for two files only

    spec = LAYOUTS[source.layout]
    with path.open("rb") as stream:
        workbook = load_workbook(stream, read_only=True, data_only=True)
        try:
            if spec.sheet is None or spec.sheet not in workbook.sheetnames:
                raise ReferenceError_(f"{source.file}: has no sheet {spec.sheet!r} (sheets: {workbook.sheetnames})")
            rows = [row for row in workbook[spec.sheet].iter_rows(values_only=True) if any(c is not None for c in row)]
        finally:
            workbook.close()
    start = next((at for at, row in enumerate(rows) if row and row[0] == spec.header_cell), None)
    if start is None:
        raise ReferenceError_(f"{source.file}: sheet {spec.sheet!r} has no header row that begins {spec.header_cell!r}")
    names = [str(cell) for cell in rows[start] if cell is not None]
    body = [row[: len(names)] for row in rows[start + 1 :]]
    if any(len(row) != len(names) for row in body):
        raise ReferenceError_(f"{source.file}: a row has another number of cells than the header")
    columns = zip(*body, strict=True) if body else [() for _ in names]
    return pa.Table.from_arrays([pa.array(map(_cell, column), pa.string()) for column in columns], names=names)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

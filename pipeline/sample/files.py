"""Writing files that are the same bytes every time.

Belongs here: CSV, gzip, Parquet, workbook and manifest writing without time stamps, thread or hash-order effects, and
the record of what was written. Does not belong here: what the files contain.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pipeline.files import file_sha256

_FIXED_TIME = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Written:
    """A file that was written: its path, sha256, size in bytes and data rows."""

    path: Path
    sha256: str
    bytes: int
    rows: int


def describe(path: Path, rows: int) -> Written:
    """The record of a file that is complete on disk."""
    return Written(path, file_sha256(path), path.stat().st_size, rows)


def write_csv(path: Path, table: pa.Table) -> Written:
    """A feed file as CSV: header, LF line ends, no quotes (no cell of a feed needs them), blank for missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write((",".join(table.column_names) + "\n").encode())
        options = pacsv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)
        pacsv.write_csv(table, stream, options)
    return describe(path, table.num_rows)


def write_parquet(path: Path, table: pa.Table) -> Written:
    """A Parquet file (zstd), one row group for every 122,880 rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", row_group_size=122_880)
    return describe(path, table.num_rows)


def write_rows(
    path: Path,
    header: Sequence[str] | None,
    rows: Iterable[Sequence[Any]],
    line_end: str = "\n",
    quote_all: bool = False,
) -> Written:
    """A small table as CSV, quoted where needed or everywhere; without a header when it is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
        if header is not None:
            writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return describe(path, count)


def write_workbook(path: Path, sheets: dict[str, list[Sequence[Any]]], rows: int) -> Written:
    """A workbook with the given sheets; ``rows`` counts the data rows for the record.

    openpyxl stamps the time of writing into the properties and the archive: both are replaced by fixed ones.
    """
    from openpyxl import Workbook  # half a second to import, wanted for one file

    workbook = Workbook(write_only=True)
    for title, content in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in content:
            sheet.append(list(row))
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = datetime(*_FIXED_TIME).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ001 - a constant, not a clock
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content_bytes = source.read(name)
            if name == "docProps/core.xml":
                content_bytes = _without_times(content_bytes, stamp)
            member = zipfile.ZipInfo(name, _FIXED_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, content_bytes)
    return describe(path, rows)


def _without_times(properties: bytes, stamp: str) -> bytes:
    """docProps/core.xml with its created and modified times replaced."""
    text = properties.decode()
    for tag in ("created", "modified"):
        before, opened, rest = text.partition(f"<dcterms:{tag}")
        if opened:
            attributes, _, tail = rest.partition(">")
            _, closing, after = tail.partition(f"</dcterms:{tag}>")
            text = f"{before}{opened}{attributes}>{stamp}{closing}{after}"
    return text.encode()


def write_manifest(written: Written, period: str, submitted_on: date, restates: bool = False) -> Written:
    """The supplier's manifest beside a file, ``<name>.manifest.json``."""
    content = {
        "file": written.path.name,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "rows": written.rows,
        "period": period,
        "submitted_on": submitted_on.isoformat(),
        "restates": restates,
    }
    path = written.path.with_name(written.path.name + ".manifest.json")
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return describe(path, 0)

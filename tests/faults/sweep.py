"""The sweep: looks for canaries in every byte of every file, unpacked too.

Plain bytes, UTF-16, and hashes without a key of each canary; members of zip and gzip; Parquet, DuckDB and
SQLite read, whose blobs are also tried as zlib (Dagster packs its snapshots).
Belongs here: finding. Does not belong here: planting, and which folders are sinks.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def forms(canaries: Collection[str]) -> list[bytes]:
    """What a canary may look like on the disk. An unsalted hash of an NHS number is enumerated in minutes."""
    hashes = [
        function(text.encode()).hexdigest()
        for text in canaries
        for function in (hashlib.md5, hashlib.sha1, hashlib.sha256)
    ]
    return [form for text in [*canaries, *hashes] for form in (text.encode(), text.encode("utf-16-le"))]


def sweep(sinks: Iterable[Path], canaries: Collection[str], spared: Collection[Path] = ()) -> list[str]:
    """Files below the sinks that hold a canary; `spared` folders are left out. Paths only, never what was found."""
    wanted = forms(canaries)
    files = [path for sink in sinks for path in ([sink] if sink.is_file() else sorted(sink.rglob("*")))]
    return [
        str(path)
        for path in files
        if path.is_file()
        and not path.is_symlink()
        and not any(path.is_relative_to(folder) for folder in spared)
        and any(form in content for content in contents(path) for form in wanted)
    ]


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and of everything that can be unpacked from it."""
    content = path.read_bytes()
    yield content
    yield from _unpacked(content, 0)
    if content.startswith(b"SQLite format 3"):
        yield from _sqlite(path)
    elif content[8:12] == b"DUCK":
        yield from _duckdb(path)


def _unpacked(content: bytes, depth: int) -> Iterator[bytes]:
    found: list[bytes] = []
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [archive.read(name) for name in archive.namelist()]
    elif content.startswith(b"\x1f\x8b"):
        found = [gzip.decompress(content)]
    elif content.startswith(b"PAR1") and content.endswith(b"PAR1"):
        yield _text(pq.read_table(io.BytesIO(content)))
    for inner in found:
        yield inner
        if depth < 3:
            yield from _unpacked(inner, depth + 1)


def _text(table: pa.Table) -> bytes:
    """The text and binary columns of a table, one value a line; numbers are what the sweep of CSV files sees."""
    columns = [table.column(name) for name in table.schema.names]
    kept = [column for column in columns if not pa.types.is_floating(column.type)]
    values = [column.unique().to_pylist() for column in kept]
    return "\n".join(str(value) for column in values for value in column).encode()


def _duckdb(path: Path) -> Iterator[bytes]:
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return  # half written when its night was killed: its bytes were looked at
    with connection:
        names = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, name in names:
            yield _text(connection.sql(f'select * from "{schema}"."{name}"').to_arrow_table())
        yield str(connection.execute("select sql from duckdb_views() where not internal").fetchall()).encode()


def _sqlite(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            for row in connection.execute(f'select * from "{name}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield value
                        try:
                            yield zlib.decompress(value)
                        except zlib.error:
                            continue
                    elif isinstance(value, str):
                        yield value.encode()

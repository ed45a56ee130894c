"""The sweep finds a canary in every kind of sink: without this, zero hits would prove nothing."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.landing.faulty_files import NHS_NUMBER, SECRET
from tests.faults.sweep import sweep

SAID = f"row 7: {NHS_NUMBER} of nobody"


def in_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", SAID)


def in_gzip_in_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv.gz", gzip.compress(SAID.encode()))


def in_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([SAID])
    book.save(path)


def in_parquet(path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"a": column}), path, compression="zstd")


def in_duckdb(path: Path) -> None:
    # Many alike, so that the engine packs them.
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table t as select '{SAID}' || (i % 3) as a from range(100000) as r (i)")


def in_duckdb_view(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create view v as select '{SAID}' as a")


def in_sqlite(path: Path, value: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table t (a)")
        connection.execute("insert into t values (?)", [value])


SINKS: dict[str, Callable[[Path], object]] = {
    "log": lambda path: path.write_text(f"... {SAID} ...\n"),
    "UTF-16": lambda path: path.write_text(SAID, encoding="utf-16"),
    "hash without a key": lambda path: path.write_text(hashlib.sha256(NHS_NUMBER.encode()).hexdigest()),
    "zip": in_zip,
    "gzip in zip": in_gzip_in_zip,
    "workbook": in_workbook,
    "parquet text": lambda path: in_parquet(path, pa.array([SAID] * 1000)),
    "parquet number": lambda path: in_parquet(path, pa.array([int(NHS_NUMBER)] * 1000)),
    "duckdb": in_duckdb,
    "duckdb view": in_duckdb_view,
    "sqlite": lambda path: in_sqlite(path, SAID),
    "sqlite packed": lambda path: in_sqlite(path, zlib.compress(SAID.encode() * 20)),
}


@pytest.mark.parametrize("sink", SINKS)
def test_a_canary_is_found_in_every_kind_of_sink(sink: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "in" / "sink"
    path.parent.mkdir(parents=True)
    SINKS[sink](path)
    assert sweep([tmp_path], [NHS_NUMBER]) == [str(path)]
    assert sweep([path], [NHS_NUMBER]) == [str(path)]
    assert sweep([tmp_path], [SECRET]) == []
    assert sweep([tmp_path], [NHS_NUMBER], spared=[tmp_path / "deep"]) == []

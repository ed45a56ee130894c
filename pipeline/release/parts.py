"""The data parts of a release: the published tables as Parquet, CSV and one DuckDB file.

Belongs here: taking the judged Parquet files over and writing the other forms from them, the same bytes whatever the
number of threads. Does not belong here: documents (`documents`), the folder's life (`publication`, `store`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.files import file_sha256
from pipeline.release.candidate import Candidate, TableSpec
from pipeline.release.duckdb_file import MEMORY_ENVIRONMENT, Specification, TableFile
from pipeline.release.model import DATABASE, ReleaseNotWritten, ReleaseRefused
from pipeline.settings import PROJECT_ROOT, Settings


def write_parts(settings: Settings, candidate: Candidate, folder: Path, keep_open: int) -> None:
    """Write parquet/<table>.parquet, csv/<table>.csv and core20.duckdb into `folder`.

    `keep_open` is the descriptor of the publication's lock, which the writing process inherits.
    Raises ReleaseRefused when a value does not fit its declared type, ReleaseNotWritten when the machine fails.
    """
    (folder / "parquet").mkdir()
    (folder / "csv").mkdir()
    spill = folder / ".spill"
    # One thread, so that no thread decides on the order of rows.
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set memory_limit = $1", [settings.memory_limit])
        connection.execute("set temp_directory = $1", [str(spill)])
        for name, table in sorted(candidate.tables.items()):
            _take_parquet(connection, settings.candidate / f"{name}.parquet", folder, name, table)
        # The database is written from the Parquet files by a process of its own, the CSV files meanwhile.
        with _write_database(settings, candidate, folder, spill, keep_open):
            for name in sorted(candidate.tables):
                _write_csv(connection, folder, name)
    shutil.rmtree(spill, ignore_errors=True)


def _take_parquet(
    connection: duckdb.DuckDBPyConnection, source: Path, folder: Path, name: str, table: TableSpec
) -> None:
    """The file that the gate exported, sorted and judged, is the release's, byte for byte."""
    target = _parquet(folder, name)
    shutil.copyfile(source, target)
    if file_sha256(target) != table.sha256:
        raise ReleaseRefused(f"{source.name}: changed after the gate exported it; run the gate again")
    found = connection.execute(f"describe from read_parquet({_quoted(target)})").fetchall()
    if [(column, kind) for column, kind, *_ in found] != [(column.name, column.type) for column in table.columns]:
        raise ReleaseRefused(f"{name}: a column does not have the place and type that tables.json gives it")


def _write_csv(connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    csv = folder / "csv" / f"{name}.csv"
    try:
        connection.execute(
            f"copy (from read_parquet({_quoted(_parquet(folder, name))})) to {_quoted(csv)} (format csv, header)"
        )
    except duckdb.Error as error:
        raise ReleaseNotWritten(f"{name}: cannot be written ({type(error).__name__}); is the disk full?") from None


@contextmanager
def _write_database(
    settings: Settings, candidate: Candidate, folder: Path, spill: Path, keep_open: int
) -> Iterator[None]:
    """Write the DuckDB file while the body runs. Raises ReleaseNotWritten when the writing process failed."""
    tables = [
        TableFile(
            name,
            str(_parquet(folder, name)),
            table.comment,
            [(column.name, column.type, column.comment) for column in table.columns],
        )
        for name, table in sorted(candidate.tables.items())
    ]
    specification = Specification(str(folder / DATABASE), tables, settings.memory_limit, str(spill), os.getpid())
    # The pseudonym key and other settings of ours are no business of that process.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CORE20_")}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as wanted:
        wanted.write(specification.dump())
        wanted.seek(0)
        writer = subprocess.Popen(
            [sys.executable, "-m", "pipeline.release.duckdb_file"],
            env={**environment, **MEMORY_ENVIRONMENT},
            cwd=PROJECT_ROOT,
            pass_fds=(keep_open,),
            stdin=wanted,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    with writer:
        try:
            yield
        except BaseException:
            writer.kill()
            raise
        said = writer.communicate()[1].strip().splitlines()
    if writer.returncode != 0:
        reason = said[-1] if said and writer.returncode == 1 and said[-1].startswith(DATABASE) else "the process ended"
        raise ReleaseNotWritten(f"{DATABASE} cannot be written ({reason}); is the disk full?")


def _parquet(folder: Path, name: str) -> Path:
    return folder / "parquet" / f"{name}.parquet"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

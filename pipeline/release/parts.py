"""The data parts of a release: the published tables as Parquet, CSV and one DuckDB file.

Belongs here: writing them from a candidate, the same bytes whatever the row order of the candidate or the number of
threads. Does not belong here: documents (`documents`), the folder's life (`publication`, `store`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from pipeline.release.candidate import Candidate, TableSpec
from pipeline.release.duckdb_file import MEMORY_ENVIRONMENT, Specification, TableFile
from pipeline.release.model import DATABASE, ReleaseNotWritten, ReleaseRefused
from pipeline.settings import PROJECT_ROOT, Settings

_ROW_GROUP = 122_880  # DuckDB's own; fixed here because a changed default would change the bytes


def write_parts(settings: Settings, candidate: Candidate, folder: Path, keep_open: int) -> None:
    """Write parquet/<table>.parquet, csv/<table>.csv and core20.duckdb into `folder`.

    `keep_open` is the descriptor of the publication's lock, which the writing process inherits.
    Raises ReleaseRefused when a value does not fit its declared type, ReleaseNotWritten when the machine fails.
    """
    (folder / "parquet").mkdir()
    (folder / "csv").mkdir()
    spill = folder / ".spill"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set memory_limit = $1", [settings.memory_limit])
        connection.execute("set temp_directory = $1", [str(spill)])
        for name, table in sorted(candidate.tables.items()):
            _write_table(connection, settings.candidate / f"{name}.parquet", folder, name, table)
    _write_database(settings, candidate, folder, spill, keep_open)
    shutil.rmtree(spill, ignore_errors=True)


def _write_table(
    connection: duckdb.DuckDBPyConnection, source: Path, folder: Path, name: str, table: TableSpec
) -> None:
    columns = ", ".join(f'cast("{column.name}" as {column.type}) as "{column.name}"' for column in table.columns)
    parquet, csv = folder / "parquet" / f"{name}.parquet", folder / "csv" / f"{name}.csv"
    try:
        connection.execute(
            f"copy (select {columns} from read_parquet({_quoted(source)}) order by {table.ordering}) "
            f"to {_quoted(parquet)} (format parquet, compression zstd, row_group_size {_ROW_GROUP})"
        )
        connection.execute(f"copy (from read_parquet({_quoted(parquet)})) to {_quoted(csv)} (format csv, header)")
    except (duckdb.ConversionException, duckdb.CatalogException, duckdb.ParserException, duckdb.BinderException):
        raise ReleaseRefused(f"{name}: a value or column does not fit the types of tables.json") from None
    except duckdb.Error as error:
        raise ReleaseNotWritten(f"{name}: cannot be written ({type(error).__name__}); is the disk full?") from None


def _write_database(settings: Settings, candidate: Candidate, folder: Path, spill: Path, keep_open: int) -> None:
    tables = [
        TableFile(
            name,
            str(folder / "parquet" / f"{name}.parquet"),
            table.comment,
            [(column.name, column.type, column.comment) for column in table.columns],
        )
        for name, table in sorted(candidate.tables.items())
    ]
    specification = Specification(str(folder / DATABASE), tables, settings.memory_limit, str(spill), os.getpid())
    # The pseudonym key and other settings of ours are no business of that process.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CORE20_")}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.release.duckdb_file"],
        input=specification.dump(),
        env={**environment, **MEMORY_ENVIRONMENT},
        cwd=PROJECT_ROOT,
        pass_fds=(keep_open,),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        reason = said[-1] if said and done.returncode == 1 and said[-1].startswith(DATABASE) else "the process ended"
        raise ReleaseNotWritten(f"{DATABASE} cannot be written ({reason}); is the disk full?")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

"""Write core20.duckdb, in a process of its own: `python -m pipeline.release.duckdb_file < specification.json`.

Belongs here: building one DuckDB file, the same bytes every time, from Parquet files that are already sorted.
Does not belong here: anything else; the process ends with the file.

Why a process of its own: DuckDB writes the unused ends of its blocks from memory it never cleared
(github.com/duckdb/duckdb issue 23382). In the pipeline's process those bytes could be row-level data, and they differ
from run to run. Here memory is handed out zeroed (see MEMORY_ENVIRONMENT) and holds nothing but published tables. FSST
compression is off because its symbol tables differ from run to run even so.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipeline.release.model import STORAGE_VERSION

# DuckDB's own allocator on Linux, the C library's, and macOS's: hand out cleared memory.
MEMORY_ENVIRONMENT = {"DUCKDB_JE_MALLOC_CONF": "zero:true", "MALLOC_PERTURB_": "255", "MallocPreScribble": "0"}
_PR_SET_PDEATHSIG = 1  # Linux: end with the process that started us


@dataclass(frozen=True)
class TableFile:
    """One table: its sorted Parquet file, comment and (name, type, comment) of each column."""

    name: str
    parquet: str
    comment: str
    columns: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Specification:
    """The file to write, its tables in order, the memory to use and the folder to spill to, and who asks for it."""

    path: str
    tables: list[TableFile]
    memory_limit: str
    spill: str
    parent: int

    def dump(self) -> str:
        """As JSON, for the standard input of the process."""
        return json.dumps(asdict(self))


def write_database(specification: Specification) -> None:
    """Write the file, checkpointed and detached, so that no .wal is left. Raises duckdb.Error."""
    # One thread: with more, row groups reach the file in the order in which threads finish.
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection:
        connection.execute("set memory_limit = $1", [specification.memory_limit])
        connection.execute("set temp_directory = $1", [specification.spill])
        connection.execute("set disabled_compression_methods = 'fsst'")
        connection.execute(f"attach {_quoted(specification.path)} as release (storage_version '{STORAGE_VERSION}')")
        for table in specification.tables:
            target = f'release.main."{table.name}"'
            columns = ", ".join(f'"{name}" {kind}' for name, kind, _ in table.columns)
            names = ", ".join(f'"{name}"' for name, _, _ in table.columns)
            connection.execute(f"create table {target} ({columns})")
            connection.execute(f"insert into {target} select {names} from read_parquet({_quoted(table.parquet)})")
            connection.execute(f"comment on table {target} is {_quoted(table.comment)}")
            for name, _, comment in table.columns:
                connection.execute(f'comment on column {target}."{name}" is {_quoted(comment)}')
        connection.execute("checkpoint release")
        connection.execute("detach release")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _end_with_parent(parent: int) -> None:
    """A killed publication must not leave a writer behind that the next one would race with."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> int:
    """Exit code 0 when the file is written; 1 otherwise, with the kind of error and no row on standard error."""
    values = json.load(sys.stdin)
    values["tables"] = [TableFile(**table) for table in values["tables"]]
    specification = Specification(**values)
    _end_with_parent(specification.parent)
    try:
        write_database(specification)
    except duckdb.Error as error:
        sys.stderr.write(f"{Path(specification.path).name}: {type(error).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The candidate a release is made from: the published tables as the gate left them.

Belongs here: typed reading of tables.json and the check that every file is still the one it names. Does not belong
here: judging the candidate (`quality`), writing the release (`parts`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.lib
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.files import file_sha256
from pipeline.release.model import ReleaseRefused

_NAME = r"^[a-z][a-z0-9_]*$"


class ColumnSpec(BaseModel):
    """One published column: its DuckDB type, spelled as DuckDB does, and its comment."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(pattern=_NAME)
    type: str = Field(pattern=r"^[A-Z][A-Z0-9_ (),]*$")
    comment: str = Field(min_length=1)


class TableSpec(BaseModel):
    """One published table; `sha256` is of its Parquet file in the candidate, `order_by` names its key."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: int = Field(ge=0)
    comment: str = Field(min_length=1)
    columns: tuple[ColumnSpec, ...] = Field(min_length=1)
    order_by: tuple[str, ...] = ()


class Candidate(BaseModel):
    """All published tables of a run. `content_sha256` is the gate's hash over them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    tables: dict[str, TableSpec] = Field(min_length=1)


def read_candidate(folder: Path) -> Candidate:
    """The candidate, after checking hash, row count and columns of every file.

    Raises ReleaseRefused naming the table when anything is missing or changed.
    """
    path = folder / "tables.json"
    try:
        candidate = Candidate.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise ReleaseRefused(f"{path.name}: there is no candidate ({error.strerror}); run the gate first") from None
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()})
        raise ReleaseRefused(f"{path.name}: lacks or misstates {', '.join(fields)}") from None
    except ValueError:
        raise ReleaseRefused(f"{path.name}: is not JSON; run the gate again") from None
    for name, table in sorted(candidate.tables.items()):
        _check_table(folder, name, table)
    return candidate


def _check_table(folder: Path, name: str, table: TableSpec) -> None:
    if not name.isidentifier() or name != name.lower():
        raise ReleaseRefused("the candidate has a table whose name is not a plain lower-case name")
    names = [column.name for column in table.columns]
    unknown = sorted(set(table.order_by) - set(names))
    if unknown or len(set(names)) != len(names):
        raise ReleaseRefused(f"{name}: columns are named twice, or order_by names others: {unknown}")
    path = folder / f"{name}.parquet"
    try:
        if file_sha256(path) != table.sha256:
            raise ReleaseRefused(f"{path.name}: changed after the gate exported it; run the gate again")
        file = pq.read_metadata(path)
    except OSError as error:
        raise ReleaseRefused(f"{path.name}: cannot be read ({error.strerror}); run the gate again") from None
    except pyarrow.lib.ArrowException:
        raise ReleaseRefused(f"{path.name}: is not a Parquet file; run the gate again") from None
    found = list(file.schema.names)
    if sorted(found) != sorted(names):
        missing, extra = sorted(set(names) - set(found)), sorted(set(found) - set(names))
        raise ReleaseRefused(f"{path.name}: columns differ from tables.json: missing {missing}, unknown {extra}")
    if file.num_rows != table.rows:
        raise ReleaseRefused(f"{path.name}: has {file.num_rows:,} rows, tables.json says {table.rows:,}")

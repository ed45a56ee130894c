"""Small tables of facts, and views over raw parts, in the build database.

Belongs here: turning typed rows into tables with declared columns, and landed Parquet into one relation a feed.
Does not belong here: knowledge of what the facts mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class RawPart:
    """A landed Parquet file and what its rows are labelled with."""

    part_id: str
    period: str
    layout: str
    path: Path


def write_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
) -> int:
    """Replace `schema.table` with the rows given; columns map name -> DuckDB type. Returns the number of rows.

    For facts by the dozen or thousand, such as indicators or expected periods, not for feeds.
    """
    schema = table.split(".", maxsplit=1)[0]
    connection.execute(f"create schema if not exists {schema}")
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table {table} ({declared})")
    values = [tuple(row) for row in rows]
    if values:
        batch = pa.table(
            {name: pa.array(column) for name, column in zip(columns, zip(*values, strict=True), strict=True)}
        )
        connection.register("batch_of_facts", batch)
        connection.execute(f"insert into {table} select {', '.join(columns)} from batch_of_facts")
        connection.unregister("batch_of_facts")
    return len(values)


def create_raw_view(
    connection: duckdb.DuckDBPyConnection, feed: str, fields: Sequence[str], parts: Sequence[RawPart]
) -> None:
    """Replace `raw.<feed>` with a view over its active parts, every column text; empty when there is none.

    Columns: source_part_id, source_period, source_layout, then the canonical fields in contract order. A part that was
    landed before its contract had a field, and whose file is no longer there to be read again, has NULL there.
    """
    connection.execute("create schema if not exists raw")
    connection.execute(f"drop view if exists raw.{feed}")
    if not parts:
        empty = ", ".join(
            f"cast(null as varchar) as {name}" for name in ("source_part_id", "source_period", "source_layout", *fields)
        )
        connection.execute(f"create view raw.{feed} as select {empty} where false")
        return
    selects = [
        f"select {_literal(part.part_id)} as source_part_id, {_literal(part.period)} as source_period, "
        f"{_literal(part.layout)} as source_layout, {_columns(part.path, fields)} "
        f"from read_parquet({_literal(str(part.path))})"
        for part in parts
    ]
    connection.execute(f"create view raw.{feed} as " + " union all ".join(selects))


def _columns(path: Path, fields: Sequence[str]) -> str:
    there = set(pq.read_schema(path).names)
    return ", ".join(name if name in there else f"cast(null as varchar) as {name}" for name in fields)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

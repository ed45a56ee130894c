"""The candidate: the published tables as Parquet files, made the same way every time, and their content hash.

Belongs here: exporting the publication schema of the build database in a fixed order. Does not belong here: judging
it, or the release that is made from it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from pipeline.files import file_sha256, private_folder
from pipeline.settings import Settings

# Published tables and the columns that order their rows: the key of each.
PUBLISHED_TABLES: dict[str, tuple[str, ...]] = {
    "indicator_value": (
        "indicator_id",
        "period_type",
        "period_end",
        "area_type",
        "area_code",
        "organisation_edition",
        "breakdown",
        "imd_edition",
        "category",
    ),
    "indicator_inequality": (
        "indicator_id",
        "period_type",
        "period_end",
        "area_type",
        "area_code",
        "organisation_edition",
        "dimension",
        "imd_edition",
        "measure",
    ),
    "indicator_trend": (
        "indicator_id",
        "period_type",
        "period_end",
        "area_type",
        "area_code",
        "organisation_edition",
        "dimension",
        "category",
        "imd_edition",
        "measure",
    ),
    "indicator": ("indicator_id",),
    "area": ("area_type", "area_code", "organisation_edition"),
    "imd_churn": ("area_type", "area_code", "organisation_edition", "imd_decile_2019", "imd_decile_2025"),
    "data_quality": ("feed", "submitter_code", "period", "rule_id"),
    "feed_timeliness": ("feed", "period"),
    "ethnicity_origin": ("feed", "ethnicity_origin"),
    "data_quality_item": ("feed", "submitter_code", "period", "item"),
    "data_quality_score": ("feed", "submitter_code", "period"),
    "release": ("release_id",),
}


class CandidateError(RuntimeError):
    """The publication schema is not what it must be; the message names the table."""


def write_candidate(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Write `build/candidate/<table>.parquet` and `tables.json`; return the content hash (hex sha256).

    Rows are ordered by the table's key, then by a hash of the whole row, so that no tie is left to chance, and row
    groups have a fixed size: the same tables give the same bytes on any number of threads, and the release takes them
    over.
    """
    fresh = settings.candidate.with_name("candidate.new")
    shutil.rmtree(fresh, ignore_errors=True)
    private_folder(fresh)
    tables = {
        table: _export(connection, table, order_by, fresh / f"{table}.parquet")
        for table, order_by in PUBLISHED_TABLES.items()
    }
    content = content_sha256(tables)
    document = {"content_sha256": content, "tables": tables}
    (fresh / "tables.json").write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(settings.candidate, ignore_errors=True)
    fresh.replace(settings.candidate)
    return content


def _export(connection: duckdb.DuckDBPyConnection, table: str, order_by: tuple[str, ...], path: Path) -> dict[str, Any]:
    columns = _columns(connection, table)
    names = [column["name"] for column in columns]
    # Rows that differ in no column are one row twice; the key alone is unique in what the gate lets through.
    order = ", ".join([*(f"{name} nulls first" for name in order_by), "hash(content)"])
    connection.execute(
        f"copy (select {', '.join(names)} from publication.pub_{table} as content order by {order}) "
        f"to {_literal(path)} (format parquet, compression zstd, row_group_size 122880)"
    )
    return {
        "sha256": file_sha256(path),
        "rows": connection.execute(f"select count(*) from publication.pub_{table}").fetchall()[0][0],
        "comment": _comment(connection, table),
        "columns": columns,
        "order_by": list(order_by),
    }


def check_fingerprints(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise CandidateError when a published table is not what was measured: changed, replaced or never measured."""
    rows = connection.execute(
        "select table_name, row_count, fingerprint from quality.quality_publication_fingerprint"
    ).fetchall()
    measured = {str(name): (count, fingerprint) for name, count, fingerprint in rows}
    for table in PUBLISHED_TABLES:
        found = connection.execute(
            f"select count(*), cast(coalesce(sum(hash(content)), 0) as varchar) from publication.pub_{table} as content"
        ).fetchall()[0]
        if measured.get(table) != found:
            raise CandidateError(f"publication.pub_{table} is not what was measured; run the nightly")


def read_candidate(settings: Settings) -> dict[str, Any]:
    """The candidate's tables.json, after checking every file against its hash. Raises CandidateError."""
    path = settings.candidate / "tables.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        tables = document["tables"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CandidateError(f"{path}: there is no readable candidate; run the nightly") from None
    for table in PUBLISHED_TABLES:
        file = settings.candidate / f"{table}.parquet"
        if table not in tables or not file.is_file() or file_sha256(file) != tables[table]["sha256"]:
            raise CandidateError(f"{file}: is missing or is not what was judged; run the nightly")
    if content_sha256(tables) != document["content_sha256"]:
        raise CandidateError(f"{path}: the content hash does not fit the tables; run the nightly")
    return document


def content_sha256(tables: dict[str, Any]) -> str:
    """Hash over the tables' own hashes, row counts, columns, comments and order."""
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, str]]:
    rows = connection.execute(
        "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where schema_name = 'publication' and table_name = ? order by column_index",
        [f"pub_{table}"],
    ).fetchall()
    if not rows:
        raise CandidateError(f"publication.pub_{table} is not in the build database; run the nightly")
    uncommented = [name for name, _, comment in rows if not comment]
    if uncommented:
        raise CandidateError(f"publication.pub_{table}: no comment on {', '.join(uncommented)}")
    return [{"name": name, "type": kind, "comment": comment} for name, kind, comment in rows]


def _comment(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    rows = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'publication' and table_name = ?", [f"pub_{table}"]
    ).fetchall()
    if not rows or not rows[0][0]:
        raise CandidateError(f"publication.pub_{table} has no comment")
    return str(rows[0][0])


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

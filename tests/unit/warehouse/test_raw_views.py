"""Landed parts are one relation a feed, also where they were landed under an earlier contract.

Belongs here: what a raw view holds. Does not belong here: landing.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.warehouse.tables import RawPart, create_raw_view


def part(folder: Path, period: str, rows: dict[str, list[str]]) -> RawPart:
    path = folder / f"{period}.parquet"
    pq.write_table(pa.table(rows), path)
    return RawPart(f"part of {period}", period, "layout", path)


def test_a_part_landed_before_a_field_was_known_has_null_there_and_keeps_its_rows(tmp_path: Path) -> None:
    parts = [
        part(tmp_path, "2026-01", {"sex_code": ["1", "2"]}),
        part(tmp_path, "2026-02", {"pseudo_postcode": ["ZZ99 3VZ"], "sex_code": ["1"]}),
    ]
    with duckdb.connect() as connection:
        create_raw_view(connection, "ecds", ["sex_code", "pseudo_postcode"], parts)
        rows = connection.execute(
            "select source_period, sex_code, pseudo_postcode from raw.ecds order by all"
        ).fetchall()
    assert rows == [("2026-01", "1", None), ("2026-01", "2", None), ("2026-02", "1", "ZZ99 3VZ")]


def test_a_feed_without_parts_is_an_empty_view_of_text(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        create_raw_view(connection, "ecds", ["sex_code"], [])
        described = connection.execute("describe raw.ecds").fetchall()
        assert [(name, kind) for name, kind, *_ in described] == [
            (name, "VARCHAR") for name in ("source_part_id", "source_period", "source_layout", "sex_code")
        ]
        assert connection.execute("select count(*) from raw.ecds").fetchall() == [(0,)]

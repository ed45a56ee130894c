"""The numbers that come out of a warehouse of a few rows: true counts, published rows, gaps.

Belongs here: reading back what `tiny` built. Does not belong here: what goes in, what is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd


@dataclass(frozen=True)
class Numbers:
    """What comes out. Areas are named by their code; the country is `england`."""

    database: Path

    def query(self, sql: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """Any question to the warehouse."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql, list(values)).df()

    def counts(self, indicator: str, area: str = "england", **where: str) -> tuple[int, int]:
        """True numerator and denominator of one cell, before disclosure control; (0, 0) where nobody is in it."""
        rows = self._cell("marts.fct_indicator_cell", indicator, area, where)
        return (0, 0) if rows.empty else (int(rows["numerator"].iloc[0]), int(rows["denominator"].iloc[0]))

    def published(self, indicator: str, area: str = "england", **where: str) -> dict[str, Any]:
        """The published row of one cell; missing numbers are None."""
        rows = self._cell("publication.pub_indicator_value", indicator, area, where)
        assert len(rows) == 1, f"{indicator} {area} {where}: {len(rows)} rows"
        return _plain(rows)

    def gap(self, indicator: str, area: str, dimension: str, measure: str, imd_edition: str = "2025") -> dict[str, Any]:
        """The published gap of an area."""
        rows = self.query(
            "select * from publication.pub_indicator_inequality where indicator_id = ? and area_code = ? "
            "and dimension = ? and measure = ? and imd_edition = ? "
            "and period_type in ('rolling_12m', 'rolling_3m', 'month_end')",
            [indicator, area, dimension, measure, imd_edition],
        )
        assert len(rows) == 1
        return _plain(rows)

    def groups(self, indicator: str, area: str, breakdown: str, **where: str) -> dict[str, tuple[int, int]]:
        """True counts of every group of a breakdown."""
        rows = self._rows("marts.fct_indicator_cell", indicator, area, {"breakdown": breakdown, **where})
        triples = zip(rows["category"], rows["numerator"], rows["denominator"], strict=True)
        return {str(category): (int(above), int(below)) for category, above, below in triples}

    def _cell(self, table: str, indicator: str, area: str, where: Mapping[str, str]) -> pd.DataFrame:
        rows = self._rows(table, indicator, area, {"breakdown": "total", "category": "total", **where})
        assert len(rows) <= 1, f"{indicator} {area} {dict(where)}: {len(rows)} rows"
        return rows

    def _rows(self, table: str, indicator: str, area: str, where: Mapping[str, str]) -> pd.DataFrame:
        """By default the newest period of the indicator's first kind: rolling period, else census, else month."""
        wanted = dict(where)
        if "imd_edition" not in wanted:
            by_index = wanted["breakdown"] in ("imd_decile", "imd_quintile", "core20", "ethnic_group_5_by_core20")
            wanted["imd_edition"] = "2025" if by_index else "not_used"
        kinds = self.query(f"select distinct period_type from {table} where indicator_id = ?", [indicator])
        order = [
            kind for kind in ("rolling_12m", "rolling_3m", "month_end", "month") if kind in set(kinds["period_type"])
        ]
        wanted.setdefault("period_type", order[0] if order else "financial_year")
        area_filter = "area_type = 'england'" if area == "england" else "area_code = ?"
        values = [indicator] if area == "england" else [indicator, area]
        period_end = wanted.pop("period_end", None)
        clause = "".join(f" and {name} = ?" for name in wanted)
        values += list(wanted.values())
        newest = f"(select max(period_end) from {table} where indicator_id = ? and period_type = ?)"
        rows = self.query(
            f"select * from {table} where indicator_id = ? and {area_filter}{clause} and period_end = "
            + ("cast(? as date)" if period_end else newest),
            [*values, *([period_end] if period_end else [indicator, wanted["period_type"]])],
        )
        return rows


def _plain(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else value for name, value in rows.iloc[0].items()}

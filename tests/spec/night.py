"""What a night published, as the recomputation is compared with it: rows of the release, and the comparison itself.

Belongs here: reading published rows, comparing them with expected ones. Does not belong here: what is expected
(`recompute` and its kin), the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from tests.spec import recompute

EXACT = 1e-9
KEYS = ["indicator_id", *recompute.CELL]
GAP_KEYS = ["indicator_id", "area_type", "area_code", "imd_edition", "dimension", "measure"]
NUMBERS = ["numerator", "denominator", "value", "lower_95", "upper_95", "lower_998", "upper_998"]


@dataclass(frozen=True)
class NightRun:
    """The sample's folder and the release database of the night."""

    sample: Path
    database: Path

    def query(self, sql: str, *values: str) -> pd.DataFrame:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql, list(values)).df()


def published_cells(
    night: NightRun, period_type: str, period_end: str, indicators: list[str], plus: bool = False
) -> pd.DataFrame:
    """Every published row of England and the ICBs, by all breakdowns that are recomputed, or by PLUS groups."""
    names = ", ".join(f"'{name}'" for name in indicators)
    return night.query(
        f"""select {", ".join([*KEYS, "value_status", *NUMBERS])} from indicator_value
        where period_type = ? and period_end = cast(? as date) and indicator_id in ({names})
            and area_type in ('england', 'icb')
            and (breakdown like 'plus%') = {plus}
            and breakdown not in ('age_band', 'ethnic_category', 'ethnic_group_5_by_core20')""",
        period_type,
        period_end,
    )


def published_gaps(
    night: NightRun, period_type: str, period_end: str, indicators: list[str], plus: bool = False
) -> pd.DataFrame:
    names = ", ".join(f"'{name}'" for name in indicators)
    return night.query(
        f"""select {", ".join(GAP_KEYS)}, value_status, value, lower_95, upper_95 from indicator_inequality
        where period_type = ? and period_end = cast(? as date) and indicator_id in ({names})
            and area_type in ('england', 'icb') and measure in ('absolute_gap', 'relative_gap')
            and (dimension like 'plus%') = {plus}""",
        period_type,
        period_end,
    )


def assert_same(published: pd.DataFrame, expected: pd.DataFrame, keys: list[str], numbers: list[str]) -> None:
    """Same rows, same status, same missing numbers, numbers equal to 1e-9."""
    both = published.merge(expected, on=keys, how="outer", suffixes=("", "_expected"), indicator=True)
    assert not both.duplicated(keys).any()
    assert both[both["_merge"] != "both"][keys].to_dict("records") == []
    assert len(both) > 30
    assert both[both["value_status"] != both["value_status_expected"]][keys].to_dict("records") == []
    for name in numbers:
        left = both[name].astype(float).to_numpy()
        right = both[f"{name}_expected"].astype(float).to_numpy()
        wrong = ~np.isclose(left, right, rtol=EXACT, atol=1e-12, equal_nan=True)
        assert both[wrong][[*keys, name, f"{name}_expected"]].to_dict("records") == [], name


def assert_cells_and_gaps(
    night: NightRun, period: tuple[str, str], indicators: list[str], cells: pd.DataFrame, plus: bool = False
) -> None:
    assert_same(published_cells(night, *period, indicators, plus=plus), cells, KEYS, NUMBERS)
    gaps = published_gaps(night, *period, indicators, plus=plus)
    assert_same(gaps, pd.DataFrame(recompute.gaps(cells)), GAP_KEYS, ["value", "lower_95", "upper_95"])

"""Medians and percentiles once more, with numpy, from rows of `recompute`.

Belongs here: every published row of a percentile and its gaps. Does not belong here: anything of the pipeline,
assertions.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.spec import recompute

INDICATORS = ["ELE04", "ELE04_P92"]
WITHIN = "absolute_gap_within_functions"


def cells(waiting: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Every published row of both indicators (all but by age), from the rows of a census."""
    pathways = waiting[(waiting["Waiting_List_Type"] == "IRTT") & (waiting["days"] >= 0)]
    return pd.concat([_cells(name, pathways, at, shown) for name, at in zip(INDICATORS, (50, 92), strict=True)])


def _cells(indicator: str, rows: pd.DataFrame, percent: int, shown: list[str]) -> pd.DataFrame:
    """Value and 95 % limits by rank of the days waited, of everybody, of each ICB, and of their groups."""
    wanted = [item for item in (*recompute.TOTAL, *recompute.DEPRIVATION, *recompute.PEOPLE) if item[1] in shown]
    found = []
    for column, breakdown, edition in wanted:
        for area_type, area in (("england", rows["total"]), ("icb", rows["icb"])):
            for (place, category), days in rows.groupby([area, rows[column]])["days"]:
                code = "F92000001" if area_type == "england" else place
                found.append((area_type, code, edition, breakdown, category, len(days), *_percentile(days, percent)))
    names = [*recompute.CELL, "n", "value", "lower_95", "upper_95"]
    out = pd.DataFrame(found, columns=names).assign(indicator_id=indicator, numerator=np.nan)
    out["denominator"] = recompute.disclosed(out["n"])
    has_limits = out[["lower_95", "upper_95"]].notna().all(axis=1)
    out["value_status"] = np.where(
        out["denominator"].isna(), "suppressed", np.where(has_limits, "shown", "not_evaluable")
    )
    numbers = ["value", "lower_95", "upper_95"]
    out[numbers] = out[numbers].where(out["value_status"] == "shown")
    return out.assign(lower_998=np.nan, upper_998=np.nan, log_variance=np.nan)


def _percentile(days: pd.Series[float], percent: int) -> tuple[float, float, float]:
    ordered, share = np.sort(days.to_numpy(dtype=float)), percent / 100
    count = len(ordered)
    reach = recompute.Z95 * np.sqrt(count * share * (1 - share))
    ranks = (round(count * share - reach), round(1 + count * share + reach))
    lower, upper = (ordered[rank - 1] if 1 <= rank <= count else np.nan for rank in ranks)
    return float(np.quantile(ordered, share, method="averaged_inverted_cdf")), float(lower), float(upper)


def gaps(cells: pd.DataFrame) -> pd.DataFrame:
    """The two differences by deprivation, without limits."""
    found = pd.DataFrame(recompute.gaps(cells)).assign(lower_95=np.nan, upper_95=np.nan)
    return found[(found["measure"] == "absolute_gap") & found["dimension"].str.contains("imd|core20")]


def published_within(query: Callable[..., pd.DataFrame], day: str) -> pd.DataFrame:
    """Differences within treatment functions of a census, of England and the ICBs, as they were published."""
    return query(
        "select indicator_id, area_type, area_code, imd_edition, dimension, measure, value_status, value "
        "from indicator_inequality "
        "where period_end = cast(? as date) and measure = ? and area_type in ('england', 'icb')",
        day,
        WITHIN,
    )


def within(waiting: pd.DataFrame, gap_rows: pd.DataFrame) -> pd.DataFrame:
    """The same again: ten pathways and more of each side in a function, half of all in such functions."""
    pathways = waiting[(waiting["Waiting_List_Type"] == "IRTT") & (waiting["days"] >= 0)]
    found = gap_rows[(gap_rows["indicator_id"] == "ELE04") & gap_rows["area_type"].isin(["england", "icb"])].copy()
    for at, row in found.iterrows():
        rows = pathways if row["area_type"] == "england" else pathways[pathways["icb"] == row["area_code"]]
        name, most, least = ("core20", "core20", "rest") if "core20" in row["dimension"] else ("imd_quintile", "1", "5")
        side = rows[f"{name}_{row['imd_edition']}"]
        value = _within(rows[side == most], rows[side == least]) if row["value_status"] == "shown" else np.nan
        status = "not_evaluable" if row["value_status"] == "shown" and np.isnan(value) else row["value_status"]
        found.loc[at, ["measure", "value", "value_status"]] = [WITHIN, value, status]
    return found


def _within(most: pd.DataFrame, least: pd.DataFrame) -> float:
    function = "ACTIVITY_TREATMENT_FUNCTION_CODE"
    both = pd.concat(
        {side: rows.groupby(function)["days"].agg(["size", "median"]) for side, rows in (("a", most), ("b", least))},
        axis=1,
    )
    large = both[(both["a", "size"] >= 10) & (both["b", "size"] >= 10)]
    weight = large["a", "size"] + large["b", "size"]
    if weight.sum() < (len(most) + len(least)) / 2:
        return float("nan")
    days = float((weight * (large["a", "median"] - large["b", "median"])).sum() / weight.sum())
    # Published to a tenth of a day, halves away from zero.
    return math.copysign(math.floor(abs(days) * 10 + 0.5) / 10, days)

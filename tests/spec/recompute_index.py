"""Indices over deprivation groups once more, in plain numpy, from the values that were published.

Belongs here: the textbook formulas, typed in from their definitions. Does not belong here: anything of the pipeline or
its SQL (nothing is imported from them), assertions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Z95 = 1.959963984540054
AREA = ["indicator_id", "period_type", "period_end", "area_type", "area_code", "organisation_edition", "imd_edition"]
Vector = npt.NDArray[np.float64]


# A variant that counts the bad where the others of its name count the good.
BUT_LOWER_IS_BETTER = ("SMO01_DELIVERY",)


def indices(groups: pd.DataFrame, higher_is_better: tuple[str, ...]) -> pd.DataFrame:
    """Every index of the areas whose five quintiles all have a value. `groups` are published rows of quintiles."""
    national = groups[groups["area_type"] == "england"].set_index(
        ["indicator_id", "period_type", "period_end", "imd_edition", "category"]
    )["denominator"]
    found: list[dict[str, Any]] = []
    for key, rows in groups.groupby(AREA, sort=True):
        ordered = rows.sort_values("category")
        if list(ordered["category"]) != ["1", "2", "3", "4", "5"] or ordered["value"].isna().any():
            continue
        names = dict(zip(AREA, key, strict=True))
        england = np.array(
            [
                national.get((*(names[name] for name in AREA[:3]), names["imd_edition"], group), np.nan)
                for group in ordered["category"]
            ],
            dtype=float,
        )
        indicator = str(names["indicator_id"])
        is_better = indicator.startswith(higher_is_better) and indicator not in BUT_LOWER_IS_BETTER
        found.extend({**names, **row} for row in _of_area(ordered, england, is_better))
    return pd.DataFrame(found)


def _of_area(rows: pd.DataFrame, england: Vector, is_better: bool) -> Iterator[dict[str, Any]]:
    people = rows["denominator"].to_numpy(dtype=float)
    value, lower, upper = (rows[name].to_numpy(dtype=float) for name in ("value", "lower_95", "upper_95"))
    is_proportion = bool((rows["unit"] == "%").all())
    slopes = [("", people)] + ([] if rows["area_type"].iloc[0] == "england" else [("_england_groups", england)])
    for suffix, position in slopes:
        yield from _slope(value, lower, upper, people, position, is_proportion, is_better, suffix)
    share, middle = people / people.sum(), _middle(people)
    mean = (share * value).sum()
    sign = 1 if is_better else -1
    index = sign * (share * (2 * middle - 1) * value).sum()
    yield {"measure": "concentration_index_absolute", "value": index}
    if mean > 0:
        yield {"measure": "concentration_index_relative", "value": index / mean}
        excess = max(0.0, sign * (value[-1] - mean))
        base = {"%": 100.0, "ratio": 1.0}.get(rows["unit"].iloc[0], 100_000.0)
        yield {"measure": "population_attributable_risk", "value": excess}
        yield {"measure": "population_attributable_fraction", "value": 100 * excess / mean}
        yield {"measure": "population_attributable_number", "value": excess / base * people.sum()}


def _middle(people: Vector) -> Vector:
    """Mid-points of the cumulative population, from the most deprived."""
    return np.asarray((people.cumsum() - people / 2) / people.sum(), dtype=float)


def _slope(
    value: Vector,
    lower: Vector,
    upper: Vector,
    people: Vector,
    position: Vector,
    is_proportion: bool,
    is_better: bool,
    suffix: str,
) -> Iterator[dict[str, Any]]:
    """Weighted straight line on the logit of a proportion or the log of a rate; limits from the group limits."""

    def scaled(number: Vector) -> Vector:
        fraction = number / 100 if is_proportion else number
        return np.log(fraction / (1 - fraction)) if is_proportion else np.log(fraction)

    def natural(number: float) -> float:
        return float(100 / (1 + np.exp(-number)) if is_proportion else np.exp(number))

    if (value <= 0).any() or (is_proportion and (value >= 100).any()):
        return
    weight, x, y = people / people.sum(), _middle(position), scaled(value)
    centre, height = (weight * x).sum(), (weight * y).sum()
    spread = (weight * (x - centre) ** 2).sum()
    slope = (weight * (x - centre) * y).sum() / spread
    with np.errstate(divide="ignore"):
        error = (scaled(upper) - scaled(lower)) / (2 * Z95)
    reach = Z95 * np.sqrt(((weight * (x - centre) / spread * error) ** 2).sum())

    def ends(tilt: float) -> tuple[float, float]:
        return natural(height - centre * tilt), natural(height + (1 - centre) * tilt)

    absolute, relative = [], []
    for tilt in (slope, slope - reach, slope + reach):
        most, least = ends(tilt)
        absolute.append(least - most if is_better else most - least)
        relative.append(least / most if is_better else most / least)
    for measure, numbers in (("slope_index", absolute), ("relative_index", relative)):
        limits = {"lower_95": min(numbers[1:]), "upper_95": max(numbers[1:])} if np.isfinite(reach) else {}
        yield {"measure": measure + suffix, "value": numbers[0], **limits}

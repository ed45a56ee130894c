"""No statistic is NaN, infinite or an error: what cannot be computed is NULL, whatever the rows of a group hold.

Values go from 1e-15 to 1e15: more than any rate, percentage or count in the unit of its indicator.
"""

from __future__ import annotations

import math

import pytest

from tests.golden.cases import case, run
from tests.golden.cases import macros as m

VALUES = ["null", "0e0", "1e0", "1e-15", "1e15", "-5e0", "1e2"]
POPULATIONS = ["null", "0", "1", "-3", "60000000"]
LIMITS = {"lower": "lower_cl", "upper": "upper_cl"}


def slope(rows: str, scale: str, fit_on_scale: bool = True) -> str:
    return str(
        m.slope_index(
            rows,
            ["change", "area"],
            "quantile",
            "population",
            "value",
            "5",
            scale=scale,
            multiplier="-1e0",
            fit_on_scale=fit_on_scale,
            **LIMITS,
        )
    )


# Statistic: its case, the columns that are changed in one row of each group, that row, and the query.
STATISTICS = {
    "slope_log": ("sii_p07_prop_notransform", ["value", "lower_cl"], "quantile = 3", slope("changed", "'log'")),
    "slope_logit": ("sii_p07_prop_notransform", ["value", "upper_cl"], "quantile = 3", slope("changed", "'logit'")),
    "slope_as_is": ("sii_p07_prop_notransform", ["value"], "quantile = 3", slope("changed", "'logit'", False)),
    "slope_identity": ("sii_p07_prop_notransform", ["value"], "true", slope("changed", "'identity'")),
    "concentration": (
        "who_p01_quintiles_adverse",
        ["estimate"],
        '"order" = 5',
        m.concentration_index("changed", ["change", "area"], '"order"', "population", "estimate"),
    ),
    "concentration_flat": (
        "who_p01_quintiles_adverse",
        ["estimate"],
        "true",
        m.concentration_index("changed", ["change", "area"], '"order"', "population", "estimate"),
    ),
    "attributable": (
        "who_p01_quintiles_adverse",
        ["estimate"],
        '"order" = 5',
        m.attributable_risk("changed", ["change", "area"], '"order"', "population", "estimate", "100", "false"),
    ),
    "gradient": (
        "agi_p01",
        ["rate", "rank01"],
        "imd_rank > 15000",
        m.absolute_gradient("changed", ["change", "icb"], "lsoa", "rank01", "population", "rate"),
    ),
    "trend": (
        "trend_p02_other_gap",
        ["value", "lower_cl", "upper_cl"],
        "year = 2022",
        m.trend_test("changed", ["change", "series"], "year", value="value", **LIMITS),
    ),
    "trend_counts": (
        "trend_p01_proportion",
        ["numerator", "denominator"],
        "true",
        m.trend_test("changed", ["change", "series"], "year", "numerator", "denominator"),
    ),
    "spc": ("spc_p08_bulk_facets", ["y"], "month(date) <> 4", m.spc_points("changed", ["change", "icb"], "date", "y")),
    "mean": ("mean_p02", ["x"], "area <> 'a'", m.mean_with_limits("changed", ["change", "area"], "x")),
    "median": ("mean_p02", ["x"], "area <> 'a'", m.percentiles_with_limits("changed", ["change", "area"], "x")),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_one_odd_row_makes_no_nan_and_no_infinity(name: str) -> None:
    case_name, columns, where, sql = STATISTICS[name]
    source, _ = case(case_name)
    changes = [(column, value) for column in columns for value in VALUES]
    if "population" in run(f"select * from {source} limit 1"):
        changes += [("population", people) for people in POPULATIONS]
    changed = " union all by name ".join(
        f"select '{column} {value}' as change, "
        f"* replace (case when {where} then {value} else {column} end as {column}) from {source}"
        for column, value in changes
    )
    found = run(f"with changed as ({changed}), result as ({sql}) select * from result")
    assert found["change"].nunique() == len(changes)
    numbers = found.select_dtypes("number")
    assert len(numbers.columns) > 0
    # A pandas frame shows NULL as NaN, so NaN is looked for in the database.
    odd = " or ".join(f'isnan("{column}"::double) or isinf("{column}"::double)' for column in numbers.columns)
    bad = run(f"with changed as ({changed}), result as ({sql}) select * from result where {odd}")
    assert bad.empty, bad.to_string()
    assert math.isinf(run("select 1e0 / 0e0 as x")["x"].iloc[0])

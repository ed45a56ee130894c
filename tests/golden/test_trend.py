"""Recent trends equal OHID's branch add_trend_markers of PHEindicatormethods, through the product's own macros."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.golden.cases import LEVELS, assert_equal, case, run
from tests.golden.cases import macros as m

# The peer sums squares of years near 2020 and loses digits.
TOLERANCE = 1e-6
PROPORTION = {"numerator": "numerator", "denominator": "denominator"}
VALUE = {"value": "value", "lower": "lower_cl", "upper": "upper_cl"}


def trend(source: str, arguments: dict[str, Any]) -> pd.DataFrame:
    return run(f"select * from ({m.trend_test(source, ['series'], 'year', **arguments)}) order by series")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("trend_p01_proportion", PROPORTION),
        ("trend_p02_other_gap", VALUE),
        ("trend_p03_too_few_or_missing", PROPORTION),
    ],
)
def test_trends(name: str, arguments: dict[str, Any]) -> None:
    source, expected = case(name)
    found, expected = trend(source, arguments), expected.sort_values("series")
    assert list(found["series"]) == list(expected["series"])
    assert list(found["recent_trend"]) == list(expected["recent_trend"])
    assert list(found["recent_trend_reason"]) == list(expected["recent_trend_reason"])
    if "chi2" in expected:
        assert_equal(found["trend_chi2"], expected["chi2"], relative=TOLERANCE)
        assert_equal(found["trend_slope"], expected["beta"], relative=TOLERANCE)
    refused = found[found["recent_trend"] == "Cannot be calculated"]
    assert refused[["trend_chi2", "trend_slope"]].isna().all().all()


@pytest.mark.parametrize(
    ("where", "change", "reason"),
    [
        ("year <> 2022", "year as year", "Break in the series"),
        ("year > 2020", "year as year", "Not enough data points"),
        ("true", "case when year = 2023 then 0 else numerator end as numerator", "Not evaluable"),
        ("true", "case when year = 2023 then denominator else numerator end as numerator", "Not evaluable"),
        ("true", "case when year = 2023 then null else denominator end as denominator", "Missing values"),
    ],
)
def test_a_series_that_cannot_be_tested_says_why(where: str, change: str, reason: str) -> None:
    source, _ = case("trend_p01_proportion")
    found = trend(f"(select * replace ({change}) from {source} where {where})", PROPORTION)
    assert (found["recent_trend"] == "Cannot be calculated").all()
    assert (found["recent_trend_reason"] == reason).all()
    assert found[["trend_chi2", "trend_slope"]].isna().all().all()


def test_limits_without_width_cannot_weigh() -> None:
    source, _ = case("trend_p02_other_gap")
    found = trend(f"(select * replace (value as lower_cl, value as upper_cl) from {source})", VALUE)
    assert (found["recent_trend_reason"] == "Not evaluable").all()


def test_one_point_does_not_make_a_trend() -> None:
    """Level but for the last point: with it rising, without it falling a little."""
    rows = ", ".join(
        f"('one', {year}, {value}, {value - 0.1}, {value + 0.1})"
        for year, value in zip(range(2020, 2025), (10.2, 10.1, 10.0, 9.9, 20.0), strict=True)
    )
    source = f"(select * from (values {rows}) as t (series, year, value, lower_cl, upper_cl))"
    found = trend(source, VALUE).iloc[0]
    assert found["trend_slope"] > 0
    assert found["trend_chi2"] > float(m.trend_critical_value())
    assert (found["recent_trend"], found["recent_trend_reason"]) == ("No significant change", "Outlier found")


def test_only_the_last_five_points_count() -> None:
    source, _ = case("trend_p01_proportion")
    all_points = trend(source, PROPORTION)
    last_five = trend(f"(select * from {source} where year > 2019)", PROPORTION)
    assert_equal(all_points["trend_chi2"], last_five["trend_chi2"])
    assert run(f"select min(year) as first from {source}")["first"].iloc[0] == 2019


def test_the_critical_value_is_the_published_rounding() -> None:
    """One degree of freedom: the square of the normal quantile of 99.8 %."""
    found = run(f"select {m.trend_critical_value()} as critical, power({m.z_score(LEVELS[1])}, 2) as exact")
    assert_equal(found["critical"], found["exact"], relative=1e-5)

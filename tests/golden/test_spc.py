"""Process control charts equal NHSRplotthedots 0.2.2, through the product's own macros."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.golden.cases import assert_equal, case, run
from tests.golden.cases import macros as m

TOLERANCE = 1e-12
LABELS = ["special_cause_type", "point_type"]


def spc(source: str, keys: list[str] | None = None, **arguments: Any) -> pd.DataFrame:
    sql = m.spc_points(source, keys or [], "date", "y", **arguments)
    return run(f"select * from ({sql}) order by {', '.join([*(keys or []), 'period'])}")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("spc_p01_random", {"screen_outliers": True}),
        ("spc_p02_shift_trend_screened", {"improvement": "'decrease'", "screen_outliers": True}),
        ("spc_p03_shift_trend_unscreened", {"improvement": "'decrease'"}),
        ("spc_p04_outlier_excel", {}),
        ("spc_p05_outlier_screened", {"screen_outliers": True}),
        ("spc_p07_fix_12", {"fix_after": 12, "screen_outliers": True}),
        ("spc_p08_bulk_facets", {"keys": ["icb"]}),
    ],
)
def test_limits_and_rules(name: str, arguments: dict[str, Any]) -> None:
    source, expected = case(name)
    found, expected = spc(source, **arguments), expected.sort_values(["facet", "date"])
    assert_equal(found["value"], expected["y"])
    for column, peer in (("mean", "mean"), ("lower_limit", "lpl"), ("upper_limit", "upl")):
        assert_equal(found[column], expected[peer], relative=TOLERANCE)
    for column, peer in (
        ("is_outside_limits", "outside_limits"),
        ("side_of_mean", "relative_to_mean"),
        ("is_close_to_limit", "close_to_limits"),
        *((label, label) for label in LABELS),
    ):
        assert list(found[column]) == list(expected[peer]), column


@pytest.mark.parametrize("screen_outliers", [True, False])
def test_a_constant_series_has_its_mean_as_limits(screen_outliers: bool) -> None:
    """The peer screens every moving range away (zero is not below zero) and gives no limits."""
    source, expected = case("spc_p06_constant")
    assert expected["lpl"].isna().all()
    found = spc(source, screen_outliers=screen_outliers)
    assert_equal(found["mean"], expected["mean"], relative=TOLERANCE)
    assert_equal(found["lower_limit"], expected["mean"], relative=TOLERANCE)
    assert_equal(found["upper_limit"], expected["mean"], relative=TOLERANCE)
    for label in LABELS:
        assert list(found[label]) == list(expected[label])


def test_a_constant_that_no_double_holds_is_still_constant() -> None:
    """The mean of 0.1, fifteen times, is not 0.1 when it is summed."""
    source, _ = case("spc_p06_constant")
    found = spc(f"(select date, 0.1e0 as y from {source})")
    assert not found["is_outside_limits"].any()
    assert (found["special_cause_type"] == "Common Cause").all()


def test_the_direction_of_improvement_only_names_the_points() -> None:
    source, _ = case("spc_p08_bulk_facets")
    better = {direction: spc(source, ["icb"], improvement=f"'{direction}'") for direction in ("increase", "decrease")}
    neutral = spc(source, ["icb"], improvement="'neutral'")
    swapped = better["decrease"]["point_type"].replace(
        {
            "special_cause_improvement": "special_cause_concern",
            "special_cause_concern": "special_cause_improvement",
        }
    )
    assert list(better["increase"]["point_type"]) == list(swapped)
    high = neutral["point_type"] == "special_cause_neutral_high"
    assert list(high) == list(better["increase"]["point_type"] == "special_cause_improvement")
    assert list(neutral["special_cause_type"]) == list(better["increase"]["special_cause_type"])


def test_limits_of_fewer_than_twelve_points_are_trial_limits() -> None:
    source, _ = case("spc_p01_random")
    for points in (11, 12):
        found = spc(f"(select * from {source} order by date limit {points})")
        assert len(found) == points
        assert (found["has_trial_limits"] == (points < 12)).all()


def test_one_point_has_no_limits_and_no_special_cause() -> None:
    source, _ = case("spc_p01_random")
    found = spc(f"(select * from {source} order by date limit 1)", target="50")
    assert found[["lower_limit", "upper_limit", "is_outside_limits", "assurance_type"]].isna().all().all()
    assert (found["special_cause_type"] == "Common Cause").all()


@pytest.mark.parametrize(
    ("improvement", "limit", "beyond", "assurance"),
    [
        ("increase", "upper_limit", 1, "consistent_fail"),
        ("increase", "lower_limit", -1, "consistent_pass"),
        ("increase", "upper_limit", -1, "inconsistent"),
        ("increase", "lower_limit", 1, "inconsistent"),
        ("decrease", "upper_limit", 1, "consistent_pass"),
        ("decrease", "lower_limit", -1, "consistent_fail"),
        ("neutral", "lower_limit", -1, None),
    ],
)
def test_assurance_compares_the_target_with_the_limits(
    improvement: str, limit: str, beyond: int, assurance: str | None
) -> None:
    source, _ = case("spc_p01_random")
    target = spc(source)[limit].iloc[0] + beyond
    found = spc(source, improvement=f"'{improvement}'", target=f"{target}")
    if assurance is None:
        assert found["assurance_type"].isna().all()
    else:
        assert (found["assurance_type"] == assurance).all()


def test_months_without_a_value_are_left_out() -> None:
    source, _ = case("spc_p01_random")
    gap = f"(select * replace (case when month(date) = 6 then null else y end as y) from {source})"
    without = f"(select * from {source} where month(date) <> 6)"
    pd.testing.assert_frame_equal(spc(gap), spc(without))

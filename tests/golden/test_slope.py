"""Slope and relative index of inequality equal OHID's PHEindicatormethods 2.1.0 and NHS England's new SII.

The peers simulate their limits; ours are analytic, so they are compared in the peer's own Monte-Carlo errors.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.golden.cases import LEVELS, PEER_LEVEL, RELATIVE, SIDES, assert_equal, assert_within, case, run
from tests.golden.cases import macros as m

LIMITS = {"lower": "lower_cl", "upper": "upper_cl"}
ERROR = {"error": "se"}
RATE, PROPORTION, OTHER = "'log'", "'logit'", "'identity'"


def slope(name: str, order_by: str = "area", **arguments: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our index and the peer's, by area; `relation` replaces the input of the case."""
    source, expected = case(name)
    defaults: dict[str, Any] = {
        "keys": ["area"],
        "quantile": "quantile",
        "population": "population",
        "value": "value",
        "quantiles": f"(select count(distinct quantile) from {source})",
    }
    sql = m.slope_index(arguments.pop("relation", source), **(defaults | arguments))
    found = run(f"select * from ({sql}) order by {order_by}")
    if "area" in expected:
        expected = expected.sort_values("area").reset_index(drop=True)
    return found, expected


def assert_points(found: pd.DataFrame, expected: pd.DataFrame, level: float = 0.0) -> None:
    assert_equal(found["sii"], expected["sii"], level=level)
    assert_equal(found["rii"], expected["rii"])


def assert_limits(found: pd.DataFrame, expected: pd.DataFrame, measures: tuple[str, ...] = ("sii", "rii")) -> None:
    for measure in measures:
        for level in LEVELS:
            for side in SIDES:
                peer = f"{measure}_{side}{PEER_LEVEL[level]}cl"
                assert_within(found[f"{measure}_{side}_{level}"], expected[peer], expected[f"{peer}_mcse"])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sii_p03_normal_deciles", LIMITS | {"scale": OTHER}),
        ("sii_p04_normal_quintiles_se", ERROR | {"scale": OTHER}),
        ("sii_p06_rate_transform", LIMITS | {"scale": RATE}),
        ("sii_p07_prop_notransform", LIMITS | {"scale": PROPORTION, "fit_on_scale": False}),
        ("sii_p08_prop_transform", LIMITS | {"scale": PROPORTION}),
        (
            "sii_p09_prop_from_counts",
            LIMITS | {"value": "count / population", "scale": PROPORTION, "fit_on_scale": False, "multiplier": "100e0"},
        ),
        ("sii_p10_negative_multiplier", LIMITS | {"scale": PROPORTION, "fit_on_scale": False, "multiplier": "-100e0"}),
        ("sii_p11_neg_mult_transform_rate", LIMITS | {"scale": RATE, "multiplier": "-1e0"}),
        ("sii_p13_shuffled_rows", ERROR | {"scale": OTHER}),
    ],
)
def test_slope_and_limits(name: str, arguments: dict[str, Any]) -> None:
    found, expected = slope(name, **arguments)
    assert list(found["area"]) == list(expected["area"])
    assert_points(found, expected)
    assert_equal(found["fitted_most"], expected["intercept"])
    assert_limits(found, expected)


def test_a_rate_that_is_not_transformed_has_a_slope_and_no_limits() -> None:
    """Its limits are not normal with small counts; the peer simulates them, the product publishes none."""
    found, expected = slope("sii_p05_rate_notransform", **LIMITS, scale=RATE, fit_on_scale=False)
    assert_points(found, expected)
    assert_equal(found["fitted_most"], expected["intercept"])
    assert found.filter(regex="_(95|998)$").isna().all().all()
    assert (found["value_status"] == "shown").all()
    assert (found["limit_status"] == "not_evaluable").all()


def test_an_area_without_all_its_groups_has_no_slope() -> None:
    found, expected = slope("sii_p12_missing_quantile", **LIMITS, scale=PROPORTION, fit_on_scale=False)
    shown = found[found["value_status"] == "shown"]
    assert list(shown["area"]) == list(expected["area"])
    assert_points(shown, expected)
    assert_limits(shown, expected)
    refused = found[found["value_status"] != "shown"]
    assert list(refused["value_status"]) == ["not_evaluable"]
    assert refused[["sii", "rii", "sii_lower_95", "rii_upper_998", "fitted_most"]].isna().all().all()


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("sii_p14_zero_population", LIMITS | {"scale": PROPORTION}, "no_population"),
        ("sii_p15_four_quantiles", ERROR | {"scale": OTHER}, "not_evaluable"),
        ("sii_p16_zero_rate_quantile", LIMITS | {"scale": RATE, "fit_on_scale": False}, "not_evaluable"),
        ("sii_p17_zero_rate_transform", LIMITS | {"scale": RATE}, "not_evaluable"),
    ],
)
def test_what_the_peer_refuses_is_null_with_a_reason(name: str, arguments: dict[str, Any], reason: str) -> None:
    found, expected = slope(name, **arguments)
    assert list(expected.columns) == ["peer_error"]
    assert list(found["value_status"]) == [reason]
    assert list(found["limit_status"]) == [reason]
    assert found.drop(columns=["area", "value_status", "limit_status"]).isna().all().all()


def test_equal_values_have_no_slope() -> None:
    found, expected = slope("sii_p18_equal_population_flat", "sii", keys=[], **ERROR, scale=OTHER)
    # Zero to the rounding of the level, which is the intercept.
    assert_points(found, expected, level=float(expected["intercept"].iloc[0]))
    assert_equal(found["fitted_most"], expected["intercept"])
    assert_limits(found, expected)


def test_a_fraction_as_multiplier_does_not_turn_the_limits_round() -> None:
    """The peer swaps them (it tests for below one where it means below zero); the points are right.

    Its limits of the same data with multiplier 1 (case sii_p06, area A) are the ones to have, times the multiplier.
    """
    found, expected = slope("sii_p19_fraction_multiplier_PEER_DEFECT", **LIMITS, scale=RATE, multiplier="0.01e0")
    assert_points(found, expected)
    assert_equal(0.01 * found["fitted_most"], expected["intercept"])
    assert (expected["sii_lower95_0cl"] > expected["sii_upper95_0cl"]).all()
    _, plain = case("sii_p06_rate_transform")
    plain = plain[plain["area"] == "A"].reset_index(drop=True)
    assert_limits(found, plain, ("rii",))
    assert_limits(found[["sii_lower_95", "sii_upper_95", "sii_lower_998", "sii_upper_998"]] / 0.01, plain, ("sii",))


def with_england(source: str) -> str:
    """The rows of the areas with England's population of the same group beside their own."""
    return (
        f"(select area.*, england.population as england_population from {source} as area "
        f"inner join {source} as england on england.area = 'England' and area.imd = england.imd "
        "where area.area <> 'England')"
    )


@pytest.mark.parametrize(
    ("name", "quantiles", "multiplier", "intercept"),
    [
        ("newsii_p01_quintiles", "5", "1e0", "fitted_most"),
        # FLIP turns the axis round: the peer's intercept is then the least deprived end.
        ("newsii_p02_deciles_flip", "10", "-1e0", "fitted_least"),
    ],
)
def test_the_new_index_for_areas_uses_positions_of_england(
    name: str, quantiles: str, multiplier: str, intercept: str
) -> None:
    source, _ = case(name)
    found, expected = slope(
        name,
        relation=with_england(source),
        quantile="imd",
        quantiles=quantiles,
        position_population="england_population",
        multiplier=multiplier,
        **LIMITS,
    )
    england = expected["area"] == "England"
    expected = expected[~england].reset_index(drop=True)
    assert list(found["area"]) == list(expected["area"])
    assert_points(found, expected)
    assert_equal(found[intercept], expected["intercept"])
    for side in SIDES:
        assert_within(found[f"sii_{side}_95"], expected[f"sii_{side}"], expected[f"sii_{side}_mcse"])


def test_england_as_its_own_area_has_the_plain_index() -> None:
    name = "newsii_p01_quintiles"
    source, _ = case(name)
    arguments = {"quantile": "imd", "quantiles": "5"} | LIMITS
    plain, _ = slope(name, **arguments)
    england_only = f"(select *, population as england_population from {source} where area = 'England')"
    new, _ = slope(name, relation=england_only, position_population="england_population", **arguments)
    assert_equal(new["sii"], plain[plain["area"] == "England"]["sii"])
    # Elsewhere the two forms differ, or the positions would not be England's.
    areas, _ = slope(name, relation=with_england(source), position_population="england_population", **arguments)
    assert (areas["sii"] != plain[plain["area"] != "England"]["sii"].to_numpy()).all()


def test_groups_are_ordered_as_numbers_even_when_they_are_text() -> None:
    source, _ = case("sii_p03_normal_deciles")
    as_text, expected = slope("sii_p03_normal_deciles", quantile="cast(quantile as varchar)", **LIMITS, scale=OTHER)
    assert "10" in list(run(f"select distinct cast(quantile as varchar) as q from {source}")["q"])
    assert_points(as_text, expected)


@pytest.mark.parametrize("name", ["sii_p03_normal_deciles", "sii_p07_prop_notransform"])
def test_the_concentration_index_is_twice_the_spread_times_the_slope(name: str) -> None:
    source, _ = case(name)
    found, _ = slope(name, **LIMITS, scale=OTHER)
    concentration = run(
        f"select * from ({m.concentration_index(source, ['area'], 'quantile', 'population', 'value')}) order by area"
    )
    assert_equal(concentration["aci"], 2 * found["position_spread"] * found["sii"], relative=RELATIVE)

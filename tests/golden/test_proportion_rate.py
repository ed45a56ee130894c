"""Proportions and rates equal what OHID's PHEindicatormethods 2.1.0 returns, through the product's own macros."""

from __future__ import annotations

import pytest

from tests.golden.cases import LEVELS, PEER_LEVEL, SIDES, assert_equal, case, exact_join, run
from tests.golden.cases import macros as m


def proportion_columns(x: str, n: str, multiplier: str = "1e0") -> str:
    limits = [
        f"{multiplier} * ({m.wilson_limit(x, n, level, side)}) as {side}_{level}"
        for level in ("95", "998")
        for side in ("lower", "upper")
    ]
    return ", ".join([f"{multiplier} * ({m.proportion_value(x, n)}) as value", *limits])


def rate_columns(x: str, n: str, multiplier: str) -> str:
    parts = [f"{multiplier} * ({m.rate_value(x, n)}) as value"]
    for level in ("95", "998"):
        for side in ("lower", "upper"):
            limit = m.rate_limit(x, n, level, side, f"exact.{side}_{level}")
            parts.append(f"{multiplier} * ({limit}) as {side}_{level}")
    return ", ".join(parts)


def test_proportions_at_the_edges() -> None:
    source, expected = case("prop_p02_edges")
    found = run(f"select {proportion_columns('numerator', 'denominator', '100e0')} from {source}")
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected["lower95_0cl"])
    assert_equal(found["upper_95"], expected["upper95_0cl"])
    assert_equal(found["lower_998"], expected["lower99_8cl"])
    assert_equal(found["upper_998"], expected["upper99_8cl"])


@pytest.mark.parametrize("name", ["prop_p03_random", "prop_p05_missing"])
def test_proportions_row_by_row(name: str) -> None:
    source, expected = case(name)
    found = run(f"select {proportion_columns('numerator', 'denominator')} from {source}")
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected["lowercl"])
    assert_equal(found["upper_95"], expected["uppercl"])


@pytest.mark.parametrize("name", ["prop_p04_grouped", "prop_p09_missing_group_key"])
def test_proportions_sum_before_they_divide(name: str) -> None:
    source, expected = case(name)
    found = run(
        f"select area, quintile, {proportion_columns('n', 'd', '100e0')} from ("
        "select area, quintile, sum(numerator)::bigint as n, sum(denominator)::bigint as d "
        f"from {source} group by all) "
        "order by area, quintile nulls last"
    )
    expected = expected.sort_values(["area", "quintile"], na_position="last")
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected["lowercl"])
    assert_equal(found["upper_95"], expected["uppercl"])


@pytest.mark.parametrize("name", ["prop_p06_zero_denominator", "prop_p07_num_gt_den"])
def test_a_proportion_the_peer_refuses_is_null_and_the_rest_stands(name: str) -> None:
    source, expected = case(name)
    assert list(expected.columns) == ["peer_error"]
    found = run(f"select {proportion_columns('numerator', 'denominator')} from {source}")
    assert found.iloc[0].isna().all()
    assert found.iloc[1].notna().all()


@pytest.mark.parametrize(("name", "multiplier"), [("rate_p02_counts_0_30", "1e5"), ("rate_p03_random", "1e3")])
def test_rates_row_by_row(name: str, multiplier: str) -> None:
    source, expected = case(name)
    found = run(
        f"select {rate_columns('numerator', 'denominator', multiplier)} from "
        f"(select *, row_number() over () as row from {source}) as input {exact_join('numerator')} order by row"
    )
    lower, upper = ("lower95_0cl", "upper95_0cl") if "lower95_0cl" in expected else ("lowercl", "uppercl")
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected[lower])
    assert_equal(found["upper_95"], expected[upper])
    if "lower99_8cl" in expected:
        assert_equal(found["lower_998"], expected["lower99_8cl"])
        assert_equal(found["upper_998"], expected["upper99_8cl"])


def test_rates_sum_before_they_divide() -> None:
    source, expected = case("rate_p04_grouped")
    found = run(
        f"select area, quintile, {rate_columns('n', 'd', '1e5')} from ("
        "select area, quintile, sum(numerator)::bigint as n, sum(denominator)::bigint as d "
        f"from {source} group by all) "
        f"{exact_join('n')} order by area, quintile"
    )
    expected = expected.sort_values(["area", "quintile"])
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected["lowercl"])
    assert_equal(found["upper_95"], expected["uppercl"])


def test_rates_missing_in_missing_out() -> None:
    source, expected = case("rate_p06_missing_rows")
    found = run(
        f"select {rate_columns('numerator', 'denominator', '1e5')} from {source} {exact_join('numerator')} order by row"
    )
    assert_equal(found["value"], expected["value"])
    assert_equal(found["lower_95"], expected["lowercl"])
    assert_equal(found["upper_95"], expected["uppercl"])


def test_a_rate_without_population_is_null_and_the_rest_stands() -> None:
    source, _ = case("rate_p07_zero_population")
    found = run(
        f"select {rate_columns('numerator', 'denominator', '1e5')} from {source} {exact_join('numerator')} order by row"
    )
    assert found.iloc[0].isna().all()
    assert found.iloc[1].notna().all()


def test_weighted_counts_have_exact_limits_below_ten() -> None:
    source, expected = case("rate_p05_noninteger")
    limits = [
        f"1e5 * ({m.rate_limit_weighted('numerator', 'denominator', level, side)}) as {side}_{level}"
        for level in LEVELS
        for side in SIDES
    ]
    found = run(
        f"select 1e5 * ({m.rate_value('numerator', 'denominator')}) as value, {', '.join(limits)} "
        f"from {source} order by row"
    )
    assert_equal(found["value"], expected["value"])
    for level in LEVELS:
        for side in SIDES:
            assert_equal(found[f"{side}_{level}"], expected[f"{side}{PEER_LEVEL[level]}cl"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("side", SIDES)
def test_the_exact_limit_without_a_seed_is_the_seed(level: str, side: str) -> None:
    found = run(
        f"select {m.poisson_limit_exact('numerator', level, side)} as found, exact.{side}_{level} as seed "
        f"from (select unnest(range(10)) as numerator) {exact_join('numerator')} order by numerator"
    )
    assert_equal(found["found"], found["seed"])


def test_a_weighted_count_below_zero_has_no_limit() -> None:
    limits = ", ".join(m.rate_limit_weighted("events", "persons", "95", side) for side in SIDES)
    found = run(f"select {limits} from (values (-0.5, 10), (1.5, 0), (null, 10)) as t (events, persons)")
    assert len(found) == 3
    assert found.isna().all().all()


def test_no_level_but_the_published_ones() -> None:
    with pytest.raises(ValueError, match="z_score knows levels"):
        m.z_score("90")

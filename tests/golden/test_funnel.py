"""Funnel limits and labels equal OHID's PHEindicatormethods 2.1.0, through the product's own macros."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.golden.cases import LEVELS, SIDES, assert_equal, case, exact_join, run
from tests.golden.cases import macros as m

# The peer bisects to about 5e-5 (one event); the macro solves the exact quantile.
CURVE_TOLERANCE = 1e-4
# How the peer names its levels: about two and three standard deviations.
SIGMAS = {"95": "2s", "998": "3s"}


def test_labels_of_proportions() -> None:
    source, expected = case("funnel_p03_prop_significance")
    label = m.funnel_proportion_significance("numerator", "denominator", "baseline")
    found = run(
        "with england as (select sum(numerator)::double / sum(denominator) as baseline "
        f"from {source}) select area, {label} as significance from {source} cross join england order by area"
    )
    expected = expected.sort_values("area")
    assert list(found["area"]) == list(expected["area"])
    assert list(found["significance"]) == list(expected["significance"])


def rates(name: str, minimum_events: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    source, expected = case(name)
    population = m.funnel_population("numerator", "population", "(rate / 1e5)")
    label = m.funnel_rate_significance("numerator", "derived", "baseline", "exact", minimum_events)
    found = run(
        f"with derived as (select *, {population} as derived from {source}), "
        f"england as (select sum(numerator) / {m.ordered_sum('derived', 'area')} as baseline from derived) "
        f"select area, rate, derived, {label} as significance from derived cross join england "
        f"{exact_join('numerator')} order by area"
    )
    return found, expected.sort_values("area")


@pytest.mark.parametrize(
    ("name", "minimum_events"), [("funnel_p05_rate_crude_significance", 0), ("funnel_p07_rate_dsr_significance", 10)]
)
def test_labels_of_rates(name: str, minimum_events: int) -> None:
    found, expected = rates(name, minimum_events)
    assert list(found["area"]) == list(expected["area"])
    assert list(found["significance"]) == list(expected["significance"])


def test_points_of_rates() -> None:
    found, expected = rates("funnel_p06_rate_crude_points", 0)
    assert_equal(found["rate"], expected["rate_chart"])
    assert_equal(found["derived"], expected["denominator_derived"])


def test_the_curve_of_rates() -> None:
    """The numbers of events along the axis are the peer's; they only say where to draw."""
    source, expected = case("funnel_p04_rate_crude_limits")
    population = m.funnel_population("numerator", "population", "(rate / 1e5)")
    curves = ", ".join(
        f"1e5 * ({m.funnel_rate_curve('events', 'baseline', level, side)}) as {side}_{level}"
        for level in LEVELS
        for side in SIDES
    )
    events = ", ".join(f"({events})" for events in expected["Events"])
    found = run(
        f"with derived as (select *, {population} as derived from {source}), "
        f"england as (select sum(numerator) / {m.ordered_sum('derived', 'area')} as baseline from derived) "
        f"select events, 1e5 * baseline as baseline, {curves} "
        f"from (values {events}) as axis (events) cross join england order by events"
    )
    assert_equal(found["baseline"], expected["baseline"])
    for level in LEVELS:
        for side in SIDES:
            limit = f"{side}_{SIGMAS[level]}"
            assert_equal(found[f"{side}_{level}"], expected[f"{limit}_limit"], relative=CURVE_TOLERANCE)
            # The same curve as populations: events over the rate.
            people = 1e5 * found["events"] / found[f"{side}_{level}"]
            assert_equal(people, expected[f"{limit}_population_1_year"], relative=CURVE_TOLERANCE)


@pytest.mark.parametrize("level", LEVELS)
def test_a_proportion_on_its_limit_has_the_baseline_as_wilson_limit(level: str) -> None:
    """The definition of the limit, checked with the other macro on counts large enough to hit it."""
    lower = m.funnel_proportion_limit("baseline", "n", level, "lower")
    upper = m.funnel_proportion_limit("baseline", "n", level, "upper")
    found = run(
        f"select baseline, {m.wilson_limit(f'(n * ({lower}))', 'n', level, 'upper')} as from_below, "
        f"{m.wilson_limit(f'(n * ({upper}))', 'n', level, 'lower')} as from_above "
        "from (values (0.2e0, 500), (0.5e0, 80), (0.93e0, 100000)) as t (baseline, n)"
    )
    assert_equal(found["from_below"], found["baseline"])
    assert_equal(found["from_above"], found["baseline"])


def test_limits_of_proportions_stay_within_nought_and_one() -> None:
    """The peer caps the upper limit at 100 whatever the multiplier, so a fraction is never capped there."""
    limits = ", ".join(m.funnel_proportion_limit("baseline", "3", "998", side) for side in SIDES)
    found = run(f"select {limits} from (values (0.01e0), (0.99e0)) as t (baseline)")
    assert found.iloc[0, 0] == 0
    assert found.iloc[1, 1] == 1


def test_a_ratio_has_the_baseline_one() -> None:
    label = m.funnel_rate_significance("observed", "expected", "1e0", "exact")
    found = run(
        f"select {label} as significance from (values (30, 30e0), (60, 30e0), (8, 30e0), (3, 0e0)) "
        f"as t (observed, expected) {exact_join('observed')} order by observed"
    )
    assert list(found["significance"].fillna("none")) == ["none", "Low (0.001)", "Not significant", "High (0.001)"]

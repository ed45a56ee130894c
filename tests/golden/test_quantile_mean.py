"""Local quantiles and means equal OHID's PHEindicatormethods 2.1.0; medians cover what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, t

from tests.golden.cases import LEVELS, RELATIVE, SIDES, assert_equal, case, run
from tests.golden.cases import macros as m


@pytest.mark.parametrize(
    ("name", "quantiles", "keys", "most_deprived_is"),
    [
        ("quantile_p02_deciles_ties", 10, [], "highest"),
        ("quantile_p03_quintiles_notinverted", 5, [], "lowest"),
        ("quantile_p04_grouped_missing_few", 5, ["area"], "highest"),
    ],
)
def test_local_quantiles(name: str, quantiles: int, keys: list[str], most_deprived_is: str) -> None:
    source, expected = case(name)
    row = "area, i" if keys else "lsoa"
    quantile = m.local_quantile("score", quantiles, keys, most_deprived_is)
    found = run(f"select {row}, {quantile} as quantile from {source} order by {row}")
    assert_equal(found["quantile"], expected.sort_values(row.split(", "))["quantile"])


def test_means_with_limits() -> None:
    source, expected = case("mean_p02")
    found = run(f"select * from ({m.mean_with_limits(source, ['area'], 'x')}) order by area")
    expected = expected.sort_values("area")
    assert list(found["area"]) == list(expected["area"])
    for column, peer in (
        ("value_count", "value_count"),
        ("value", "value"),
        ("standard_deviation", "stdev"),
        ("lower_95", "lowercl"),
        ("upper_95", "uppercl"),
    ):
        assert_equal(found[column], expected[peer])


@pytest.mark.parametrize("level", LEVELS)
def test_the_t_quantile_is_the_distribution_s_own(level: str) -> None:
    """The series, the switch to the expansion, and far beyond; scipy is the peer."""
    found = run(
        f"select degrees, {m.student_quantile('degrees', level)} as quantile "
        "from (select unnest(range(-1, 450) || [1000, 100000]) as degrees) order by degrees"
    )
    tail = 1 - float(run(f"select {m.tail_probability(level)} as tail")["tail"].iloc[0])
    defined = found[found["degrees"] >= 1]
    assert_equal(defined["quantile"], pd.Series(t.ppf(tail, defined["degrees"])))
    assert found[found["degrees"] < 1]["quantile"].isna().all()


@pytest.mark.parametrize(("level", "nominal"), [("95", 0.95), ("998", 0.998)])
def test_the_ranks_around_a_median_cover_it(level: str, nominal: float) -> None:
    """With the values 1..n the limits are their own ranks, so their binomial coverage can be counted."""
    source = "(select n, unnest(range(1, n + 1)) as x from (select unnest(range(1, 200)) as n))"
    found = run(f"select * from ({m.percentiles_with_limits(source, ['n'], 'x')}) order by n")
    assert_equal(found["value"], (found["n"] + 1) / 2)
    shown = found[found[f"lower_{level}"].notna() & found[f"upper_{level}"].notna()]
    assert_equal(shown[f"lower_{level}"] + shown[f"upper_{level}"], shown["n"] + 1.0)
    big = shown[shown["n"] >= 50]
    assert len(big) == 150
    lower, upper = big[f"lower_{level}"], big[f"upper_{level}"]
    assert (binom.cdf(upper - 1, big["n"], 0.5) - binom.cdf(lower - 1, big["n"], 0.5) >= nominal).all()
    # No wider than need be: one rank less on both sides would not cover, but for the normal approximation.
    narrower = binom.cdf(upper - 2, big["n"], 0.5) - binom.cdf(lower, big["n"], 0.5)
    assert (narrower < nominal + 0.001).all()
    assert found[found["n"] < 5][[f"{side}_{level}" for side in SIDES]].isna().all().all()


@pytest.mark.parametrize("percent", [8, 25, 50, 75, 92])
def test_percentiles_equal_numpy_s_and_their_ranks_cover_them(percent: int) -> None:
    """With the values 1..n the limits are their own ranks."""
    source = "(select n, unnest(range(1, n + 1)) as x from (select unnest(range(1, 400)) as n))"
    found = run(f"select * from ({m.percentiles_with_limits(source, ['n'], 'x', [percent])}) order by n")
    share = percent / 100
    by_numpy = [np.quantile(np.arange(1, n + 1), share, method="averaged_inverted_cdf") for n in found["n"]]
    assert_equal(found["value"], pd.Series(by_numpy))
    for level, nominal in (("95", 0.95), ("998", 0.998)):
        shown = found[found[f"lower_{level}"].notna() & found[f"upper_{level}"].notna() & (found["n"] >= 50)]
        assert len(shown) > 0
        low, high = (binom.cdf(shown[f"{side}_{level}"] - 1, shown["n"], share) for side in SIDES)
        # The ranks are of the normal approximation, which is a little short away from the middle.
        assert (high - low >= nominal - 0.01).all()


def test_missing_values_are_left_out_and_nothing_is_no_mean() -> None:
    source = "(select * from (values ('some', 1.5), ('some', null), ('some', 2.5), ('none', null)) as t (area, x))"
    for macro in (m.mean_with_limits, m.percentiles_with_limits):
        found = run(f"select * from ({macro(source, ['area'], 'x')}) order by area").set_index("area")
        assert found.loc["some", "value"] == pytest.approx(2, rel=RELATIVE)
        assert found.loc["none", "value_status"] == "not_submitted"
        assert found["value"].isna()["none"]

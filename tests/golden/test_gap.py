"""Gaps equal what statsmodels 0.14.6 returns, and bounds hold whoever the unknown are; the product's own macros."""

from __future__ import annotations

from tests.golden.cases import assert_equal, case, run
from tests.golden.cases import macros as m


def test_gaps_between_proportions() -> None:
    source, expected = case("gap_p01_proportion")
    most, least = ("x_most", "n_most"), ("x_least", "n_least")
    columns = []
    for level in ("95", "998"):
        limits = [m.wilson_limit(*group, level, side) for group in (most, least) for side in ("lower", "upper")]
        values = [m.proportion_value(*group) for group in (most, least)]
        arguments = [f"({text})" for text in (values[0], limits[0], limits[1], values[1], limits[2], limits[3])]
        columns += [f"{m.gap_absolute_limit(*arguments, side)} as {side}_{level}" for side in ("lower", "upper")]
    values = [f"({m.proportion_value(*group)})" for group in (most, least)]
    logs = [m.log_variance_proportion(*group) for group in (most, least)]
    columns += [
        f"{m.gap_absolute(*values)} as gap",
        f"{m.gap_relative(*values)} as ratio",
        f"{m.gap_relative_limit(values[0], logs[0], values[1], logs[1], '95', 'lower')} as ratio_lower",
        f"{m.gap_relative_limit(values[0], logs[0], values[1], logs[1], '95', 'upper')} as ratio_upper",
    ]
    found = run(f"select {', '.join(columns)} from {source} order by row")
    assert_equal(found["gap"], expected["gap"])
    assert_equal(found["lower_95"], expected["gap_lower95"])
    assert_equal(found["upper_95"], expected["gap_upper95"])
    assert_equal(found["lower_998"], expected["gap_lower99_8"])
    assert_equal(found["upper_998"], expected["gap_upper99_8"])
    assert_equal(found["ratio"], expected["ratio"])
    assert_equal(found["ratio_lower"], expected["ratio_lower95"])
    assert_equal(found["ratio_upper"], expected["ratio_upper95"])


def test_gaps_between_rates() -> None:
    source, expected = case("gap_p02_rate_ratio")
    values = [f"({m.rate_value(x, n)})" for x, n in (("x_most", "py_most"), ("x_least", "py_least"))]
    logs = [m.log_variance_rate(x) for x in ("x_most", "x_least")]
    found = run(
        f"select {m.gap_absolute(*values)} as gap, {m.gap_relative(*values)} as ratio, "
        f"{m.gap_relative_limit(values[0], logs[0], values[1], logs[1], '95', 'lower')} as ratio_lower, "
        f"{m.gap_relative_limit(values[0], logs[0], values[1], logs[1], '95', 'upper')} as ratio_upper "
        f"from {source} order by row"
    )
    for column, peer in (
        ("gap", "gap"),
        ("ratio", "ratio"),
        ("ratio_lower", "ratio_lower95"),
        ("ratio_upper", "ratio_upper95"),
    ):
        assert_equal(found[column], expected[peer])


COUNTS = ("x_most", "n_most", "x_least", "n_least", "x_unknown", "n_unknown")


def bounds(x_unknown: str, n_unknown: str) -> str:
    """Query of the gap and its bounds on the proportions of the reference case, with some people unknown."""
    source, _ = case("gap_p01_proportion")
    gap = m.gap_absolute(m.proportion_value("x_most", "n_most"), m.proportion_value("x_least", "n_least"))
    return (
        f"with counts as (select *, {x_unknown} as x_unknown, {n_unknown} as n_unknown from {source}), "
        f"bounded as (select *, {gap} as gap, {m.gap_bound(*COUNTS, 'lower')} as lower_bound, "
        f"{m.gap_bound(*COUNTS, 'upper')} as upper_bound from counts) "
        f"select *, {m.gap_is_robust('lower_bound', 'upper_bound')} as is_robust from bounded order by row"
    )


def test_without_unknowns_the_bounds_are_the_gap() -> None:
    found = run(bounds("0", "0"))
    assert_equal(found["lower_bound"], found["gap"])
    assert_equal(found["upper_bound"], found["gap"])
    assert (found["is_robust"] == (found["gap"] != 0)).all()


def test_every_allocation_of_the_unknown_lies_within_the_bounds() -> None:
    found = run(bounds("n_most // 20", "n_most // 10"))
    ends = []
    for most in (0, 1):
        x = found["x_most"] + most * found["x_unknown"]
        n = found["n_most"] + most * found["n_unknown"]
        y = found["x_least"] + (1 - most) * found["x_unknown"]
        p = found["n_least"] + (1 - most) * found["n_unknown"]
        ends.append(x / n - y / p)
    assert_equal(found["lower_bound"], found[["gap"]].assign(a=ends[0], b=ends[1]).min(axis=1))
    assert_equal(found["upper_bound"], found[["gap"]].assign(a=ends[0], b=ends[1]).max(axis=1))


def test_a_gap_is_robust_only_when_its_sign_survives() -> None:
    found = run(bounds("n_most", "n_most"))
    same = (found["lower_bound"] > 0) | (found["upper_bound"] < 0)
    assert (found["is_robust"] == same).all()
    assert same.any()
    assert not same.all()


def test_a_gap_without_a_side_has_no_bounds() -> None:
    found = run(f"select {m.gap_bound('3', '0', '1', '5', '1', '1', 'lower')} as bound")
    assert found["bound"].isna().all()

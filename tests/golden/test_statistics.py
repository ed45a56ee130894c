"""The published statistics equal what peers' implementations return, through the product's own macros.

The cases are in `vectors/`: inputs made with a fixed seed, expected values returned by PHEindicatormethods 2.1.0 (OHID)
and statsmodels 0.14.6.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.golden.macros import statistics_macros

VECTORS = Path(__file__).parent / "vectors"
CODES = Path(__file__).resolve().parents[2] / "reference_data" / "codes"
RELATIVE = 1e-9
m = statistics_macros()


def case(name: str) -> tuple[str, pd.DataFrame]:
    """SQL that reads the case's input, and the peer's answer."""
    return f"read_csv('{VECTORS / name}.input.csv')", pd.read_csv(VECTORS / f"{name}.expected.csv")


def run(sql: str) -> pd.DataFrame:
    with duckdb.connect() as connection:
        return connection.execute(sql).df()


def assert_equal(found: pd.Series, expected: pd.Series) -> None:
    """Equal at the tolerance; a missing value must be missing on both sides."""
    pairs = pd.DataFrame({"found": found.astype(float).to_numpy(), "expected": expected.astype(float).to_numpy()})
    assert len(pairs) > 0
    assert (pairs["found"].isna() == pairs["expected"].isna()).all()
    shown = pairs.dropna()
    difference = (shown["found"] - shown["expected"]).abs()
    assert (difference <= RELATIVE * shown["expected"].abs().clip(lower=1e-12)).all(), difference.max()


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


def exact_join(events: str) -> str:
    return f"left join read_csv('{CODES / 'poisson_exact.csv'}') as exact on {events} = exact.events"


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


def dsr(source: str, multiplier: str, bands: int = 19) -> pd.DataFrame:
    """Directly standardised rates by area, with the number of bands that must be there."""
    rate = m.ordered_band_sum(m.dsr_rate_term("count", "pop", "stdpop"), "age_order")
    variance = m.ordered_band_sum(m.dsr_variance_term("count", "pop", "stdpop"), "age_order")
    limits = ", ".join(
        f"case when shown then {multiplier} * {m.dobson_limit('rate', 'variance', 'events', level, side)} end "
        f"as {side}_{level}"
        for level in ("95", "998")
        for side in ("lower", "upper")
    )
    return run(
        f"with input as (select * replace (coalesce(count, 0) as count) from {source}), "
        f"cell as (select area, sum(count)::bigint as events, count(case when pop > 0 then 1 end) as bands, "
        f"{rate} / sum(stdpop)::double as rate, {variance} / (sum(stdpop)::double * sum(stdpop)::double) as variance "
        "from input group by area), "
        f"judged as (select *, {m.dsr_is_evaluable('events', 'bands', bands)} as shown from cell) "
        f"select area, case when shown then {multiplier} * rate end as value, {limits} from judged order by area"
    )


@pytest.mark.parametrize(
    ("name", "multiplier", "bands"),
    [
        ("dsr_p02_60areas_esp2013", "1e5", 19),
        ("dsr_p03_totals_0_9_10_11", "1e3", 19),
        ("dsr_p04_missing_count_empty_bands", "1e5", 19),
        ("dsr_p07_under75", "1e5", 15),
    ],
)
def test_directly_standardised_rates(name: str, multiplier: str, bands: int) -> None:
    source, expected = case(name)
    found = dsr(source, multiplier, bands)
    expected = expected.sort_values("area")
    assert_equal(found["value"], expected["value"])
    for level, peer in (("95", "95_0"), ("998", "99_8")):
        if f"lower{peer}cl" in expected:
            assert_equal(found[f"lower_{level}"], expected[f"lower{peer}cl"])
            assert_equal(found[f"upper_{level}"], expected[f"upper{peer}cl"])
    if "lowercl" in expected:
        level = "998" if name == "dsr_p07_under75" else "95"
        assert_equal(found[f"lower_{level}"], expected["lowercl"])
        assert_equal(found[f"upper_{level}"], expected["uppercl"])


def test_a_missing_age_band_refuses_the_cell_where_the_peer_reweights() -> None:
    source, expected = case("dsr_p05_missing_age_band_row")
    found = dsr(source, "1e5").set_index("area")
    peer = expected.set_index("area")
    assert found.loc["full", "value"] == pytest.approx(peer.loc["full", "value"], rel=RELATIVE)
    assert found["value"].isna()["short18"]
    assert peer["value"].notna()["short18"]


def test_a_band_without_population_refuses_the_cell() -> None:
    source, expected = case("dsr_p06_zero_population_band")
    assert list(expected.columns) == ["peer_error"]
    assert dsr(source, "1e5")["value"].isna().all()


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


def test_no_level_but_the_published_ones() -> None:
    with pytest.raises(ValueError, match="z_score knows levels"):
        m.z_score("90")

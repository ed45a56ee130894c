"""Standardised rates and ratios equal what OHID's PHEindicatormethods 2.1.0 returns; the product's own macros."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.golden.cases import LEVELS, PEER_LEVEL, RELATIVE, SIDES, assert_equal, case, exact_join, run
from tests.golden.cases import macros as m


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


def isr(source: str, reference: float) -> pd.DataFrame:
    """Indirectly standardised ratios times the reference value, and rates per 100,000, by area."""
    expected = m.ordered_band_sum(m.isr_expected_term("pop", "ref_count", "ref_pop"), "age_order")
    rate = m.isr_rate(m.isr_ratio("observed", "expected"), "reference_events", "reference_population")
    columns = [
        "area",
        "expected",
        f"{reference} * ({m.isr_ratio('observed', 'expected')}) as ratio",
        f"1e5 * ({rate}) as rate",
    ]
    for level in LEVELS:
        for side in SIDES:
            limit = m.isr_ratio_limit("observed", "expected", level, side, f"exact.{side}_{level}")
            columns += [
                f"{reference} * ({limit}) as ratio_{side}_{level}",
                f"1e5 * ({m.isr_rate(limit, 'reference_events', 'reference_population')}) as rate_{side}_{level}",
            ]
    return run(
        "with band as (select *, row_number() over (partition by area order by regexp_extract(ageband, '[0-9]+')::int) "
        f"as age_order from {source}), "
        "cell as (select area, sum(observed)::bigint as observed, sum(ref_count)::bigint as reference_events, "
        f"sum(ref_pop)::bigint as reference_population, {expected} as expected from band group by area) "
        f"select {', '.join(columns)} from cell {exact_join('observed')} order by area"
    )


@pytest.mark.parametrize(("name", "measure"), [("isratio_p01", "ratio"), ("israte_p01", "rate")])
def test_indirectly_standardised_ratios_and_rates(name: str, measure: str) -> None:
    source, expected = case(name)
    found = isr(source, 100)
    expected = expected.sort_values("area")
    assert list(found["area"]) == list(expected["area"])
    assert_equal(found["expected"], expected["expected"])
    assert_equal(found[measure], expected["value"])
    for level in LEVELS:
        for side in SIDES:
            assert_equal(found[f"{measure}_{side}_{level}"], expected[f"{side}{PEER_LEVEL[level]}cl"])


def test_a_ratio_without_expected_events_is_null() -> None:
    columns = [m.isr_ratio("3", "expected"), m.isr_ratio_limit("3", "expected", "95", "upper", "8.7")]
    found = run(f"select {', '.join(columns)} from (values (0e0), (null)) as t (expected)")
    assert len(found) == 2
    assert found.isna().all().all()


def repeat_events(source: str) -> pd.DataFrame:
    """Standardised rate and its variance by area from persons by number of events."""
    rate = m.ordered_band_sum(m.dsr_rate_term("events", "pop", "stdpop"), "age_order")
    variance = m.ordered_band_sum(m.dsr_variance_term("squared", "pop", "stdpop"), "age_order")
    return run(
        f"with band as (select area, age_order, pop, stdpop, {m.repeat_events('persons', 'frequency')} as events, "
        f"{m.repeat_events_squared('persons', 'frequency')} as squared from {source} group by all) "
        f"select area, {rate} as rate, {variance} as variance from band group by area order by area"
    )


def test_repeat_events_widen_the_limits_by_the_square_of_their_number() -> None:
    source, _ = case("dsr_p07_under75")
    split = (
        f"(select * exclude (count), count - 2 * (count // 3) as persons, 1 as frequency from {source} "
        f"union all by name select * exclude (count), count // 3 as persons, 2 as frequency from {source})"
    )
    found = repeat_events(split)
    all_once = repeat_events(f"(select *, count as persons, 1 as frequency from {source})")
    parts = [
        repeat_events(f"(select * replace (1 as frequency) from {split} where frequency = {times})") for times in (1, 2)
    ]
    assert_equal(found["rate"], all_once["rate"])
    assert (found["variance"] >= all_once["variance"]).all()
    assert (found["variance"] > all_once["variance"]).any()
    # The definition: sum over f of f^2 times the variance of the persons with f events.
    assert_equal(found["variance"], parts[0]["variance"] + 4 * parts[1]["variance"])

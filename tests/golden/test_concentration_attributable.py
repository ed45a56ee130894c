"""Concentration indices and attributable risk equal WHO's healthequal 1.0.1, the gradient over small areas R's lm."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.golden.cases import SIDES, assert_equal, case, run
from tests.golden.cases import macros as m

WHO = [("who_p01_quintiles_adverse", "false"), ("who_p02_deciles_favourable", "true")]


def concentration(source: str) -> pd.DataFrame:
    sql = m.concentration_index(source, ["area"], '"order"', "population", "estimate")
    return run(f"select * from ({sql}) order by area")


def attributable(source: str, is_favourable: str) -> pd.DataFrame:
    sql = m.attributable_risk(source, ["area"], '"order"', "population", "estimate", "100", is_favourable)
    return run(f"select * from ({sql}) order by area")


@pytest.mark.parametrize("name", [name for name, _ in WHO])
def test_concentration_indices_and_their_errors(name: str) -> None:
    source, expected = case(name)
    found, expected = concentration(source), expected.sort_values("area")
    assert list(found["area"]) == list(expected["area"])
    for measure in ("aci", "rci"):
        assert_equal(found[measure], expected[measure])
        assert_equal(found[f"{measure}_error"], expected[f"{measure}_se"])
        for side in SIDES:
            assert_equal(found[f"{measure}_{side}_95"], expected[f"{measure}_{side}"])


@pytest.mark.parametrize(("name", "is_favourable"), WHO)
def test_attributable_risk_and_fraction(name: str, is_favourable: str) -> None:
    source, expected = case(name)
    found, expected = attributable(source, is_favourable), expected.sort_values("area")
    assert list(found["area"]) == list(expected["area"])
    assert_equal(found["par"], expected["par"])
    assert_equal(found["paf"], expected["paf"])
    for side in SIDES:
        assert_equal(found[f"par_{side}_95"], expected[f"par_{side}"])
        # The peer leaves this error a fraction beside a percentage: its reach is a hundred times too short.
        reach = expected[f"paf_{side}"] - expected["paf"]
        assert_equal(found[f"paf_{side}_95"], expected["paf"] + 100 * reach)


def test_the_attributable_number_is_the_risk_times_the_people() -> None:
    source, _ = case("who_p01_quintiles_adverse")
    found = attributable(source, "false")
    people = run(f"select sum(population) as people from {source} group by area order by area")["people"]
    assert_equal(found["attributable_number"], found["par"] / 100 * people)
    # Nothing to gain where the least deprived are not the better off: zero, which is not missing.
    assert (found["par"] == 0).any()
    assert found["attributable_number"].notna().all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ('case when "order" = 2 then 0 else population end as population', "no_population"),
        ('case when "order" = 2 then null else estimate end as estimate', "not_evaluable"),
        ('least("order", 4) as "order"', "not_evaluable"),
    ],
)
def test_a_group_without_people_or_value_has_no_index(change: str, reason: str) -> None:
    source, _ = case("who_p01_quintiles_adverse")
    changed = f"(select * replace ({change}) from {source})"
    for found in (concentration(changed), attributable(changed, "false")):
        assert (found["value_status"] == reason).all()
        assert found.drop(columns=["area", "value_status"]).isna().all().all()


def test_a_mean_of_zero_has_no_relative_index() -> None:
    source, _ = case("who_p01_quintiles_adverse")
    zero = f"(select * replace (0 as estimate) from {source})"
    found = concentration(zero)
    assert (found["aci"] == 0).all()
    assert found[["rci", "rci_error", "rci_lower_95"]].isna().all().all()
    assert (attributable(zero, "false")["value_status"] == "not_evaluable").all()


def gradient(source: str) -> pd.DataFrame:
    sql = m.absolute_gradient(source, ["icb"], "lsoa", "rank01", "population", "rate")
    return run(f"select * from ({sql}) order by icb")


def test_the_gradient_over_small_areas() -> None:
    source, expected = case("agi_p01")
    found, expected = gradient(source), expected.sort_values("icb")
    assert list(found["icb"]) == list(expected["icb"])
    for column, peer in (
        ("areas", "n"),
        ("intercept", "intercept"),
        ("agi", "agi"),
        ("agi_error", "se"),
        ("agi_lower_95", "lowercl"),
        ("agi_upper_95", "uppercl"),
    ):
        assert_equal(found[column], expected[peer])


def test_two_areas_make_no_gradient() -> None:
    source, _ = case("agi_p01")
    found = gradient(f"(select * from {source} qualify row_number() over (partition by icb order by lsoa) <= 2)")
    assert (found["value_status"] == "not_evaluable").all()
    assert found.drop(columns=["icb", "areas", "value_status"]).isna().all().all()


def test_one_event_moves_the_gradient_by_no_more_than_it_says() -> None:
    """Each area is given an event in turn; the largest move, up or down, is agi_of_event."""
    source, _ = case("agi_p01")
    sql = m.absolute_gradient(source, ["icb"], "lsoa", "rank01", "population", "rate", event="1e5 / population")
    found = run(f"select icb, agi, agi_of_event from ({sql}) order by icb")
    moved = f"""(select given.lsoa as moved, rows.* replace (
        rows.rate + case when rows.lsoa = given.lsoa then 1e5 / rows.population else 0 end as rate
    ) from {source} as rows inner join {source} as given using (icb))"""
    each = m.absolute_gradient(moved, ["icb", "moved"], "lsoa", "rank01", "population", "rate")
    agi = run(f"select icb, agi from ({each})").merge(found, on="icb", suffixes=("_moved", ""))
    largest = (agi["agi_moved"] - agi["agi"]).abs().groupby(agi["icb"]).max()
    assert len(agi) == 463
    assert_equal(found["agi_of_event"], largest)


@pytest.mark.parametrize(
    ("number", "step"),
    [("0.7e0", 1), ("1e0", 1), ("1.01e0", 2), ("2e0", 2), ("3e0", 5), ("5.1e0", 10), ("47.3e0", 50), ("0.02e0", 0.02)],
)
def test_a_step_is_the_next_of_one_two_and_five(number: str, step: float) -> None:
    assert_equal(run(f"select {m.rounding_step(number)} as step")["step"], pd.Series([step], dtype=float))


def test_limits_go_outwards_to_a_step() -> None:
    """And nothing is minus zero."""
    wanted = [
        ("12.4e0", "round", 10.0),
        ("-12.4e0", "floor", -20.0),
        ("12.4e0", "ceil", 20.0),
        ("-0.1e0", "round", 0.0),
    ]
    found = [run(f"select {m.to_step(number, '10e0', how)} as x")["x"].iloc[0] for number, how, _ in wanted]
    assert found == [number for *_, number in wanted]
    assert str(found[-1]) == "0.0"

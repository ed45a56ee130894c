"""What is planted has the size it says: rates, gradients, and draws that follow them."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.sample import rates
from pipeline.sample.deprivation import make_deprivation
from pipeline.sample.geography import make_geography
from pipeline.sample.population import AGE_FROM, BAND, ESP2013, ETHNIC, Population, make_population
from pipeline.sample.rates import Planted, Sampler, decile_factor, ethnic_factor, expected_events
from pipeline.sample.streams import pick, stream


@pytest.fixture(scope="module")
def population() -> Population:
    geography = make_geography(3, 0.05)
    return make_population(3, 0.05, geography, make_deprivation(3, geography))


def test_gradient_runs_from_the_first_to_the_last_decile_by_the_ratio() -> None:
    factor = decile_factor(2.5)
    assert factor[0] / factor[9] == pytest.approx(2.5)
    steps = factor[:-1] / factor[1:]
    assert steps == pytest.approx(np.full(9, steps[0]))
    assert steps[0] > 1


def test_ethnic_factors_reach_their_categories_only() -> None:
    factor = dict(zip(ETHNIC, ethnic_factor({"Black": 1.5}), strict=True))
    assert {code for code, value in factor.items() if value != 1} == set("MNP")


@pytest.mark.parametrize("planted", [rates.STROKE, rates.INFARCTION, rates.COPD, rates.ATTENDANCE, rates.SELF_HARM])
def test_the_standardised_rate_is_the_planted_one(planted: Planted, population: Population) -> None:
    events = expected_events(planted, population).sum(axis=(0, 2, 3))
    persons = population.persons.sum(axis=(0, 2, 3))
    value = weights = 0.0
    for band in {"copd": range(7, 19), "self_harm": range(2, 5)}.get(planted.name, range(19)):
        value += ESP2013[band] * events[band == BAND].sum() / persons[band == BAND].sum()
        weights += ESP2013[band]
    assert value / weights * 1e5 == pytest.approx(planted.per_100k)


@pytest.mark.parametrize("planted", [rates.ASTHMA, rates.TEETH, rates.DIABETES, rates.EPILEPSY])
def test_the_crude_rate_is_the_planted_one_in_its_ages_and_events_exist_beyond(
    planted: Planted, population: Population
) -> None:
    inside = planted.ages[1] >= AGE_FROM
    events = expected_events(planted, population)
    at_risk = population.persons[:, inside].sum()
    assert events[:, inside].sum() / at_risk * 1e5 == pytest.approx(planted.per_100k)
    assert events[:, ~inside].sum() > 0


def test_draws_follow_the_expectation_cell_by_cell() -> None:
    expected = np.array([[[[0.0, 40.0], [400.0, 0.0]]]])
    people = Sampler(expected).draw(stream(1, "draws"), 10.0)
    assert len(people) == pytest.approx(4400, abs=4 * 4400**0.5)
    assert not ((people.sex == 0) & (people.ethnic == 0)).any()
    assert ((people.sex == 0) & (people.ethnic == 1)).sum() == pytest.approx(400, abs=80)


def test_streams_differ_by_name_and_seed_and_repeat() -> None:
    first = stream(1, "a", "b").random(3).tolist()
    assert first == stream(1, "a", "b").random(3).tolist()
    assert first != stream(1, "a", "c").random(3).tolist()
    assert first != stream(2, "a", "b").random(3).tolist()


def test_weights_need_not_sum_to_one() -> None:
    codes = pick(stream(1, "pick"), 4000, {"x": 30, "y": 10, "z": 0})
    assert (codes == "x").mean() == pytest.approx(0.75, abs=0.03)
    assert not (codes == "z").any()

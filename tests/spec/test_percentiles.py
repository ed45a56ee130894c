"""Medians and 92nd percentiles of waits: days waited in, value and limits out.

The run is the one of `test_indicators`. Belongs here: which waits a percentile is of, its limits, what is hidden, what
is not compared, what was planted. Does not belong here: the statistic for itself (tests/golden), who is on the list
(`test_outpatients_and_waiting`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.indicators import load_indicators
from pipeline.sample import generate
from pipeline.settings import Settings
from tests.spec.cases import World, indicators
from tests.spec.test_sample_truth import LIMIT, decile_of, part, waiting
from tests.spec.tiny import Tiny

pytestmark = pytest.mark.slow


@indicators
def median_waits(tiny: Tiny) -> str:
    """In quintile 1 they wait 10, 20 ... 90 days; in quintile 5, 0, 10 ... 90; in quintile 3 seven people wait."""
    place = tiny.place("Medians")
    for decile, waits in ((1, range(10, 91, 10)), (10, range(0, 91, 10)), (5, [1000] * 7)):
        lsoa = tiny.lsoa(place, decile)
        for days in waits:
            tiny.waiting(1, lsoa, days=days)
    most = tiny.lsoa(place, 2)
    tiny.waiting(20, most, days=None)
    tiny.waiting(20, most, days=-1)
    tiny.waiting(20, most, days=1000, waiting_list_type="PLANNED")
    return place.la


def test_ele04_is_the_median_of_days_waited_by_those_with_a_valid_clock_start(other_world: World) -> None:
    """Of nine waits the fifth, between the second and the eighth; of ten the middle of the fifth and the sixth."""
    numbers, la = other_world.numbers, other_world["median_waits"]
    most = numbers.published("ELE04", la, breakdown="imd_quintile", category="1")
    assert (most["value"], most["lower_95"], most["upper_95"], most["unit"]) == (50, 20, 80, "days")
    assert (most["numerator"], most["denominator"]) == (None, 10)  # nine, rounded to five
    least = numbers.published("ELE04", la, breakdown="imd_quintile", category="5")
    # From the second to the ninth.
    assert (least["value"], least["lower_95"], least["upper_95"]) == (45, 10, 80)


def test_ele04_of_few_people_is_hidden(other_world: World) -> None:
    row = other_world.numbers.published("ELE04", other_world["median_waits"], breakdown="imd_quintile", category="3")
    assert (row["value"], row["denominator"], row["value_status"]) == (None, None, "suppressed")


def test_ele04_is_compared_by_two_differences_without_limits(other_world: World) -> None:
    numbers, la = other_world.numbers, other_world["median_waits"]
    gap = numbers.gap("ELE04", la, "imd_quintile_1_and_5", "absolute_gap")
    assert (gap["value"], gap["lower_95"], gap["upper_95"]) == (5, None, None)
    assert "no limits" in gap["method"]
    core20 = numbers.gap("ELE04", la, "core20_and_rest", "absolute_gap")
    assert core20["value"] == 50 - 80  # the rest: of ten waits to 90 days and seven of 1,000, the ninth
    compared = numbers.query(
        "select distinct dimension, measure from publication.pub_indicator_inequality where indicator_id like 'ELE04%'"
    )
    assert sorted(zip(compared["dimension"], compared["measure"], strict=True)) == [
        ("core20_and_rest", "absolute_gap"), ("core20_and_rest", "absolute_gap_within_functions"),
        ("imd_quintile_1_and_5", "absolute_gap"), ("imd_quintile_1_and_5", "absolute_gap_within_functions"),
    ]  # fmt: skip


@indicators
def long_tail(tiny: Tiny) -> tuple[str, str]:
    """A hundred people who wait 1, 2 ... 100 days, and fifty who wait 1, 2 ... 50."""
    found = []
    for people in (100, 50):
        place = tiny.place(f"The longest waits of {people}")
        lsoa = tiny.lsoa(place, 5)
        for days in range(1, people + 1):
            tiny.waiting(1, lsoa, days=days)
        found.append(place.la)
    return found[0], found[1]


def test_ele04_p92_is_the_wait_of_92_in_a_hundred(other_world: World) -> None:
    """The middle of the 92nd and the 93rd, between the 87th and the 98th."""
    row = other_world.numbers.published("ELE04_P92", other_world["long_tail"][0])
    assert (row["value"], row["lower_95"], row["upper_95"]) == (92.5, 87, 98)


def test_ele04_p92_of_so_few_that_it_has_no_upper_limit_is_not_evaluable(other_world: World) -> None:
    """Of fifty the upper limit would be the 51st."""
    row = other_world.numbers.published("ELE04_P92", other_world["long_tail"][1])
    assert (row["value"], row["denominator"], row["value_status"]) == (None, 50, "not_evaluable")
    assert "too few values" in row["status_reason"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("waits"), sample_scale=0.3))


@pytest.mark.parametrize(("indicator", "percent"), [("ELE04", 50), ("ELE04_P92", 92)])
def test_percentiles_of_waits_are_as_planted(indicator: str, percent: int, sample: Path) -> None:
    """Each lies between the waits four standard errors of its rank away; the deprived wait longer."""
    pathways = waiting(sample, decile_of(sample), "2026-09-27")
    pathways = pathways[(pathways["Waiting_List_Type"] == "IRTT") & (pathways["waited"] >= 0)]
    truths = pd.read_csv(sample / "truth.csv", dtype=str, keep_default_na=False)
    # The difference within functions is in `test_within_functions`.
    truths = truths[(truths["indicator_id"] == indicator) & ~truths["measure"].str.endswith("_functions")]
    values = truths[truths["measure"] != "absolute_gap"]
    assert (len(truths), len(values)) == (1 + 10 + 5 + 2 + 5 + 2, 1 + 10 + 5 + 2 + 5)
    found = {}
    for _, row in values.iterrows():
        days = np.sort(part(pathways, row["breakdown"], row["category"])["waited"])
        rank, reach = len(days) * percent / 100, LIMIT * (len(days) * percent * (100 - percent)) ** 0.5 / 100
        lower, upper = days[max(int(rank - reach), 0)], days[min(int(np.ceil(rank + reach)), len(days) - 1)]
        assert lower <= float(row["true_value"]) <= upper, (row["breakdown"], row["category"])
        found[row["breakdown"], row["category"]] = float(row["true_value"])
    gap = truths[(truths["measure"] == "absolute_gap") & (truths["breakdown"] == "imd_quintile")].iloc[0]
    assert (
        float(gap["true_value"])
        == found["imd_quintile", "1"] - found["imd_quintile", "5"]
        > 0.2 * found["total", "all"]
    )


def test_percentiles_are_those_the_model_makes() -> None:
    """int_indicator__percentile reads the waits of ELE04: another percentile would have no value."""
    found = {item.id for item in load_indicators().values() if item.measure_type in ("median", "percentile_92")}
    assert found == {"ELE04", "ELE04_P92"}

"""The difference of median waits within treatment functions: pathways in, a difference beside that of all of them out.

The run is the one of `test_indicators`. Belongs here: what is compared with what, what is left out, where it is
published, what was planted. Does not belong here: medians (`test_percentiles`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.sample import generate
from pipeline.settings import Settings
from tests.spec.cases import World, indicators
from tests.spec.test_sample_truth import LIMIT, decile_of, waiting
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

MEASURE = "absolute_gap_within_functions"
# Function, pathways and days waited in the most deprived fifth, and in the least.
Strata = list[tuple[str | None, tuple[int, int], tuple[int, int]]]
CASE_MIX: Strata = [("110", (30, 100), (10, 100)), ("130", (10, 10), (30, 10))]
WEIGHTED: Strata = [
    ("110", (20, 50), (20, 30)),  # 20 days, 40 pathways
    ("130", (100, 15), (20, 10)),  # 5 days, 120 pathways
    ("140", (9, 900), (20, 10)),  # too few of the most deprived
    ("300", (20, 900), (9, 10)),  # too few of the least deprived
    ("301", (11, 900), (0, 0)),  # nobody to compare with
    (None, (11, 900), (11, 10)),  # function not known
]
MOSTLY_SMALL: Strata = [("110", (10, 50), (10, 30)), ("130", (9, 20), (15, 20))]

FEW: Strata = [("110", (30, 50), (7, 30))]


def add(tiny: Tiny, name: str, strata: Strata) -> Place:
    place = tiny.place(name)
    lsoas = [tiny.lsoa(place, decile) for decile in (1, 10)]
    for function, *sides in strata:
        for lsoa, (count, days) in zip(lsoas, sides, strict=True):
            tiny.waiting(count, lsoa, days=days, treatment_function_code=function)
    return place


@indicators
def waits_of_functions(tiny: Tiny) -> dict[str, Place]:
    tables = {"case mix": CASE_MIX, "weighted": WEIGHTED, "mostly small": MOSTLY_SMALL, "few": FEW}
    return {name: add(tiny, f"Functions, {name}", strata) for name, strata in tables.items()}


def test_ele04_differs_by_case_mix_alone_where_it_does_not_differ_within_functions(other_world: World) -> None:
    numbers, icb = other_world.numbers, other_world["waits_of_functions"]["case mix"].icb
    assert numbers.gap("ELE04", icb, "imd_quintile_1_and_5", "absolute_gap")["value"] == 90
    row = numbers.gap("ELE04", icb, "imd_quintile_1_and_5", MEASURE)
    assert (row["value"], row["unit"], row["value_status"]) == (0, "days", "shown")
    assert "at least 100 % of pathways" in row["method"]


@pytest.mark.parametrize("dimension", ["imd_quintile_1_and_5", "core20_and_rest"])
def test_ele04_within_functions_weighs_by_pathways_and_leaves_small_functions_out(
    other_world: World, dimension: str
) -> None:
    """20 days of 40 pathways and 5 of 120 are 8.75, to a tenth of a day; 160 of 251 pathways are in these."""
    row = other_world.numbers.gap("ELE04", other_world["waits_of_functions"]["weighted"].icb, dimension, MEASURE)
    assert (row["value"], row["lower_95"], row["value_status"]) == (8.8, None, "shown")
    assert "of 10 and more pathways in both" in row["method"] and "at least 60 % of pathways" in row["method"]


def test_ele04_within_functions_that_hold_less_than_half_is_not_evaluable(other_world: World) -> None:
    icb = other_world["waits_of_functions"]["mostly small"].icb
    row = other_world.numbers.gap("ELE04", icb, "imd_quintile_1_and_5", MEASURE)
    assert (row["value"], row["value_status"]) == (None, "not_evaluable")
    assert "%" not in row["method"]


def test_ele04_within_functions_is_hidden_where_the_difference_is(other_world: World) -> None:
    icb = other_world["waits_of_functions"]["few"].icb
    row = other_world.numbers.gap("ELE04", icb, "imd_quintile_1_and_5", MEASURE)
    assert (row["value"], row["value_status"]) == (None, "suppressed")


def test_ele04_within_functions_is_there_for_the_country_regions_and_icbs(other_world: World) -> None:
    areas = other_world.numbers.query(
        "select distinct area_type, indicator_id from publication.pub_indicator_inequality where measure = ?", [MEASURE]
    )
    assert sorted(areas["area_type"]) == ["england", "icb", "region"]
    assert set(areas["indicator_id"]) == {"ELE04"}


def test_the_difference_within_functions_is_as_planted(tmp_path: Path) -> None:
    """Less than that of all pathways, for the deprived are more often in functions that take long."""
    sample = generate(Settings(home=tmp_path))
    decile = decile_of(sample)
    truths = pd.read_csv(sample / "truth.csv", dtype=str).query("indicator_id == 'ELE04'")
    all_together = truths[truths["measure"] == "absolute_gap"].set_index("breakdown")["true_value"].astype(float)
    planted = truths[truths["measure"] == MEASURE].set_index("breakdown")["true_value"].astype(float)
    assert set(planted.index) == {"imd_quintile", "core20"}
    # The list is stationary, and after five months nearly another one: four censuses say more than one.
    censuses = [waiting(sample, decile, day) for day in ("2025-06-29", "2025-11-30", "2026-04-26", "2026-09-27")]
    censuses = [table[(table["Waiting_List_Type"] == "IRTT") & (table["waited"] >= 0)] for table in censuses]
    for breakdown, most, least in (("imd_quintile", 1, 5), ("core20", "core20", "rest")):
        found = np.array([differences(table, breakdown, most, least) for table in censuses])
        within, together, _ = found.mean(axis=0)
        error = (found[:, 2] ** 2).sum() ** 0.5 / len(censuses)
        assert abs(within - planted[breakdown]) / error < LIMIT
        assert 0 < planted[breakdown] < 0.75 * all_together[breakdown]
        # All pathways together would not pass for it.
        assert (together - planted[breakdown]) / error > LIMIT


def differences(table: pd.DataFrame, breakdown: str, most: int | str, least: int | str) -> tuple[float, float, float]:
    """The difference of medians within functions and of all pathways, and the standard error of the first."""
    found = []
    for _, rows in table.groupby("ACTIVITY_TREATMENT_FUNCTION_CODE"):
        sides = [np.sort(rows.loc[rows[breakdown] == side, "waited"]) for side in (most, least)]
        middle = np.median(sides[0]) - np.median(sides[1])
        found.append((len(sides[0]) + len(sides[1]), middle, sum(error_of_median(side) ** 2 for side in sides)))
    weight, difference, variance = np.array(found).T
    together = [table.loc[table[breakdown] == side, "waited"].median() for side in (most, least)]
    error = (weight**2 * variance).sum() ** 0.5 / weight.sum()
    return float(np.average(difference, weights=weight)), float(together[0] - together[1]), float(error)


def error_of_median(days: np.ndarray) -> float:
    """From the distance of the values two standard errors of the middle rank apart."""
    reach = len(days) ** 0.5 / 2
    lower, upper = max(int(len(days) / 2 - reach), 0), min(int(np.ceil(len(days) / 2 + reach)), len(days) - 1)
    return float(days[upper] - days[lower]) / 2

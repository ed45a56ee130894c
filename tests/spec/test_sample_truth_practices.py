"""What was planted by fifth of GP practices comes back: fifths and shares recomputed in plain pandas from the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.sample import generate
from pipeline.sample.fingertips import INDICATORS
from pipeline.settings import Settings

pytestmark = pytest.mark.slow

LIMIT = 4.0  # standard errors


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("practices"), sample_scale=0.1))


@pytest.fixture(scope="module")
def fifth(sample: Path) -> pd.Series[Any]:
    """Fifth of each practice on the list, 1 most deprived, by the mean IMD 2025 score of its patients."""
    imd = pd.read_csv(sample / "reference" / "imd2025_file7.csv").iloc[:, [0, 4]].set_axis(["lsoa", "score"], axis=1)
    patients = pd.read_csv(sample / "landing" / "gp_list_lsoa" / "gp-reg-pat-prac-lsoa-all-2026-04.csv")
    known = patients.merge(imd, left_on="LSOA_CODE", right_on="lsoa")
    assert set(patients["LSOA_CODE"]) - set(known["LSOA_CODE"]) == {"NO2011"}
    weighted = (known["score"] * known["NUMBER_OF_PATIENTS"]).groupby(known["PRACTICE_CODE"]).sum()
    mean = weighted / known.groupby("PRACTICE_CODE")["NUMBER_OF_PATIENTS"].sum()
    assert mean.is_unique and len(mean) == 59
    fifths: pd.Series[Any] = -(-mean.rank(ascending=False) * 5 // len(mean))
    return fifths.astype(int).astype(str)


def shares(table: pd.DataFrame, practice: str, above: str, below: str, fifth: pd.Series[Any]) -> pd.DataFrame:
    """Share of each fifth, of practices on no list and of everybody, per cent, and its standard error."""
    group = table[practice].map(fifth).fillna("unknown")
    sums = table.groupby(group)[[above, below]].sum()
    sums.loc["all"] = sums.sum()
    share = sums[above] / sums[below]
    return pd.DataFrame({"value": 100 * share, "error": 100 * (share * (1 - share) / sums[below]) ** 0.5})


def truths(sample: Path, indicator: str, period_end: str) -> pd.DataFrame:
    table = pd.read_csv(sample / "truth.csv", dtype={"category": str})
    return table[(table["indicator_id"] == indicator) & (table["period_end"] == period_end)]


def assert_as_planted(found: pd.DataFrame, planted: pd.DataFrame, least_gap: float) -> None:
    value = planted[planted["measure"] == "proportion"].set_index("category")["true_value"]
    assert set(value.index) == {"all", "1", "2", "3", "4", "5", "unknown"}
    assert (((found["value"] - value) / found["error"]).abs() < LIMIT).all()
    gap = planted.set_index("measure")["true_value"]
    assert gap["absolute_gap"] == pytest.approx(abs(value["1"] - value["5"])) and gap["absolute_gap"] >= least_gap
    assert gap["relative_gap"] == pytest.approx(max(value["1"] / value["5"], value["5"] / value["1"]))


def test_cvd02_qof_has_the_planted_gradient_by_practice_deprivation(sample: Path, fifth: pd.Series[Any]) -> None:
    table = pd.read_csv(sample / "landing" / "qof" / "QOF_PREVALENCE_2526.csv")
    table = table[table["GROUP_CODE"] == "HYP"]
    found = shares(table, "PRACTICE_CODE", "REGISTER", "PRACTICE_LIST_SIZE", fifth)
    assert_as_planted(found, truths(sample, "CVD02_QOF", "2026-03-31"), least_gap=4)


def test_dig01_has_the_planted_gradient_by_practice_deprivation(sample: Path, fifth: pd.Series[Any]) -> None:
    """Fewer patients of the most deprived practices are registered, and the gap says so with a positive number."""
    table = pd.read_csv(sample / "landing" / "nhs_app" / "nhs_app_2026-08.csv")
    found = shares(table, "practice_code", "p9_registrations", "patients_13_and_over", fifth)
    assert found["value"]["1"] < found["value"]["5"]
    assert_as_planted(found, truths(sample, "DIG01", "2026-08-31"), least_gap=14)


def test_can01_of_each_state_is_as_planted_and_the_states_differ(sample: Path) -> None:
    """The last twelve months of rapid registration, and of the registry."""
    unstaged = {}
    for state, window in (("rcrd", "2024-06_to_2026-05"), ("ncrd", "2023-06_to_2024-05")):
        table = pd.read_csv(sample / "landing" / "rcrd" / f"{state}_{window}.csv")
        last = sorted(table["diagnosis_month"].unique())[-12:]
        cases = table[table["diagnosis_month"].isin(last)].groupby("stage_group")["cases"].sum()
        for indicator, above, below in (
            ("CAN01", cases[["1", "2"]].sum(), cases.drop("unstaged").sum()),
            ("CAN01_UNSTAGED", cases["unstaged"], cases.sum()),
        ):
            share = above / below
            error = (share * (1 - share) / below) ** 0.5
            period_end = str(pd.Period(last[-1], freq="M").end_time.date())
            planted = truths(sample, indicator, period_end)["true_value"].iloc[0]
            assert abs(100 * share - planted) < LIMIT * 100 * error, (indicator, state)
        unstaged[state] = cases["unstaged"] / cases.sum()
    assert unstaged["rcrd"] > 1.5 * unstaged["ncrd"]


@pytest.mark.parametrize(("indicator", "number"), [(item[0], int(item[1])) for item in INDICATORS])
def test_rates_of_fingertips_are_as_planted_and_the_country_is_printed_twice(
    sample: Path, indicator: str, number: int
) -> None:
    table = pd.read_csv(sample / "landing" / "fingertips" / "fingertips_indicators.csv", keep_default_na=False)
    table = table[(table["Time period"] == "2024/25") & (table["Area Type"] == "England")]
    table = table[table["Indicator ID"] == number]
    once = table.drop(columns=["Parent Code", "Parent Name"]).drop_duplicates()
    assert len(table) == 2 * len(once) == 22
    count, people = once["Count"].astype(int), once["Denominator"].astype(int)
    planted = truths(sample, indicator, "2025-03-31")["true_value"].reset_index(drop=True)
    for at in range(11):  # everybody, then deciles from the most deprived
        expected = planted[at] * people.iloc[at] / 1e5
        assert abs(count.iloc[at] - expected) < LIMIT * max(expected, 1) ** 0.5
    # A crude rate of all ages is lower where people are younger, which hides the gradient of what old people have.
    assert (planted[1] > 1.3 * planted[10]) == (indicator not in ("CVD06_FINGERTIPS", "CVD07_FINGERTIPS"))

"""What was planted in the printed figures of the fictional country comes back from its files, in plain pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.sample import generate
from pipeline.sample.published_tables import ADULTS, AUDITS, Audit
from pipeline.settings import Settings

pytestmark = pytest.mark.slow

LIMIT = 4.0  # standard errors
RATES = {"MEN03": ("MHS77", "MHS96"), "MEN03_PEOPLE": ("MHS76", "MHS97")}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("published"), sample_scale=0.1))


def truths(sample: Path, indicator: str) -> dict[tuple[str, str], float]:
    table = pd.read_csv(sample / "truth.csv", dtype={"category": str}).query("indicator_id == @indicator")
    keys = zip(table["breakdown"], table["category"].replace("all", "total"), strict=True)
    return dict(zip(keys, table["true_value"], strict=True))


def copied(sample: Path, feed: str, measure: str) -> pd.DataFrame:
    """Rows of the country in the last period."""
    path = next((sample / "landing" / feed).iterdir())
    table = pd.read_csv(path, dtype={"category": str}).query("measure == @measure")
    found: pd.DataFrame = table[table.iloc[:, 0] == table.iloc[:, 0].max()]
    return found


@pytest.mark.parametrize("audit", [audit for audit in AUDITS if audit.indicator_id != "DIA02"], ids=lambda a: a.measure)
def test_shares_of_audits_are_as_planted(sample: Path, audit: Audit) -> None:
    """By fifth and ethnic group; the most deprived have less, and the gap says so."""
    table = copied(sample, "national_audit", audit.measure).query("area_type == 'england'")
    planted = truths(sample, audit.indicator_id)
    assert len(table) == 1 + 5 + 5
    for _, row in table[table["denominator"] > 0].iterrows():
        true = planted[row["breakdown"], row["category"]] / 100
        error = (true * (1 - true) / row["denominator"]) ** 0.5
        assert abs(row["numerator"] / row["denominator"] - true) < LIMIT * error
    assert planted["imd_quintile", "1_vs_5"] > 5


def test_dia02_of_the_most_deprived_fifth_is_below_one(sample: Path) -> None:
    table = copied(sample, "national_audit", "nda_education_referred_type2").set_index("category")
    ratio = table["numerator"] / table["denominator"] / (table["numerator"].sum() / table["denominator"].sum())
    planted = truths(sample, "DIA02")
    assert planted["imd_quintile", "1"] < 0.9 and planted["imd_quintile", "5"] > 1.1
    for fifth in "12345":
        error = ratio[fifth] / table["numerator"][fifth] ** 0.5
        assert abs(ratio[fifth] - planted["imd_quintile", fifth]) < LIMIT * error


def test_lda02_is_twice_as_high_in_the_most_deprived_icb(sample: Path) -> None:
    table = copied(sample, "lda_inpatient", "adults_in_hospital")
    country = table[table["area_type"] == "england"].iloc[0]
    expected = truths(sample, "LDA02")["total", "total"] * country["denominator"] / 1e6
    assert abs(country["numerator"] - expected) < LIMIT * expected**0.5
    assert table[table["area_type"] == "icb"]["numerator"].sum() == country["numerator"]
    assert ADULTS[0] == 2 * ADULTS[1]


@pytest.mark.parametrize("indicator", sorted(RATES))
def test_men03_by_ethnic_group_is_as_planted_within_its_rounding(sample: Path, indicator: str) -> None:
    path = next((sample / "landing" / "mhsds_restrictive").glob("*_JulPrv_2026.csv"))
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    printed = table[table["BREAKDOWN"].isin(["England", "England; Upper Ethnicity"])]
    count, rate = (printed[printed["METRIC"] == metric] for metric in RATES[indicator])
    planted = truths(sample, indicator)
    names = {"Asian or Asian British": "Asian", "Black or Black British": "Black", "Other Ethnic Groups": "Other"}
    seen = set()
    for name, events, value in zip(
        count["LEVEL_TWO_DESCRIPTION"], count["METRIC_VALUE"], rate["METRIC_VALUE"], strict=True
    ):
        key = ("total", "total") if name == "NONE" else ("ethnic_group_5", names.get(name, name))
        if key in planted:
            assert abs(int(value) - planted[key]) < 0.5 + LIMIT * planted[key] / int(events) ** 0.5
            seen.add(key)
    assert seen == set(planted)

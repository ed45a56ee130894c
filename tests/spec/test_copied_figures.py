"""Figures of printed publications: restrictive interventions, adults in hospital, national audits."""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

MONTH, MONTH_END = "2026-02", "2026-02-28"
YEAR = "FY2024-25"


def restrictive(tiny: Tiny, breakdown: str, area: str, group: str, name: str, **figures: str) -> None:
    for metric, value in figures.items():
        tiny.row(
            "mhsds_restrictive", MONTH, breakdown=breakdown, level_one=area, level_one_name=f"Name of {area}",
            level_two=group, level_two_name=name, metric=metric, metric_value=value,
        )  # fmt: skip


@indicators
def restrictive_interventions(tiny: Tiny) -> None:
    """England, two ethnic groups, one whose figures are hidden, two kinds of unknown; a provider; a row not ours."""
    restrictive(tiny, "England", "England", "NONE", "NONE", MHS76="1000", MHS77="4000", MHS96="20", MHS97="6")
    ethnic = "England; Upper Ethnicity"
    restrictive(tiny, ethnic, "England", "1", "White", MHS76="600", MHS77="1500", MHS96="15", MHS97="5")
    restrictive(
        tiny, ethnic, "England", "4", "Black or Black British", MHS76="300", MHS77="2400", MHS96="30", MHS97="8"
    )
    restrictive(tiny, ethnic, "England", "2", "Mixed", MHS76="*", MHS77="*", MHS96="*", MHS97="*")
    restrictive(tiny, ethnic, "England", "6", "Not Stated", MHS77="60", MHS96="10")
    restrictive(tiny, ethnic, "England", "7", "Not Known", MHS77="40", MHS96="12")
    restrictive(tiny, "Provider", "RAA", "NONE", "NONE", MHS76="10", MHS77="25", MHS96="5", MHS97="2")
    restrictive(tiny, "England; Restrictive Intervention Type", "England", "01", "Seclusion", MHS77="100", MHS96="1")


def test_men03_is_the_printed_rate_with_the_uncertainty_of_the_printed_count(other_world: World) -> None:
    """1,500 interventions among White people and 2,400 among Black people: 15 and 30 per 1,000 occupied bed days."""
    rows = other_world.numbers.query("""
        select category, numerator, denominator, value, lower_95, upper_95, value_status
        from publication.pub_indicator_value where indicator_id = 'MEN03' and area_type = 'england'""")
    rows = rows.set_index("category")
    assert set(rows.index) == {"total", "White", "Mixed", "Black", "unknown"}
    assert rows.loc[["total", "White", "Black"], "value"].tolist() == [20, 15, 30]
    assert rows["denominator"].isna().all()  # bed days are not printed
    # Byar's limits of 1,500 are 1425.03 to 1577.89; scaled by 15 / 1,500.
    limits = rows["lower_95"]["White"], rows["upper_95"]["White"]
    assert limits == pytest.approx((14.2503, 15.7789), abs=1e-3)
    assert rows.loc["Mixed", "value_status"] == "not_submitted"
    # Two kinds of unknown are one group: counts add up, rates do not.
    assert rows.loc["unknown", "numerator"] == 100 and rows.loc["unknown", "value_status"] == "not_submitted"


def test_men03_is_twice_as_high_among_black_people_as_among_white_people(other_world: World) -> None:
    gaps = other_world.numbers.query("""
        select measure, value, lower_95, upper_95 from publication.pub_indicator_inequality
        where indicator_id = 'MEN03' and area_type = 'england' and dimension = 'ethnic_group_5_black_and_white'""")
    found = dict(zip(gaps["measure"], gaps["value"], strict=True))
    assert found == {"absolute_gap": 15, "relative_gap": 2}
    error = 1.959964 * (1 / 2400 + 1 / 1500) ** 0.5
    assert gaps.set_index("measure").loc["relative_gap", "upper_95"] == pytest.approx(2 * 2.718281828**error, rel=1e-5)


def test_men03_people_of_a_provider_are_a_share_of_people_in_hospital(other_world: World) -> None:
    row = other_world.numbers.published("MEN03_PEOPLE", "RAA")
    assert (row["numerator"], row["value"], row["unit"]) == (10, 2, "%")
    assert other_world.numbers.published("MEN03", "RAA")["area_name"] == "Name of RAA"


def copied(tiny: Tiny, feed: str, period: str, measure: str, area: tuple[str, str], *pair: int, **cells: str) -> None:
    numerator, denominator = pair if pair else (None, None)
    usual = {"area_type": area[0], "area_code": area[1], "breakdown": "total", "category": "total"}
    column = "month" if feed == "lda_inpatient" else "financial_year"
    tiny.row(
        feed, period, **{column: period}, measure=measure, numerator=None if numerator is None else str(numerator),
        denominator=None if denominator is None else str(denominator), **{**usual, **cells},
    )  # fmt: skip


@indicators
def audits_and_adults(tiny: Tiny) -> Place:
    """CGM by fifth, one fifth hidden; nurses of a cohort; referrals of fifths 1 and 5, and adults in hospital."""
    place = tiny.place("Audits")
    tiny.lsoa(place, 5)
    england = ("england", "E92000001")
    for measure in ("npda_rtcgm", "epilepsy12_esn"):
        copied(tiny, "national_audit", YEAR, measure, england, 450, 1000)
    copied(tiny, "national_audit", YEAR, "npda_type2_all_processes", england, 30, 60)
    copied(tiny, "national_audit", YEAR, "epilepsy12_esn_lda", england, 20, 80)
    copied(tiny, "national_audit", YEAR, "npda_rtcgm", ("icb", place.icb), 30, 50)
    for fifth, pair in (("1", (40, 100)), ("3", ()), ("5", (60, 100))):
        copied(
            tiny, "national_audit", YEAR, "npda_rtcgm", england, *pair, breakdown="imd_quintile", imd_edition="2019",
            category=fifth,
        )  # fmt: skip
    for fifth, referred, people in (("1", 50, 2000), ("5", 150, 3000), ("unknown", 7, 90)):
        copied(
            tiny, "national_audit", YEAR, "nda_education_referred_type2", england, referred, people,
            breakdown="imd_quintile", imd_edition="2019", category=fifth,
        )  # fmt: skip
    copied(tiny, "lda_inpatient", MONTH, "adults_in_hospital", england, 100, 2_000_000)
    copied(tiny, "lda_inpatient", MONTH, "adults_in_hospital", ("icb", place.icb), 4, 50_000)
    return place


def test_cyd02_is_a_share_of_copied_counts_and_a_hidden_count_is_missing(other_world: World) -> None:
    numbers, place = other_world.numbers, other_world["audits_and_adults"]
    row = numbers.published("CYD02")
    assert (row["value"], str(row["period_end"])[:10], row["release_state"]) == (45, "2025-03-31", "final")
    assert numbers.published("CYD02", place.icb)["value"] == 60
    hidden = numbers.published("CYD02", breakdown="imd_quintile", category="3", imd_edition="2019")
    assert (hidden["value"], hidden["value_status"]) == (None, "not_submitted")
    assert numbers.published("CYD02", breakdown="imd_quintile", category="1", imd_edition="2019")["value"] == 40
    assert numbers.published("CYD02_PUMP")["value_status"] == "not_submitted"  # a year of other measures alone


def test_epi01_is_of_the_cohort_that_ends_in_the_financial_year(other_world: World) -> None:
    row = other_world.numbers.published("EPI01", period_type="cohort_year")
    assert (str(row["period_start"])[:10], str(row["period_end"])[:10]) == ("2023-12-01", "2024-11-30")
    assert row["value"] == 45


def test_cyd02_t2_and_epi01_lda_are_measures_of_their_own(other_world: World) -> None:
    """30 of 60 children with type 2 diabetes, 20 of 80 with a learning disability or autism."""
    assert other_world.numbers.published("CYD02_T2")["value"] == 50
    assert other_world.numbers.published("EPI01_LDA", period_type="cohort_year")["value"] == 25


def test_dia02_is_the_share_of_referrals_over_the_share_of_people_with_type_2(other_world: World) -> None:
    """50 of 200 referrals, but 2,000 of 5,000 people: 0.25 over 0.40. Whose fifth is unknown is in neither share."""
    rows = other_world.numbers.query("""
        select category, value, lower_95, upper_95, value_status
        from publication.pub_indicator_value where indicator_id = 'DIA02' and breakdown = 'imd_quintile'""")
    rows = rows.set_index("category")
    assert rows.loc["1", "value"] == pytest.approx(0.25 / 0.4)
    assert rows.loc["5", "value"] == pytest.approx(0.75 / 0.6)
    error = 1.959964 * (1 / 50 - 1 / 200 + 1 / 2000 - 1 / 5000) ** 0.5
    assert rows.loc["1", "lower_95"] == pytest.approx(0.625 / 2.718281828**error, rel=1e-5)
    assert rows.loc["unknown", "value_status"] == "not_submitted" and rows["value"].isna().to_dict()["unknown"]


def test_lda02_is_per_million_adults_at_month_end(other_world: World) -> None:
    numbers, place = other_world.numbers, other_world["audits_and_adults"]
    row = numbers.published("LDA02")
    assert (row["value"], row["period_type"], str(row["period_end"])[:10]) == (50, "month_end", MONTH_END)
    few = numbers.published("LDA02", place.icb)
    # Below ten the limits are exact: 1.0899 to 10.2416 for a count of 4.
    assert (few["value"], few["lower_95"], few["upper_95"]) == pytest.approx((80, 21.798, 204.831), abs=1e-2)

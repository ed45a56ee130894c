"""Fingertips exports: values and limits as printed, and each cell once however often the file lists it."""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

YEAR, YEAR_END = "FY2023-24", "2024-03-31"
OTHER_YEAR, OTHER_YEAR_END = "FY2022-23", "2023-03-31"
DECILES = "LSOA11 deprivation deciles in England (IMD2019)"


def printed(tiny: Tiny, area: str, value: str | None, year: str = YEAR, **cells: str | None) -> None:
    usual = {
        "fingertips_id": "90810", "area_code": area, "area_name": f"Name of {area}", "sex": "Persons", "age": "<19 yrs",
        "value": value, "lower_95": "90.5", "upper_95": "150.25", "numerator": "1200.0", "denominator": "1000000",
    }  # fmt: skip
    tiny.row("fingertips", year, **{**usual, **cells})


OTHERS = (
    ("RES01_FINGERTIPS", "92302", "35+ yrs"),
    ("CVD06_FINGERTIPS", "93231", "All ages"),
    ("CVD07_FINGERTIPS", "93232", "All ages"),
    ("CYD01_FINGERTIPS", "92622", "<19 yrs"),
    ("EPI02_FINGERTIPS", "92623", "<19 yrs"),
    ("CMH02_FINGERTIPS", "90813", "10-24 yrs"),
)


@indicators
def other_numbers_of_fingertips(tiny: Tiny) -> None:
    """England by each number and its ages, and by ages that are not ours."""
    for at, (_, number, ages) in enumerate(OTHERS):
        printed(tiny, "E92000001", f"{100 + at}.5", fingertips_id=number, age=ages)
        printed(tiny, "E92000001", "140", fingertips_id=number, age="65+ yrs")


@pytest.mark.parametrize(("indicator", "value"), [(item[0], 100.5 + at) for at, item in enumerate(OTHERS)])
def test_res01_cvd06_cvd07_cyd01_epi02_cmh02_of_fingertips_are_those_of_their_number_and_ages(
    other_world: World, indicator: str, value: float
) -> None:
    row = other_world.numbers.published(indicator)
    assert (row["value"], row["lower_95"], row["upper_95"]) == (value, 90.5, 150.25)


@indicators
def fingertips(tiny: Tiny) -> Place:
    """England under two parents, an ICB, and rows that are not ours; and a year in which England is printed twice."""
    place = tiny.place("Fingertips")
    tiny.lsoa(place, 5)
    for parent in (None, "E92000001"):
        printed(tiny, "E92000001", "120.125", parent_code=parent)
        for name, value in (("Most", "200"), ("Least", "80")):
            category = f"{name} deprived decile (IMD2019)"
            printed(tiny, "E92000001", value, parent_code=parent, category_type=DECILES, category=category)
    printed(tiny, place.icb, "99.5", parent_code="E92000001")
    printed(tiny, "E10000003", None, lower_95=None, upper_95=None, numerator=None, value_note="Value suppressed")
    printed(tiny, "E06000001", "70", lower_95=None, upper_95=None)
    printed(tiny, "E92000001", "130", sex="Male")
    printed(tiny, "E92000001", "60", age="10-18 yrs")
    printed(tiny, "E92000001", "70", fingertips_id="90811")
    within = "LSOA21 deprivation deciles within area (IMD trend)"
    printed(tiny, place.icb, "300", category_type=within, category="Most deprived decile")
    printed(tiny, "E92000001", "100", OTHER_YEAR, fingertips_id="90811")
    for parent, value in (("E92000001", "55"), ("E40000003", "56")):
        printed(tiny, "E06000002", value, OTHER_YEAR, parent_code=parent, fingertips_id="90811")
    return place


def test_ast01_fingertips_of_england_counts_once_though_it_is_printed_under_two_parents(other_world: World) -> None:
    """Values, limits and counts are those printed, nothing is summed."""
    row = other_world.numbers.published("AST01_FINGERTIPS")
    assert (row["numerator"], row["denominator"]) == (1200, 1_000_000)
    assert (row["value"], row["lower_95"], row["upper_95"]) == (120.125, 90.5, 150.25)
    assert str(row["period_end"])[:10] == YEAR_END and row["organisation_edition"] == "as_published"
    rows = other_world.numbers.query(f"""
        select area_code, breakdown, category, count(*) as times from publication.pub_indicator_value
        where indicator_id = 'AST01_FINGERTIPS' and period_end = '{YEAR_END}' group by all""")
    assert set(rows["times"]) == {1} and len(rows) == 6


def test_ast01_fingertips_shows_national_deciles_and_no_other_category(other_world: World) -> None:
    place = other_world["fingertips"]
    deciles = other_world.numbers.query("""
        select category, imd_edition, value from publication.pub_indicator_value
        where indicator_id = 'AST01_FINGERTIPS' and breakdown = 'imd_decile' order by cast(category as integer)""")
    assert deciles.values.tolist() == [["1", "2019", 200], ["10", "2019", 80]]
    assert other_world.numbers.published("AST01_FINGERTIPS", place.icb)["value"] == 99.5


@pytest.mark.parametrize("area", ["E10000003", "E06000001"])
def test_ast01_fingertips_without_a_value_or_its_limits_says_so(other_world: World, area: str) -> None:
    row = other_world.numbers.published("AST01_FINGERTIPS", area)
    assert (row["value"], row["value_status"], bool(row["status_reason"])) == (None, "not_submitted", True)


def test_a_year_without_ast01_fingertips_is_missing_with_a_reason(other_world: World) -> None:
    """The export of that year holds another indicator alone."""
    row = other_world.numbers.published("AST01_FINGERTIPS", period_end=OTHER_YEAR_END)
    assert (row["value"], row["value_status"]) == (None, "not_submitted")


def test_two_values_of_one_area_are_a_fault_and_neither_is_picked(other_world: World) -> None:
    """Repeated rows are no fault; the policy holds the night for one that differs."""
    rows = other_world.numbers.query("""
        select period, violated, expected from quality.quality_feed_measure
        where feed = 'fingertips' and rule_id = 'control_total' order by period""")
    assert rows.values.tolist() == [[OTHER_YEAR, 1, 2], [YEAR, 0, 22]]
    printed = other_world.numbers.query(
        "select value from staging.stg_fingertips__values where area_code = 'E06000002' order by 1"
    )
    assert printed["value"].tolist() == [55, 56]

"""Deprivation of practices: fifths by the mean IMD score of who is registered, and figures of practices by them.

The score of an LSOA is 100 in decile 1, 90 in decile 2 and so on to 10 in decile 10.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, domain_rules, indicators
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

YEAR, YEAR_END = "FY2022-23", "2023-03-31"
LIST, OLDER_LIST = "2023-01", "2022-07"
# Practice -> patients in an LSOA of decile 1 and in one of decile 10. D00004 and D00005 have the same score.
LISTS = {
    "D00001": (100, 0), "D00002": (300, 100), "D00003": (70, 30), "D00004": (60, 40), "D00005": (6, 4),
    "D00006": (50, 50), "D00007": (40, 60), "D00008": (30, 70), "D00010": (0, 100),
}  # fmt: skip
# The tenth practice, D00009, has a list and sends no figures.
FIFTHS = {
    "1": ("D00001", "D00002"), "2": ("D00003", "D00004"), "3": ("D00005", "D00006"), "4": ("D00007", "D00008"),
    "5": ("D00010",),
}  # fmt: skip


def listed(tiny: Tiny, practice: str, patients: dict[str, int], period: str = LIST) -> None:
    for lsoa, count in patients.items():
        tiny.row("gp_list_lsoa", period, practice_code=practice, lsoa_code=lsoa, patients=str(count))


def register(tiny: Tiny, practice: str, with_hypertension: int, people: int, sub_icb: str) -> None:
    tiny.row("qof_practice", YEAR, practice_code=practice, ccg_ods_code=sub_icb)
    tiny.row(
        "qof", YEAR, practice_code=practice, group_code="HYP", patient_list_type="TOTAL",
        register=str(with_hypertension), practice_list_size=str(people),
    )  # fmt: skip


@indicators
def practices_of_every_fifth(tiny: Tiny) -> Place:
    """Ten practices on the list of January 2023; the list of half a year before has them the other way round."""
    place = tiny.place("Practices")
    most, least = tiny.lsoa(place, 1), tiny.lsoa(place, 10)
    for practice, (in_most, in_least) in LISTS.items():
        listed(tiny, practice, {most: in_most, least: in_least})
        listed(tiny, practice, {most: in_least, least: in_most}, OLDER_LIST)
        register(tiny, practice, 20 - int(practice[1:]), 100, place.sub_icb_ods)
    # A code of 2011 that was split, more people in the second part; and people in Wales.
    parent, (smaller, larger) = tiny.split_lsoa(place, decile_2019=2, deciles_2025=(5, 8))
    tiny.people(smaller, 5)
    tiny.people(larger, 10)
    listed(tiny, "D00009", {parent: 10, "W01000001": 10})
    return place


@indicators
def practices_of_no_fifth(tiny: Tiny) -> Place:
    """One on no list, and one of whose patients fewer than half have an LSOA that is known."""
    place = tiny.place("Practices not ranked")
    listed(tiny, "D00021", {tiny.lsoa(place, 1): 49, "NO2011": 51})
    for practice in ("D00020", "D00021"):
        register(tiny, practice, 30, 200, place.sub_icb_ods)
    return place


@domain_rules
def practice_on_a_split_lsoa(tiny: Tiny) -> None:
    """With both editions: all patients on a code of 2011 that was split, but for those in Wales."""
    place = tiny.place("Practice on a split LSOA")
    parent, (smaller, larger) = tiny.split_lsoa(place, decile_2019=2, deciles_2025=(5, 8))
    tiny.people(smaller, 5)
    tiny.people(larger, 10)
    listed(tiny, "D00009", {parent: 10, "W01000001": 10})
    register(tiny, "D00009", 1, 10, place.sub_icb_ods)


@indicators
def app_of_two_practices(tiny: Tiny) -> Place:
    """In the month of the list: a practice of the most deprived fifth and one of the least, and one on no list."""
    place = tiny.place("NHS App")
    tiny.lsoa(place, 5)
    for practice, registered, sub_icb in (
        ("D00001", 40, place.sub_icb_ods),
        ("D00010", 70, place.sub_icb_ods),
        ("D00020", 5, place.sub_icb_ods),
        ("D00022", 1, "9ZZ"),
    ):
        tiny.row(
            "nhs_app", LIST, month="2023-01-31", practice_code=practice, practice_name=f"Dr {practice}",
            sub_icb_ods_code=sub_icb, patients_13_and_over="100", p9_registrations=str(registered),
        )  # fmt: skip
    return place


def scores(world: World, edition: int) -> dict[str, float]:
    rows = world.numbers.query(f"""
        select practice_code, mean_imd_score from intermediate.int_practice__quintile
        where feed = 'qof' and source_period = '{YEAR}' and imd_edition = {edition} order by 1""")
    return dict(rows.itertuples(index=False, name=None))


def fifths(world: World, area: str) -> dict[str, tuple[int, int]]:
    wanted = {"imd_edition": "2025", "period_end": YEAR_END}
    return world.numbers.groups("CVD02_QOF", area, "practice_imd_quintile", **wanted)


def test_the_score_of_a_practice_is_the_mean_over_its_patients(other_world: World) -> None:
    """300 patients in decile 1 and 100 in decile 10 are 77.5, and not the mean of two LSOAs."""
    found = scores(other_world, 2025)
    assert found["D00002"] == pytest.approx((300 * 100 + 100 * 10) / 400)
    assert (found["D00001"], found["D00010"]) == (100, 10)


def test_a_list_of_2011_codes_has_scores_of_both_editions(world: World) -> None:
    """The code that was split has its own score of 2019, and of 2025 that of the part with most people. Patients who
    live in Wales have neither and do not count."""
    assert scores(world, 2019) == {"D00009": 90}
    assert scores(world, 2025) == {"D00009": 30}


def test_cvd02_qof_by_practice_deprivation_is_in_fifths_of_equal_numbers_of_practices(other_world: World) -> None:
    """Whatever their size, and of the list nearest to the end of the year. Of two practices with one score the lower
    code is the more deprived; a practice without figures still takes its place."""
    place = other_world["practices_of_every_fifth"]
    wanted = {fifth: (sum(20 - int(code[1:]) for code in codes), 100 * len(codes)) for fifth, codes in FIFTHS.items()}
    for area in (place.sub_icb, place.icb):
        assert fifths(other_world, area) == wanted
    row = other_world.numbers.published(
        "CVD02_QOF", place.icb, breakdown="practice_imd_quintile", category="1", imd_edition="2025", period_end=YEAR_END
    )
    assert (row["numerator"], row["denominator"], row["value"]) == (37, 200, 18.5)


def test_cvd02_qof_by_practice_deprivation_keeps_every_practice(other_world: World) -> None:
    """A practice on no list, or with a score for fewer than half of its list, is in the unknown group."""
    assert fifths(other_world, other_world["practices_of_no_fifth"].icb) == {"unknown": (60, 400)}
    england = fifths(other_world, "england")
    assert set(england) == {"1", "2", "3", "4", "5", "unknown"} and england["unknown"] == (60, 400)
    total = other_world.numbers.counts("CVD02_QOF", period_end=YEAR_END)
    assert total == (sum(above for above, _ in england.values()), sum(below for _, below in england.values()))


def test_the_deprivation_of_practices_is_not_that_of_residents(other_world: World) -> None:
    """It is a breakdown of its own, and so is its gap; CVD02_QOF has none by where people live."""
    rows = other_world.numbers.query(
        "select distinct breakdown from publication.pub_indicator_value where indicator_id = 'CVD02_QOF' order by 1"
    )
    assert rows["breakdown"].tolist() == ["practice_imd_quintile", "total"]
    gap = other_world.numbers.query(f"""
        select value, value_status from publication.pub_indicator_inequality
        where indicator_id = 'CVD02_QOF' and dimension = 'practice_imd_quintile_1_and_5' and measure = 'absolute_gap'
            and imd_edition = '2025' and area_type = 'england' and period_end = '{YEAR_END}'""")
    assert gap.values.tolist() == [[pytest.approx(18.5 - 10), "shown"]]


def test_figures_without_a_list_within_two_years_have_no_practice_deprivation(other_world: World) -> None:
    rows = other_world.numbers.query("""
        select distinct period_end from publication.pub_indicator_value
        where indicator_id = 'CVD02_QOF' and breakdown = 'practice_imd_quintile'""")
    # 31 March 2024 is 455 days after the list, 31 March 2025 is 820.
    assert sorted(str(day)[:10] for day in rows["period_end"]) == [YEAR_END, "2024-03-31"]


def test_dig01_is_p9_logins_of_patients_of_13_and_over_by_practice_deprivation(other_world: World) -> None:
    numbers, place = other_world.numbers, other_world["app_of_two_practices"]
    assert numbers.groups("DIG01", place.sub_icb, "practice_imd_quintile", imd_edition="2025") == {
        "1": (40, 100), "5": (70, 100), "unknown": (5, 100),
    }  # fmt: skip
    row = numbers.published("DIG01", place.icb)
    assert (row["numerator"], row["denominator"]) == (115, 300)
    assert numbers.counts("DIG01") == (116, 400) and numbers.counts("DIG01", "no_icb") == (1, 100)
    practice = numbers.published("DIG01", "D00010")
    assert (practice["area_type"], practice["area_name"], practice["value"]) == ("practice", "Dr D00010", 70)


def test_dig01_gap_is_positive_where_the_most_deprived_practices_are_registered_less(other_world: World) -> None:
    gap = other_world.numbers.query("""
        select value, method from publication.pub_indicator_inequality where indicator_id = 'DIG01'
            and dimension = 'practice_imd_quintile_1_and_5' and measure = 'absolute_gap' and area_type = 'england'""")
    assert gap["value"].tolist() == [pytest.approx(70 - 40)]


def test_dig01_is_published_with_the_words_practice_weighted(other_world: World) -> None:
    rows = other_world.numbers.query("""
        select indicator_id from publication.pub_indicator
        where method like '%practice-weighted (ecological)%' order by 1""")
    assert rows["indicator_id"].tolist() == ["CVD02_QOF", "DIG01"]

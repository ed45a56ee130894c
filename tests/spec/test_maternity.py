"""Births and pregnancies, a few rows in, numerator and denominator out, with the edge that matters.

In the tables, the number of records of each line is a different power of two, so a wrong line shows in the sum. The run
is the one of `test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.services import BABY, PREGNANCY
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

Line = tuple[bool, dict[str, str | None]]


def total(lines: list[Line], only_counted: bool = True) -> int:
    return sum(2**at for at, (is_counted, _) in enumerate(lines) if is_counted or not only_counted)


# Live babies with a known gestation: whether they are preterm.
BABIES: list[Line] = [
    (True, {"gestation_days": "168"}),  # 24+0
    (True, {"gestation_days": "258"}),  # 36+6
    (True, {"gestation_days": "258", "pregnancy_outcome_code": "1"}),  # written without the leading zero
    (False, {"gestation_days": "259"}),  # 37+0
    (False, {"gestation_days": "300"}),  # 42+6
]
NOT_COUNTED: list[dict[str, str | None]] = [
    {"gestation_days": "167"},  # 23+6
    {"gestation_days": "301"},  # 43+0
    {"gestation_days": None},
    {"gestation_days": "200", "pregnancy_outcome_code": "02"},
    {"gestation_days": "200", "pregnancy_outcome_code": None},
]


@indicators
def births(tiny: Tiny) -> str:
    place = tiny.place("MAT02")
    lsoa = tiny.lsoa(place, 1)
    for at, (_, cells) in enumerate(BABIES):
        tiny.records("msds_birth", 2**at, lsoa, MONTH, **cells)
    for cells in NOT_COUNTED:
        tiny.records("msds_birth", 1000, lsoa, MONTH, **cells)
    # Twins, and a number of babies that was not sent, in the first of the twelve months.
    for count, babies in ((100, "2"), (200, None)):
        tiny.records("msds_birth", count, lsoa, MONTHS[0], gestation_days="240", births_in_delivery=babies)
    return place.la


def test_mat02_is_24_to_36_weeks_of_live_births_at_24_to_42_weeks_over_twelve_months(other_world: World) -> None:
    """24+0 and 36+6 are preterm, 37+0 and 42+6 are not; 23+6, 43+0 and an unknown gestation are left out."""
    la = other_world["births"]
    counted, everyone = total(BABIES), total(BABIES, only_counted=False)
    assert other_world.numbers.counts("MAT02", la) == (300 + counted, 300 + everyone)


def test_mat02_singleton_is_about_babies_born_alone(other_world: World) -> None:
    la = other_world["births"]
    assert other_world.numbers.counts("MAT02_SINGLETON", la) == (total(BABIES), total(BABIES, only_counted=False))


# Mothers whose smoking status at delivery is known: whether they smoke.
MOTHERS: list[Line] = [
    (True, {"smoking_status_at_delivery": "Smoker"}),
    (True, {"smoking_status_at_delivery": "smoker", "pregnancy_outcome_code": "4"}),  # a stillbirth
    (True, {"smoking_status_at_delivery": "SMOKER", "gestation_days": None}),
    (False, {"smoking_status_at_delivery": "Non-Smoker / Ex-Smoker"}),
    (False, {"smoking_status_at_delivery": "Non-Smoker / Ex-Smoker", "pregnancy_outcome_code": "02"}),
]
NO_MOTHERS: list[dict[str, str | None]] = [
    {"smoking_status_at_delivery": None},
    {"smoking_status_at_delivery": "Missing Value"},
    {"smoking_status_at_delivery": "Smoker", "pregnancy_outcome_code": "05"},  # no birth
    {"smoking_status_at_delivery": "Smoker", "pregnancy_outcome_code": None},
]


@indicators
def mothers(tiny: Tiny) -> dict[str, str]:
    place, many = tiny.place("SMO01 at delivery"), tiny.place("Twins")
    lsoa, home = tiny.lsoa(place, 1), tiny.lsoa(many, 1)
    for at, (_, cells) in enumerate(MOTHERS):
        tiny.records("msds_birth", 2**at, lsoa, MONTH, **cells)
    for cells in NO_MOTHERS:
        tiny.records("msds_birth", 1000, lsoa, MONTH, **cells)
    # Triplets of one woman, whose first baby was born in a pregnancy without outcome; and the same woman elsewhere.
    smokes = {"smoking_status_at_delivery": "Smoker", "person_id": "a mother of three"}
    tiny.records("msds_birth", 1, home, MONTH, **smokes, birth_date="2026-03-18", pregnancy_outcome_code=None)
    tiny.records("msds_birth", 3, home, MONTH, **smokes, births_in_delivery="3")
    tiny.records("msds_birth", 2, home, MONTH, **smokes, provider_code="RBB")
    # Twins whose first record does not say, or says less than the second.
    for person, first, second in (("one", None, "Non-Smoker / Ex-Smoker"), ("two", "Non-Smoker / Ex-Smoker", "Smoker")):
        for day, status in (("2026-03-18", first), ("2026-03-19", second)):
            cells = {"person_id": f"a mother of two, {person}", "birth_date": day}
            tiny.records("msds_birth", 1, home, MONTH, **cells, smoking_status_at_delivery=status)
    # Without an identifier every baby stands for a mother.
    tiny.records("msds_birth", 4, home, MONTH, person_id=None)
    return {place.name: place.la, many.name: many.la}


def test_smo01_delivery_is_smokers_of_the_women_who_gave_birth_and_whose_status_is_known(other_world: World) -> None:
    """Live births and stillbirths; a status that is not known is left out, not taken for a non-smoker."""
    la = other_world["mothers"]["SMO01 at delivery"]
    expected = (total(MOTHERS), total(MOTHERS, only_counted=False))
    assert other_world.numbers.counts("SMO01_DELIVERY", la, period_type="month") == expected
    assert other_world.numbers.counts("SMO01_DELIVERY", la, period_type="rolling_12m") == expected


def test_smo01_delivery_counts_a_woman_once_a_month_and_provider(other_world: World) -> None:
    """What any of her records says holds: a status beats none, and smoking beats not smoking."""
    la = other_world["mothers"]["Twins"]
    assert other_world.numbers.counts("SMO01_DELIVERY", la, period_type="month") == (2 + 1, 6 + 2)


# 29+0 weeks (203 days) are on 14 March 2026: whether the woman is on a continuity of carer pathway.
PREGNANCIES: list[Line] = [
    (True, {}),
    (True, {"care_plan_date": "2026-03-13"}),  # day 202
    (False, {"care_plan_date": "2026-03-14"}),  # day 203
    (False, {"care_plan_date": None}),
    (False, {"care_plan_type_code": "02"}),
    (False, {"continuity_pathway_indicator": "N"}),
    (False, {"care_professional_id": None}),
    (False, {"care_team_id": None}),
    (True, {"discharge_date": "2026-03-14"}),  # on day 203: was in care to 29 weeks
    (True, {"booking_date": "2025-11-18", "care_plan_date": "2026-02-01"}),  # 203 days on 31 March
    (True, {"booking_date": "2025-10-19"}),  # 203 days on 1 March
]
NO_PREGNANCY: list[dict[str, str | None]] = [
    {"discharge_date": "2026-03-13"},  # on day 202
    {"gestation_at_booking_days": None},
    {"gestation_at_booking_days": "0"},
    {"booking_date": None},
    {"booking_date": "2025-11-19"},  # 203 days on 1 April
    {"booking_date": "2025-10-18"},  # 203 days on 28 February
]


EXAMPLES = {
    "MAT01": (PREGNANCIES, NO_PREGNANCY), "MAT02": (BABIES, NOT_COUNTED), "MAT02_SINGLETON": (BABIES, NOT_COUNTED),
    "SMO01_DELIVERY": (MOTHERS, NO_MOTHERS),
}  # fmt: skip
USUAL = {"MAT01": PREGNANCY, "MAT02": BABY, "MAT02_SINGLETON": BABY, "SMO01_DELIVERY": BABY}


@indicators
def pregnancies(tiny: Tiny) -> str:
    place = tiny.place("MAT01")
    lsoa = tiny.lsoa(place, 1)
    for at, (_, cells) in enumerate(PREGNANCIES):
        tiny.records("msds_booking", 2**at, lsoa, MONTH, **cells)
    for cells in NO_PREGNANCY:
        tiny.records("msds_booking", 5000, lsoa, MONTH, **cells)
    return place.la


def test_mat01_is_a_pathway_planned_before_29_weeks_of_pregnancies_that_reach_29_weeks(other_world: World) -> None:
    """A plan of day 202 counts and one of day 203 does not; discharged on day 202 is left out, on day 203 is not."""
    la = other_world["pregnancies"]
    assert other_world.numbers.counts("MAT01", la) == (total(PREGNANCIES), total(PREGNANCIES, only_counted=False))


def test_mat01_and_mat02_know_the_age_of_the_mother_and_are_not_split_by_sex(other_world: World) -> None:
    for indicator, case in (("MAT01", "pregnancies"), ("MAT02", "births")):
        la = other_world[case]
        everyone = other_world.numbers.counts(indicator, la)
        assert other_world.numbers.groups(indicator, la, "age_band") == {"30-34": everyone}
        assert other_world.numbers.groups(indicator, la, "sex") == {}


@indicators
def small_counts_of_births(tiny: Tiny) -> dict[str, str]:
    found = {}
    for early, babies in ((1, 20), (7, 20), (8, 20), (0, 20), (2, 3), (0, 3)):
        place = tiny.place(f"Births {early} of {babies}")
        lsoa = tiny.lsoa(place, 1)
        tiny.records("msds_birth", early, lsoa, gestation_days="240")
        tiny.records("msds_birth", babies - early, lsoa)
        found[f"{early} of {babies}"] = place.la
    return found


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("1 of 20", (5, 20)), ("7 of 20", (5, 20)), ("8 of 20", (10, 20)), ("0 of 20", (0, 20)), ("2 of 3", (5, 5)),
        ("0 of 3", (0, 5)),
    ],
)  # fmt: skip
def test_mat02_shows_counts_of_1_to_7_as_5_and_rounds_the_others_to_5(
    other_world: World, case: str, shown: tuple[int, int]
) -> None:
    """The rule of the maternity data set: nothing is hidden, a zero is a zero, a percentage is of rounded counts."""
    row = other_world.numbers.published("MAT02", other_world["small_counts_of_births"][case])
    assert (row["numerator"], row["denominator"], row["value_status"]) == (*shown, "shown")
    assert row["value"] == pytest.approx(100 * shown[0] / shown[1])

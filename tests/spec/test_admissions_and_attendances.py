"""Admissions and attendances, a few rows in, numerator and denominator out, with the edge that matters.

In the tables, `counts` says how many records of a line are in the numerator; the number of records of each line is a
different power of two, so a wrong line shows in the sum. The run is the one of `test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import ADMISSION, ATTENDANCE, MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

Line = tuple[bool, dict[str, str | None]]

STROKE: list[Line] = [
    (True, {"primary_diagnosis_code": "I619"}),  # intracerebral haemorrhage
    (True, {"primary_diagnosis_code": "I63.9"}),  # cerebral infarction, written with a dot
    (True, {"primary_diagnosis_code": "I64X"}),  # not specified, padded with X
    (False, {"primary_diagnosis_code": "I609"}),  # subarachnoid haemorrhage
    (False, {"primary_diagnosis_code": "G459"}),  # transient attack
    (False, {"admission_method_code": "11"}),  # planned
    (False, {"episode_order": "2"}),  # the same spell again
]
STROKE_OF_CVDPREVENT: list[Line] = [
    (True, {"primary_diagnosis_code": "I61.9"}),
    (True, {"primary_diagnosis_code": "I630"}),
    (True, {"primary_diagnosis_code": "I64X"}),
    (False, {"primary_diagnosis_code": "I620"}),  # subdural haemorrhage: in CVD06
    (False, {"primary_diagnosis_code": "I609"}),
    (False, {"primary_diagnosis_code": "I639", "admission_method_code": "13"}),
]
# Planned admissions for hip replacement, but for what a line says otherwise.
ELECTIVE: list[Line] = [
    (True, {"admission_method_code": "11"}),  # from the waiting list
    (True, {"admission_method_code": "12", "patient_classification_code": "2"}),  # booked, a day case
    (True, {"admission_method_code": "13", "primary_diagnosis_code": None}),  # planned, whatever the diagnosis
    (True, {"admission_method_code": "11", "age_at_start": "7003"}),
    (False, {"admission_method_code": "13", "patient_classification_code": "3"}),  # regular day attender
    (False, {"admission_method_code": "13", "patient_classification_code": "4"}),  # regular night attender
    (False, {"admission_method_code": "21"}),  # emergency
    (False, {"admission_method_code": "31"}),  # maternity
    (False, {"admission_method_code": "81"}),  # a transfer
    (False, {"admission_method_code": "11", "episode_order": "2"}),  # the same spell again
    (False, {"admission_method_code": "11", "episode_status": "1"}),
    (False, {"admission_method_code": None}),
]
HIP = {"primary_diagnosis_code": "M169"}
INFARCTION: list[Line] = [
    (True, {"primary_diagnosis_code": "I210"}),
    (True, {"primary_diagnosis_code": "I229"}),  # subsequent infarction
    (False, {"primary_diagnosis_code": "I252"}),  # old infarction
    (False, {"primary_diagnosis_code": "I200"}),  # unstable angina
    (False, {"primary_diagnosis_code": "I210", "patient_classification_code": "3"}),
]
COPD: list[Line] = [
    (True, {"primary_diagnosis_code": "J40X", "age_at_start": "35"}),
    (True, {"primary_diagnosis_code": "J449", "age_at_start": "89"}),
    (False, {"primary_diagnosis_code": "J449", "age_at_start": "34"}),
    (False, {"primary_diagnosis_code": "J459", "age_at_start": "60"}),  # asthma
    (False, {"primary_diagnosis_code": "J449", "age_at_start": None}),  # no age, so not known to be 35
]
ASTHMA: list[Line] = [
    (True, {"primary_diagnosis_code": "J459", "age_at_start": "18"}),
    (True, {"primary_diagnosis_code": "J46X", "age_at_start": "7003"}),  # under one year
    (False, {"primary_diagnosis_code": "J459", "age_at_start": "19"}),
    (False, {"primary_diagnosis_code": "J459", "age_at_start": "9", "episode_status": "1"}),
]
DIABETES: list[Line] = [
    (True, {"primary_diagnosis_code": "E10.1", "age_at_start": "18"}),  # ketoacidosis, written with a dot
    (True, {"primary_diagnosis_code": "E109", "age_at_start": "7001"}),  # in the first day of life
    (True, {"primary_diagnosis_code": "E101", "age_at_start": "0"}),
    (False, {"primary_diagnosis_code": "E101", "age_at_start": "19"}),
    (False, {"primary_diagnosis_code": "E119", "age_at_start": "16"}),  # type 2
    (False, {"primary_diagnosis_code": "E101", "age_at_start": "9", "episode_order": "2"}),  # the same spell again
    (False, {"primary_diagnosis_code": "E101", "age_at_start": "9", "admission_method_code": "81"}),  # a transfer
    (False, {"primary_diagnosis_code": "E101", "age_at_start": "9", "patient_classification_code": "4"}),
]
EPILEPSY: list[Line] = [
    (True, {"primary_diagnosis_code": "G409", "age_at_start": "7007"}),  # under one year
    (True, {"primary_diagnosis_code": "G41.0", "age_at_start": "18"}),  # status epilepticus
    (True, {"primary_diagnosis_code": "G403", "age_at_start": "5", "admission_method_code": "2B"}),  # urgent transfer
    (False, {"primary_diagnosis_code": "G409", "age_at_start": "19"}),
    (False, {"primary_diagnosis_code": "R568", "age_at_start": "3"}),  # convulsions, not epilepsy
    (False, {"primary_diagnosis_code": "G439", "age_at_start": "3"}),  # migraine
    (False, {"primary_diagnosis_code": "G409", "age_at_start": "3", "episode_status": "1"}),
    (False, {"primary_diagnosis_code": "G409", "age_at_start": None}),  # no age, so not known to be under 19
]
UNDER_18: list[Line] = [
    (True, {"age_at_start": "17"}),
    (True, {"age_at_start": "7001", "primary_diagnosis_code": None}),  # whatever the diagnosis, here not yet coded
    (True, {"age_at_start": "7007", "primary_diagnosis_code": "J219", "admission_method_code": "2D"}),
    (False, {"age_at_start": "18"}),
    (False, {"age_at_start": "7001", "admission_method_code": "82"}),  # born in this hospital
    (False, {"age_at_start": "7001", "admission_method_code": "83"}),  # born elsewhere
    (False, {"age_at_start": "16", "admission_method_code": "31"}),  # maternity
    (False, {"age_at_start": "9", "admission_method_code": "81"}),  # a transfer
    (False, {"age_at_start": "9", "episode_order": "2"}),
    (False, {"age_at_start": "9", "patient_classification_code": "3"}),
]
SENSITIVE: list[Line] = [
    (True, {"primary_diagnosis_code": "E11.8"}),  # complications of diabetes
    (True, {"primary_diagnosis_code": "K529"}),  # gastroenteritis
    (True, {"primary_diagnosis_code": "R02X"}),  # gangrene
    (True, {"primary_diagnosis_code": "J459", "age_at_start": "7004"}),  # all ages
    (False, {"primary_diagnosis_code": "E119"}),  # diabetes without complications
    (False, {"primary_diagnosis_code": "K521"}),  # toxic gastroenteritis
    (False, {"primary_diagnosis_code": "J180"}),  # bronchopneumonia
    (False, {"primary_diagnosis_code": "I110", "admission_method_code": "12"}),  # planned
    (False, {"primary_diagnosis_code": "I110", "episode_order": "2"}),
]
# Paracetamol poisoning at 16, but for what a line says otherwise. The cause is never the primary diagnosis.
SELF_HARM: list[Line] = [
    (True, {"external_cause_code": "X610", "age_at_start": "10"}),
    (True, {"external_cause_code": "X84.9", "age_at_start": "24"}),
    (True, {"external_cause_code": "X650"}),  # alcohol
    (True, {"external_cause_code": "Y906", "diagnosis_02_code": "Y906", "diagnosis_03_code": "X600"}),  # not the first
    (True, {"diagnosis_20_code": "X788"}),  # the last of twenty, no cause field
    (False, {"external_cause_code": "X599"}),  # unspecified exposure
    (False, {"external_cause_code": "X850"}),  # assault
    (False, {"external_cause_code": "Y870"}),  # after-effects of an earlier attempt
    (False, {"external_cause_code": "X610", "age_at_start": "9"}),
    (False, {"external_cause_code": "X610", "age_at_start": "25"}),
    (False, {"external_cause_code": "X610", "episode_order": "2"}),  # the same spell again
    (False, {"external_cause_code": "X610", "admission_method_code": "81"}),  # a transfer
    (False, {}),  # no cause was sent
]
OVERDOSE = {"primary_diagnosis_code": "T391", "age_at_start": "16"}
TEETH: list[Line] = [
    (True, {"primary_procedure_code": "F091", "admission_method_code": "11"}),  # mostly planned: method does not matter
    (True, {"primary_procedure_code": "F10.4", "age_at_start": "10", "primary_diagnosis_code": "K02.9"}),
    (True, {"primary_procedure_code": "F104", "episode_order": "2"}),  # episodes, not admissions
    (False, {"primary_procedure_code": "F104", "age_at_start": "11"}),
    (False, {"primary_procedure_code": "F104", "primary_diagnosis_code": "K010"}),  # embedded teeth, not caries
    (False, {"primary_procedure_code": "F111"}),
    (False, {"primary_procedure_code": "F104", "episode_status": "1"}),
]
ANY_TEETH: list[Line] = [
    (True, {"primary_procedure_code": "F091"}),
    (True, {"primary_procedure_code": "F104", "primary_diagnosis_code": "K010"}),  # whatever the reason
    (False, {"primary_procedure_code": "F104", "age_at_start": "11"}),
    (False, {"primary_procedure_code": "F111"}),
    (False, {"primary_procedure_code": "F104", "episode_status": "1"}),
]
YOUNG_TEETH: list[Line] = [
    (True, {"primary_procedure_code": "F091", "age_at_start": "0"}),
    (True, {"primary_procedure_code": "F104", "age_at_start": "5"}),
    (False, {"primary_procedure_code": "F104", "age_at_start": "6"}),
    (False, {"primary_procedure_code": "F104", "age_at_start": "5", "primary_diagnosis_code": "K010"}),
]
OLDER_TEETH: list[Line] = [
    (True, {"primary_procedure_code": "F091", "age_at_start": "6"}),
    (True, {"primary_procedure_code": "F104", "age_at_start": "10"}),
    (False, {"primary_procedure_code": "F104", "age_at_start": "5"}),
    (False, {"primary_procedure_code": "F104", "age_at_start": "11"}),
]
CHILD = {"admission_method_code": "11", "primary_diagnosis_code": "K021", "age_at_start": "6"}
UNPLANNED: list[Line] = [
    (True, {"attendance_category_code": "1"}),
    (True, {"attendance_category_code": "2"}),  # unplanned follow-up here
    (True, {"attendance_category_code": "3"}),  # unplanned follow-up elsewhere
    (False, {"attendance_category_code": "4"}),  # planned follow-up
    (False, {"attendance_category_code": None}),
]
ADMISSIONS = {
    "CVD06": STROKE, "CVD06_CVDP": STROKE_OF_CVDPREVENT, "ELE05_ELECTIVE": ELECTIVE,
    "CVD07": INFARCTION, "RES01": COPD, "AST01": ASTHMA, "CYD01": DIABETES, "EPI02": EPILEPSY,
    "ORA01": TEETH, "ORA01_ALL": ANY_TEETH, "ORA01_0_5": YOUNG_TEETH, "ORA01_6_10": OLDER_TEETH,
    "UEC03": UNDER_18, "UEC04": SENSITIVE, "CMH02": SELF_HARM,
}  # fmt: skip
# What an admission has but for a line, where that is not a stroke at 70.
OWN: dict[str, dict[str, str]] = {
    **dict.fromkeys(("ORA01", "ORA01_ALL", "ORA01_0_5", "ORA01_6_10"), CHILD),
    "CMH02": OVERDOSE, "ELE05_ELECTIVE": HIP,
}  # fmt: skip
POPULATION = {
    "CVD06": 19_000, "CVD06_CVDP": 19_000, "ELE05_ELECTIVE": 19_000,
    "CVD07": 19_000, "RES01": 12_000, "AST01": 3_800, "CYD01": 3_800, "EPI02": 3_800, "ORA01": 2_200,
    "ORA01_ALL": 2_200, "ORA01_0_5": 1_200, "ORA01_6_10": 1_000,
    "UEC01": 19_000, "UEC03": 3_600, "UEC04": 19_000, "CMH02": 3_000,
}  # fmt: skip


@indicators
def admitted_care(tiny: Tiny) -> dict[str, tuple[str, int]]:
    found = {}
    for indicator, lines in ADMISSIONS.items():
        place = tiny.place(indicator)
        lsoa = tiny.lsoa(place, 1)
        tiny.people(lsoa, 1000)
        for at, (_, cells) in enumerate(lines):
            tiny.admissions(2**at, lsoa, MONTH, **{**OWN.get(indicator, {}), **cells})
        found[indicator] = (place.la, sum(2**at for at, (is_counted, _) in enumerate(lines) if is_counted))
    return found


@indicators
def unplanned_attendances(tiny: Tiny) -> str:
    place = tiny.place("UEC01")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for at, (_, cells) in enumerate(UNPLANNED):
        tiny.attendances(2**at, lsoa, MONTH, "ecds", **cells)
    tiny.attendances(100, "W01000001")
    # HES numbers them differently: 2 is the planned follow-up.
    for count, code in ((100, "1"), (200, "2"), (400, "3")):
        tiny.attendances(count, lsoa, month=MONTHS[0], layout="hes_ae", attendance_category_code=code)
    return place.la


# Arrivals at 10:00 on 10 March 2026 that leave two hours later, but for what a line says otherwise.
OVER_12_HOURS: list[Line] = [
    (True, {"departure_time": "22:00:00"}),  # 720 minutes
    (True, {"departure_date": "2026-03-12", "department_type_code": "2"}),
    (False, {"departure_time": "21:59:00"}),  # 719 minutes
    (False, {"departure_time": "21:59:59"}),
    (False, {"departure_time": "10:00:00"}),  # none at all
    # The clocks go forward on 29 March at 01:00: an hour less passes than they show.
    (True, {"arrival_date": "2026-03-28", "departure_date": "2026-03-29", "departure_time": "23:00:00"}),
    (False, {"arrival_date": "2026-03-28", "arrival_time": "22:00:00", "departure_date": "2026-03-29",
             "departure_time": "10:59:00"}),  # 12 h 59 min on the clock
    (True, {"attendance_category_code": "4", "departure_date": "2026-03-11"}),  # planned attendances too
]  # fmt: skip
NO_STAY: list[dict[str, str | None]] = [
    {"departure_time": "09:59:00"},  # before the arrival
    {"departure_time": None},
    {"departure_date": None},
    {"arrival_time": None, "departure_date": "2026-03-12"},
    {"departure_date": "2026-03-12", "department_type_code": "03"},
    {"departure_date": "2026-03-12", "department_type_code": None},
]
EXAMPLES = {**ADMISSIONS, "UEC01": UNPLANNED, "UEC02": (OVER_12_HOURS, NO_STAY)}
USUAL = {
    **{indicator: {**ADMISSION, **OWN.get(indicator, {})} for indicator in ADMISSIONS},
    "UEC01": ATTENDANCE, "UEC02": ATTENDANCE,
}  # fmt: skip


@indicators
def stays(tiny: Tiny) -> str:
    place = tiny.place("UEC02")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for at, (_, cells) in enumerate(OVER_12_HOURS):
        tiny.attendances(2**at, lsoa, MONTH, "ecds", **cells)
    for cells in NO_STAY:
        tiny.attendances(1000, lsoa, MONTH, "ecds", **cells)
    # October has the night of 25 hours: 23:00 to 10:00 are twelve hours.
    night = {"arrival_date": "2025-10-25", "arrival_time": "23:00:00", "departure_date": "2025-10-26"}
    tiny.attendances(3, lsoa, month="2025-10", **night, departure_time="10:00:00")
    tiny.attendances(5, lsoa, month="2025-10", **night, departure_time="09:59:00")
    # HES A&E sends the minutes themselves, and has no day of departure.
    none = {"arrival_time": None, "departure_date": None, "departure_time": None}
    for count, minutes in ((10, "719"), (20, "720"), (40, None)):
        tiny.attendances(count, lsoa, month=MONTHS[0], layout="hes_ae", **none, minutes_to_departure=minutes)
    return place.la


def test_uec02_is_720_minutes_and_more_among_timed_attendances_of_types_1_and_2(other_world: World) -> None:
    la = other_world["stays"]
    longer = sum(2**at for at, (is_counted, _) in enumerate(OVER_12_HOURS) if is_counted)
    assert other_world.numbers.counts("UEC02", la) == (longer, 2 ** len(OVER_12_HOURS) - 1)
    assert other_world.numbers.counts("UEC02", la, period_end="2025-10-31") == (3, 8)
    assert other_world.numbers.counts("UEC02", la, period_end="2025-04-30") == (20, 30)


@pytest.mark.parametrize("indicator", list(ADMISSIONS))
def test_admissions_are_counted_over_the_residents_of_the_ages_covered(other_world: World, indicator: str) -> None:
    la, expected = other_world["admitted_care"][indicator]
    assert other_world.numbers.counts(indicator, la) == (expected, POPULATION[indicator])


def test_uec01_unplanned_attendances_of_both_layouts_over_residents(other_world: World) -> None:
    la = other_world["unplanned_attendances"]
    assert other_world.numbers.counts("UEC01", la, period_type="month") == (1 + 2 + 4, POPULATION["UEC01"])
    assert other_world.numbers.counts("UEC01", la) == (1 + 2 + 4 + 100 + 400, POPULATION["UEC01"])


def test_residents_of_other_nations_are_in_no_rate(other_world: World) -> None:
    """They are in the completeness of the feed, and in no numerator whose denominator is the population."""
    total = other_world.numbers.counts("UEC01", period_type="month")[0]
    stays = 2 ** len(OVER_12_HOURS) - 1 + 1000 * len(NO_STAY)
    planned = 2 ** (len(OVER_12_HOURS) - 1)
    assert total == 1 + 2 + 4 + stays - planned
    assert other_world.numbers.counts("DQ01_ECDS")[1] == 31 + 100 + stays


@indicators
def residence_not_known(tiny: Tiny) -> None:
    """In July 2025, so that no other table of this module is touched."""
    for count, lsoa in ((1, None), (2, "Z99999999"), (4, "W01000001")):
        tiny.admissions(count, lsoa, MONTHS[3], age_at_start="17", primary_diagnosis_code="R104")
        tiny.attendances(count, lsoa, MONTHS[3], departure_time="22:00:00")
        tiny.attendances(8 * count, lsoa, MONTHS[3])


def test_people_whose_residence_is_not_known_are_a_group_and_those_of_wales_are_in_no_rate(other_world: World) -> None:
    """A blank and a pseudo code are unknown: counted, over nobody. Shares keep Wales as a group."""
    numbers = other_world.numbers
    july = {"period_end": "2025-07-31"}
    admitted = numbers.groups("UEC03", "england", "imd_decile", **july, period_type="month")
    assert {group: counts for group, counts in admitted.items() if counts[0]} == {"unknown": (1 + 2, 0)}
    stays = numbers.groups("UEC02", "england", "imd_decile", **july)
    assert stays == {"unknown": (3, 27), "outside_england": (4, 36)}

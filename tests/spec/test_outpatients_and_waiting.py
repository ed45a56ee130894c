"""Outpatient appointments, the waiting list and stays of four hours: rows in, numerator and denominator out.

The run is the one of `test_indicators`. Belongs here: what an appointment, a pathway and a stay count as. Does not
belong here: completeness, gaps (`test_indicators`), admissions (`test_admissions_and_attendances`).
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import MONTHS, Tiny

pytestmark = pytest.mark.slow

# Records, ATTENDED, FIRST ATTENDANCE: attended, of those virtual, not attended.
APPOINTMENTS: list[tuple[int, str | None, str | None]] = [
    (1, "5", "1"),  # seen, first attendance face to face
    (2, "5", "2"),  # seen, follow-up face to face
    (4, "5", "3"),  # first attendance by telephone or video
    (8, "6", "4"),  # late but seen, follow-up by telephone or video
    (16, "6", "9"),  # seen, kind of attendance not known: not virtual
    (32, "5", None),
    (64, "3", "1"),  # did not attend
    (128, "3", "4"),  # did not attend by telephone: missed, and no virtual attendance
    (256, "7", "1"),  # arrived too late to be seen: neither attended nor missed without notice
    (512, "2", "3"),  # cancelled by the patient
    (1024, "4", "2"),  # cancelled by the provider
    (2048, "0", "2"),  # still to come
    (4096, None, "3"),  # not known
]
ATTENDED, VIRTUAL, MISSED = 1 + 2 + 4 + 8 + 16 + 32, 4 + 8, 64 + 128


@indicators
def outpatients(tiny: Tiny) -> str:
    place = tiny.place("Outpatients")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for count, attended, kind in APPOINTMENTS:
        tiny.appointments(count, lsoa, attended_code=attended, first_attendance_code=kind)
    tiny.appointments(5, lsoa, month=MONTHS[1])  # in the same rolling year, of another month
    return place.la


def test_dig02_is_virtual_of_attended_appointments(other_world: World) -> None:
    la = other_world["outpatients"]
    assert other_world.numbers.counts("DIG02", la) == (VIRTUAL, ATTENDED)
    assert other_world.numbers.groups("DIG02", la, "imd_quintile") == {"1": (VIRTUAL, ATTENDED)}
    assert other_world.numbers.counts("DIG02", la, period_end="2025-05-31") == (0, 5)


def test_ele05_dna_is_not_attended_of_attended_and_not_attended(other_world: World) -> None:
    la = other_world["outpatients"]
    assert other_world.numbers.counts("ELE05_DNA", la) == (MISSED, ATTENDED + MISSED)


def test_ele05_op_and_ele05_op_virtual_are_attendances_of_a_year_over_residents(other_world: World) -> None:
    la = other_world["outpatients"]
    assert other_world.numbers.counts("ELE05_OP", la) == (ATTENDED + 5, 19_000)
    assert other_world.numbers.counts("ELE05_OP_VIRTUAL", la) == (VIRTUAL, 19_000)


@indicators
def appointments_without_residence(tiny: Tiny) -> None:
    """In August 2025: blank, pseudo code, Wales."""
    for count, lsoa in ((1, None), (2, "Z99999999"), (4, "W01000001")):
        tiny.appointments(count, lsoa, MONTHS[4], first_attendance_code="3")
        tiny.appointments(8 * count, lsoa, MONTHS[4])


def test_ele05_op_has_nobody_of_wales_and_dig02_keeps_them_as_a_group(other_world: World) -> None:
    numbers = other_world.numbers
    share = numbers.groups("DIG02", "england", "imd_decile", period_end="2025-08-31")
    assert share == {"unknown": (1 + 2, 9 + 18), "outside_england": (4, 36)}
    rate = numbers.groups("ELE05_OP", "england", "imd_decile")
    assert rate["unknown"] == (9 + 18 + 25, 0)  # 25: those of the completeness table
    assert "outside_england" not in rate


# Days waited at the census, and age: the number of pathways is a different power of two.
PATHWAYS: list[tuple[int, int | None, str | None, str]] = [
    (1, 364, "17", "IRTT"),
    (2, 365, "17", "IRTT"),
    (4, 365, "18", "IRTT"),
    (8, 455, "0", "IRTT"),
    (16, 456, "40", "IRTT"),
    (32, 456, "17", "IRTT"),
    (64, 456, None, "IRTT"),  # age not known, so not known to be under 18
    (128, None, "17", "IRTT"),  # no clock start: on the list, and no wait
    (256, -1, "17", "IRTT"),  # a clock that starts tomorrow: likewise
    (512, 456, "17", "PLANNED"),
    (1024, 456, "17", "ORTT"),
]


@indicators
def long_waits(tiny: Tiny) -> str:
    place = tiny.place("Long waits")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for count, days, age, kind in PATHWAYS:
        tiny.waiting(count, lsoa, days=days, age=age, waiting_list_type=kind)
    return place.la


def test_ele01_counts_every_incomplete_rtt_pathway_over_residents(other_world: World) -> None:
    la = other_world["long_waits"]
    assert other_world.numbers.counts("ELE01", la) == (511, 19_000)
    assert other_world.numbers.published("ELE01", la)["period_type"] == "month_end"


def test_ele02_ele03_and_ele03_65_cut_at_126_364_and_455_days(other_world: World) -> None:
    """A pathway over 65 weeks is also over 52 and over 18."""
    la = other_world["long_waits"]
    assert other_world.numbers.counts("ELE02", la) == (127, 127)
    assert other_world.numbers.counts("ELE03", la) == (126, 127)
    assert other_world.numbers.counts("ELE03_65", la) == (16 + 32 + 64, 127)


def test_ele03_u18_is_over_52_weeks_at_ages_0_to_17(other_world: World) -> None:
    la = other_world["long_waits"]
    assert other_world.numbers.counts("ELE03_U18", la) == (2 + 8 + 32, 1 + 2 + 8 + 32)


# Departures after an arrival at 10:00 on 10 March 2026.
STAYS: list[tuple[bool, str, str]] = [
    (False, "2026-03-10", "13:59:59"),
    (False, "2026-03-10", "14:00:00"),  # 240 minutes are within four hours
    (True, "2026-03-10", "14:00:01"),
    (True, "2026-03-10", "14:01:00"),
    (True, "2026-03-11", "10:00:00"),
]


@indicators
def four_hours(tiny: Tiny) -> str:
    place = tiny.place("Four hours")
    lsoa = tiny.lsoa(place, 1)
    for at, (_, day, clock) in enumerate(STAYS):
        tiny.attendances(2**at, lsoa, MONTHS[7], departure_date=day, departure_time=clock)
    tiny.attendances(1000, lsoa, MONTHS[7], departure_time="18:00:00", department_type_code="03")
    tiny.attendances(1000, lsoa, MONTHS[7], departure_time="09:00:00")  # before the arrival
    # The clocks go back on 26 October: 23:00 to 02:30 are four hours and a half.
    night = {"arrival_date": "2025-10-25", "arrival_time": "23:00:00", "departure_date": "2025-10-26"}
    tiny.attendances(32, lsoa, MONTHS[7], **night, departure_time="02:30:00")
    return place.la


def test_uec02_4h_is_more_than_240_minutes_among_timed_attendances_of_types_1_and_2(other_world: World) -> None:
    la = other_world["four_hours"]
    assert other_world.numbers.counts("UEC02_4H", la, period_end="2025-11-30") == (4 + 8 + 16 + 32, 63)

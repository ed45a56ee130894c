"""Mental health, a few rows in, numerator and denominator out, with the edge that matters.

In the tables, the number of records of each line is a different power of two, so a wrong line shows in the sum. The run
is the one of `test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.services import COURSE
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

Line = tuple[bool, dict[str, str | None]]
RECOVERED: dict[str, str | None] = {"recovery_flag": "True", "reliable_improvement_flag": "True"}

# Of those at caseness who finished a course at 16 or over: whether the person reliably recovered.
COURSES: list[Line] = [
    (True, RECOVERED),
    (True, {"recovery_flag": "TRUE", "reliable_improvement_flag": "true", "age": "16"}),
    (False, {"recovery_flag": "True"}),  # below caseness, by less than the scores' error of measurement
    (False, {"reliable_improvement_flag": "True"}),  # improved, and still at caseness
    (False, {"recovery_flag": None, "reliable_improvement_flag": None}),
    (False, {"not_caseness_flag": None}),  # not known not to be at caseness
]
NO_COURSE: list[dict[str, str | None]] = [
    {**RECOVERED, "not_caseness_flag": "True"},
    {**RECOVERED, "completed_treatment_flag": "False"},  # fewer than two sessions
    {**RECOVERED, "completed_treatment_flag": None},
    {**RECOVERED, "age": "15"},
    {**RECOVERED, "age": None},  # no age, so not known to be 16
]

EXAMPLES, USUAL = {"MEN01": (COURSES, NO_COURSE)}, {"MEN01": COURSE}


@indicators
def talking_therapies(tiny: Tiny) -> str:
    place = tiny.place("MEN01")
    lsoa = tiny.lsoa(place, 1)
    for at, (_, cells) in enumerate(COURSES):
        tiny.records("talking_therapies", 2**at, lsoa, MONTH, **cells)
    for cells in NO_COURSE:
        tiny.records("talking_therapies", 1000, lsoa, MONTH, **cells)
    # January is in the three months that end in March, December is not.
    tiny.records("talking_therapies", 200, lsoa, MONTHS[-3], **RECOVERED)
    tiny.records("talking_therapies", 5000, lsoa, MONTHS[-4], **RECOVERED)
    return place.la


def test_men01_is_recovery_with_reliable_improvement_among_finished_courses_at_caseness(other_world: World) -> None:
    """Over the three months that end with the month. At 16, not at 15; not at caseness at the start is left out."""
    la = other_world["talking_therapies"]
    counted = sum(2**at for at, (is_counted, _) in enumerate(COURSES) if is_counted)
    everyone = 2 ** len(COURSES) - 1
    assert other_world.numbers.counts("MEN01", la) == (200 + counted, 200 + everyone)
    assert other_world.numbers.counts("MEN01", la, period_end="2026-02-28") == (5200, 5200)
    assert other_world.numbers.counts("MEN01", la, period_type="financial_year") == (5200 + counted, 5200 + everyone)


def test_men01_recovery_does_not_ask_for_reliable_improvement(other_world: World) -> None:
    la = other_world["talking_therapies"]
    assert other_world.numbers.counts("MEN01_RECOVERY", la) == (200 + 1 + 2 + 4, 200 + 2 ** len(COURSES) - 1)


WAITS = ((42, 1), (43, 2), (126, 4), (127, 8), (0, 16), (-1, 32), (None, 64))


@indicators
def waits_for_therapy(tiny: Tiny) -> str:
    """Courses whose first session was so many days after a referral on 1 August 2025, as many as the table says."""
    place = tiny.place("MEN01 waits")
    lsoa = tiny.lsoa(place, 1)
    days = {42: "2025-09-12", 43: "2025-09-13", 126: "2025-12-05", 127: "2025-12-06", 0: "2025-08-01", -1: "2025-07-31"}
    for waited, count in WAITS:
        first = None if waited is None else days[waited]
        cells = {"referral_date": "2025-08-01", "first_therapy_date": first, "not_caseness_flag": "True"}
        tiny.records("talking_therapies", count, lsoa, MONTH, **cells)
    return place.la


def test_men01_6weeks_is_42_days_and_men01_18weeks_is_126_days_to_the_first_session(other_world: World) -> None:
    """At caseness or not. A wait that is not valid stays in the denominator, as in the published code."""
    la = other_world["waits_for_therapy"]
    assert other_world.numbers.counts("MEN01_6WEEKS", la) == (1 + 16, 127)
    assert other_world.numbers.counts("MEN01_18WEEKS", la) == (1 + 2 + 4 + 16, 127)
    assert other_world.numbers.counts("MEN01", la) == (0, 0)


@indicators
def small_counts_of_therapy(tiny: Tiny) -> dict[str, str]:
    """Of 4, 5 and 7 courses, so many recovered; and 0 of 20."""
    found = {}
    for recovered, courses in ((4, 20), (5, 20), (7, 20), (0, 20), (4, 4)):
        place = tiny.place(f"Therapy {recovered}")
        lsoa = tiny.lsoa(place, 1)
        tiny.records("talking_therapies", recovered, lsoa, MONTH, **RECOVERED)
        tiny.records("talking_therapies", courses - recovered, lsoa)
        found[f"{recovered} of {courses}"] = place.la
    return found


@pytest.mark.parametrize(
    ("case", "shown"),
    [("4 of 20", None), ("0 of 20", None), ("5 of 20", (5, 20)), ("7 of 20", (5, 20)), ("4 of 4", None)],
)
def test_men01_hides_counts_of_0_to_4_and_rounds_the_others_to_5(
    other_world: World, case: str, shown: tuple[int, int] | None
) -> None:
    """The rule of the mental health data sets: a zero is hidden too."""
    row = other_world.numbers.published("MEN01", other_world["small_counts_of_therapy"][case])
    if shown is None:
        assert (row["numerator"], row["value"], row["value_status"]) == (None, None, "suppressed")
    else:
        assert (row["numerator"], row["denominator"]) == shown
        assert row["value"] == pytest.approx(100 * shown[0] / shown[1])

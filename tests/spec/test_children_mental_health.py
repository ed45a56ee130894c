"""Children and young people with a mental health contact: people, each once in twelve months, not contacts.

The number of people of each line is a different power of two, so a wrong line shows in the sum. The run is the one of
`test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

Contact = tuple[str, dict[str, str | None]]
MISSED: dict[str, str | None] = {"attend_status_code": "3"}
BY_EMAIL: dict[str, str | None] = {"mechanism_code": "05"}
INDIRECT: dict[str, str | None] = {"source_table": "MHS204", "attend_status_code": None, "mechanism_code": None}
BEFORE = "2025-03"  # the month before the twelve that end in March 2026

# The contacts of a person, and whether the person counts in the year to March 2026.
PEOPLE: list[tuple[bool, list[Contact]]] = [
    (True, [(MONTH, {})]),
    (True, [(MONTH, {}), (MONTH, {"contact_date": "2026-03-27"})]),  # twice in a month
    (True, [(month, {}) for month in MONTHS]),  # in every month
    (True, [(BEFORE, {}), (MONTHS[0], {"mechanism_code": "11"})]),  # by video, in the first month
    (True, [(MONTH, {"attend_status_code": "6", "mechanism_code": "02"})]),  # late, by telephone
    (True, [(MONTH, INDIRECT)]),
    (True, [(MONTHS[2], {"age": "17"}), (MONTH, {"age": "18"})]),  # under 18 at one of them
    (True, [(MONTHS[4], {"mechanism_code": "04"}), (MONTH, MISSED), (MONTH, BY_EMAIL)]),
    (False, [(BEFORE, {})]),
    (False, [(MONTH, MISSED)]),
    (False, [(MONTH, BY_EMAIL)]),
    (False, [(MONTH, {"mechanism_code": None})]),
    (False, [(MONTH, {"age": "18"})]),
    (False, [(MONTH, {"age": None})]),  # no age, so not known to be under 18
]


def add(tiny: Tiny, name: str, lsoa: str | None, month: str, cells: dict[str, str | None]) -> None:
    tiny.records("mhsds_contact", 1, lsoa, month, **{"person_id": name, "contact_date": f"{month}-20", **cells})


@indicators
def children_seen(tiny: Tiny) -> str:
    place = tiny.place("CMH01")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for at, (_, contacts) in enumerate(PEOPLE):
        for number in range(2**at if at < 8 else 1000):
            for month, cells in contacts:
                add(tiny, f"CMH01 {at} {number}", lsoa, month, cells)
    return place.la


def test_cmh01_counts_people_under_18_once_in_twelve_months_over_the_residents_of_0_to_17(other_world: World) -> None:
    """Attended in person, by telephone, talk type or video, or indirect activity; not missed, not by e-mail."""
    la = other_world["children_seen"]
    counted = sum(2**at for at, (is_counted, _) in enumerate(PEOPLE) if is_counted)
    assert other_world.numbers.counts("CMH01", la) == (counted, 3600)


def test_cmh01_of_another_month_is_about_the_twelve_months_that_end_with_it(other_world: World) -> None:
    """Seen in March 2025 alone: in the year to February 2026, no more in the year to March."""
    la = other_world["children_seen"]
    in_every_month, first_month, at_17, by_talk_type, in_march_2025 = 4, 8, 64, 128, 1000
    expected = in_every_month + first_month + at_17 + by_talk_type + in_march_2025
    assert other_world.numbers.counts("CMH01", la, period_end="2026-02-28") == (expected, 3600)


@indicators
def children_who_moved(tiny: Tiny) -> dict[str, str]:
    """Seen in July in one place and in September in another; one of them is then of Wales."""
    places = {name: tiny.place(f"CMH01 {name}") for name in ("before", "after")}
    lsoa = {"before": tiny.lsoa(places["before"], 1), "after": tiny.lsoa(places["after"], 10)}
    for code in lsoa.values():
        tiny.people(code, 1000)
    for number in range(10):
        add(tiny, f"moved {number}", lsoa["before"], MONTHS[3], {"ethnic_category_code": "Z", "age": "9"})
        add(tiny, f"moved {number}", lsoa["after"], MONTHS[5], {"ethnic_category_code": "N", "age": "10"})
        # What does not count says nothing about where somebody lives.
        add(tiny, f"moved {number}", lsoa["before"], MONTHS[7], MISSED)
    add(tiny, "to Wales", lsoa["before"], MONTHS[3], {})
    add(tiny, "to Wales", "W01000001", MONTHS[5], {})
    return {name: place.la for name, place in places.items()}


def test_cmh01_counts_a_person_where_the_latest_contact_that_counts_says(other_world: World) -> None:
    """Residence, ethnic category and age: so groups and areas add up to the people, each once."""
    found = other_world["children_who_moved"]
    numbers = other_world.numbers
    assert numbers.counts("CMH01", found["before"]) == (0, 3600)
    assert numbers.counts("CMH01", found["after"]) == (10, 3600)
    assert numbers.groups("CMH01", found["after"], "ethnic_group_5")["Black"][0] == 10
    assert numbers.groups("CMH01", found["after"], "age_band")["10-14"][0] == 10
    for breakdown in ("imd_decile", "ethnic_category", "age_band", "sex"):
        assert (
            sum(above for above, _ in numbers.groups("CMH01", "england", breakdown).values())
            == (numbers.counts("CMH01")[0])
        )

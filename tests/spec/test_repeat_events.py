"""Repeat events: a person who is admitted again and again makes a standardised rate less certain, not different."""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

LONG = {"primary_diagnosis_code": "J440", "age_at_start": "72"}


@indicators
def admitted_again(tiny: Tiny) -> dict[str, Place]:
    """20 COPD admissions at 70 to 74 in each place: of 20 persons, of 5 with four each, of persons nobody knows."""
    places = {name: tiny.place(f"Repeat {name}") for name in ("once", "again", "unknown")}
    for name, place in places.items():
        lsoa = tiny.lsoa(place, 5)
        tiny.people(lsoa, 500)
        for number in range(20):
            person = {"once": f"O{number}", "again": f"A{number % 5}", "unknown": None}[name]
            month = "2026-02" if number < 10 else "2026-03"
            days = {"admission_date": f"{month}-10", "episode_end_date": f"{month}-15"}
            tiny.admissions(1, lsoa, month, **LONG, **days, person_id=person)
    return places


def half_width(world: World, place: Place, **where: str) -> float:
    row = world.numbers.published("RES01", place.la, **where)
    return float(row["upper_95"] - row["value"])


def test_res01_is_the_same_rate_however_many_persons_were_admitted(other_world: World) -> None:
    places = other_world["admitted_again"]
    values = {other_world.numbers.published("RES01", place.la)["value"] for place in places.values()}
    assert len(values) == 1


def test_res01_of_five_persons_admitted_four_times_has_limits_twice_as_wide(other_world: World) -> None:
    """5 persons of 4 admissions: 5 x 4 squared is 80, four times 20 independent events; limits go with its root."""
    places = other_world["admitted_again"]
    once = half_width(other_world, places["once"])
    assert half_width(other_world, places["again"]) == pytest.approx(2 * once, rel=1e-9)
    assert half_width(other_world, places["unknown"]) == pytest.approx(once, rel=1e-12)


@indicators
def admitted_in_two_places(tiny: Tiny) -> tuple[Place, Place]:
    """10 admissions in each of two places: of 10 persons once each, and of 10 who were once admitted from elsewhere."""
    alone, moved, elsewhere = (tiny.place(f"Moved {name}") for name in ("alone", "from", "to"))
    for place, letter in ((alone, "P"), (moved, "M"), (elsewhere, "M")):
        lsoa = tiny.lsoa(place, 5)
        tiny.people(lsoa, 500)
        for number in range(10):
            tiny.admissions(1, lsoa, **LONG, person_id=f"{letter}{number}")
    return alone, moved


@pytest.mark.parametrize("indicator", ["RES01", "UEC04"])
def test_res01_and_uec04_count_a_person_who_moved_in_both_places(other_world: World, indicator: str) -> None:
    """Two admissions each, one here: the sum of squares is taken as 10 x 2, twice the events, on the safe side."""
    alone, moved = (
        other_world.numbers.published(indicator, place.la) for place in other_world["admitted_in_two_places"]
    )
    assert alone["value"] == moved["value"]
    widths = [row["upper_95"] - row["value"] for row in (moved, alone)]
    assert widths[0] == pytest.approx(2**0.5 * widths[1], rel=1e-9)


def test_res01_limits_widen_in_every_breakdown_of_the_person(other_world: World) -> None:
    places = other_world["admitted_again"]
    for breakdown, category, edition in (("sex", "male", "not_used"), ("imd_quintile", "3", "2025")):
        where = {"breakdown": breakdown, "category": category, "imd_edition": edition}
        once, again = (half_width(other_world, places[name], **where) for name in ("once", "again"))
        assert again == pytest.approx(2 * once, rel=1e-9)

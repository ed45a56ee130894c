"""Rates on the waiting list: pathways and persons in, counts over residents out.

The run is the one of `test_indicators`. Belongs here: who a rate on the waiting list counts, and where. Does not belong
here: how long they wait (`test_outpatients_and_waiting`, `test_percentiles`).
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import PATHWAY, Tiny

pytestmark = pytest.mark.slow

MONTH_BEFORE = date(2026, 2, 22)
Line = tuple[bool, dict[str, str | None]]

CHILD = {"age": "6", "treatment_function_code": "142"}
DENTISTRY: list[Line] = [
    (True, {}),
    (True, {"age": "0"}),
    (True, {"age": "10"}),
    (False, {"age": "11"}),
    (False, {"age": None}),  # age not known, so not known to be 10 or under
    (False, {"treatment_function_code": "140"}),  # oral surgery, an extraction there too
    (False, {"treatment_function_code": "1420"}),
    (False, {"treatment_function_code": None}),
    (False, {"waiting_list_type": "PLANNED"}),
    (True, {"rtt_start_date": None}),  # on the list, however long
    (True, {"rtt_start_date": "2026-03-30"}),  # a clock that starts tomorrow: likewise
    (True, {"treatment_function_code": " 142 "}),
]
EXAMPLES = {"ORA01_WAITING": DENTISTRY}
USUAL = {"ORA01_WAITING": {**PATHWAY, **CHILD}}


@indicators
def children_in_dentistry(tiny: Tiny) -> str:
    place = tiny.place("Paediatric dentistry")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for at, (_, cells) in enumerate(DENTISTRY):
        tiny.waiting(2**at, lsoa, **{**CHILD, **cells})  # type: ignore[arg-type]
    return place.la


def test_ora01_waiting_is_pathways_in_function_142_over_residents_of_0_to_10(other_world: World) -> None:
    la = other_world["children_in_dentistry"]
    counted = sum(2**at for at, (is_counted, _) in enumerate(DENTISTRY) if is_counted)
    assert other_world.numbers.counts("ORA01_WAITING", la) == (counted, 2_200)
    assert other_world.numbers.groups("ORA01_WAITING", la, "imd_quintile")["1"] == (counted, 2_200)
    assert other_world.numbers.published("ORA01_WAITING", la)["period_type"] == "month_end"


# Person, days waited, whether they live in the first place or the second, and what else is other than usual; and where
# the person counts. One who is named twice has two pathways.
FIRST, SECOND, NOWHERE = 0, 1, None
PEOPLE: dict[str, tuple[int | None, list[tuple[int | None, int, dict[str, str | None]]]]] = {
    "one pathway": (FIRST, [(10, FIRST, {})]),
    "two pathways": (FIRST, [(10, FIRST, {}), (20, FIRST, {})]),
    "at two providers": (FIRST, [(10, FIRST, {"provider_code": "RAA"}), (20, FIRST, {"provider_code": "RBB"})]),
    "in two places, longest wait": (SECOND, [(10, FIRST, {}), (20, SECOND, {})]),
    "in two places, longest wait sent first": (SECOND, [(20, SECOND, {}), (10, FIRST, {})]),
    "the longer wait has no clock start": (SECOND, [(None, FIRST, {}), (0, SECOND, {})]),
    "the longer wait begins tomorrow": (SECOND, [(-1, FIRST, {}), (0, SECOND, {})]),
    "no clock start at all": (FIRST, [(None, FIRST, {})]),
    "as long, first by provider": (
        SECOND, [(10, FIRST, {"provider_code": "RBB"}), (10, SECOND, {"provider_code": "RAA"})]
    ),
    "as long at one provider, first by pathway": (
        SECOND, [(10, FIRST, {"pathway_id": "P2"}), (10, SECOND, {"pathway_id": "P1"})]
    ),
    "the longer wait is planned": (SECOND, [(20, FIRST, {"waiting_list_type": "PLANNED"}), (10, SECOND, {})]),
    "planned alone": (NOWHERE, [(20, FIRST, {"waiting_list_type": "PLANNED"})]),
}  # fmt: skip


@indicators
def people_who_wait(tiny: Tiny) -> dict[str, list[str]]:
    found = {}
    for words, (_, pathways) in PEOPLE.items():
        places = [tiny.place(f"{words}, {name}") for name in ("first", "second")]
        lsoas = [tiny.lsoa(place, decile) for place, decile in zip(places, (1, 10), strict=True)]
        for lsoa in lsoas:
            tiny.people(lsoa, 1000)
        for days, where, cells in pathways:
            tiny.waiting(1, lsoas[where], days=days, person_id=words, **cells)  # type: ignore[arg-type]
        found[words] = [place.la for place in places]
    return found


@pytest.mark.parametrize("words", list(PEOPLE))
def test_ele01_persons_counts_each_once_by_the_longest_wait(other_world: World, words: str) -> None:
    where, pathways = PEOPLE[words]
    counted = [other_world.numbers.counts("ELE01_PERSONS", la)[0] for la in other_world["people_who_wait"][words]]
    assert counted == [int(where == FIRST), int(where == SECOND)]
    listed = sum(other_world.numbers.counts("ELE01", la)[0] for la in other_world["people_who_wait"][words])
    assert listed == sum("waiting_list_type" not in cells for *_, cells in pathways)


@indicators
def people_without_identifier(tiny: Tiny) -> str:
    """One person with two ages on record, who waited a month before, too, and five pathways that name nobody."""
    place = tiny.place("No identifier")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    tiny.waiting(5, lsoa)
    tiny.waiting(1, lsoa, days=30, person_id="two ages", age="44")
    tiny.waiting(1, lsoa, days=20, person_id="two ages", age="45")
    tiny.waiting(1, lsoa, days=40, census=MONTH_BEFORE, person_id="two ages", age="44")
    return place.la


def test_ele01_persons_counts_those_without_identifier_one_each(other_world: World) -> None:
    numbers, la = other_world.numbers, other_world["people_without_identifier"]
    assert numbers.counts("ELE01_PERSONS", la) == (6, 19_000)
    assert numbers.counts("ELE01", la) == (7, 19_000)
    assert numbers.counts("ELE01_PERSONS", la, period_end=MONTH_BEFORE.isoformat()) == (1, 19_000)
    ages = numbers.groups("ELE01_PERSONS", la, "age_band")
    assert {band: count for band, (count, _) in ages.items() if count} == {"40-44": 6}


def test_ele01_persons_has_no_values_of_providers(other_world: World) -> None:
    """A person can wait at two of them, and neither has residents: parts are places, where each person is once."""
    areas = other_world.numbers.query(
        "select distinct area_type from marts.fct_indicator_cell where indicator_id = 'ELE01_PERSONS'"
    )
    assert sorted(areas["area_type"]) == ["england", "icb", "la", "region", "sub_icb"]
    sums = other_world.numbers.query(
        "select area_type, sum(numerator) as persons from marts.fct_indicator_cell "
        "where indicator_id = 'ELE01_PERSONS' and breakdown = 'total' group by area_type"
    )
    assert sums["persons"].nunique() == 1 and sums["persons"].iloc[0] > 0

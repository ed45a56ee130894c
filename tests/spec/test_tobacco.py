"""Tobacco dependence, a few rows in, numerator and denominator out, with the edge that matters.

In the tables, the number of records of each line is a different power of two, so a wrong line shows in the sum. The run
is the one of `test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.services import SMOKER
from tests.spec.tiny import MONTH, Tiny

pytestmark = pytest.mark.slow

Line = tuple[bool, dict[str, str | None]]
SEEN: dict[str, str | None] = {"first_contact_date": "2026-03-22"}

# Smokers who were referred on 21 March: whether an adviser has seen them.
SMOKERS: list[Line] = [
    (True, SEEN),
    (True, {"first_contact_date": "2026-03-21"}),  # on the day
    (True, {**SEEN, "nights_of_stay": "1", "age": "18"}),
    (False, {}),
    (False, {"first_contact_date": "2026-03-20"}),  # before the referral
    (False, {**SEEN, "referral_date": None}),
]
NOT_ASKED: list[dict[str, str | None]] = [
    {**SEEN, "nights_of_stay": "0"},
    {**SEEN, "nights_of_stay": None},
    {**SEEN, "age": "17"},
    {**SEEN, "age": None},
    {**SEEN, "setting": "elsewhere"},
]
EXAMPLES = dict.fromkeys(("SMO01", "SMO01_INPATIENT", "SMO01_MENTAL_HEALTH"), (SMOKERS, NOT_ASKED))
USUAL = dict.fromkeys(EXAMPLES, SMOKER)
COUNTED = sum(2**at for at, (is_counted, _) in enumerate(SMOKERS) if is_counted)
EVERYONE = 2 ** len(SMOKERS) - 1


@indicators
def smokers(tiny: Tiny) -> str:
    """Inpatients of acute and of mental health hospitals, and 64 women in maternity care of whom 32 are seen."""
    place = tiny.place("SMO01")
    lsoa = tiny.lsoa(place, 1)
    for setting, times in (("acute_inpatient", 1), ("mental_health_inpatient", 100)):
        for at, (_, cells) in enumerate(SMOKERS):
            tiny.records("tobacco_sdcs", 2**at * times, lsoa, MONTH, **{"setting": setting, **cells})
        for cells in NOT_ASKED:
            tiny.records("tobacco_sdcs", 10_000, lsoa, MONTH, **{"setting": setting, **cells})
    pregnant: dict[str, str | None] = {"setting": "maternity", "nights_of_stay": None, "sex_code": "2"}
    tiny.records("tobacco_sdcs", 32, lsoa, MONTH, **pregnant, **SEEN, age="17")
    tiny.records("tobacco_sdcs", 32, lsoa, MONTH, **pregnant)
    return place.la


@pytest.mark.parametrize(
    ("indicator", "counts"),
    [
        ("SMO01_INPATIENT", (COUNTED, EVERYONE)),
        ("SMO01_MENTAL_HEALTH", (100 * COUNTED, 100 * EVERYONE)),
        ("SMO01_MATERNITY", (32, 64)),
        ("SMO01", (101 * COUNTED + 32, 101 * EVERYONE + 64)),
    ],
)
def test_smokers_seen_on_or_after_their_referral_among_adults_who_stay_a_night_and_women_at_booking(
    other_world: World, indicator: str, counts: tuple[int, int]
) -> None:
    """Inpatients are asked from 18 on and from one night on; at booking for maternity care at every age."""
    assert other_world.numbers.counts(indicator, other_world["smokers"]) == counts

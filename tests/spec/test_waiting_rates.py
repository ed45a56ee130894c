"""Rates on the waiting list: pathways and persons in, counts over residents out.

The run is the one of `test_indicators`. Belongs here: who a rate on the waiting list counts, and where. Does not belong
here: how long they wait (`test_outpatients_and_waiting`, `test_percentiles`).
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import PATHWAY, Tiny

pytestmark = pytest.mark.slow

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

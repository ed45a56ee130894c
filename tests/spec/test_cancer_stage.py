"""Cancers by stage: rapid registration and the registry, each a series of its own."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import Place, Tiny

pytestmark = pytest.mark.slow

REGISTRY = [str(month) for month in pd.period_range("2021-04", "2022-03", freq="M")]
PROXY = [str(month) for month in pd.period_range("2022-04", "2023-03", freq="M")]


def cases(tiny: Tiny, month: str, icb: str, **by_stage: int) -> None:
    for stage, count in by_stage.items():
        group = stage.removeprefix("stage_")
        tiny.row("rcrd", month, diagnosis_month=month, icb_ods_code=icb, stage_group=group, cases=str(count))


@indicators
def cancers(tiny: Tiny) -> Place:
    """Twelve months of the registry and then twelve of rapid registration, in an ICB and in one that no list knows."""
    place = tiny.place("Cancers")
    tiny.lsoa(place, 5)
    for state, window, early in (("ncrd_final", REGISTRY, 6), ("proxy", PROXY, 4)):
        for month in window:
            tiny.release_states["rcrd", month] = state
            cases(tiny, month, place.icb_ods, stage_1=early, stage_2=1, stage_3=2, stage_4=1, unstaged=5)
    cases(tiny, PROXY[0], "Q9Z", stage_1=1, unstaged=2)
    return place


def test_can01_is_stage_1_and_2_of_staged_cancers_over_twelve_months(other_world: World) -> None:
    """Unstaged cancers are in no part of it, and are the numerator of CAN01_UNSTAGED."""
    numbers, place = other_world.numbers, other_world["cancers"]
    assert numbers.counts("CAN01", place.icb) == (12 * (4 + 1), 12 * (4 + 1 + 2 + 1))
    assert numbers.counts("CAN01_UNSTAGED", place.icb) == (12 * 5, 12 * (8 + 5))
    assert numbers.counts("CAN01", "no_icb") == (1, 1)
    assert numbers.counts("CAN01") == (12 * 5 + 1, 12 * 8 + 1)
    row = numbers.published("CAN01", place.icb)
    assert (str(row["period_start"])[:10], str(row["period_end"])[:10]) == ("2022-04-01", "2023-03-31")


def test_can01_of_the_registry_and_of_rapid_registration_are_apart(other_world: World) -> None:
    """Their states are published, and twelve months with some of both have no value, never a mixture."""
    rows = other_world.numbers.query("""
        select cast(period_end as varchar)[:10] as last, release_state, value_status, numerator
        from publication.pub_indicator_value where indicator_id = 'CAN01' and area_type = 'england' order by 1""")
    assert len(rows) == 13
    assert rows.iloc[0].tolist() == ["2022-03-31", "ncrd_final", "shown", 12 * 7]
    assert rows.iloc[-1].tolist() == ["2023-03-31", "proxy", "shown", 12 * 5 + 1]
    between = rows.iloc[1:-1]
    assert set(between["value_status"]) == {"not_submitted"} and between["numerator"].isna().all()
    assert set(between["release_state"]) == {"provisional"}


@pytest.mark.parametrize("indicator", ["CAN01", "CAN01_UNSTAGED"])
def test_no_trend_of_can01_holds_both_states(other_world: World, indicator: str) -> None:
    rows = other_world.numbers.query(
        "select release_state, count(*) as points, count(value) as shown from publication.pub_indicator_trend "
        "where indicator_id = ? and area_type = 'england' and category = 'total' group by 1 order by 1",
        [indicator],
    )
    assert {state: shown for state, _, shown in rows.itertuples(index=False) if shown} == {"ncrd_final": 1, "proxy": 1}

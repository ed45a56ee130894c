"""Plausibility: a submitter with a planted fault fires its rule, and its healthy neighbour does not.

Sixteen months of outpatients of made-up submitters, each with its own fault in the last month or months, beside
neighbours with the same season and no fault. Belongs here: what each rule fires on and what it leaves alone, judged by
the thresholds of the policy. Does not belong here: the false-alarm rates (`tests.spec.alarms`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from pipeline.catalogue.policy import load_policy
from tests.spec.cases import World
from tests.spec.rebuilt import rebuilt

pytestmark = pytest.mark.slow

Failed = Callable[..., set[tuple[str, str]]]
FEED = "sus_op"
MONTHS = [str(month) for month in pd.period_range("2025-01", "2026-04", freq="M")]
LAST = MONTHS[-1]
SEASON = {MONTHS[-1]: 1.5, MONTHS[-2]: 1.2}  # all submitters have a busy spring
USUAL = 1_000
# Number of a month (0 is the last) -> the factor by which a submitter departs from its usual number in season.
VOLUMES: dict[str, Callable[[int], float]] = {
    "RSTEADY1": lambda _: 1.0,
    "RSTEADY2": lambda _: 1.1,
    "RSTEADY3": lambda _: 0.9,
    "RSMALL": lambda ago: 0.01 if ago else 0.016,  # ten records, and sixteen more or less by chance
    "RHALF": lambda ago: 0.5 if ago == 0 else 1.0,
    "RONCE": lambda ago: 0.6 if ago == 2 else 1.0,
    "RSHIFT": lambda ago: 0.7 if ago <= 2 else 1.0,
    "RTENFOLD": lambda ago: 10.0 if ago == 0 else 1.0,
    "RTENTH": lambda ago: 0.1 if ago == 0 else 1.0,
    "RFIVEFOLD": lambda ago: 5.0 if ago == 0 else 1.0,
    "RFOURFOLD": lambda ago: 4.0 if ago == 0 else 1.0,
    "RFIFTH": lambda ago: 0.2 if ago == 0 else 1.0,
    "RQUARTER": lambda ago: 0.25 if ago == 0 else 1.0,
    "RREPEATS": lambda ago: 1.2 / 1.5 if ago == 0 else 1.0,  # as many records as the month before
    "RALIKE": lambda ago: 1.2 / 1.5 if ago == 0 else 1.0,  # as many, of other people
    "RDEFAULTS": lambda _: 1.0,
    "RONEPLACE": lambda _: 1.0,
}
REGIONS = (1, 2)


def records(submitter: str, month: str) -> int:
    ago = len(MONTHS) - 1 - MONTHS.index(month)
    return round(USUAL * SEASON.get(month, 1.0) * VOLUMES[submitter](ago))


def groups(submitter: str, month: str) -> list[dict[str, Any]]:
    """By place (two regions) and sex, a little different every month; RREPEATS sends the month before once more.

    RDEFAULTS has one sex in the last month, RONEPLACE always had one place.
    """
    total = records(submitter, month)
    number = MONTHS.index(month) - ((submitter, month) == ("RREPEATS", LAST))
    first = total if submitter == "RONEPLACE" else min(total * 2 // 3 + number, total)
    men = total if (submitter, month) == ("RDEFAULTS", LAST) else min(total * 45 // 100 + number, total)
    places = dict(zip(REGIONS, (first, total - first), strict=True))
    rows: list[tuple[str, str, int | None, int]] = [
        ("residence", str(key), key, count) for key, count in places.items()
    ]
    rows += [("sex", "1", None, men), ("sex", "2", None, total - men)]
    return [
        {
            "feed": FEED, "submitter_code": submitter, "period": month, "attribute": attribute, "category": category,
            "residence_key": key, "records": count,
        }
        for attribute, category, key, count in rows
        if count > 0
    ]  # fmt: skip


@pytest.fixture(scope="module")
def failed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Failed:
    """Submitter and month of the measures of a rule (of one feed) that fail by the policy."""
    ends = {month: pd.Period(month).end_time.date() for month in MONTHS}
    sent = [
        {
            "feed": FEED, "submitter_code": submitter, "period": month, "period_grain": "month",
            "period_end": ends[month], "is_expected": True, "records": records(submitter, month),
        }
        for submitter in VOLUMES
        for month in MONTHS
    ]  # fmt: skip
    residence = [{"residence_key": key, "residence_group": "england", "region_code": f"REGION{key}"} for key in REGIONS]
    grouped = [row for submitter in VOLUMES for month in MONTHS for row in groups(submitter, month)]
    # Another feed, whose second region is there in every month but the last.
    for month in MONTHS:
        for key in REGIONS if month != LAST else REGIONS[:1]:
            row = {**grouped[0], "feed": "ecds", "period": month, "residence_key": key, "category": str(key)}
            grouped.append({**row, "records": 100 + MONTHS.index(month)})
    parts = [
        {"feed": feed, "period": month, "period_grain": "month", "period_end": ends[month]}
        for feed in (FEED, "ecds")
        for month in MONTHS
    ]
    tables = {
        "quality.quality_submitter_period": sent, "quality.quality_submitter_group": grouped, "run.part": parts,
        "intermediate.dim_residence": residence,
    }  # fmt: skip
    home = tmp_path_factory.mktemp("plausibility")
    numbers = rebuilt(world.numbers, home, tables, "quality_submitter_history", "quality_plausibility")
    measures = numbers.query("select * from quality.quality_plausibility where expected > 0")
    policy = load_policy()

    def found(rule_id: str, feed: str = FEED) -> set[tuple[str, str]]:
        own = measures[(measures["rule_id"] == rule_id) & (measures["feed"] == feed)]
        assert len(own) > 0
        beyond = own[100 * own["violated"] > policy.rule(rule_id).threshold_pct * own["expected"]]
        return set(zip(beyond["submitter_code"], beyond["period"], strict=True))

    return found


STEADY = {"RSTEADY1", "RSTEADY2", "RSTEADY3", "RSMALL", "RALIKE"}


def test_volume_against_season_fires_on_half_a_month_and_not_on_a_busy_spring(failed: Failed) -> None:
    """Half again as many records in spring as in the median month is what all have; ten records may be sixteen."""
    found = failed("volume_against_season")
    assert ("RHALF", LAST) in found
    assert not {submitter for submitter, _ in found} & STEADY
    assert ("RHALF", MONTHS[-2]) not in found


def test_a_tenfold_submitter_does_not_raise_what_is_expected_of_its_neighbours(failed: Failed) -> None:
    assert ("RTENFOLD", LAST) in failed("volume_against_season")
    assert ("RSTEADY1", LAST) not in failed("volume_against_season")


def test_level_shift_fires_on_three_low_months_and_not_on_one(failed: Failed) -> None:
    found = failed("level_shift")
    assert ("RSHIFT", LAST) in found
    assert not {submitter for submitter, _ in found} & (STEADY | {"RONCE", "RHALF"})


def test_units_slip_fires_from_five_times_and_a_fifth_on_and_not_on_four_times_and_a_quarter(failed: Failed) -> None:
    """Of what is usual in that season: in a busy spring, five times is seven and a half times the median."""
    assert failed("units_slip") == {(name, LAST) for name in ("RTENTH", "RTENFOLD", "RFIVEFOLD", "RFIFTH")}


def test_content_repeated_fires_on_the_month_before_and_not_on_as_many_other_people(failed: Failed) -> None:
    assert failed("content_repeated") == {("RREPEATS", LAST)}


def test_region_missing_fires_on_the_feed_that_lost_one_and_not_on_the_other(failed: Failed) -> None:
    assert failed("region_missing", "ecds") == {("all", LAST)}
    assert failed("region_missing") == set()


def test_all_in_one_group_fires_on_a_default_and_not_on_who_always_had_one_place(failed: Failed) -> None:
    assert failed("all_in_one_group") == {("RDEFAULTS", LAST)}

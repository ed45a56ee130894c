"""Admissions without a diagnosis: how many an area has, and which of its indicators are withheld for it.

Belongs here: episodes in, the measure out; the measure in, what is withheld and said out. Does not belong here: the
threshold.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.spec.cases import World, domain_rules
from tests.spec.rebuilt import rebuilt
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow


@domain_rules
def admissions_not_coded(tiny: Tiny) -> str:
    place = tiny.place("Admissions not coded")
    lsoa = tiny.lsoa(place, 3)
    tiny.people(lsoa, 1000)
    for month in MONTHS[:-1]:
        tiny.admissions(20, lsoa, month, provider_code="RNC")
    tiny.admissions(20, lsoa, provider_code="RNC")
    tiny.admissions(10, lsoa, provider_code="RNC", primary_diagnosis_code="M545")
    tiny.admissions(5, lsoa, provider_code="RNC", primary_diagnosis_code=None)
    tiny.admissions(4, lsoa, provider_code="RNC", primary_diagnosis_code="R69X")
    tiny.admissions(1, lsoa, provider_code="RNC", primary_diagnosis_code="R690")
    # Just outside: another code of its chapter, and an episode that has not ended, which needs no diagnosis yet.
    tiny.admissions(3, lsoa, provider_code="RNC", primary_diagnosis_code="R688")
    tiny.admissions(7, lsoa, provider_code="RNC", primary_diagnosis_code=None, episode_status="1")
    return place.la


def test_episodes_without_a_diagnosis_are_counted_by_submitter_and_by_area(world: World) -> None:
    area = world["admissions_not_coded"]
    rows = world.numbers.query(
        "select submitter_code, rule_id, violated, expected from quality.quality_feed_measure "
        "where feed = 'sus_apc' and period = ? and submitter_code in ('RNC', ?) and rule_id like 'diagnosis_%'",
        [MONTH, area],
    )
    assert {(row.submitter_code, row.rule_id): (row.violated, row.expected) for row in rows.itertuples()} == {
        ("RNC", "diagnosis_coded"): (10, 43),
        (area, "diagnosis_coded_in_area"): (10, 43),
    }


# What is published


def result(area: str, month: str, violated: int, rule_id: str = "diagnosis_coded_in_area") -> dict[str, Any]:
    threshold = 10.0
    return {
        "feed": "sus_apc", "submitter_code": area, "period": month, "rule_id": rule_id, "violated": violated,
        "expected": 100, "pct": float(violated), "threshold_pct": threshold, "severity": "withhold",
        "status": "failed" if violated > threshold else "passed",
    }  # fmt: skip


def published(world: World, home: Path, *results: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Status and caution of the totals of strokes, and of known ethnicity, which needs no diagnosis."""
    area = world["admissions_not_coded"]
    numbers = rebuilt(world.numbers, home, {"verdict.rule_result": results}, "int_publication__cell")
    rows = numbers.query(
        "select indicator_id, area_code, period_type, coalesce(hidden_status, 'shown') as status, "
        "coalesce(caution, '') as caution "
        "from marts.int_publication__cell "
        "where breakdown = 'total' and period_end = ? and area_code in (?, 'E92000001') "
        "and (indicator_id, period_type) in (('CVD06', 'rolling_12m'), ('DQ01_SUS_APC', 'month'))",
        [date(2026, 3, 31), area],
    )
    return {
        (str(indicator), "area" if code == area else "country", str(period_type)): (str(status), str(caution))
        for indicator, code, period_type, status, caution in rows.to_numpy().tolist()
    }


STROKES, ETHNICITY = ("CVD06", "area", "rolling_12m"), ("DQ01_SUS_APC", "area", "month")
STROKES_OF_THE_COUNTRY = ("CVD06", "country", "rolling_12m")


def year(area: str, *violated: int) -> list[dict[str, Any]]:
    """Twelve months without a fault but for the last ones."""
    return [
        result(area, month, count) for month, count in zip(MONTHS[-len(violated) :], violated, strict=True)
    ] + [result(area, month, 0) for month in MONTHS[-12 : -len(violated)]]  # fmt: skip


def test_only_indicators_that_look_for_a_diagnosis_are_withheld(world: World, tmp_path: Path) -> None:
    area = world["admissions_not_coded"]
    found = published(world, tmp_path / "home", *year(area, 60, 70))
    assert found[STROKES] == ("withheld_quality", "Rule: diagnosis_coded_in_area.")
    assert found[ETHNICITY][0] == "shown"
    assert found[STROKES_OF_THE_COUNTRY] == ("shown", "")


def test_a_bad_month_of_a_year_is_said(world: World, tmp_path: Path) -> None:
    area = world["admissions_not_coded"]
    found = published(world, tmp_path / "home", *year(area, 60))
    assert found[STROKES] == ("shown", "Diagnoses were coded for 95.0 % of episodes.")
    assert found[ETHNICITY] == ("shown", "")


def test_everything_that_is_lacking_is_said(world: World, tmp_path: Path) -> None:
    silent = [result("all", MONTH, 6, "area_represented")]
    found = published(world, tmp_path / "home", *year("all", 60), *silent)
    assert found[STROKES_OF_THE_COUNTRY] == (
        "shown",
        "94.0 % of the activity behind it is as expected. Diagnoses were coded for 95.0 % of episodes.",
    )

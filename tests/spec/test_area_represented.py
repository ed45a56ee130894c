"""An area whose submitter is silent: what it lacks, and what is published of it.

Belongs here: records and expected submitters in, the measure out; the measure in, what is withheld and said out. Does
not belong here: the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.spec.cases import World, domain_rules
from tests.spec.numbers import Numbers
from tests.spec.rebuilt import rebuilt
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

PERIODS = ["m1", "m2", "m3"]
# Residence 1 is in the authority LA-A, 2 in LA-B, both in ICB-1 of REGION-1; 3 is in LA-C of ICB-2. -1 is not known.
RESIDENCE = [
    {"residence_key": key, "area_key": key, "residence_group": group, "region_code": region, "icb_code": icb}
    | {"sub_icb_code": f"SUB-{icb}", "la_code": la}
    for key, group, region, icb, la in [
        (1, "england", "REGION-1", "ICB-1", "LA-A"),
        (2, "england", "REGION-1", "ICB-1", "LA-B"),
        (3, "england", "REGION-1", "ICB-2", "LA-C"),
        (-1, "unknown", "unknown", "unknown", "unknown"),
    ]
]


def sent(submitter: str, records: int, period: str) -> dict[str, Any]:
    return {
        "feed": "sus_op", "submitter_code": submitter, "period": period, "is_expected": True, "records": records,
    }  # fmt: skip


def cube(submitter: str, period: str, residence: int, records: int) -> dict[str, Any]:
    return {"provider_code": submitter, "source_period": period, "residence_key": residence, "records": records}


@pytest.fixture(scope="module")
def lacking(world: World, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """RBIG treats all three authorities in every month; RSMALL LA-A alone, and nobody in m3; RNEVER sends nothing."""
    records = [cube("RBIG", period, key, 100) for period in PERIODS for key in (1, 2, 3, -1)]
    records += [cube("RSMALL", "m1", 1, 30), cube("RSMALL", "m2", 1, 50)]
    presence = [sent("RBIG", 400, period) for period in PERIODS] + [sent("RNEVER", 0, period) for period in PERIODS]
    presence += [sent("RSMALL", records, period) for period, records in zip(PERIODS, (30, 50, 0), strict=True)]
    tables: dict[str, Sequence[dict[str, Any]]] = {
        "intermediate.int_outpatient_care__cube": records,
        "intermediate.dim_residence": RESIDENCE,
        "quality.quality_submitter_period": presence,
        "intermediate.int_submitter__expected": [{"feed": "sus_op"}],
    }
    return rebuilt(world.numbers, tmp_path_factory.mktemp("area") / "home", tables, "quality_area_represented")


def test_an_area_lacks_what_its_silent_submitter_usually_sends(lacking: Numbers) -> None:
    rows = lacking.query(
        "select area_code, violated, expected from quality.quality_area_represented where period = 'm3'"
    )
    assert {row.area_code: (row.violated, row.expected) for row in rows.itertuples()} == {
        "LA-A": (40, 140),  # 100 came; RSMALL sends 30 or 50
        "ICB-1": (40, 240),
        "SUB-ICB-1": (40, 240),
        "REGION-1": (40, 340),
        "all": (40, 440),  # those of unknown residence too
    }


def test_an_area_that_lacks_nothing_in_a_period_is_there_with_its_records(lacking: Numbers) -> None:
    rows = lacking.query(
        "select period, violated, expected from quality.quality_area_represented where area_code = 'LA-A'"
    )
    assert {row.period: (row.violated, row.expected) for row in rows.itertuples()} == {
        "m1": (0, 130),
        "m2": (0, 150),
        "m3": (40, 140),
    }


def test_areas_that_lack_nothing_ever_have_no_rows(lacking: Numbers) -> None:
    rows = lacking.query(
        "select count(*) as n from quality.quality_area_represented where area_code in ('LA-B', 'LA-C')"
    )
    assert rows["n"][0] == 0


@pytest.fixture(scope="module")
def astray(world: World, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """In m3 RTENFOLD sends ten times its usual 60, and 30 of an area that is not its own; RTHIN a tenth of its 100."""
    records = [cube("RBIG", period, key, 100) for period in PERIODS for key in (1, 2, 3)]
    records += [cube("RTENFOLD", period, 1, 60) for period in PERIODS[:2]] + [cube("RTENFOLD", "m3", 1, 600)]
    records += [cube("RTENFOLD", "m3", 2, 30)]
    records += [cube("RTHIN", period, 3, 100) for period in PERIODS[:2]] + [cube("RTHIN", "m3", 3, 10)]
    history = [
        {
            "feed": "sus_op", "submitter_code": submitter, "period": "m3", "records": records, "periods_before": 3,
            "usual_records": usual, "feed_against_usual": 1.0,
        }
        for submitter, records, usual in [("RBIG", 300, 300.0), ("RTENFOLD", 630, 60.0), ("RTHIN", 10, 100.0)]
    ]  # fmt: skip
    tables: dict[str, Sequence[dict[str, Any]]] = {
        "intermediate.int_outpatient_care__cube": records,
        "intermediate.dim_residence": RESIDENCE,
        "quality.quality_submitter_period": [sent(code, 1, period) for code in ("RBIG", "RTHIN") for period in PERIODS],
        "quality.quality_submitter_history": history,
        "intermediate.int_submitter__expected": [{"feed": "sus_op"}],
    }
    return rebuilt(world.numbers, tmp_path_factory.mktemp("astray") / "home", tables, "quality_area_represented")


def test_what_cannot_be_counts_by_how_far_it_is_from_usual(astray: Numbers) -> None:
    rows = astray.query(
        "select area_code, violated, expected from quality.quality_area_represented where period = 'm3'"
    )
    assert {row.area_code: (row.violated, row.expected) for row in rows.itertuples()} == {
        "LA-A": (540, 700),  # 600 came where 60 are usual
        "LA-B": (30, 130),  # nobody was to come
        "LA-C": (90, 200),  # 10 came where 100 are usual
        "ICB-1": (570, 830),
        "SUB-ICB-1": (570, 830),
        "ICB-2": (90, 200),
        "SUB-ICB-2": (90, 200),
        "REGION-1": (660, 1030),
        "all": (660, 1030),
    }


def test_what_can_be_is_not_counted(astray: Numbers) -> None:
    rows = astray.query("select sum(violated) as violated from quality.quality_area_represented where period <> 'm3'")
    assert rows["violated"][0] == 0


# What is published


@domain_rules
def attendances_of_an_area_represented(tiny: Tiny) -> str:
    place = tiny.place("Area represented")
    lsoa = tiny.lsoa(place, 3)
    for month in MONTHS:
        tiny.attendances(40, lsoa, month)
    return place.la


def result(area: str, month: str, violated: int, status: str, severity: str = "withhold") -> dict[str, Any]:
    return {
        "feed": "ecds", "submitter_code": area, "period": month, "rule_id": "area_represented", "violated": violated,
        "expected": 100, "pct": float(violated), "threshold_pct": 10.0, "severity": severity, "status": status,
    }  # fmt: skip


def published(world: World, home: Path, *results: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Status and caution of the totals of the area and the country, of the last month and of its whole year."""
    area = world["attendances_of_an_area_represented"]
    numbers = rebuilt(world.numbers, home, {"verdict.rule_result": results}, "int_publication__cell")
    rows = numbers.query(
        "select area_code, period_type, coalesce(hidden_status, 'shown') as status, caution "
        "from marts.int_publication__cell where indicator_id = 'UEC01' and breakdown = 'total' and category = 'total' "
        "and period_end = ? and period_type in ('month', 'rolling_12m') and area_code in (?, 'E92000001')",
        [date(2026, 3, 31), area],
    )
    return {
        ("area" if code == area else "country", str(period_type)): (str(status), caution)
        for code, period_type, status, caution in rows.to_numpy().tolist()
    }


def months(area: str, last: int, status: str, **more: str) -> list[dict[str, Any]]:
    return [result(area, month, 0, "passed", **more) for month in MONTHS[:-1]] + [
        result(area, MONTH, last, status, **more)
    ]


def test_an_area_beyond_the_threshold_is_withheld_and_its_year_says_its_share(world: World, tmp_path: Path) -> None:
    area = world["attendances_of_an_area_represented"]
    found = published(world, tmp_path / "home", *months(area, 24, "failed"), *months("all", 3, "passed"))
    assert found == {
        ("area", "month"): ("withheld_quality", "Rule: area_represented."),
        ("area", "rolling_12m"): ("shown", "98.0 % of the activity behind it is as expected."),
        ("country", "month"): ("shown", "97.0 % of the activity behind it is as expected."),
        ("country", "rolling_12m"): ("shown", "99.7 % of the activity behind it is as expected."),
    }


def test_a_country_beyond_the_threshold_is_withheld_everywhere(world: World, tmp_path: Path) -> None:
    found = published(world, tmp_path / "home", *months("all", 24, "failed"))
    assert {key for key, (status, _) in found.items() if status == "withheld_quality"} == {
        ("area", "month"),
        ("country", "month"),
    }


@pytest.mark.parametrize(("status", "severity"), [("waived", "withhold"), ("failed", "caution"), ("failed", "shadow")])
def test_what_is_waived_or_not_to_be_withheld_is_said(world: World, tmp_path: Path, status: str, severity: str) -> None:
    area = world["attendances_of_an_area_represented"]
    found = published(world, tmp_path / "home", *months(area, 24, status, severity=severity))
    assert found["area", "month"] == ("shown", "76.0 % of the activity behind it is as expected.")


def test_a_rule_that_was_not_judged_says_nothing(world: World, tmp_path: Path) -> None:
    area = world["attendances_of_an_area_represented"]
    found = published(world, tmp_path / "home", *months(area, 24, "not_judged"))
    assert found["area", "month"] == ("shown", None)

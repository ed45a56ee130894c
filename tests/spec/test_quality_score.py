"""The data quality score: counts of items in, the score out, as the published worked example of the DQMI has it.

Belongs here: the method and its edges. Does not belong here: how the items are counted (`test_item_completeness`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.spec.cases import World
from tests.spec.numbers import Numbers
from tests.spec.rebuilt import rebuilt

pytestmark = pytest.mark.slow

# Appendix 1 of the methodology of the Data Quality Maturity Index: data set, records, valid and complete, defaults,
# threshold for defaults in per cent (None: there are no defaults), item score. A quarter; data set 1 was expected in
# one month only, 2 and 3 were sent in one month of three, 7 in two.
EXAMPLE = [
    ("set1", 2_500, 2_400, 100, 2.0, 94.0),
    ("set1", 2_500, 2_500, 100, 100.0, 100.0),
    ("set1", 2_500, 2_000, 100, 0.0, 76.0),
    ("set2", 1_000, 900, 900, 0.0, 0.0),
    ("set2", 1_000, 800, 800, 100.0, 80.0),
    ("set2", 1_000, 900, 450, 0.0, 45.0),
    ("set2", 1_000, 1_000, 100, 3.5, 93.5),
    ("set3", 10_000, 10_000, 0, None, 100.0),
    ("set3", 10_000, 10_000, 0, None, 100.0),
    ("set7", 50_000, 50_000, 100, 2.0, 100.0),
    ("set7", 50_000, 49_000, 5_000, 100.0, 98.0),
    ("set7", 50_000, 45_000, 5_000, 3.5, 83.5),
]
MONTHS = {"m1": date(2026, 1, 31), "m2": date(2026, 2, 28), "m3": date(2026, 3, 31)}
SENT = {"set1": {"m3"}, "set2": {"m3"}, "set3": {"m3"}, "set7": {"m2", "m3"}, "edges": {"m3"}}


def item_row(feed: str, number: int, submitter: str, records: int, valid: int, defaults: int) -> dict[str, Any]:
    return {
        "feed": feed, "submitter_code": submitter, "period": "m3", "item": f"item{number}", "expected": records,
        "valid": valid, "defaults": defaults, "value_status": "shown",
    }  # fmt: skip


def presence(feed: str, submitter: str, period: str, records: int, is_expected: bool = True) -> dict[str, Any]:
    return {
        "feed": feed, "submitter_code": submitter, "period": period, "period_end": MONTHS[period],
        "is_expected": is_expected, "records": records, "newest_event_date": date(2026, 3, 20),
    }  # fmt: skip


@pytest.fixture(scope="module")
def scored(world: World, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    items = [item_row(row[0], number, "RDQMI", *row[1:4]) for number, row in enumerate(EXAMPLE)]
    thresholds: list[dict[str, Any]] = [
        {"item": f"item{number}", "default_threshold_pct": row[4]} for number, row in enumerate(EXAMPLE)
    ]
    sent = [
        presence(feed, "RDQMI", period, 10 if period in SENT[feed] else 0)
        for feed in ("set1", "set2", "set3", "set7")
        for period in (["m3"] if feed == "set1" else MONTHS)
    ]
    # Edges: 24 and 25 records of an item, a submitter that never sent, and one that nobody expected.
    thresholds.append({"item": "item99", "default_threshold_pct": 10.0})
    items += [item_row("edges", 99, "RFEW", 24, 12, 0), item_row("edges", 99, "RENOUGH", 25, 20, 0)]
    items.append(item_row("edges", 99, "RGUEST", 100, 100, 0))
    sent += [presence("edges", "RFEW", "m3", 24), presence("edges", "RENOUGH", "m3", 25)]
    sent += [presence("edges", "RSILENT", "m3", 0), presence("edges", "RGUEST", "m3", 100, is_expected=False)]
    parts = [{"feed": feed, "period": period, "period_end": end} for feed in SENT for period, end in MONTHS.items()]
    due = [
        {"feed": "edges", "period": "m3", "timeliness_status": "amber", "days_late": 3},
        {"feed": "set1", "period": "m3", "timeliness_status": "on_time", "days_late": 0},
    ]
    restated = [
        {"feed": "edges", "submitter_code": "RENOUGH", "period": "m3", "timeliness_status": "red", "days_late": 40}
    ]
    tables = {
        "run.late_submitter": restated,
        "publication.pub_data_quality_item": items, "codes.default_threshold": thresholds, "run.part": parts,
        "quality.quality_submitter_period": sent, "run.expected_period": due,
    }  # fmt: skip
    home = tmp_path_factory.mktemp("scored")
    return rebuilt(world.numbers, home, tables, "int_publication__score", "pub_data_quality_score")


def score(scored: Numbers, feed: str, submitter: str, period: str) -> dict[str, Any]:
    rows = scored.query(
        "select * from publication.pub_data_quality_score where feed = ? and submitter_code = ? and period = ?",
        [feed, submitter, period],
    )
    assert len(rows) == 1
    return {str(name): None if pd.isna(value) else value for name, value in rows.iloc[0].items()}


def test_the_published_example_over_all_data_sets_is_47_2(scored: Numbers) -> None:
    row = score(scored, "all", "RDQMI", "last_12_months")
    assert (round(row["score"], 1), row["items_scored"]) == (47.2, 12)


@pytest.mark.parametrize("feed", ["set1", "set2", "set3", "set7"])
def test_a_month_of_a_data_set_scores_the_mean_of_its_items(scored: Numbers, feed: str) -> None:
    own = [row[5] for row in EXAMPLE if row[0] == feed]
    assert score(scored, feed, "RDQMI", "m3")["score"] == pytest.approx(sum(own) / len(own))


def test_coverage_is_periods_submitted_of_those_expected_and_multiplies(scored: Numbers) -> None:
    for feed, submitted, expected in (("set1", 1, 1), ("set2", 1, 3), ("set7", 2, 3)):
        row = score(scored, feed, "RDQMI", "last_12_months")
        assert (row["periods_submitted"], row["periods_expected"]) == (submitted, expected)
        month = score(scored, feed, "RDQMI", "m3")["score"]
        assert row["score"] == pytest.approx(month * submitted / expected)
        assert row["coverage_pct"] == pytest.approx(100 * submitted / expected)


def test_defaults_up_to_the_threshold_cost_nothing_and_beyond_it_what_is_beyond(scored: Numbers) -> None:
    """Data set 1: 100 defaults of 2,500 where 2 % may be, where all may be, and where none may be."""
    row = score(scored, "set1", "RDQMI", "m3")
    assert row["excess_pct"] == pytest.approx((50 / 2_500 + 0 + 100 / 2_500) / 3 * 100)
    assert row["valid_pct"] == pytest.approx((2_400 + 2_500 + 2_000) / 3 / 2_500 * 100)


def test_an_item_with_fewer_than_25_records_is_not_scored(scored: Numbers) -> None:
    few, enough = score(scored, "edges", "RFEW", "m3"), score(scored, "edges", "RENOUGH", "m3")
    assert (few["score"], few["value_status"], few["items_scored"]) == (None, "not_evaluable", 0)
    assert few["status_reason"]
    assert (enough["score"], enough["items_scored"]) == (80.0, 1)


def test_who_was_expected_and_sent_nothing_scores_nought_and_who_was_not_expected_has_no_score(scored: Numbers) -> None:
    silent, guest = score(scored, "edges", "RSILENT", "m3"), score(scored, "edges", "RGUEST", "m3")
    assert (silent["score"], silent["coverage_pct"], silent["value_status"]) == (0.0, 0.0, "shown")
    assert (guest["score"], guest["value_status"]) == (None, "not_evaluable")


def test_timeliness_stands_beside_the_score_and_does_not_change_it(scored: Numbers) -> None:
    """Did it arrive, and how recent is what it holds."""
    late = score(scored, "edges", "RENOUGH", "m3")
    assert (late["timeliness_status"], late["days_late"], late["score"]) == ("red", 40, 80.0)
    assert (str(late["newest_event_date"])[:10], late["days_behind"]) == ("2026-03-20", 11)
    silent, few = score(scored, "edges", "RSILENT", "m3"), score(scored, "edges", "RFEW", "m3")
    assert (silent["timeliness_status"], silent["days_late"]) == ("never", None)
    assert (few["timeliness_status"], few["days_behind"]) == ("amber", None)

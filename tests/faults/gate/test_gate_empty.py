"""Nothing to judge is no pass: empty suites, suites that are not there, tables without rows, feeds without measures.

Belongs here: what Great Expectations alone calls a success. Does not belong here: the other ways around the gate
(`test_gate_bypasses`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.orchestration import nightly
from tests.faults.gate.conftest import Night
from tests.faults.gate.test_gate_bypasses import change_measures, refused
from tests.faults.listed import fault

pytestmark = pytest.mark.slow  # the night behind the fixture takes most of a minute


# (d) an empty suite


@fault(
    "gate: empty suite",
    "the suite of a published table is emptied, or has no text",
    "every rule of it is an error, which holds",
    "pointer, not green",
)
@pytest.mark.parametrize("text", ['{"name": "indicator_value", "expectations": []}', ""])
def test_an_empty_suite_holds(whole_night: Night, suites: Path, text: str) -> None:
    (suites / "indicator_value.json").write_text(text, encoding="utf-8")
    judgements, verdict = nightly.judge_publication(whole_night.context)
    assert verdict.state == "held"
    assert {item.status for item in judgements if item.subject == "indicator_value"} == {"error"}
    refused(whole_night, "did not run as it must")


def test_a_missing_suite_of_a_feed_holds(whole_night: Night, suites: Path) -> None:
    (suites / "wlmds.json").unlink()
    gate = nightly.judge_feeds(whole_night.context)
    assert gate.verdict.state == "held"
    assert set(gate.results.loc[gate.results["feed"] == "wlmds", "status"]) == {"error"}
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "wlmds: rule rows_conserved did not run as it must")


# (e) an empty table


@fault("content: denominator 0", "a published table has no measures", "held: nothing to judge is no pass", "not green")
@pytest.mark.parametrize("table", ["indicator_value", "release"])
def test_measures_without_rows_hold(whole_night: Night, table: str) -> None:
    statement = "delete from quality.quality_publication_measure where table_name = ?"
    change_measures(whole_night, "quality_publication_measure", statement, table)
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "had nothing to judge")


def test_measures_of_an_empty_table_hold(whole_night: Night) -> None:
    statement = (
        "update quality.quality_publication_measure set violated = 0, expected = 0, pct = null where table_name = ?"
    )
    change_measures(whole_night, "quality_publication_measure", statement, "area")
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "area: rule stamped had nothing to judge")


def test_a_feed_without_measures_holds(whole_night: Night) -> None:
    change_measures(
        whole_night, "quality_feed_measure", "delete from quality.quality_feed_measure where feed = ?", "ecds"
    )
    assert nightly.judge_feeds(whole_night.context).verdict.state == "held"
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "ecds: rule rows_conserved had nothing to judge")

"""What was judged ahead is taken over for the same question only, and once.

Belongs here: which judgements the gate gets. Does not belong here: judging itself (`test_quality_judge`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalogue.policy import Policy
from pipeline.quality.ahead import JudgedAhead
from tests.unit.quality.gate_parts import expectation, measures, policy, rule, write_suite

GOOD = measures(("a_rule", 1, 100))
BAD = measures(("a_rule", 90, 100))


def statuses(ahead: JudgedAhead, frame: pd.DataFrame, by: Policy) -> list[str]:
    return [item.status for item in ahead.take("feed", {"ecds": frame}, by)]


def test_the_same_question_gets_what_was_judged_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"ecds": GOOD}, policy())
    monkeypatch.setattr("pipeline.quality.ahead.judge_all", lambda *_: pytest.fail("judged again"))
    assert statuses(ahead, GOOD.copy(), policy()) == ["passed"]


def test_other_measures_are_judged_anew(tmp_path: Path) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, BAD, policy()) == ["failed"]


def test_another_policy_is_judged_anew(tmp_path: Path) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy(rule("b_rule"))) == ["error"]


def test_a_suite_that_was_changed_or_removed_meanwhile_is_judged_anew(tmp_path: Path) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"ecds": GOOD}, policy())
    write_suite(tmp_path)
    assert statuses(ahead, GOOD, policy()) == ["error"]
    write_suite(tmp_path, expectation())
    ahead.begin("feed", {"ecds": GOOD}, policy())
    (tmp_path / "ecds.json").unlink()
    assert statuses(ahead, GOOD, policy()) == ["error"]


def test_another_feed_is_judged_anew(tmp_path: Path) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"sus_op": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]


def test_it_is_taken_over_once(tmp_path: Path) -> None:
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]
    write_suite(tmp_path)
    assert statuses(ahead, GOOD, policy()) == ["error"]


def test_without_a_start_the_gate_judges(tmp_path: Path) -> None:
    assert statuses(JudgedAhead(write_suite(tmp_path, expectation())), BAD, policy()) == ["failed"]

"""What was judged ahead is taken over for the same question only, and once.

Belongs here: which judgements the gate gets. Does not belong here: judging itself (`test_quality_judge`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalogue.policy import Policy
from pipeline.quality.ahead import JudgedAhead
from tests.unit.quality.gate_parts import expectation, measures, policy, rule, write_suite

GOOD = measures(("a_rule", 1, 100))
BAD = measures(("a_rule", 90, 100))


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[JudgedAhead]:
    """With its process started, on a suite of one rule for the feed."""
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.start()
    yield ahead
    ahead.end()


def statuses(ahead: JudgedAhead, frame: pd.DataFrame, by: Policy) -> list[str]:
    return [item.status for item in ahead.take("feed", {"ecds": frame}, by)]


def test_the_same_question_gets_what_was_judged_ahead(ahead: JudgedAhead, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    monkeypatch.setattr("pipeline.quality.ahead.judge_all", lambda *_: pytest.fail("judged again"))
    assert statuses(ahead, GOOD.copy(), policy()) == ["passed"]


def test_other_measures_are_judged_anew(ahead: JudgedAhead) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, BAD, policy()) == ["failed"]


def test_another_policy_is_judged_anew(ahead: JudgedAhead) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy(rule("b_rule"))) == ["error"]


def test_a_suite_that_was_changed_or_removed_meanwhile_is_judged_anew(ahead: JudgedAhead, tmp_path: Path) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    write_suite(tmp_path)
    assert statuses(ahead, GOOD, policy()) == ["error"]
    write_suite(tmp_path, expectation())
    ahead.begin("feed", {"ecds": GOOD}, policy())
    (tmp_path / "ecds.json").unlink()
    assert statuses(ahead, GOOD, policy()) == ["error"]


def test_another_feed_is_judged_anew(ahead: JudgedAhead) -> None:
    ahead.begin("feed", {"sus_op": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]


def test_it_is_taken_over_once(ahead: JudgedAhead, tmp_path: Path) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]
    write_suite(tmp_path)
    assert statuses(ahead, GOOD, policy()) == ["error"]


def test_a_process_that_died_leaves_the_judging_to_the_gate(ahead: JudgedAhead) -> None:
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert ahead._judge is not None
    ahead._judge.kill()
    assert statuses(ahead, BAD, policy()) == ["failed"]
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]


def test_a_question_that_nobody_took_does_not_answer_the_next(ahead: JudgedAhead) -> None:
    ahead.begin("feed", {"ecds": BAD}, policy())
    ahead.begin("feed", {"ecds": GOOD}, policy())
    assert statuses(ahead, GOOD, policy()) == ["passed"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the environment of a process is read in /proc")
def test_the_process_is_not_told_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORE20_PSEUDONYM_KEY", "a-secret-of-this-test")
    ahead = JudgedAhead(write_suite(tmp_path, expectation()))
    ahead.start()
    assert ahead._judge is not None
    environment = Path(f"/proc/{ahead._judge.pid}/environ")
    while not (told := environment.read_bytes()):  # the process is there before its memory is
        time.sleep(0.01)
    ahead.end()
    assert b"PATH=" in told
    assert b"CORE20_" not in told


def test_the_process_ends_with_its_questions(ahead: JudgedAhead) -> None:
    assert ahead._judge is not None and ahead._judge.stdin is not None
    ahead._judge.stdin.close()
    assert ahead._judge.wait(60) == 0
    ahead._judge.stdin = None


def test_without_a_start_the_gate_judges(tmp_path: Path) -> None:
    assert statuses(JudgedAhead(write_suite(tmp_path, expectation())), BAD, policy()) == ["failed"]

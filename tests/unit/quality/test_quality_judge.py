"""One judgement a rule, by the policy's threshold, and an error whenever the suite did not judge what it must.

Belongs here: the judge against small suites. Does not belong here: what follows from a judgement.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.catalogue.policy import Policy
from pipeline.quality import judge
from pipeline.quality.judge import Judgement, judge_all
from tests.faults.listed import fault
from tests.unit.quality.gate_parts import MEASURE_COLUMNS, expectation, measures, policy, rule, write_suite

GOOD = measures(("a_rule", 10, 100), ("a_rule", 1, 100))


def judged(
    folder: Path, frame: pd.DataFrame, *expectations: dict[str, Any], by: Policy | None = None
) -> list[Judgement]:
    return judge_all("feed", {"ecds": frame}, by or policy(), write_suite(folder, *expectations))


def status(folder: Path, frame: pd.DataFrame, *expectations: dict[str, Any]) -> str:
    (only,) = judged(folder, frame, *(expectations or [expectation()]))
    return only.status


def test_a_rule_passes_with_its_counts(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD, expectation()) == [
        Judgement("ecds", "a_rule", "passed", judged=2, failed=0, vacuous=0, violated=11, expected=200)
    ]


def test_the_same_question_of_two_rules_is_asked_once_and_another_threshold_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    ask = judge._ask

    def counted(batches: Any, name: str, *question: Any) -> Any:
        names.append(name)
        return ask(batches, name, *question)

    monkeypatch.setattr(judge, "_ask", counted)
    ids = ("a_rule", "b_rule", "lenient")
    rules = policy(rule("a_rule"), rule("b_rule"), rule("lenient", threshold_pct=95))
    frame = measures(*[(rule_id, 90, 100) for rule_id in ids], *[(rule_id, 1, 100) for rule_id in ids])
    found = judged(tmp_path, frame, *[expectation(rule_id) for rule_id in ids], by=rules)
    assert [(item.status, item.failed) for item in found] == [("failed", 1), ("failed", 1), ("passed", 0)]
    assert names == ["ecds.a_rule", "ecds.lenient"]


@fault(
    "content: one big bad among small good",
    "one submitter of a thousand records fails among fifty good ones",
    "the rule fails and counts one",
    "not green",
)
def test_one_big_bad_measure_fails_among_many_small_good_ones(tmp_path: Path) -> None:
    frame = measures(*[("a_rule", 0, 10)] * 50, ("a_rule", 900, 1000))
    assert judged(tmp_path, frame, expectation()) == [
        Judgement("ecds", "a_rule", "failed", judged=51, failed=1, vacuous=0, violated=900, expected=1500)
    ]


@fault(
    "content: one big bad among small good",
    "one submitter of two records fails beside a good one of a million",
    "the rule fails and counts one",
    "not green",
)
def test_one_small_bad_measure_does_not_hide_in_a_good_total(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, measures(("a_rule", 0, 1_000_000), ("a_rule", 2, 2)), expectation())
    assert (found.status, found.failed) == ("failed", 1)


@pytest.mark.parametrize(
    ("violated", "expected", "wanted"),
    [
        pytest.param(
            100_000, 1_000_000, "passed", marks=fault("content: threshold exactly at", "10 % of 10 %", "passed")
        ),
        pytest.param(
            100_001, 1_000_000, "failed", marks=fault("content: threshold above", "one record too many", "failed")
        ),
        pytest.param(99_999, 1_000_000, "passed", marks=fault("content: threshold below", "one record less", "passed")),
        pytest.param(0, 1, "passed", marks=fault("content: denominator 1", "one record, and it is good", "passed")),
        pytest.param(1, 1, "failed", marks=fault("content: denominator 1", "one record, and it is bad", "failed")),
    ],
)
def test_the_threshold_itself_passes(tmp_path: Path, violated: int, expected: int, wanted: str) -> None:
    assert status(tmp_path, measures(("a_rule", violated, expected))) == wanted


def test_a_threshold_of_nothing_fails_on_one(tmp_path: Path) -> None:
    strict = policy(rule(threshold_pct=0))
    (found,) = judged(tmp_path, measures(("a_rule", 1, 1_000_000_000)), expectation(), by=strict)
    assert found.status == "failed"


@fault(
    "content: submitter tenfold",
    "nine times what was expected, or more",
    "fails",
    "not green",
)
def test_per_cent_above_a_hundred_and_infinity_fail(tmp_path: Path) -> None:
    infinite = measures(("a_rule", 0, 100)).assign(pct=math.inf)
    assert status(tmp_path, measures(("a_rule", 250, 100))) == "failed"
    assert status(tmp_path, infinite) == "failed"


@fault("content: denominator 0", "a measure has denominator 0 among others", "counted as vacuous, not as passed")
def test_measures_without_denominator_are_counted_and_not_judged(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, measures(("a_rule", 0, 0), ("a_rule", 10, 100)), expectation())
    assert (found.status, found.judged, found.vacuous) == ("passed", 1, 1)


@fault("content: denominator 0", "every measure has denominator 0, or there is none", "not evaluable, which is no pass")
def test_nothing_to_judge_is_not_a_pass(tmp_path: Path) -> None:
    nothing = pd.DataFrame([], columns=MEASURE_COLUMNS)
    assert status(tmp_path, nothing) == "not_evaluable"
    assert status(tmp_path, measures(("a_rule", 0, 0), ("a_rule", 0, 0))) == "not_evaluable"
    assert status(tmp_path, measures(("other_rule", 0, 100))) == "not_evaluable"


def test_all_null_of_any_type_is_not_a_pass(tmp_path: Path) -> None:
    as_objects = measures(("a_rule", 0, 0)).astype({"pct": "object"})
    assert status(tmp_path, as_objects) == "not_evaluable"


def test_a_denominator_without_a_per_cent_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, measures(("a_rule", 90, 100)).assign(pct=None)) == "error"


def test_a_missing_per_cent_does_not_hide_behind_a_denominator_of_zero(tmp_path: Path) -> None:
    frame = pd.DataFrame([("a_rule", 0, 0, 0.0), ("a_rule", 90, 100, None)], columns=MEASURE_COLUMNS)
    assert status(tmp_path, frame) == "error"


def test_a_negative_per_cent_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, measures(("a_rule", -1, 100))) == "error"


@fault("gate: check removed", "the suite file is gone", "every rule is an error")
def test_without_a_suite_every_rule_is_an_error(tmp_path: Path) -> None:
    both = policy(rule("a_rule"), rule("b_rule"))
    assert [item.status for item in judge_all("feed", {"ecds": GOOD}, both, tmp_path)] == ["error", "error"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "ecds"}', '{"expectations": [{}]}', '{"expectations": {}}'])
def test_a_suite_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "ecds.json").write_text(text)
    assert [item.status for item in judge_all("feed", {"ecds": GOOD}, policy(), tmp_path)] == ["error"]


def test_an_empty_suite_is_an_error(tmp_path: Path) -> None:
    write_suite(tmp_path)
    assert [item.status for item in judge_all("feed", {"ecds": GOOD}, policy(), tmp_path)] == ["error"]


@fault("gate: suite for another table", "a suite is of another table", "an error")
def test_the_suite_of_another_table_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, GOOD, expectation("stamped")) == "error"


def test_a_rule_removed_from_the_suite_is_an_error_and_the_others_are_judged(tmp_path: Path) -> None:
    both = policy(rule("a_rule"), rule("b_rule"))
    found = judged(tmp_path, measures(("a_rule", 0, 1), ("b_rule", 0, 1)), expectation("b_rule"), by=both)
    assert {item.rule_id: item.status for item in found} == {"a_rule": "error", "b_rule": "passed"}


@fault("gate: check renamed", "a rule has another name in the suite", "an error")
def test_a_rule_renamed_in_the_suite_is_an_error(tmp_path: Path) -> None:
    renamed = expectation()
    renamed["meta"]["rule_id"] = "a_rule_2"
    assert status(tmp_path, GOOD, renamed) == "error"


def test_a_rule_judged_twice_is_an_error(tmp_path: Path) -> None:
    lenient = expectation(max_value=100)
    assert status(tmp_path, measures(("a_rule", 50, 100)), expectation(), lenient) == "error"
    assert status(tmp_path, GOOD, expectation(), expectation()) == "error"


def test_a_rule_that_only_the_suite_knows_is_not_judged(tmp_path: Path) -> None:
    found = judged(tmp_path, GOOD, expectation(), expectation("stray_rule"))
    assert [item.rule_id for item in found] == ["a_rule"]


@pytest.mark.parametrize("literal", [100, 50])
def test_a_lenient_number_instead_of_the_parameter_is_an_error(tmp_path: Path, literal: int) -> None:
    assert status(tmp_path, measures(("a_rule", 50, 100)), expectation(max_value=literal)) == "error"


def test_a_stricter_number_instead_of_the_parameter_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, GOOD, expectation(max_value=1)) == "error"


def test_the_parameter_of_another_rule_is_an_error(tmp_path: Path) -> None:
    both = policy(rule("a_rule"), rule("b_rule", threshold_pct=90))
    swapped = expectation(max_value={"$PARAMETER": "threshold_b_rule"})
    frame = measures(("a_rule", 50, 100), ("b_rule", 0, 1))
    found = judged(tmp_path, frame, swapped, expectation("b_rule"), by=both)
    assert {item.rule_id: item.status for item in found} == {"a_rule": "error", "b_rule": "passed"}


def test_a_parameter_nobody_gives_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, GOOD, expectation(max_value={"$PARAMETER": "threshold_of_nobody"})) == "error"


@pytest.mark.parametrize("weaker", [{"mostly": 0.1}, {"max_value": None}, {"strict_max": True}])
def test_a_weakened_comparison_is_an_error(tmp_path: Path, weaker: dict[str, Any]) -> None:
    assert status(tmp_path, measures(("a_rule", 50, 100), ("a_rule", 10, 100)), expectation(**weaker)) == "error"


@fault("gate: check disabled", "a condition leaves the bad rows out", "an error")
@pytest.mark.parametrize("condition", ['rule_id=="b_rule"', 'rule_id=="a_rule" and pct < 5', "(("])
def test_a_condition_that_leaves_rows_out_is_an_error(tmp_path: Path, condition: str) -> None:
    frame = measures(("a_rule", 50, 100), ("a_rule", 1, 100), ("b_rule", 0, 100))
    narrower = expectation(row_condition=condition, condition_parser="pandas")
    assert status(tmp_path, frame, narrower) == "error"


def test_the_rows_of_another_rule_neither_fail_nor_save_a_rule(tmp_path: Path) -> None:
    assert status(tmp_path, measures(("a_rule", 50, 100), ("b_rule", 0, 100)), expectation()) == "failed"
    assert status(tmp_path, measures(("a_rule", 0, 100), ("b_rule", 50, 100)), expectation()) == "passed"


@pytest.mark.parametrize(
    "kind", ["expect_nothing_at_all", "expect_table_row_count_to_be_between", "expect_column_to_exist"]
)
def test_an_expectation_of_another_kind_is_an_error(tmp_path: Path, kind: str) -> None:
    other = expectation()
    other["type"] = kind
    if kind != "expect_nothing_at_all":
        other["kwargs"] = {"min_value": 0} if "count" in kind else {"column": "pct"}
    assert status(tmp_path, GOOD, other) == "error"


@fault("gate: check raises", "an expectation raises", "an error, which holds")
def test_an_expectation_that_breaks_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, GOOD, expectation(column="no_such_column")) == "error"


def test_an_expectation_with_an_argument_nobody_knows_is_an_error(tmp_path: Path) -> None:
    assert status(tmp_path, GOOD, expectation(no_such_argument=1)) == "error"


@fault("gate: severity lowered in code", "the suite has another severity", "it does not count")
def test_the_severity_of_the_suite_does_not_count(tmp_path: Path) -> None:
    lowered = expectation() | {"severity": "info"}
    assert status(tmp_path, measures(("a_rule", 50, 100)), lowered) == "failed"


def test_judgements_come_in_policy_order_for_the_subject_only(tmp_path: Path) -> None:
    three = policy(
        rule("c_rule"), rule("a_rule"), rule("b_rule", applies_to=["rtt"]), rule("d_rule", stage="publication")
    )
    found = judged(tmp_path, GOOD, expectation("a_rule"), expectation("c_rule"), by=three)
    assert [item.rule_id for item in found] == ["c_rule", "a_rule"]


@fault(
    "leaks: canaries in error messages",
    "measures hold a number, and the judge logs",
    "it is in no judgement and no log",
    "no canary",
)
def test_no_value_of_the_measures_is_in_a_judgement_or_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    frame = measures(("a_rule", 50, 100)).assign(submitter_code="NHS9434765919")
    broken = expectation(row_condition='submitter_code=="NHS9434765919" and ((', condition_parser="pandas")
    found = [*judged(tmp_path, frame, expectation()), *judged(tmp_path, frame, broken)]
    said = capfd.readouterr()
    assert "9434765919" not in "".join([repr(found), caplog.text, said.out, said.err])

"""What follows from judgements: hold, degrade or publish; statuses of measures; what is withheld.

Belongs here: every severity with every status. Does not belong here: Great Expectations.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.catalogue.waivers import Waiver
from pipeline.quality.judge import Judgement, Status
from pipeline.quality.verdict import Withholding, decide, judged_measures, measure_statuses, withholdings
from tests.unit.quality import gate_parts
from tests.unit.quality.gate_parts import judgement, policy, rule

CRITICAL = rule("critical_rule")
WITHHOLD = rule("withhold_rule", severity="withhold", withholds="ethnicity")
CAUTION = rule("caution_rule", severity="caution")
EXCUSED = rule("excused_rule", severity="withhold", withholds="all", may_be_not_evaluable=True)
EXCUSED_CRITICAL = rule("excused_critical", may_be_not_evaluable=True)
POLICY = policy(CRITICAL, WITHHOLD, CAUTION, EXCUSED, EXCUSED_CRITICAL)

WANTED: dict[str, dict[Status, str]] = {
    "critical_rule": {"passed": "published", "failed": "held", "not_evaluable": "held", "error": "held"},
    "withhold_rule": {"passed": "published", "failed": "degraded", "not_evaluable": "held", "error": "held"},
    "caution_rule": {"passed": "published", "failed": "degraded", "not_evaluable": "held", "error": "held"},
    "excused_rule": {"passed": "published", "failed": "degraded", "not_evaluable": "degraded", "error": "held"},
    "excused_critical": {"passed": "published", "failed": "held", "not_evaluable": "degraded", "error": "held"},
}


@pytest.mark.parametrize(
    ("rule_id", "status", "wanted"),
    [(name, status, state) for name, row in WANTED.items() for status, state in row.items()],
)
def test_each_severity_with_each_status(rule_id: str, status: Status, wanted: str) -> None:
    verdict = decide([judgement("passed", "critical_rule"), judgement(status, rule_id)], POLICY)
    assert verdict.state == wanted
    assert [item.rule_id for item in verdict.findings] == ([] if status == "passed" else [rule_id])


def test_the_worst_wins_whatever_the_order() -> None:
    found = [
        judgement("failed", "caution_rule"),
        judgement("failed", "critical_rule"),
        judgement("passed", "withhold_rule"),
    ]
    assert {decide(order, POLICY).state for order in (found, found[::-1])} == {"held"}


def test_every_rule_that_did_not_pass_is_a_finding_in_words() -> None:
    verdict = decide([judgement("failed", "caution_rule"), judgement("error", "withhold_rule", "rtt")], POLICY)
    assert [item.sentence for item in verdict.findings] == [
        "ecds: rule caution_rule failed for 1 of 3 measures and is a caution.",
        "rtt: rule withhold_rule did not run as it must.",
    ]
    assert verdict.reason == " ".join(item.sentence for item in verdict.findings)


def test_all_passed_says_so() -> None:
    assert decide([judgement("passed", "critical_rule")], POLICY).reason == "Every rule passed."


def test_no_judgement_at_all_is_not_a_pass() -> None:
    assert decide([], POLICY).state == "held"


def test_a_rule_the_policy_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        decide([judgement("failed", "unknown_rule")], POLICY)


def frame(*rows: tuple[str, str, str, int, int]) -> pd.DataFrame:
    values = [(*row, 100.0 * row[3] / row[4] if row[4] else None) for row in rows]
    columns = ["submitter_code", "period", "rule_id", "violated", "expected", "pct"]
    return pd.DataFrame(values, columns=columns).astype({"pct": "float64"})


def test_each_measure_has_its_own_status() -> None:
    measures = frame(
        ("ZT1", "2026-05", "withhold_rule", 10, 100),
        ("ZT2", "2026-05", "withhold_rule", 11, 100),
        ("ZT3", "2026-05", "withhold_rule", 0, 0),
        ("ZT1", "2026-05", "caution_rule", 0, 100),
    )
    before = measures.copy()
    found = measure_statuses(
        measures, [judgement("failed", "withhold_rule"), judgement("passed", "caution_rule")], POLICY
    )
    assert list(found["status"]) == ["passed", "failed", "not_evaluable", "passed"]
    assert list(found["severity"]) == ["withhold", "withhold", "withhold", "caution"]
    assert list(found["threshold_pct"]) == [10.0] * 4
    assert set(found["dimension"]) == {"validity"}
    pd.testing.assert_frame_equal(measures, before)


def test_a_rule_that_is_not_applied_to_the_feed_is_measured_and_withholds_nothing() -> None:
    measures = frame(("ZT1", "2026-05", "withhold_rule", 90, 100), ("ZT1", "2026-05", "caution_rule", 0, 100))
    found = measure_statuses(measures, [judgement("passed", "caution_rule")], POLICY)
    assert list(found["status"]) == ["not_judged", "passed"]
    assert withholdings("ecds", found, POLICY) == []


def test_where_a_rule_broke_every_measure_of_it_is_an_error() -> None:
    measures = frame(
        ("ZT1", "2026-05", "withhold_rule", 0, 100),
        ("ZT3", "2026-05", "withhold_rule", 0, 0),
        ("ZT1", "2026-05", "caution_rule", 0, 100),
    )
    found = measure_statuses(
        measures, [judgement("error", "withhold_rule"), judgement("passed", "caution_rule")], POLICY
    )
    assert list(found["status"]) == ["error", "error", "passed"]


def test_a_measure_nobody_judged_is_not_passed() -> None:
    found = measure_statuses(frame(("ZT1", "2026-05", "unknown_rule", 90, 100)), [], POLICY)
    assert "passed" not in set(found["status"])


def test_only_failed_measures_of_withholding_rules_withhold() -> None:
    measures = frame(
        ("ZT2", "2026-06", "withhold_rule", 11, 100),
        ("ZT1", "2026-06", "withhold_rule", 50, 100),
        ("all", "2026-05", "excused_rule", 50, 100),
        ("ZT3", "2026-06", "withhold_rule", 10, 100),
        ("ZT4", "2026-06", "withhold_rule", 0, 0),
        ("ZT5", "2026-06", "caution_rule", 100, 100),
        ("ZT6", "2026-06", "critical_rule", 100, 100),
    )
    names = ("withhold_rule", "excused_rule", "caution_rule", "critical_rule")
    statuses = measure_statuses(measures, [judgement("failed", name) for name in names], POLICY)
    assert withholdings("ecds", statuses, POLICY) == [
        Withholding("ecds", "all", "2026-05", "all", "excused_rule", False, "Rule: excused_rule."),
        Withholding("ecds", "ZT1", "2026-06", "ethnicity", "withhold_rule", False, "Rule: withhold_rule."),
        Withholding("ecds", "ZT2", "2026-06", "ethnicity", "withhold_rule", False, "Rule: withhold_rule."),
    ]
    shuffled = statuses.sample(frac=1, random_state=3)
    assert withholdings("ecds", shuffled, POLICY) == withholdings("ecds", statuses, POLICY)


def test_an_error_withholds_nothing_because_it_holds_everything() -> None:
    broken = [judgement("error", "withhold_rule")]
    statuses = measure_statuses(frame(("ZT1", "2026-05", "withhold_rule", 90, 100)), broken, POLICY)
    assert withholdings("ecds", statuses, POLICY) == []
    assert decide(broken, POLICY).state == "held"


# Waivers and rules in shadow


def waiver(**changes: Any) -> Waiver:
    return Waiver.model_validate(gate_parts.waiver(rule_id="withhold_rule") | changes)


FAILING = (
    ("ZT1", "2026-05", "withhold_rule", 90, 100),
    ("ZT1", "2026-06", "withhold_rule", 90, 100),
    ("ZT2", "2026-05", "withhold_rule", 90, 100),
    ("ZT1", "2026-05", "critical_rule", 90, 100),
)


def judged(*waivers: Waiver) -> tuple[list[Judgement], pd.DataFrame]:
    measured = frame(*FAILING).assign(feed="ecds")
    names = {"withhold_rule": 3, "critical_rule": 1}
    judgements = [Judgement("ecds", name, "failed", count, count, 0, 90, 100) for name, count in names.items()]
    return judged_measures({"ecds": measured}, judgements, POLICY, waivers)


def test_a_waiver_touches_its_rule_submitter_and_periods_alone() -> None:
    judgements, results = judged(waiver())
    assert list(results["status"]) == ["waived", "failed", "failed", "failed"]
    assert list(results["waiver_id"].fillna("")) == ["W-1", "", "", ""]
    assert [item.waived for item in judgements] == [1, 0]
    assert list(judged(waiver(feed="rtt"))[1]["status"]) == ["failed"] * 4


def test_what_is_waived_is_published_with_its_caution() -> None:
    _, results = judged(waiver())
    found = withholdings("ecds", results, POLICY, [waiver()])
    caution = "Waiver W-1 of rule withhold_rule until 2026-06-01: The trust moved its system. (Head of analysis)"
    assert [(item.submitter_code, item.period, item.is_waived, item.caution) for item in found] == [
        ("ZT1", "2026-05", True, caution),
        ("ZT2", "2026-05", False, "Rule: withhold_rule."),
        ("ZT1", "2026-06", False, "Rule: withhold_rule."),
    ]


def test_a_critical_rule_holds_until_every_failure_is_waived() -> None:
    both = [waiver(), waiver(waiver_id="W-2", rule_id="critical_rule")]
    judgements, _ = judged(*both)
    verdict = decide(judgements, POLICY)
    assert (verdict.state, [item.sentence for item in verdict.findings]) == (
        "degraded",
        [
            "ecds: rule withhold_rule failed for 2 of 3 measures (1 more waived) and withholds what it concerns: "
            "ZT2 in 2026-05 and ZT1 in 2026-06.",
            "ecds: rule critical_rule failed for 1 of 1 measures, all of them waived.",
        ],
    )
    assert decide(judged(waiver())[0], POLICY).state == "held"


def test_a_sentence_names_the_first_places_and_counts_the_others() -> None:
    """What stands where a code should is not repeated: it may be anything a file has there."""
    places = ["ZT1", "a name of somebody", "all", "ZT4", "ZT5"]
    measured = frame(*((code, "2026-05", "withhold_rule", 90, 100) for code in places)).assign(feed="ecds")
    judgements = [Judgement("ecds", "withhold_rule", "failed", 5, 5, 0, 450, 500)]
    (found,), _ = judged_measures({"ecds": measured}, judgements, POLICY)
    assert found.where == "ZT1 in 2026-05, ZT4 in 2026-05, ZT5 in 2026-05 and 2 more"
    (found,), _ = judged_measures({"ecds": measured.iloc[[1, 2]]}, judgements, POLICY)
    assert found.where == "a submitter in 2026-05 and 2026-05"
    (found,), _ = judged_measures({"ecds": measured.iloc[[0]]}, judgements, POLICY)
    assert found.where == "ZT1 in 2026-05"
    whole = measured.iloc[[2]].assign(period="all")
    (found,), _ = judged_measures({"ecds": whole}, judgements, POLICY)
    assert found.where == ""


@pytest.mark.parametrize(
    ("code", "is_named"),
    [
        *((code, True) for code in ("RXH", "A81001", "E06000001", "W2U3Z", "unknown")),
        *((code, False) for code in ("SMITH", "smith", "4857773456", "485777", "1948-03-02")),
    ],
)
def test_only_codes_of_organisations_and_areas_are_named(code: str, is_named: bool) -> None:
    measured = frame((code, "2026-05", "withhold_rule", 90, 100)).assign(feed="ecds")
    judgements = [Judgement("ecds", "withhold_rule", "failed", 1, 1, 0, 90, 100)]
    (found,), _ = judged_measures({"ecds": measured}, judgements, POLICY)
    assert found.where == f"{code if is_named else 'a submitter'} in 2026-05"


@pytest.mark.parametrize("status", ["failed", "not_evaluable", "error"])
def test_nothing_follows_from_a_rule_in_shadow(status: Status) -> None:
    with_shadow = policy(CRITICAL, rule("new_rule", severity="shadow"))
    judgements = [judgement("passed", "critical_rule"), judgement(status, "new_rule")]
    assert decide(judgements, with_shadow) == decide(judgements[:1], with_shadow)
    measured = measure_statuses(frame(("ZT1", "2026-05", "new_rule", 90, 100)), judgements, with_shadow)
    assert (measured["severity"][0], measured["status"][0]) == ("shadow", "error" if status == "error" else "failed")
    assert withholdings("ecds", measured, with_shadow) == []

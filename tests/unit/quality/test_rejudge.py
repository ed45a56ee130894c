"""What changed in the policy, and what that means for the measures of tonight.

Belongs here: changes of the policy. Does not belong here: judging a release again (`tests/faults/gate`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.catalogue.policy import DECIDES, Rule
from pipeline.quality.rejudge import policy_changes, policy_record
from tests.unit.quality.gate_parts import policy, rule

MEASURES = pd.DataFrame(
    [("ecds", "a_rule", 5.0), ("ecds", "a_rule", 15.0), ("ecds", "a_rule", 25.0), ("rtt", "a_rule", 99.0)],
    columns=["feed", "rule_id", "pct"],
)


def changes(before: dict[str, Any], after: dict[str, Any], version: str = "2") -> list[dict[str, Any]]:
    then, now = policy(rule("a_rule", **before)), policy(rule("a_rule", **after))
    return policy_changes(policy_record(then), now.model_copy(update={"version": version}), MEASURES)


def test_without_a_release_before_there_is_nothing_to_compare() -> None:
    assert policy_changes(None, policy(), MEASURES) == []


def test_the_same_policy_changed_nothing() -> None:
    assert changes({}, {"reason": "Other words for the same."}) == []


def test_a_moved_threshold_says_what_fails_by_each() -> None:
    assert changes({"threshold_pct": 10}, {"threshold_pct": 20}) == [
        {
            "rule_id": "a_rule",
            "key": "threshold_pct",
            "before": 10.0,
            "after": 20.0,
            "failed_before": 2,
            "failed_after": 1,
        }
    ]


def test_a_feed_that_is_no_longer_judged_is_a_change() -> None:
    (found,) = changes({"applies_to": ["ecds", "rtt"]}, {"applies_to": ["ecds"]})
    assert (found["key"], found["failed_before"], found["failed_after"]) == ("applies_to", 3, 2)


def test_a_rule_that_came_or_went_is_a_change() -> None:
    then, now = policy(rule("a_rule")), policy(rule("b_rule")).model_copy(update={"version": "2"})
    found = policy_changes(policy_record(then), now, MEASURES)
    assert [(item["rule_id"], item["before"], item["after"]) for item in found] == [
        ("a_rule", "there", "absent"),
        ("b_rule", "absent", "there"),
    ]


def test_a_change_under_the_same_version_is_told() -> None:
    found = changes({"severity": "critical"}, {"severity": "caution"}, version="1")
    assert [item["key"] for item in found] == ["severity", "version"]
    assert found[1]["after"] == "not moved"


def test_everything_of_a_rule_is_either_compared_or_words() -> None:
    assert set(Rule.model_fields) - set(DECIDES) == {
        "rule_id", "stage", "dimension", "counts", "measures", "reason", "evidence"
    }  # fmt: skip

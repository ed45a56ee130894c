"""The receipt: what was written verifies, and anything else is refused with a reason.

Belongs here: one small candidate and everything that can be wrong with its receipt. Does not belong here: a real night
(`tests/faults/gate`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.catalogue.policy import Policy, Stage
from pipeline.quality import receipt as receipt_module
from pipeline.quality.candidate import write_candidate
from pipeline.quality.judge import Judgement, suite_path
from pipeline.quality.receipt import PublicationRefused, read_receipt, required_rules, verify_receipt, write_receipt
from pipeline.quality.verdict import decide
from pipeline.settings import Settings
from tests.unit.quality.gate_parts import expectation, judgement, policy, publication, rule, write_suite

POLICY = policy(
    rule("a_rule"),
    rule("b_rule", severity="caution", may_be_not_evaluable=True),
    rule("stamped", stage="publication", applies_to=["indicator_value", "release"]),
)
FEEDS = ["ecds"]
INPUTS = {"release_id": "20260831-abc", "inputs_sha256": "1" * 64, "accepted_sha256": "2" * 64}
FEED_RULES = (judgement("passed", "a_rule"), judgement("failed", "b_rule"))
TABLE_RULES = (judgement("passed", "stamped", "indicator_value"), judgement("passed", "stamped", "release"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with a candidate, and suites of its own below it."""
    folder = tmp_path / "suites"
    write_suite(folder, expectation("a_rule"), expectation("b_rule"))
    write_suite(folder, expectation("stamped"), subject="indicator_value")
    write_suite(folder, expectation("stamped"), subject="release")
    monkeypatch.setattr(receipt_module, "suite_path", lambda subject: suite_path(subject, folder))
    made = Settings(home=tmp_path / "home")
    with duckdb.connect(":memory:") as connection:
        publication(connection, rows=3)
        write_candidate(connection, made)
    return made


def write(
    settings: Settings,
    feed_rules: tuple[Judgement, ...] = FEED_RULES,
    table_rules: tuple[Judgement, ...] = TABLE_RULES,
    by: Policy = POLICY,
) -> None:
    content = json.loads((settings.candidate / "tables.json").read_text())["content_sha256"]
    judgements: dict[Stage, tuple[Judgement, ...]] = {"feed": feed_rules, "publication": table_rules}
    write_receipt(settings, by, FEEDS, judgements, decide([*feed_rules, *table_rules], by), INPUTS, content)


def verify(settings: Settings, by: Policy = POLICY, feeds: list[str] | None = None) -> dict[str, Any]:
    return verify_receipt(settings, by, feeds or FEEDS, INPUTS)


def edit(settings: Settings, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(settings.receipt.read_text())
    change(document)
    settings.receipt.write_text(json.dumps(document))


def test_what_was_written_verifies_and_says_everything(settings: Settings) -> None:
    write(settings)
    found = verify(settings)
    assert found == read_receipt(settings)
    assert {name: found[name] for name in INPUTS} == INPUTS
    assert (found["verdict"], found["is_synthetic"], found["feeds"]) == ("degraded", True, FEEDS)
    assert [(item["stage"], item["subject"], item["rule_id"], item["status"]) for item in found["rules"]] == [
        ("feed", "ecds", "a_rule", "passed"),
        ("feed", "ecds", "b_rule", "failed"),
        ("publication", "indicator_value", "stamped", "passed"),
        ("publication", "release", "stamped", "passed"),
    ]
    assert [item["expected"] for item in found["rules"]] == [300, 300, 300, 300]


def test_the_same_judgements_give_the_same_bytes(settings: Settings) -> None:
    write(settings)
    first = settings.receipt.read_bytes()
    write(settings)
    assert settings.receipt.read_bytes() == first


def test_the_rules_that_must_run_come_from_the_policy(settings: Settings) -> None:
    assert required_rules(POLICY, ["rtt", "ecds"]) == [
        ("feed", "ecds", "a_rule"),
        ("feed", "ecds", "b_rule"),
        ("publication", "indicator_value", "stamped"),
        ("publication", "release", "stamped"),
    ]


@pytest.mark.parametrize(
    "feed_rules",
    [
        (judgement("failed", "a_rule"), judgement("passed", "b_rule")),
        (judgement("error", "a_rule"), judgement("passed", "b_rule")),
        (judgement("passed", "a_rule"), judgement("error", "b_rule")),
        (judgement("not_evaluable", "a_rule"), judgement("passed", "b_rule")),
    ],
)
def test_a_held_candidate_is_refused(settings: Settings, feed_rules: tuple[Judgement, ...]) -> None:
    write(settings, feed_rules)
    with pytest.raises(PublicationRefused, match="_rule"):
        verify(settings)


def test_a_rule_that_may_be_not_evaluable_does_not_hold(settings: Settings) -> None:
    write(settings, (judgement("passed", "a_rule"), judgement("not_evaluable", "b_rule")))
    assert verify(settings)["verdict"] == "degraded"


@pytest.mark.parametrize(
    ("feed_rules", "table_rules"),
    [
        (FEED_RULES[:1], TABLE_RULES),
        (FEED_RULES[1:], TABLE_RULES),
        (FEED_RULES, TABLE_RULES[:1]),
        (FEED_RULES, ()),
        ((), TABLE_RULES),
        ((FEED_RULES[0], judgement("passed", "b_rule", "rtt")), TABLE_RULES),
    ],
)
def test_a_rule_that_did_not_run_is_refused(
    settings: Settings, feed_rules: tuple[Judgement, ...], table_rules: tuple[Judgement, ...]
) -> None:
    write(settings, feed_rules, table_rules)
    with pytest.raises(PublicationRefused, match="did not run"):
        verify(settings)


def test_a_rule_of_a_feed_cannot_stand_in_for_one_of_the_publication(settings: Settings) -> None:
    write(settings, (*FEED_RULES, *TABLE_RULES), ())
    with pytest.raises(PublicationRefused, match="did not run"):
        verify(settings)


def test_a_feed_that_was_not_judged_is_refused(settings: Settings) -> None:
    write(settings)
    both = policy(*[item.model_dump() for item in POLICY.rules], rule("c_rule", applies_to=["rtt"]))
    write(settings, by=both)
    with pytest.raises(PublicationRefused, match=r"rtt\.c_rule"):
        verify(settings, by=both, feeds=["ecds", "rtt"])


EDITS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "verdict": (lambda receipt: receipt.update(verdict="published"), "does not follow"),
    "content": (lambda receipt: receipt.update(content_sha256="0" * 64), "not the one that was judged"),
    "inputs": (lambda receipt: receipt.update(inputs_sha256="0" * 64), "stale"),
    "policy": (lambda receipt: receipt.update(policy_sha256="0" * 64), "policy changed"),
    "suites": (lambda receipt: receipt.update(suites_sha256="0" * 64), "suite changed"),
    "synthetic": (lambda receipt: receipt.update(is_synthetic=False), "mixed"),
    "version": (lambda receipt: receipt.update(receipt_version=0), "another version"),
    "rule removed": (lambda receipt: receipt["rules"].pop(0), "did not run"),
    "rule twice": (lambda receipt: receipt["rules"].append(receipt["rules"][0]), "twice"),
    "rule unknown": (lambda receipt: receipt["rules"][1].update(rule_id="z_rule"), "did not run"),
    "rule failed": (lambda receipt: receipt["rules"][0].update(status="failed", failed=1), "does not follow"),
    "no rules": (lambda receipt: receipt.update(rules=[]), "did not run"),
    "key gone": (lambda receipt: receipt.pop("policy_sha256"), "not a whole receipt"),
    "rule cut": (lambda receipt: receipt["rules"][0].pop("judged"), "not a whole receipt"),
    "rule longer": (lambda receipt: receipt["rules"][0].update(excused=True), "not a whole receipt"),
    "a passed rule waived": (lambda receipt: receipt["rules"][0].update(waived=1), "contradicts its own numbers"),
    "more waived than failed": (lambda receipt: receipt["rules"][1].update(waived=2), "contradicts its own numbers"),
    "policy changes gone": (lambda receipt: receipt.update(policy_changes=[{}]), "what changed in the policy"),
    "rules of another kind": (lambda receipt: receipt.update(rules="all passed"), "not a whole receipt"),
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_an_edited_receipt_is_refused(settings: Settings, name: str) -> None:
    change, says = EDITS[name]
    write(settings)
    edit(settings, change)
    with pytest.raises(PublicationRefused, match=says):
        verify(settings)


FORGERIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "vacuous pass": lambda receipt: receipt["rules"][0].update(judged=0, failed=0, violated=0, expected=0, vacuous=3),
    "pass with failures": lambda receipt: receipt["rules"][0].update(failed=2),
    "status nobody knows": lambda receipt: receipt["rules"][1].update(status="skipped"),
    "findings emptied": lambda receipt: receipt.update(findings=[]),
    "reason whitewashed": lambda receipt: receipt.update(reason="Every rule passed."),
    "other feeds": lambda receipt: receipt.update(feeds=["ecds", "rtt"]),
    "a waiver of its own": lambda receipt: receipt.update(waivers=[{"rule_id": "a_rule"}]),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_receipt_that_contradicts_itself_is_refused(settings: Settings, name: str) -> None:
    write(settings)
    edit(settings, FORGERIES[name])
    with pytest.raises(PublicationRefused):
        verify(settings)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_receipt_is_refused(settings: Settings, share: float) -> None:
    write(settings)
    content = settings.receipt.read_bytes()
    settings.receipt.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(PublicationRefused, match="no receipt"):
        verify(settings)


@pytest.mark.parametrize("text", ["null", "[]", '"passed"', "1"])
def test_a_receipt_that_is_something_else_is_refused(settings: Settings, text: str) -> None:
    write(settings)
    settings.receipt.write_text(text)
    with pytest.raises(PublicationRefused, match="not a whole receipt"):
        verify(settings)


def test_no_receipt_is_refused(settings: Settings) -> None:
    with pytest.raises(PublicationRefused, match="the gate has not judged"):
        verify(settings)


def test_another_policy_is_refused(settings: Settings) -> None:
    write(settings)
    lowered = policy(*[item.model_dump() | {"threshold_pct": 99} for item in POLICY.rules])
    with pytest.raises(PublicationRefused, match="policy changed"):
        verify(settings, by=lowered)


@pytest.mark.parametrize("subject", ["ecds", "indicator_value", "release"])
def test_an_edited_or_removed_suite_is_refused(settings: Settings, tmp_path: Path, subject: str) -> None:
    write(settings)
    path = tmp_path / "suites" / f"{subject}.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(PublicationRefused, match="suite changed"):
        verify(settings)
    path.unlink()
    with pytest.raises(PublicationRefused, match="suite changed"):
        verify(settings)


def test_a_changed_candidate_is_refused(settings: Settings) -> None:
    write(settings)
    path = settings.candidate / "area.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(PublicationRefused, match=r"area\.parquet"):
        verify(settings)


def test_real_settings_refuse_a_synthetic_receipt(settings: Settings) -> None:
    write(settings)
    with pytest.raises(PublicationRefused, match="mixed"):
        verify(settings.model_copy(update={"source": "files"}))

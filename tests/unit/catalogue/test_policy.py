"""The policy file: what it may say, and that a mistake is named by its key.

Belongs here: reading and refusing. Does not belong here: that suites and pages follow it (`tests/unit/quality`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalogue.policy import PolicyError, load_policy
from tests.unit.quality.gate_parts import policy, rule


def write(path: Path, *rules: dict[str, Any], **more: Any) -> Path:
    path.write_text(yaml.safe_dump({"version": "1", "rules": list(rules), **more}), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "publication.yml"


def test_a_policy_is_read_in_the_order_of_the_file(file: Path) -> None:
    found = load_policy(write(file, rule("b_rule"), rule("a_rule", threshold_pct=2.5)))
    assert [(item.rule_id, item.threshold_pct) for item in found.rules] == [("b_rule", 10.0), ("a_rule", 2.5)]
    assert found.rule("a_rule").applies_to == ("ecds",)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"thresold": 5}, r"rules\.0\.thresold: Extra inputs"),
    "threshold below zero": ({"threshold_pct": -1}, r"rules\.0\.threshold_pct"),
    "threshold not a number": ({"threshold_pct": float("nan")}, r"rules\.0\.threshold_pct"),
    "threshold in words": ({"threshold_pct": "ten"}, r"rules\.0\.threshold_pct"),
    "threshold that never fails": ({"threshold_pct": float("inf")}, r"rules\.0\.threshold_pct"),
    "unknown severity": ({"severity": "warning"}, r"rules\.0\.severity"),
    "unknown stage": ({"stage": "landing"}, r"rules\.0\.stage"),
    "unknown dimension": ({"dimension": "beauty"}, r"rules\.0\.dimension"),
    "unknown evidence": ({"evidence": "hearsay"}, r"rules\.0\.evidence"),
    "no reason": ({"reason": ""}, r"rules\.0\.reason"),
    "nobody": ({"applies_to": []}, r"rules\.0\.applies_to"),
    "not a name": ({"rule_id": "A rule"}, r"rules\.0\.rule_id"),
    "withhold without what": ({"severity": "withhold"}, "belong together"),
    "critical that withholds": ({"withholds": "all"}, "belong together"),
    "unknown family": ({"severity": "withhold", "withholds": "sex"}, r"rules\.0\.withholds"),
    "publication rule that may be waived": (
        {"stage": "publication", "may_be_waived": True},
        "only a rule about feeds",
    ),
    "shadow that may be waived": ({"severity": "shadow", "may_be_waived": True}, "only a rule about feeds"),
    "publication rule that withholds": (
        {"stage": "publication", "severity": "withhold", "withholds": "all"},
        "withholding happens before publication",
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_mistake_in_a_rule_is_named_by_its_key(file: Path, name: str) -> None:
    changes, says = REFUSED[name]
    with pytest.raises(PolicyError, match=says) as error:
        load_policy(write(file, rule(**changes)))
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    "key", ["rule_id", "stage", "dimension", "severity", "threshold_pct", "reason", "evidence", "applies_to"]
)
def test_a_missing_key_is_named(file: Path, key: str) -> None:
    values = rule()
    del values[key]
    with pytest.raises(PolicyError, match=rf"rules\.0\.{key}: Field required"):
        load_policy(write(file, values))


def test_a_rule_named_twice_is_refused(file: Path) -> None:
    with pytest.raises(PolicyError, match="a rule is named twice"):
        load_policy(write(file, rule("a_rule"), rule("a_rule", severity="caution")))


def test_no_rules_and_unknown_keys_of_the_policy_are_refused(file: Path) -> None:
    with pytest.raises(PolicyError, match="rules: Tuple should have at least 1 item"):
        load_policy(write(file))
    with pytest.raises(PolicyError, match="disabled: Extra inputs"):
        load_policy(write(file, rule(), disabled=["a_rule"]))


@pytest.mark.parametrize(
    "content",
    [
        b"rules: [",
        b"rules: !!python/object:os.system {}",
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_no_yaml_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(PolicyError, match=r"publication\.yml"):
        load_policy(file)


@pytest.mark.parametrize("content", ["", "- a\n", "text"])
def test_a_file_that_is_no_policy_is_named(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(PolicyError, match=r"publication\.yml"):
        load_policy(file)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(PolicyError, match=r"publication\.yml: cannot be read"):
        load_policy(file)


def test_rules_are_of_one_stage_and_subject() -> None:
    found = policy(
        rule("a_rule", applies_to=["ecds", "rtt"]),
        rule("b_rule", applies_to=["rtt"]),
        rule("c_rule", stage="publication", applies_to=["rtt"]),
    )
    assert [item.rule_id for item in found.rules_for("feed", "rtt")] == ["a_rule", "b_rule"]
    assert [item.rule_id for item in found.rules_for("publication", "rtt")] == ["c_rule"]
    assert found.rules_for("feed", "wlmds") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold_pct": 11},
        {"severity": "caution"},
        {"reason": "Another reason."},
        {"applies_to": ["rtt"]},
        {"may_be_not_evaluable": True},
        {"may_be_waived": True},
        {"evidence": "V"},
        {"dimension": "identity"},
    ],
)
def test_the_hash_covers_every_key_of_a_rule(changes: dict[str, Any]) -> None:
    assert policy(rule(**changes)).sha256 != policy().sha256
    assert policy().sha256 == policy().sha256

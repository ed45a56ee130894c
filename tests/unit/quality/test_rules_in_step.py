"""Policy, suites, pages, measures and published tables name the same rules.

Belongs here: that nothing is in one and not in the other. Does not belong here: what a rule does.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.catalogue.feeds import FEED_CONTRACTS
from pipeline.catalogue.policy import RULE_PAGES, load_policy
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.quality.judge import SUITES
from pipeline.settings import DBT_PROJECT

POLICY = load_policy()
RULES = {rule.rule_id: rule for rule in POLICY.rules}
SUITE_FILES = sorted(SUITES.glob("*.json"))
SECTIONS = ["Meaning", "Numerator (violated)", "Denominator (expected)", "Threshold and why", "What to do"]


def expectations(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    return found


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {path.stem for path in RULE_PAGES.iterdir()} == set(RULES)
    assert {path.suffix for path in RULE_PAGES.iterdir()} == {".md"}


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_page_has_a_title_and_its_sections_in_order_and_none_is_empty(rule_id: str) -> None:
    text = (RULE_PAGES / f"{rule_id}.md").read_text(encoding="utf-8")
    title, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert re.fullmatch(r"# [A-Z][^\n_`]{10,}\n\n", title)
    sections = dict(part.split("\n", maxsplit=1) for part in parts)
    assert list(sections) == SECTIONS
    assert all(len(body.strip()) >= 10 for body in sections.values())
    assert "**Monitor:**" in sections["What to do"] and "**Submitter:**" in sections["What to do"]


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_page_names_the_policy_and_repeats_no_threshold(rule_id: str) -> None:
    text = (RULE_PAGES / f"{rule_id}.md").read_text(encoding="utf-8")
    assert f"`threshold_pct` of `{rule_id}` in `reference_data/policies/publication.yml`" in " ".join(text.split())
    assert not re.search(r"\d\s*(%|per cent)", text)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_page_says_what_a_failure_does(rule_id: str) -> None:
    rule = RULES[rule_id]
    said = " ".join((RULE_PAGES / f"{rule_id}.md").read_text(encoding="utf-8").split()).split("## Threshold and why")[1]
    words = {
        "critical": "holds the release|holds too|failure holds",
        "withhold": "withheld",
        "caution": "caution|goes out",
    }
    assert re.search(words[rule.severity], said), f"the page does not say that the rule is {rule.severity}"
    family = {
        "ethnicity": "by ethnicity",
        "deprivation": "by deprivation",
        "diagnosis": "ICD-10",
        "all": "figures",
        None: "",
    }
    assert family[rule.withholds] in said


def test_every_subject_of_the_policy_is_a_feed_or_a_published_table() -> None:
    feeds = {path.stem for path in FEED_CONTRACTS.glob("*.yml")}
    for rule in POLICY.rules:
        known = feeds if rule.stage == "feed" else set(PUBLISHED_TABLES)
        assert set(rule.applies_to) <= known, rule.rule_id
        assert len(set(rule.applies_to)) == len(rule.applies_to), rule.rule_id


def test_every_feed_and_published_table_has_a_suite_and_the_other_way_round() -> None:
    feeds = {path.stem for path in FEED_CONTRACTS.glob("*.yml")}
    assert {path.stem for path in SUITE_FILES} == feeds | set(PUBLISHED_TABLES)


@pytest.mark.parametrize("path", SUITE_FILES, ids=lambda path: path.stem)
def test_a_suite_holds_exactly_the_rules_of_the_policy(path: Path) -> None:
    wanted = [rule.rule_id for rule in POLICY.rules if path.stem in rule.applies_to]
    assert [item["meta"]["rule_id"] for item in expectations(path)] == wanted
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == path.stem


@pytest.mark.parametrize("path", SUITE_FILES, ids=lambda path: path.stem)
def test_a_suite_judges_the_per_cent_of_its_rule_by_the_parameter_and_says_nothing_else(path: Path) -> None:
    for item in expectations(path):
        rule_id = item["meta"]["rule_id"]
        assert item == {
            "type": "expect_column_values_to_be_between",
            "kwargs": {
                "column": "pct",
                "min_value": 0,
                "max_value": {"$PARAMETER": f"threshold_{rule_id}"},
            },
            "meta": {"rule_id": rule_id},
        }


def test_every_rule_is_measured() -> None:
    folder = DBT_PROJECT / "models" / "quality"
    measured = {
        "feed": "".join(
            (folder / f"{name}.sql").read_text(encoding="utf-8")
            for name in ("quality_feed_measure", "quality_plausibility", "quality_diagnosis_coded")
        ),
        "publication": (folder / "quality_publication_measure.sql").read_text(encoding="utf-8"),
    }
    for rule in POLICY.rules:
        name = rule.rule_id.removesuffix("_overall")
        assert f"'{name}'" in measured[rule.stage], rule.rule_id


def test_what_is_never_excused_by_the_policy() -> None:
    """Rules whose failure means that a number is wrong or a person could be recognised."""
    critical = {rule.rule_id for rule in POLICY.rules if rule.severity == "critical"}
    assert critical >= {
        "area_conserved",
        "breakdown_conserved",
        "control_total",
        "disclosure_applied",
        "key_unique",
        "missing_has_reason",
        "newest_period_published",
        "rows_conserved",
        "stamped",
        "value_in_range",
    }
    for rule in POLICY.rules:
        if rule.severity == "critical":
            assert (rule.threshold_pct, rule.may_be_not_evaluable) == (0, False), rule.rule_id
    assert not {rule.rule_id for rule in POLICY.rules if rule.may_be_waived} & (critical - {"control_total"})

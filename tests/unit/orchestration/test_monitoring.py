"""What a monitor finds in Dagster: every check whole, rules that did not run as errors, the data quality asset.

Belongs here: judgements and facts in, checks and metadata out. Does not belong here: judging, and the report's page.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    MetadataValue,
    TableMetadataValue,
    asset,
    materialize,
)

from pipeline.catalogue.policy import Policy, load_policy
from pipeline.orchestration import monitor_metadata
from pipeline.orchestration.checks import check_results, report_rules_that_did_not_run
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.monitor_metadata import data_quality_metadata
from pipeline.orchestration.monitoring import rule_lines
from pipeline.quality.judge import Judgement
from pipeline.settings import Settings
from pipeline.telling.quality import QualityFacts

POLICY = load_policy()
REPORT = "http://127.0.0.1:3001/20260831-aaaa/index.html"
GATE = AssetKey(["gate", "feed_ecds"])
JUDGEMENTS = [
    Judgement("ecds", "ethnicity_known", "failed", 2, 1, 0, 60, 200),
    Judgement("ecds", "sex_known", "error", 0, 0, 0, 0, 0),
    Judgement("ecds", "submitter_present", "passed", 2, 0, 0, 0, 2),
]
RESULTS = pd.DataFrame(
    [
        ("ZT1", "2026-08", "ethnicity_known", 55, 100, 55.0, "failed"),
        ("ZT2", "2026-08", "ethnicity_known", 5, 100, 5.0, "passed"),
    ],
    columns=["submitter_code", "period", "rule_id", "violated", "expected", "pct", "status"],
)  # fmt: skip


def checked() -> dict[str, AssetCheckResult]:
    return {str(item.check_name): item for item in check_results(POLICY, JUDGEMENTS, GATE, REPORT, RESULTS)}


def test_every_check_has_numbers_threshold_worst_submitters_the_rules_page_and_the_report() -> None:
    found = checked()
    assert set(found) == {item.rule_id for item in JUDGEMENTS}
    for name, item in found.items():
        metadata: dict[str, Any] = dict(item.metadata or {})
        assert {"status", "violated", "expected", "pct", "threshold_pct"} <= set(metadata)
        assert metadata["quality_report"] == MetadataValue.url(f"{REPORT}#rule-{name}")
        assert "## What to do" in metadata["rule_page"].value
    worst = dict(found["ethnicity_known"].metadata or {})["worst_submitters"]
    assert isinstance(worst, TableMetadataValue)
    assert [(row.data["submitter_code"], row.data["pct"]) for row in worst.records] == [("ZT1", 55.0), ("ZT2", 5.0)]


def test_a_rule_that_errored_is_an_error_whatever_its_severity() -> None:
    found = checked()
    assert POLICY.rule("sex_known").severity != "critical"
    assert (found["sex_known"].passed, found["sex_known"].severity) == (False, AssetCheckSeverity.ERROR)
    assert (found["ethnicity_known"].passed, found["ethnicity_known"].severity) == (False, AssetCheckSeverity.WARN)


def test_a_critical_rule_blocks_unless_every_measure_that_failed_is_waived_and_one_in_shadow_never_does() -> None:
    def severity(rule_id: str, policy: Policy = POLICY, **said: Any) -> AssetCheckSeverity:
        judgement = replace(Judgement("ecds", rule_id, "failed", 9, 2, 0, 60, 200), **said)
        (found,) = check_results(policy, [judgement], GATE, REPORT)
        assert found.passed is False
        return found.severity

    assert POLICY.rule("control_total").severity == "critical"
    assert severity("control_total") is AssetCheckSeverity.ERROR
    assert severity("control_total", waived=1) is AssetCheckSeverity.ERROR
    assert severity("control_total", waived=2) is AssetCheckSeverity.WARN
    shadowed = [
        rule.model_copy(update={"severity": "shadow"}) if rule.rule_id == "control_total" else rule
        for rule in POLICY.rules
    ]
    policy = POLICY.model_copy(update={"rules": shadowed})
    assert severity("control_total", policy) is AssetCheckSeverity.WARN
    assert severity("control_total", policy, status="error") is AssetCheckSeverity.WARN


def test_declared_rules_that_a_run_did_not_come_to_are_errors_and_those_that_ran_stay_as_they_were() -> None:
    @asset(name="early", check_specs=[AssetCheckSpec("sex_known", asset="early")])
    def early() -> Any:
        yield AssetCheckResult(passed=True, check_name="sex_known", asset_key=AssetKey("early"))
        raise ValueError("the night stops here")

    @asset(name="late", deps=["early"], check_specs=[AssetCheckSpec("ethnicity_known", asset="late")])
    def late() -> Any:
        yield AssetCheckResult(passed=True, check_name="ethnicity_known", asset_key=AssetKey("late"))

    ran, skipped = AssetCheckKey(AssetKey("early"), "sex_known"), AssetCheckKey(AssetKey("late"), "ethnicity_known")
    never = AssetCheckKey(AssetKey("nowhere"), "age_known")
    with DagsterInstance.ephemeral() as instance:
        result = materialize([early, late], instance=instance, raise_on_error=False)
        assert not result.success
        report_rules_that_did_not_run(instance, result.run_id, POLICY, [ran, skipped, never])
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([ran, skipped, never])
        found = {}
        for key, record in latest.items():
            evaluation = record.evaluation
            assert evaluation is not None, key
            found[key] = (evaluation.passed, evaluation.severity.value, evaluation.metadata.get("status"))
    did_not_run = (False, "ERROR", MetadataValue.text("did not run"))
    assert found == {ran: (True, "ERROR", None), skipped: did_not_run, never: did_not_run}


def test_the_report_has_a_line_for_every_declared_rule_and_says_which_did_not_run(tmp_path: Path) -> None:
    night = RunContext(Settings(home=tmp_path))
    lines = {(line.subject, line.rule_id): line.status for line in rule_lines(night, JUDGEMENTS)}
    declared = {(f, rule.rule_id) for f in night.feeds for rule in POLICY.rules_for("feed", f)}
    assert declared <= set(lines)
    assert lines["ecds", "ethnicity_known"] == "failed"
    assert lines["ecds", "rows_conserved"] == lines["indicator_value", "key_unique"] == "did not run"


@pytest.fixture
def metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Metadata of the asset where one submitter of one late feed fails."""
    failing = pd.DataFrame(
        [("ecds", "ZT1", "ethnicity_known", "withhold", "2026-08", 55, 100, 55.0, 30.0, "2026-06", 3, True, "")],
        columns=["feed", "submitter_code", "rule_id", "severity", "period", "violated", "expected", "pct",
                 "threshold_pct", "since_period", "periods", "is_open", "since_release"],
    )  # fmt: skip
    day = pd.Timestamp("2026-08-31")
    periods = pd.DataFrame(
        [("ecds", "2026-08", day, day, pd.NaT, None, "never"), ("wlmds", "2026-08-30", day, day, day, 0, "on_time")],
        columns=["feed", "period", "period_end", "due_date", "received_date", "days_late", "status"],
    )
    months = pd.DataFrame(
        [("ecds", "ZT1", "2026-08", 55.0, 3, False), ("ecds", "ZT2", "2026-08", None, None, True)],
        columns=["feed", "submitter_code", "month", "violated_pct", "days_late", "is_absent"],
    )
    releases = pd.DataFrame(columns=["release_id", "rules_failed", "submitters_failing", "measures_failed"])
    facts = QualityFacts(failing, RESULTS, periods, periods, months, releases)
    monkeypatch.setattr(monitor_metadata, "quality_facts", lambda _: facts)
    return data_quality_metadata(RunContext(Settings(home=tmp_path)), JUDGEMENTS, REPORT)


def test_the_asset_says_which_feed_is_late_who_fails_since_when_and_what_to_do(metadata: dict[str, Any]) -> None:
    assert "| ecds | 2026-08 | 2026-08-31 |  |  | never |" in metadata["which_feed_is_late"].value
    assert "wlmds" not in metadata["which_feed_is_late"].value
    assert "| ecds | ZT1 | ethnicity_known | 2026-06 | 3 | 55 | 100 | 55.0 |" in metadata["who_fails_since_when"].value
    assert "(ethnicity_known): Nothing is broken" in metadata["what_to_do"].value
    assert "submitter_present" not in metadata["what_to_do"].value, "it passed"
    assert metadata["quality_report"] == MetadataValue.url(REPORT)


def test_the_asset_has_numbers_that_plot_by_feed_and_rule(metadata: dict[str, Any]) -> None:
    wanted = {"feeds_late": 1, "submitters_failing": 1, "failed_in/ecds": 1, "failed_by/ethnicity_known": 1}
    assert {name: metadata[name] for name in wanted} == wanted


def test_the_charts_are_images_that_hold_no_script_and_load_nothing(metadata: dict[str, Any]) -> None:
    for name, words in (
        ("completeness_by_submitter", ("ecds  ZT1", ">45<", ">none<")),
        ("lateness_by_submitter", (">3<",)),
    ):
        head, _, content = metadata[name].value.partition("](data:image/svg+xml;base64,")
        assert head.startswith("![")
        svg = base64.b64decode(content.removesuffix(")")).decode()
        assert [word for word in words if word not in svg] == []
        assert not [word for word in ("<script", "href", "url(", "@import") if word in svg]

"""The gate's judgements as Dagster asset checks.

Belongs here: the shape a monitor sees: status, numbers that plot, the worst submitters, what the rule means. Does not
belong here: judging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    MetadataValue,
    TableColumn,
    TableRecord,
    TableSchema,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from pipeline.catalogue.policy import Policy, Rule, Stage
from pipeline.quality.judge import Judgement
from pipeline.quality.verdict import holds
from pipeline.telling.pages import rule_page, rule_title

WORST_SHOWN = 10
_WORST = TableSchema(
    columns=[
        TableColumn("submitter_code", "string", description="ODS code; all is the whole feed"),
        TableColumn("period", "string"),
        TableColumn("violated", "int"),
        TableColumn("expected", "int"),
        TableColumn("pct", "float", description="per cent violated"),
        TableColumn("status", "string"),
    ]
)


def check_specs(policy: Policy, stage: Stage, subject: str, asset: AssetKey) -> list[AssetCheckSpec]:
    """One check a rule of the subject. Critical ones block what comes after."""
    return [
        AssetCheckSpec(
            name=rule.rule_id,
            asset=asset,
            description=f"{rule_title(rule.rule_id)} ({rule.dimension}, {rule.severity}). {rule.reason}",
            blocking=rule.severity == "critical",
            metadata={"threshold_pct": rule.threshold_pct, "page": f"expectations/rules/{rule.rule_id}.md"},
        )
        for rule in policy.rules_for(stage, subject)
    ]


def check_results(
    policy: Policy,
    judgements: Iterable[Judgement],
    asset: AssetKey,
    report: str,
    results: pd.DataFrame | None = None,
) -> list[AssetCheckResult]:
    """Every judgement of one subject as a check result.

    `report` is the address of the night's quality report, `results` are the subject's measures with status.
    """
    worst = _worst(results) if results is not None else {}
    return [_result(policy.rule(item.rule_id), item, asset, report, worst) for item in judgements]


def _did_not_run(policy: Policy, check: AssetCheckKey) -> AssetCheckEvaluation:
    """A declared rule that the night did not come to, as a failed check of severity error."""
    rule = policy.rule(check.name)
    return AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=False,
        severity=AssetCheckSeverity.ERROR,
        description="The rule did not run: the night stopped before it. Nothing was published.",
        metadata={
            "status": "did not run",
            "threshold_pct": rule.threshold_pct,
            "severity": rule.severity,
            "rule_page": MetadataValue.md(rule_page(rule.rule_id)),
        },
    )


def report_rules_that_did_not_run(
    instance: DagsterInstance, run_id: str, policy: Policy, checks: Sequence[AssetCheckKey]
) -> None:
    """Report an error for each declared check that this run planned and did not come to, or that never ran at all.

    Dagster shows such a check as skipped, or with what an earlier run said of it.
    """
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    for check in checks:
        last = latest.get(check)
        if last is None or (last.run_id == run_id and last.status is AssetCheckExecutionRecordStatus.PLANNED):
            instance.report_runless_asset_event(_did_not_run(policy, check))


def _result(
    rule: Rule, judgement: Judgement, asset: AssetKey, report: str, worst: Mapping[str, list[TableRecord]]
) -> AssetCheckResult:
    pct = 100 * judgement.violated / judgement.expected if judgement.expected else 0.0
    metadata: dict[str, Any] = {
        "status": judgement.status,
        "violated": judgement.violated,
        "expected": judgement.expected,
        "pct": round(pct, 4),
        "threshold_pct": rule.threshold_pct,
        "measures_judged": judgement.judged,
        "measures_failed": judgement.failed,
        "measures_waived": judgement.waived,
        "measures_not_evaluable": judgement.vacuous,
        "severity": rule.severity,
        "rule_page": MetadataValue.md(rule_page(rule.rule_id)),
        "quality_report": MetadataValue.url(f"{report}#rule-{rule.rule_id}"),
        # A published table has no submitters, and says so with an empty table.
        "worst_submitters": MetadataValue.table(worst.get(rule.rule_id, []), schema=_WORST),
    }
    return AssetCheckResult(
        check_name=rule.rule_id,
        asset_key=asset,
        passed=judgement.status == "passed",
        severity=AssetCheckSeverity.ERROR if holds(judgement, rule) else AssetCheckSeverity.WARN,
        description=_sentence(rule, judgement),
        metadata=metadata,
    )


def _worst(results: pd.DataFrame) -> dict[str, list[TableRecord]]:
    """The worst measures of each rule, worst first."""
    violated = results[results["violated"] > 0].sort_values(
        ["pct", "violated", "submitter_code", "period"], ascending=[False, False, True, False]
    )
    worst: dict[str, list[TableRecord]] = {}
    for row in violated.groupby("rule_id", sort=False).head(WORST_SHOWN).to_dict("records"):
        worst.setdefault(str(row["rule_id"]), []).append(
            TableRecord(
                {
                    "submitter_code": str(row["submitter_code"]),
                    "period": str(row["period"]),
                    "violated": int(row["violated"]),
                    "expected": int(row["expected"]),
                    "pct": round(float(row["pct"]), 2),
                    "status": str(row["status"]),
                }
            )
        )
    return worst


def _sentence(rule: Rule, judgement: Judgement) -> str:
    if judgement.status == "error":
        effect = "nothing may be published" if holds(judgement, rule) else "it is in shadow, so nothing follows"
        return f"The rule did not run as it must; {effect}."
    if judgement.status == "not_evaluable":
        return "There was nothing to judge. That is not a pass."
    waived = f" {judgement.waived} of them are waived." if judgement.waived else ""
    return (
        f"{judgement.failed} of {judgement.judged} measures are beyond {rule.threshold_pct:g} % "
        f"({judgement.violated:,} of {judgement.expected:,} in all).{waived}"
    )

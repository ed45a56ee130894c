"""What monitors are shown of a night: the facts of its quality report, from what the gate left behind.

Belongs here: finding the judgements, the history and the state of a night, whether it was published, held or failed.
Does not belong here: judging (`quality`), the page itself (`telling`), Dagster's shapes (`checks`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.orchestration.context import RunContext
from pipeline.orchestration.nightly import StepMissing, read_note
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.quality.judge import Judgement
from pipeline.quality.receipt import required_rules
from pipeline.release import current_release
from pipeline.release.store import history
from pipeline.settings import Settings
from pipeline.telling import write_report
from pipeline.telling.quality import QualityFacts, read_quality
from pipeline.telling.report import FeedLine, NightReport, RuleLine
from pipeline.warehouse.database import connect

# Releases that are looked back on.
_RELEASES = 60


def quality_facts(settings: Settings) -> QualityFacts:
    """Who fails since when, and which periods are late, by the build database and the releases before."""
    names = list(dict.fromkeys(event.release_id for event in history(settings)))[-_RELEASES:]
    parts = [(name, settings.releases / name / "parquet" / "data_quality.parquet") for name in names]
    with connect(settings, read_only=True) as connection:
        return read_quality(connection, [(name, path) for name, path in parts if path.is_file()])


def report_night(context: RunContext, state: str, ended_at: str, problems: Sequence[str]) -> Path | None:
    """Write the quality report of the night that ended; None where no build database was ever made."""
    settings = context.settings
    if not settings.build_database.is_file():
        return None
    judged_release, judged_inputs = _judged(settings)
    verdict = _note(settings, "verdict")
    is_judged = state != "failed" and judged_inputs != "" and judged_inputs == _inputs(settings)
    findings = verdict["findings"] if is_judged and verdict else []
    release = current_release(settings)
    return write_report(
        settings,
        NightReport(
            release_id=judged_release if is_judged else "",
            judged_release=judged_release,
            state=state,
            ended_at=ended_at,
            current=release.release_id if release else "",
            policy_version=context.policy.version,
            is_synthetic=settings.is_synthetic,
            holding=[item["sentence"] for item in findings if item["holds"]],
            findings=[item["sentence"] for item in findings if not item["holds"]],
            problems=problems,
            feeds=[
                FeedLine(feed.feed, feed.name, feed.publisher, feed.amber_grace, feed.red_grace)
                for feed in context.feeds.values()
            ],
            rules=rule_lines(context, _judgements(settings, judged_inputs)),
            tables=list(PUBLISHED_TABLES),
        ),
        quality_facts(settings),
    )


def report_address(settings: Settings, release_id: str) -> str:
    """Where readers find the quality report of a night."""
    return f"{settings.alerts.report_link.rstrip('/')}/{release_id}/index.html"


def rule_lines(context: RunContext, judgements: Sequence[Judgement]) -> list[RuleLine]:
    """One line a declared rule and subject; a rule without a judgement did not run."""
    found = {(item.subject, item.rule_id): item for item in judgements}
    lines = []
    for _, subject, rule_id in required_rules(context.policy, list(context.feeds)):
        rule = context.policy.rule(rule_id)
        said = found.get((subject, rule_id)) or Judgement(subject, rule_id, "error", 0, 0, 0, 0, 0)
        lines.append(
            RuleLine(
                subject=subject,
                rule_id=rule_id,
                dimension=rule.dimension,
                severity=rule.severity,
                status=said.status if (subject, rule_id) in found else "did not run",
                violated=said.violated,
                expected=said.expected,
                threshold_pct=rule.threshold_pct,
                judged=said.judged,
                failed=said.failed,
                reason=rule.reason,
            )
        )
    return lines


def _judged(settings: Settings) -> tuple[str, str]:
    """Release id and inputs of what the build database holds a verdict of; blank where the gate has not spoken."""
    with connect(settings, read_only=True) as connection:
        rows = connection.execute("select release_id, inputs_sha256 from verdict.release").fetchall()
    return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")


def _judgements(settings: Settings, inputs_sha256: str) -> list[Judgement]:
    """What the gate said of these inputs: of the feeds, and of the published tables where it came so far."""
    found: list[Judgement] = []
    feeds = _note(settings, "feed_judgements")
    if feeds and feeds["inputs_sha256"] == inputs_sha256:
        found += [Judgement(**item) for item in feeds["judgements"]]
    try:
        receipt = json.loads(settings.receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    if receipt["inputs_sha256"] == inputs_sha256:
        found += [
            Judgement(**{key: value for key, value in item.items() if key != "stage"})
            for item in receipt["rules"]
            if item["stage"] == "publication"
        ]
    return found


def _inputs(settings: Settings) -> str:
    note = _note(settings, "inputs")
    return str(note["inputs_sha256"]) if note else ""


def _note(settings: Settings, name: str) -> dict[str, Any] | None:
    try:
        return read_note(settings, name)
    except StepMissing:
        return None

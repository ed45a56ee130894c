"""The asset `quality/data_quality` as a monitor sees it: tables, charts and numbers that plot.

Belongs here: Dagster's shapes of the facts. Does not belong here: finding them (`monitoring`) and drawing (`telling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from dagster import MetadataValue

from pipeline.orchestration.context import RunContext
from pipeline.orchestration.monitoring import quality_facts
from pipeline.quality.judge import Judgement
from pipeline.telling.charts import completeness_chart, data_uri, lateness_chart
from pipeline.telling.pages import rule_advice, rule_title

SHOWN = 25
_LATE = {"feed": "feed", "period": "period", "due_date": "due", "received_date": "received",
         "days_late": "days late", "status": "status"}  # fmt: skip
_FAILING = {"feed": "feed", "submitter_code": "submitter", "rule_id": "rule", "since_period": "failing since",
            "periods": "periods", "violated": "violated", "expected": "of", "pct": "per cent",
            "threshold_pct": "threshold %", "severity": "severity", "since_release": "in releases since"}  # fmt: skip
_RELEASES = {"release_id": "release", "rules_failed": "rules failed", "submitters_failing": "submitters failing",
             "measures_failed": "measures failed"}  # fmt: skip


def data_quality_metadata(night: RunContext, judgements: Sequence[Judgement], report: str) -> dict[str, Any]:
    """Which feed is late, who fails since when, what to do; `report` is the address of the night's quality report."""
    facts = quality_facts(night.settings)
    still = facts.failing[facts.failing["is_open"]]
    late = facts.periods[facts.periods["status"].isin(["amber", "red", "never"])]
    not_passed = [item for item in judgements if item.status != "passed"]
    rules = list(dict.fromkeys(item.rule_id for item in not_passed))
    return {
        "quality_report": MetadataValue.url(report),
        "which_feed_is_late": _table(late[::-1], _LATE, "No feed: every period that is due came in time."),
        "who_fails_since_when": _table(still, _FAILING, "Nobody fails in the newest period."),
        "what_to_do": MetadataValue.md(
            "\n".join(f"- **{rule_title(name)}** ({name}): {rule_advice(name, 'Monitor')}" for name in rules)
            or "Nothing: every rule of the feeds passed."
        ),
        "completeness_by_submitter": _image("Completeness by submitter", completeness_chart(facts.months)),
        "lateness_by_submitter": _image("Days late by submitter", lateness_chart(facts.months)),
        "earlier_releases": _table(facts.releases[::-1], _RELEASES, "None."),
        # Numbers plot over the nights.
        "feeds_late": int(late["feed"].nunique()),
        "submitters_failing": int(still.loc[still["submitter_code"] != "all", "submitter_code"].nunique()),
        "rules_not_passed": len(not_passed),
        **_sums("failed_in", [(item.subject, item.failed) for item in judgements]),
        **_sums("failed_by", [(item.rule_id, item.failed) for item in judgements]),
    }


def _sums(prefix: str, counts: Sequence[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[f"{prefix}/{name}"] = sums.get(f"{prefix}/{name}", 0) + count
    return sums


def _image(title: str, svg: str) -> MetadataValue[Any]:
    return MetadataValue.md(f"![{title}]({data_uri(svg)})")


def _table(frame: pd.DataFrame, columns: Mapping[str, str], nothing: str) -> MetadataValue[Any]:
    """The first rows as Markdown, which the UI opens as wide as a table needs; `columns` gives the heads."""
    if frame.empty:
        return MetadataValue.md(nothing)
    lines = [f"| {' | '.join(columns.values())} |", "|" + "---|" * len(columns)]
    rows = frame[list(columns)].head(SHOWN).astype(object).where(frame[list(columns)].head(SHOWN).notna(), None)
    lines += [f"| {' | '.join(_cell(value) for value in row.values())} |" for row in rows.to_dict("records")]
    if len(frame) > SHOWN:
        lines += ["", f"And {len(frame) - SHOWN} more, in the quality report."]
    return MetadataValue.md("\n".join(lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.1f}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")

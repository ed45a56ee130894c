"""After a night: its outcome is noted, its quality report and letters are written, and people are told.

Belongs here: what came of a night, from the notes its steps left, and when that is news. Does not belong here: wording
and sending (`telling`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from pipeline.files import shared_folder
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.monitoring import report_night
from pipeline.orchestration.nightly import StepMissing, read_note, write_note
from pipeline.release import current_release
from pipeline.settings import Settings
from pipeline.telling import News, Sent, letter_folder, send, write_letters
from pipeline.telling.news import Kind
from pipeline.warehouse.database import connect

NOTE = "night"
INCIDENTS = "incidents.jsonl"
GATE_STEPS = ("judge_feeds", "judge_publication")


def held_findings(settings: Settings) -> list[dict[str, Any]] | None:
    """Findings of the verdict that holds this night's inputs; None where the gate has not held it."""
    verdict = _verdict(settings)
    if verdict is None or verdict["state"] != "held":
        return None
    return [item for item in verdict["findings"] if item["holds"]]


def open_problems(settings: Settings) -> list[str]:
    """Deliveries that lie in the landing folders and were not taken, as last night found them."""
    return [
        f"  {item['feed']}: {item['file_name']} was not taken ({item['verdict']}, {item['reason']}). {item['message']}"
        for item in _not_taken(settings)
    ]


def _not_taken(settings: Settings) -> list[dict[str, Any]]:
    try:
        outcomes = read_note(settings, "landing")["outcomes"]
    except StepMissing:
        return []
    return [item for item in outcomes if item["verdict"] in ("rejected", "conflict", "deferred")]


def last_night(settings: Settings) -> dict[str, Any] | None:
    """The note of the last night: state, ended_at (UTC, ISO 8601), report, letters, alerts; None without one."""
    try:
        return read_note(settings, NOTE)
    except StepMissing:
        return None


def paper_lines(note: Mapping[str, Any]) -> list[str]:
    """Where the quality report and the letters of a night are, by its note."""
    said = (("Quality report", note.get("report")), ("Letters to submitters", note.get("letters")))
    return [f"{what}: {where}" for what, where in said if where]


def after_night(
    context: RunContext, failed: bool, now: datetime | None = None, run_id: str = "", step: str = "", error: str = ""
) -> list[str]:
    """Note how the night ended, write its report and letters, tell people; what there is to say of that, line by line.

    A channel that is broken is noted and said; it never breaks a night. `step` and `error` (its kind) say where a
    night failed; a second step that fails in the same run is the same incident, and not told again.
    """
    settings = context.settings
    before = last_night(settings)
    if failed and run_id and before is not None and before.get("run_id") == run_id:
        return []
    state, is_news = _state(settings, failed, step)
    ended_at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    failed_measures = _failed_measures(context) if is_news else pd.DataFrame()
    papers = {"report": (before or {}).get("report", ""), "letters": (before or {}).get("letters", "")}
    if is_news:
        papers = {
            "report": _report(context, state, ended_at),
            "letters": _letters(settings, failed_measures),
        }
    lines = paper_lines(papers)
    kind = _kind(state, is_news, before)
    sent: list[Sent] = []
    if kind is not None:
        sent = send(settings, _news(settings, kind, failed_measures))
    lines += [f"Alert by {item.channel}: {item.problem or 'sent'}." for item in sent]
    write_note(
        settings,
        NOTE,
        {
            "state": state,
            "ended_at": ended_at,
            **papers,
            "alerts": [asdict(item) for item in sent],
            "run_id": run_id,
        },
    )
    if state in ("held", "failed") and is_news:
        record_incident(settings, state, run_id, step, error, now)
    return lines


def record_incident(
    settings: Settings, state: str, run_id: str, step: str = "", error: str = "", now: datetime | None = None
) -> None:
    """Append one line to `incidents.jsonl`: what failed or was held, by rule, file and kind of error; no value."""
    release = current_release(settings)
    findings = held_findings(settings) if state == "held" else None
    incident = {
        "at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "state": state,
        "run_id": run_id,
        "step": step,
        "error": error,
        "rules": [f"{item['subject']}.{item['rule_id']}" for item in findings or []],
        "deliveries": [f"{item['feed']}/{item['file_name']}: {item['reason']}" for item in _not_taken(settings)],
        "current_release": release.release_id if release else "",
    }
    with (shared_folder(settings.home) / INCIDENTS).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(incident, sort_keys=True) + "\n")


def _state(settings: Settings, failed: bool, step: str) -> tuple[str, bool]:
    """How the night ended, and whether it judged something: a night with nothing new says nothing twice."""
    if failed:
        # A night that fails before the gate is not held, even where the notes of the last one say so.
        held = step in ("", *GATE_STEPS) and held_findings(settings) is not None
        return ("held" if held else "failed"), True
    inputs, release = read_note(settings, "inputs"), current_release(settings)
    if not inputs["is_new"] and open_problems(settings):
        return "held", True
    return (release.verdict if release else "failed"), bool(inputs["is_new"])


def _kind(state: str, is_news: bool, before: Mapping[str, Any] | None) -> Kind | None:
    was = before["state"] if before is not None else None
    if state == "published":
        return "recovered" if was not in (None, "published") else None
    if not is_news and state == was:
        return None
    kinds: dict[str, Kind] = {"held": "held", "degraded": "degraded", "failed": "failed"}
    return kinds[state]


def _verdict(settings: Settings) -> dict[str, Any] | None:
    """The verdict of this night's inputs, or None."""
    try:
        verdict, inputs = read_note(settings, "verdict"), read_note(settings, "inputs")
    except StepMissing:
        return None
    return verdict if verdict["inputs_sha256"] == inputs["inputs_sha256"] else None


def _failed_measures(context: RunContext) -> pd.DataFrame:
    """Measures of submitters beyond their threshold, of this night's inputs."""
    settings = context.settings
    if _verdict(settings) is None or not settings.build_database.is_file():
        return pd.DataFrame()
    with connect(settings, read_only=True) as connection:
        return connection.execute(
            "select feed, submitter_code, period, rule_id, violated, expected, pct, threshold_pct, severity "
            "from verdict.rule_result where status = 'failed' and severity <> 'shadow' and submitter_code <> 'all' "
            "and rule_id in (select unnest(?))",
            [[rule.rule_id for rule in context.policy.rules if rule.measures == "submitters"]],
        ).df()


def _report(context: RunContext, state: str, ended_at: str) -> str:
    """Write the quality report; its path, or why there is none: it never breaks a night."""
    try:
        return str(report_night(context, state, ended_at, open_problems(context.settings)) or "")
    except Exception as error:
        # The message of a foreign error may hold values.
        return f"not written ({type(error).__name__})"


def _letters(settings: Settings, failed: pd.DataFrame) -> str:
    """Write the letters of a night; their folder, blank where nobody gets one."""
    if failed.empty:
        return ""
    release_id = read_note(settings, "inputs")["release_id"]
    folder = letter_folder(settings, release_id)
    write_letters(folder, failed, release_id, settings.is_synthetic)
    return str(folder)


def _news(settings: Settings, kind: Kind, failed: pd.DataFrame) -> News:
    verdict, release = _verdict(settings), current_release(settings)
    findings = [] if verdict is None or kind == "recovered" else [item["sentence"] for item in verdict["findings"]]
    submitters: list[str] = []
    if not failed.empty and kind != "recovered":
        rules = failed["feed"] + ", " + failed["rule_id"]
        by_rule = failed.groupby(rules, sort=True)["submitter_code"].agg(lambda codes: ", ".join(sorted(set(codes))))
        submitters = [f"{rule}: {codes}" for rule, codes in by_rule.items()]
    return News(
        kind=kind,
        release_id=release.release_id if release else "",
        findings=tuple(findings),
        submitters=tuple(submitters),
        problems=tuple(open_problems(settings)),
        link=settings.alerts.link,
        is_synthetic=settings.is_synthetic,
        report=settings.alerts.report_link,
    )

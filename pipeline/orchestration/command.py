"""What the command line asks of Dagster: run the nightly job in the instance, and say what came of it.

Belongs here: starting the one job that the schedule and the UI start too, and reading its outcome. Does not belong
here: steps (`nightly`) and printing (`cli`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from dagster import DagsterEvent, DagsterInstance, ExecuteInProcessResult

from pipeline.files import shared_folder
from pipeline.orchestration.aftermath import (
    GATE_STEPS,
    after_night,
    held_findings,
    last_night,
    open_problems,
    paper_lines,
    record_incident,
)
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import dbt_environment
from pipeline.orchestration.instance import dagster_home, reap_dead_runs
from pipeline.orchestration.job import NIGHTLY, build_definitions
from pipeline.orchestration.nightly import StepMissing, read_note
from pipeline.orchestration.progress import listening
from pipeline.release import clean_stale, current_release
from pipeline.settings import PROJECT_ROOT, Settings
from pipeline.telling import report_folder
from pipeline.warehouse.database import writer_lock

INFRASTRUCTURE = 30
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Night:
    """What came of a night, or what is known of the last one. `exit_code` is set where `state` does not say it."""

    state: str
    lines: tuple[str, ...]
    release: Path | None = None
    exit_code: int | None = None
    timeliness: tuple[tuple[str, ...], ...] = ()


def run_nightly(settings: Settings, config: Path | None, say: Callable[[str], None]) -> Night:
    """Run the nightly job here and now. Raises BuildLocked while another run writes."""
    with writer_lock(settings):
        clean_stale(settings)
    _set_environment(settings, config)
    before = last_night(settings)
    try:
        with DagsterInstance.get() as instance, listening(say):
            for run_id in reap_dead_runs(instance, settings):
                record_incident(settings, "failed", run_id, error="killed")
            job = build_definitions(settings).resolve_job_def(NIGHTLY)
            result = job.execute_in_process(
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=instance,
                raise_on_error=False,
            )
    except Exception as error:
        # Dagster itself could not go on, so none of its hooks has told.
        if last_night(settings) == before:
            with suppress(OSError):
                after_night(RunContext(settings), failed=True, step="start", error=type(error).__name__)
        raise
    night = _outcome(settings, result)
    return replace(night, lines=(*night.lines, *paper_lines(last_night(settings) or {})))


def serve_ui(settings: Settings, config: Path | None, port: int) -> int:
    """Run Dagster's web server and daemon on the loopback address, with the quality reports on the port after it.

    Returns the exit code of the web server.
    """
    _set_environment(settings, config)
    with DagsterInstance.get() as instance:
        for run_id in reap_dead_runs(instance, settings):
            record_incident(settings, "failed", run_id, error="killed")
    program = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "--workspace", str(PROJECT_ROOT / "workspace.yaml"), "--host", LOOPBACK, "--port", str(port)]
    with _reports_served(settings, port + 1):
        return subprocess.run([str(program), *arguments], check=False).returncode  # noqa: S603 - our own program


class _Reports(SimpleHTTPRequestHandler):
    """Reports as they lie in their folder; who looks at which is not logged."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def _reports_served(settings: Settings, port: int) -> Iterator[None]:
    folder = shared_folder(report_folder(settings))
    server = ThreadingHTTPServer((LOOPBACK, port), partial(_Reports, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _set_environment(settings: Settings, config: Path | None) -> None:
    """What Dagster, dbt and their child processes read."""
    os.environ.update(dbt_environment(settings))
    if config is not None:
        os.environ["CORE20_CONFIG"] = str(config.resolve())
    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    # What a run plans to make is written to its log at once, not asset by asset.
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = "1000"


def night_status(settings: Settings, max_age: timedelta | None = None, now: datetime | None = None) -> Night:
    """What is known without running: the current release, the last verdict, open deliveries and timeliness.

    With `max_age`, a last night that ended longer ago, or none at all, is a fault of the infrastructure.
    """
    shared_folder(settings.home)
    release = current_release(settings)
    lines = [f"Current release: {release.release_id} ({release.verdict})" if release else "There is no release yet."]
    state = release.verdict if release else "held"
    exit_code = None if release else INFRASTRUCTURE
    inputs: dict[str, Any] | None = None
    try:
        verdict, inputs = read_note(settings, "verdict"), read_note(settings, "inputs")
        if verdict["inputs_sha256"] == inputs["inputs_sha256"] and verdict["state"] == "held":
            state = "held"
            lines.append("Last night was held: nothing was published.")
            lines += [f"  {item['sentence']}" for item in verdict["findings"] if item["holds"]]
    except StepMissing:
        lines.append("No night has been judged yet.")
    problems = open_problems(settings)
    if problems:
        # As the night itself said: a bad file with other news degrades the release, a bad file alone holds the night.
        state = "held" if inputs is None or not inputs["is_new"] else state
        lines += problems
    ended = last_night(settings)
    if ended is not None:
        lines.append(f"The last night ended {ended['ended_at']} ({ended['state']}).")
        lines += paper_lines(ended)
        lines += [
            f"Its alert by {item['channel']} failed: {item['problem']}." for item in ended["alerts"] if item["problem"]
        ]
    if max_age is not None:
        age = (now or datetime.now(UTC)) - datetime.fromisoformat(ended["ended_at"]) if ended is not None else None
        if age is None or age > max_age:
            lines.append(f"No night ended in the last {max_age.total_seconds() / 3600:g} hours.")
            exit_code = INFRASTRUCTURE
        elif ended is not None and ended["state"] == "failed":
            exit_code = INFRASTRUCTURE
    return Night(
        state,
        tuple(lines),
        release.path if release else None,
        exit_code,
        _timeliness(release.path if release else None),
    )


def _outcome(settings: Settings, result: ExecuteInProcessResult) -> Night:
    release = current_release(settings)
    if not result.success:
        return _failure(settings, result)
    inputs = read_note(settings, "inputs")
    problems = open_problems(settings)
    if release is None:
        return Night("held", ("The night ended without a release.",), exit_code=INFRASTRUCTURE)
    if inputs["is_new"]:
        verdict = read_note(settings, "verdict")
        lines = [f"{verdict['state'].capitalize()}: release {release.release_id}."]
        lines += [f"  {item['sentence']}" for item in verdict["findings"]]
        return Night(release.verdict, (*lines, *problems), release.path)
    lines = [f"Nothing new: nothing published; release {release.release_id} ({release.verdict}) stays current."]
    state = "held" if problems else release.verdict
    return Night(state, (*lines, *problems), release.path)


def _failure(settings: Settings, result: ExecuteInProcessResult) -> Night:
    release = current_release(settings)
    stays = f"Release {release.release_id} stays current." if release else "There is no release yet."
    failures = [event for event in result.all_events if event.is_step_failure]
    held = held_findings(settings)
    if held is not None and any(event.step_key in GATE_STEPS for event in failures):
        lines = ["Held: nothing was published.", *(f"  {item['sentence']}" for item in held)]
        return Night("held", (*lines, *open_problems(settings), stays))
    lines = [f"Failed: {_reason(event)}" for event in failures] or ["Failed before the first step."]
    return Night("held", (*lines, stays), exit_code=INFRASTRUCTURE)


def _reason(event: DagsterEvent) -> str:
    """Step and the message of our own error; of a foreign one only its kind, for its message may hold values."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return f"step {event.step_key}"
    name = error.cls_name or "error"
    own = name in _OWN_ERRORS
    message = error.message.split(":", maxsplit=1)[-1].strip() if own else "see the run's log in the Dagster UI"
    return f"step {event.step_key} ({name}): {message}"


# Errors whose messages are ours, and name files, reasons and counts but never values.
_OWN_ERRORS = frozenset(
    {
        "LandingError",
        "ReferenceError_",
        "PublicationRefused",
        "CandidateError",
        "StepMissing",
        "SettingsError",
        "BuildLocked",
        "ReleaseRefused",
        "ReleaseDamaged",
        "ReleaseNotWritten",
        "NoRelease",
        "SampleError",
        "ManifestMissing",
        "TransformationFailed",
        "ContractError",
        "CalendarError",
        "IndicatorError",
        "PolicyError",
    }
)


def _timeliness(release: Path | None) -> tuple[tuple[str, ...], ...]:
    """Newest period of each feed in the release."""
    if release is None:
        return ()
    import duckdb

    with duckdb.connect(str(release / "core20.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select feed, max_by(period, period_end), max_by(due_date, period_end)::varchar, "
            "max_by(coalesce(received_date::varchar, ''), period_end), max_by(timeliness_status, period_end) "
            "from feed_timeliness group by feed order by feed"
        ).fetchall()
    return tuple(tuple(str(value) for value in row) for row in rows)

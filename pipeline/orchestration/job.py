"""The nightly job with its schedule, sensor and failure hook, and the one function that puts all definitions together.

Belongs here: when the night runs and what is said when it fails. Does not belong here: what it does.
"""

import hashlib
from pathlib import Path

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    HookContext,
    HookDefinition,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    failure_hook,
    in_process_executor,
    sensor,
    success_hook,
)

from pipeline.landing import landing_files
from pipeline.orchestration import nightly
from pipeline.orchestration.aftermath import after_night
from pipeline.orchestration.assets import RELEASE, declared_checks, delivery_specs, night_assets
from pipeline.orchestration.checks import report_rules_that_did_not_run
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import manifest_path
from pipeline.orchestration.resources import Writer
from pipeline.orchestration.transform import transformation_assets
from pipeline.settings import Settings

NIGHTLY = "nightly"


def build_definitions(settings: Settings, manifest: Path | None = None) -> Definitions:
    """All definitions for the settings given: the command line, the UI and the tests build the same graph."""
    night = RunContext(settings)
    job = define_asset_job(
        NIGHTLY,
        selection=AssetSelection.all(),
        hooks={_say_why(night), _tell(night)},
        description="Land, transform, judge and publish. A night with nothing new publishes nothing.",
        tags={"dagster/max_runtime": "10800"},
    )
    schedule = ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule="0 3 * * *",
        execution_timezone="Europe/London",
        default_status=DefaultScheduleStatus.RUNNING,
        description="03:00 London time, winter and summer.",
    )
    return Definitions(
        assets=[
            *delivery_specs(night),
            *night_assets(night),
            *transformation_assets(night, manifest or manifest_path()),
        ],
        jobs=[job],
        schedules=[schedule],
        sensors=[_landing_sensor(night)],
        resources={
            "writer": Writer(home=str(settings.home)),
        },
        # One process: each further one would pay seconds of imports, and there is one writer anyway.
        executor=in_process_executor,
    )


def _say_why(night: RunContext) -> HookDefinition:
    @failure_hook(name="say_why")
    def say_why(context: HookContext) -> None:
        """Name the rules and the reason of a failed step in one log line each; never a row value."""
        findings = nightly.findings(night)
        kind = type(context.op_exception).__name__ if context.op_exception else "unknown"
        for finding in findings:
            context.log.error(
                f"{finding['subject']}.{finding['rule_id']} ({finding['severity']}): {finding['sentence']}"
            )
        if not findings:
            context.log.error(f"Step {context.op.name} failed ({kind}); the last release stays current.")
        for line in after_night(night, failed=True, run_id=context.run_id, step=context.op.name, error=kind):
            context.log.info(line)
        report_rules_that_did_not_run(context.instance, context.run_id, night.policy, declared_checks(night))

    return say_why


def _tell(night: RunContext) -> HookDefinition:
    @success_hook(name="tell")
    def tell(context: HookContext) -> None:
        """At the end of a night that went through: with a release, or with nothing new."""
        nothing_new = context.op.name == "prepare" and not nightly.read_note(night.settings, "inputs")["is_new"]
        if nothing_new or context.op.name == RELEASE.to_python_identifier():
            for line in after_night(night, failed=False, run_id=context.run_id):
                context.log.info(line)

    return tell


def _landing_sensor(night: RunContext) -> SensorDefinition:
    @sensor(
        name="landing_watch",
        job_name=NIGHTLY,
        default_status=DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=300,
        description="Starts a night when the files in the landing folders change. Off until switched on.",
    )
    def landing_watch(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        seen = hashlib.sha256()
        for feed in night.feeds:
            for path in landing_files(night.settings, feed):
                found = path.stat()
                seen.update(f"{feed}/{path.name}/{found.st_size}/{found.st_mtime_ns}\n".encode())
        if context.cursor == seen.hexdigest():
            return SkipReason("The landing folders have not changed.")
        context.update_cursor(seen.hexdigest())
        return RunRequest(run_key=seen.hexdigest())

    return landing_watch

"""The Dagster instance of a CORE20_HOME: its folder, its settings, and what dead runs leave in it.

Belongs here: where Dagster keeps its history and that it sends nothing out. Does not belong here: assets and jobs.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipeline.files import private_folder, shared_folder
from pipeline.settings import PROJECT_ROOT, Settings
from pipeline.warehouse.database import BuildLocked, writer_lock

# SQLite is enough for one machine with one writer.
_DAGSTER_YAML = PROJECT_ROOT / "deploy" / "dagster-sqlite.yaml"


def dagster_home(settings: Settings) -> Path:
    """Create the instance folder (0700) with its dagster.yaml, if it is not there; return it."""
    folder = private_folder(shared_folder(settings.home) / "dagster")
    file = folder / "dagster.yaml"
    if not file.is_file():
        shutil.copyfile(_DAGSTER_YAML, file)
    return folder


def reap_dead_runs(instance: DagsterInstance, settings: Settings) -> list[str]:
    """Mark as failed every run that is under way by the history while nobody holds the writer's lock.

    A killed process leaves its run STARTED for ever. Returns the ids of those marked; none while a run is alive.
    """
    try:
        with writer_lock(settings):
            under_way = instance.get_runs(
                RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.CANCELING])
            )
            for run in under_way:
                instance.report_run_failed(
                    run, "The process of this run ended without a word; the next run starts anew."
                )
            return [run.run_id for run in under_way]
    except BuildLocked:
        return []

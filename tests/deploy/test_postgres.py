"""The PostgreSQL form for real: a run and its events, the password from the environment, a monitor that only reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dagster import DagsterEventType, DagsterInstance, job, op

from tests.deploy.servers import (
    MONITOR_PASSWORD,
    Postgres,
    free_port,
    graphql,
    listening,
    postgres,
    running,
    wait_for,
)
from tests.deploy.units import DEPLOY, command_here
from tests.integration.nights import environment, require_manifest

pytestmark = pytest.mark.slow

_RUNS = "{ runsOrError { ... on Runs { results { runId status } } } }"
# Each would change something; a webserver that may write answers each with another type.
_MUTATIONS = {
    "launchRun": """mutation { launchRun(executionParams: {mode: "default", selector: {
        repositoryLocationName: "core20", repositoryName: "__repository__", jobName: "nightly"}}) { __typename } }""",
    "deletePipelineRun": 'mutation { deletePipelineRun(runId: "RUN") { __typename } }',
    "reportRunlessAssetEvents": """mutation { reportRunlessAssetEvents(eventParams: {
        eventType: ASSET_MATERIALIZATION, assetKey: {path: ["release", "current"]}}) { __typename } }""",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DAGSTER_HOME as an installation has it: the file of `deploy/`, unchanged."""
    folder = tmp_path_factory.mktemp("dagster")
    shutil.copy(DEPLOY / "dagster-postgres.yaml", folder / "dagster.yaml")
    return folder


@pytest.fixture(scope="module")
def run_id(server: Postgres, home: Path) -> str:
    """A run in the instance that the file describes."""

    @op
    def count() -> int:
        return 1

    @job
    def small() -> None:
        count()

    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        with DagsterInstance.from_config(str(home)) as instance:
            result = small.execute_in_process(instance=instance)
            assert result.success
            return result.run_id


def test_a_run_and_its_events_are_read_back_from_postgres(
    server: Postgres, home: Path, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    with DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        events = {record.event_log_entry.dagster_event_type for record in instance.get_records_for_run(run_id).records}
    assert (run.run_id, run.status.value) == (run_id, "SUCCESS")
    assert {DagsterEventType.STEP_SUCCESS, DagsterEventType.RUN_SUCCESS} <= events
    assert [path.name for path in home.rglob("*.db")] == [], "nothing is kept in SQLite beside it"


def test_without_the_password_of_the_environment_nothing_opens(
    server: Postgres, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in server.environment(password="another").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match="DB connection"), DagsterInstance.from_config(str(home)) as instance:
        instance.get_runs()


def test_the_monitor_reads_and_may_change_nothing_and_listens_on_loopback_only(
    server: Postgres, home: Path, run_id: str, tmp_path: Path
) -> None:
    """The command of the unit, with a role of the database that may only read."""
    require_manifest()
    port, log = free_port(), tmp_path / "log"
    command = command_here(DEPLOY / "core20-monitor.service", port)
    own = server.environment("core20_monitor", MONITOR_PASSWORD)
    variables = environment(DAGSTER_HOME=str(home), CORE20_HOME=str(tmp_path / "home"), **own)
    with running(command, variables, log) as process:
        wait_for(f"http://127.0.0.1:{port}/server_info", process, log)
        assert graphql(port, _RUNS)["runsOrError"]["results"] == [{"runId": run_id, "status": "SUCCESS"}]
        for name, mutation in _MUTATIONS.items():
            assert graphql(port, mutation.replace("RUN", run_id))[name]["__typename"] == "UnauthorizedError"
        assert listening(process) == {"127.0.0.1": {port}}
        assert len(graphql(port, _RUNS)["runsOrError"]["results"]) == 1
    assert not psutil.pid_exists(process.pid)

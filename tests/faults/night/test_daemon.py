"""A night that Dagster's own daemon and web server run: all of it is killed at once, and the next night is whole.

Belongs here: the run worker and the processes above it. Does not belong here: nights of the command line (`test_kill`).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from dagster import DagsterRunStatus

from pipeline.settings import PROJECT_ROOT
from tests.faults.invariants import hold, incidents
from tests.faults.listed import fault
from tests.faults.night.test_kill import run_statuses
from tests.integration import nights
from tests.integration.nights import DEGRADED, Night

pytestmark = pytest.mark.slow

PATIENCE = 240.0
_LAUNCH = """mutation { launchRun(executionParams: {
    selector: {repositoryLocationName: "%s", repositoryName: "%s", jobName: "nightly"}, runConfigData: {}
}) { __typename } }"""
_PLACES = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"


def wait_for(what: Callable[[], Any], says: str) -> Any:
    """What `what` gives as soon as it gives something true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"waited too long for {says}")


@pytest.fixture
def night(files_night: Night, tmp_path: Path) -> Night:
    made = files_night.copy(tmp_path / "night")
    nights.deliver_restatement(made)
    return made


@pytest.fixture
def served(night: Night) -> Iterator[tuple[str, list[psutil.Process]]]:
    """The address of the UI that serves the night's folder, and its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = nights.command(night.config, "ui", "--port", str(port))
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=nights.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    processes = [psutil.Process(process.pid)]
    try:
        yield f"http://127.0.0.1:{port}/graphql", processes
    finally:
        kill(processes)
        process.wait(timeout=60)


def kill(processes: list[psutil.Process]) -> int:
    """SIGKILL to the processes and everything below them, as near to at once as can be; how many there were."""
    found = [item for process in processes if process.is_running() for item in (process, *process.children(True))]
    for item in found:
        try:
            os.kill(item.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(found)


def asked(address: str, query: str) -> Any:
    try:
        return httpx.post(address, json={"query": query}, timeout=20).json()["data"]
    except (httpx.HTTPError, ValueError, KeyError):
        return None


@fault(
    "process: kill worker and daemon together",
    "a night started in the UI is killed with its worker, code server, daemon and web server",
    "the last release stays; the next night reaps the run and publishes the bytes of an undisturbed one",
)
def test_worker_and_daemon_killed_together(
    night: Night, served: tuple[str, list[psutil.Process]], files_night: Night, restated_night: Night
) -> None:
    address, processes = served

    def place() -> Any:
        return ((asked(address, _PLACES) or {}).get("repositoriesOrError") or {}).get("nodes")

    (found,) = wait_for(place, "the UI")
    launched = asked(address, _LAUNCH % (found["location"]["name"], found["name"]))
    assert launched["launchRun"]["__typename"] == "LaunchRunSuccess", launched

    def is_under_way() -> bool:
        return bool(json.loads((night.home / "build" / "inputs.json").read_text())["is_new"]) and (
            json.loads((night.home / "build" / "inputs.json").read_text())["release_id"] != files_night.current_id
        )

    wait_for(is_under_way, "the night to have its inputs")
    assert kill(processes) >= 4, "web server, daemon, code server, worker"
    time.sleep(0.5)
    assert run_statuses(night)[-1] is DagsterRunStatus.STARTED
    assert night.current_id == files_night.current_id
    assert night.core20("verify").code == 0

    ran = night.core20("run")
    assert run_statuses(night)[-2:] == [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    (incident,) = incidents(night)
    assert (incident["state"], incident["error"]) == ("failed", "killed")
    hold(night, ran, {DEGRADED}, restated_night.current_id, restated_night.parts, [nights.KEY], [])

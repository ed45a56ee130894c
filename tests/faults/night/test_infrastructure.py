"""Nights whose machine fails them: no memory, no disk, a locked or deleted history, no network, a log left by a writer.

They come one after another on one folder, each held against every invariant; the last, on which the machine is well,
publishes the bytes of a night that nothing disturbed.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest
import yaml

from pipeline.settings import PROJECT_ROOT
from tests.faults.invariants import hold, incidents
from tests.faults.listed import fault
from tests.faults.storage import full_disk
from tests.integration import nights
from tests.integration.nights import DEGRADED, INFRASTRUCTURE, Night, Ran

pytestmark = pytest.mark.slow

SECRETS = {"CORE20_PSEUDONYM_KEY": nights.KEY, "CORE20_SMTP_PASSWORD": "hunter2-canary-smtp-51c7"}


@contextmanager
def little_memory(night: Night) -> Iterator[None]:
    before = night.config.read_text(encoding="utf-8")
    night.config.write_text(yaml.safe_dump({**yaml.safe_load(before), "memory_limit": "20MB"}), encoding="utf-8")
    yield
    night.config.write_text(before, encoding="utf-8")


@contextmanager
def locked_history(night: Night) -> Iterator[None]:
    """Somebody else writes to the history of runs, and does not end."""
    with closing(sqlite3.connect(night.home / "dagster" / "history" / "runs.db", isolation_level=None)) as connection:
        connection.execute("begin exclusive")
        yield


def no_room_to_build(night: Night) -> AbstractContextManager[None]:
    return full_disk(night.home / "build", left=1_000_000)


def no_room_to_land(night: Night) -> AbstractContextManager[None]:
    return full_disk(night.home / "raw", left=8_000)


def no_room_to_judge(night: Night) -> AbstractContextManager[None]:
    """The gate keeps what it measured of the candidate, for judging again, before it writes the receipt."""
    return full_disk(night.home / "measures")


def no_room_for_release(night: Night) -> AbstractContextManager[None]:
    return full_disk(night.releases, left=400_000)


def no_room_for_history(night: Night) -> AbstractContextManager[None]:
    return full_disk(night.home / "dagster", left=20_000)


# The first one has something to land.
TRIALS: dict[str, Callable[[Night], AbstractContextManager[None]]] = {
    "no room to land": no_room_to_land,
    "little memory": little_memory,
    "locked history": locked_history,
    "no room to build": no_room_to_build,
    "no room to judge": no_room_to_judge,
    "no room for the release": no_room_for_release,
    "no room for history": no_room_for_history,
}
MARKS = {
    "little memory": fault(
        "process: memory limit", "the memory limit is 20 MB", "failed, exit code 30; the last release stays"
    ),
    "locked history": fault(
        "storage: Dagster database locked", "another process holds Dagster's database",
        "failed in one line, exit code 30; the last release stays",
    ),
    "no room to land": fault(
        "storage: full disk at each step", "the disk of the raw parts is full",
        "failed, exit code 30; the last release stays",
    ),
    "no room to build": fault(
        "storage: full disk at each step", "the disk of the build folder is full",
        "failed, exit code 30; the last release stays",
    ),
    "no room to judge": fault(
        "storage: full disk at each step", "the disk is full when the gate writes what it judged",
        "failed, exit code 30; the last release stays",
    ),
    "no room for the release": fault(
        "storage: full disk at each step", "the disk of the releases is full when a judged night publishes",
        "failed, exit code 30; the last release stays",
    ),
    "no room for history": fault(
        "storage: full disk at each step", "the disk of Dagster's history is full",
        "failed, exit code 30; the last release stays",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def night(files_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Night:
    assert files_night.ran.code == DEGRADED, files_night.ran.output
    made = files_night.copy(tmp_path_factory.mktemp("machine") / "night")
    nights.deliver_restatement(made)
    return made


def run(night: Night, *before: str) -> Ran:
    done = subprocess.run(
        [*before, *nights.command(night.config, "run")],
        cwd=PROJECT_ROOT, env=nights.environment(**SECRETS), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=600, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout)


@pytest.mark.parametrize("trial", [pytest.param(name, marks=MARKS[name]) for name in TRIALS])
def test_a_night_whose_machine_fails_it_is_no_release(trial: str, night: Night, files_night: Night) -> None:
    before = incidents(night)
    with TRIALS[trial](night):
        ran = run(night)
    new = incidents(night)[len(before) :]
    hold(night, ran, {INFRASTRUCTURE}, files_night.current_id, files_night.parts, SECRETS.values(), new)
    said = [line for line in ran.output.splitlines() if not re.match(r" *\d+ s  ", line)]
    assert len(said) < 8, "progress, and what failed in a few lines"


@pytest.fixture(scope="module")
def last(night: Night) -> Ran:
    """The night after: no network, no history, and a log beside the build database."""
    shutil.rmtree(night.home / "dagster" / "history", ignore_errors=True)
    (night.home / "build" / "build.duckdb.wal").write_bytes(b"left by a writer that was killed" * 100)
    (night.home / "build" / "build.new.duckdb.wal").write_bytes(b"left by a writer that was killed" * 100)
    alone = ["unshare", "-n"]
    is_allowed = subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    if not is_allowed:
        pytest.skip("this machine does not allow a process without network")
    return run(night, *alone)


@fault("versions: run with the network denied", "a night in a process that has no network at all", "it publishes")
@fault("storage: Dagster database deleted", "the history of all runs is gone", "it is made anew; the night publishes")
@fault("storage: stale .wal", "logs of a killed writer lie beside the build databases", "they are not read")
@fault("leaks: secrets in the environment", "key and password in the environment of failed nights", "in no sink")
def test_the_night_after_publishes_the_bytes_of_an_undisturbed_one(
    night: Night, last: Ran, restated_night: Night
) -> None:
    hold(night, last, {DEGRADED}, restated_night.current_id, restated_night.parts, SECRETS.values(), [])


@fault("process: memory limit", "a night after failed ones", "the bytes of a night that never failed", "same bytes")
@fault("storage: full disk at each step", "a night with room again", "the bytes of an undisturbed one", "same bytes")
@fault("storage: Dagster database locked", "a night with nobody in the way", "the bytes of an undisturbed one",
       "same bytes")  # fmt: skip
def test_nothing_of_the_failed_nights_is_left(night: Night, last: Ran, restated_night: Night) -> None:
    assert last.code == DEGRADED
    assert night.manifest["content_sha256"] == restated_night.manifest["content_sha256"]
    assert night.parts == restated_night.parts
    assert sorted(path.name for path in night.releases.iterdir()) == sorted(
        path.name for path in restated_night.releases.iterdir()
    )

"""kill -9 in every step of a night, and two nights at once: the next night publishes what an undisturbed one would.

The kills come one after another on the same folder, so each night also starts from what the one before left behind.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from pipeline.settings import PROJECT_ROOT
from tests.faults.invariants import incidents
from tests.faults.listed import fault
from tests.integration import nights
from tests.integration.nights import DEGRADED, INFRASTRUCTURE, Night

pytestmark = pytest.mark.slow

PATIENCE = 300.0  # seconds until a night that says nothing is taken for stuck


@dataclass(frozen=True)
class Kill:
    """Where to kill: the line that begins a step, how long after it, and the line no killed night may reach."""

    step: str
    begins: str
    after: float
    next_step: str


KILLS = (
    Kill("land", "land: ", 0.02, "prepare:"),
    Kill("prepare", "prepare: ", 0.3, "transform:"),
    Kill("transform", "transform: ", 3.0, "marts: "),
    Kill("marts", "marts: ", 1.0, "gate: judging the feeds"),
    # The gate has judged by then what was measured: it only writes the verdict.
    Kill("gate feeds", "gate: judging the feeds", 0.05, "publication:"),
    Kill("publication", "publication: ", 0.7, "gate: judging the publication"),
    Kill("gate publication", "gate: judging the publication", 0.5, "release:"),
    # The step says nothing before it is done: it is known by the folder it builds in.
    Kill("release", "", 0.05, "release:"),
)


@dataclass
class Running:
    """A night under way in a process group of its own; `lines` is what it has said."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    fresh: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self.fresh.put(line)
        self.fresh.put(None)

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            line = self.fresh.get(timeout=PATIENCE)
            if line is None:
                pytest.fail(f"the night ended before it said {words!r}:\n{''.join(self.lines)}")
            if words in line:
                return
        pytest.fail(f"the night never said {words!r}:\n{''.join(self.lines)}")

    def wait_for_folder(self, parent: Path, pattern: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if any(parent.glob(pattern)):
                return
            if self.process.poll() is not None:
                pytest.fail(f"the night ended before it made {pattern}:\n{''.join(self.lines)}")
            time.sleep(0.005)
        pytest.fail(f"the night never made {pattern}")

    def kill(self) -> None:
        """SIGKILL to the night and every child of it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)

    @property
    def output(self) -> str:
        return "".join(self.lines)


@contextmanager
def running(night: Night) -> Iterator[Running]:
    process = subprocess.Popen(
        nights.command(night.config, "run"),
        cwd=PROJECT_ROOT,
        env=nights.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    found = Running(process)
    listener = threading.Thread(target=found.listen, daemon=True)
    listener.start()
    try:
        yield found
    finally:
        if process.poll() is None:
            found.kill()
        listener.join(timeout=60)


def run_statuses(night: Night) -> list[DagsterRunStatus]:
    """Status of every run in the history, oldest first."""
    home = str(night.home / "dagster")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", home)
        with DagsterInstance.from_config(home) as instance:
            return [run.status for run in reversed(instance.get_runs())]


@dataclass(frozen=True)
class Killed:
    """What was seen right after one kill."""

    kill: Kill
    exit_code: int
    output: str
    current_id: str
    verify: int
    readable: bool
    statuses: list[DagsterRunStatus]


@dataclass(frozen=True)
class Story:
    """Seven killed nights, then one that nothing disturbs but a second one that tries to run beside it."""

    night: Night
    killed: dict[str, Killed]
    second: nights.Ran
    verified_meanwhile: int
    exit_code: int
    output: str


@pytest.fixture(scope="module")
def story(files_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Story:
    assert files_night.ran.code == DEGRADED, files_night.ran.output
    night = files_night.copy(tmp_path_factory.mktemp("kills") / "night")
    nights.deliver_restatement(night)
    killed = {kill.step: kill_in(night, kill) for kill in KILLS}
    with running(night) as last:
        last.wait_for("transform: ")
        second = night.core20("run")
        meanwhile = night.core20("verify").code
        last.process.wait(timeout=PATIENCE)
    return Story(night, killed, second, meanwhile, last.process.returncode, last.output)


def kill_in(night: Night, kill: Kill) -> Killed:
    with running(night) as found:
        if kill.begins:
            found.wait_for(kill.begins)
        else:
            found.wait_for_folder(night.releases, ".staging-*")
        time.sleep(kill.after)
        found.kill()
    verified = night.core20("verify").code
    database = night.current / "core20.duckdb"
    return Killed(
        kill, found.process.returncode, found.output, night.current_id, verified, database.is_file(),
        run_statuses(night),
    )  # fmt: skip


@fault(
    "process: kill -9 at 50 random moments",
    "eight nights in a row are killed, one in each step",
    "after each the last release is current, whole and opens",
    "pointer, queryable",
)
@pytest.mark.parametrize("step", [kill.step for kill in KILLS])
def test_a_night_killed_in_a_step_leaves_the_last_release_whole(story: Story, files_night: Night, step: str) -> None:
    killed = story.killed[step]
    assert killed.exit_code == -signal.SIGKILL, killed.output
    assert killed.kill.begins in killed.output
    assert killed.kill.next_step not in killed.output, f"the kill came too late, after {step}"
    assert (killed.current_id, killed.verify, killed.readable) == (files_night.current_id, 0, True)


@fault(
    "process: kill -9 at 50 random moments",
    "a night after eight killed ones",
    "the bytes of a night that nothing disturbed; exit code 10",
    "same bytes, exit code",
)
def test_the_night_after_eight_kills_publishes_the_bytes_of_an_undisturbed_one(
    story: Story, restated_night: Night
) -> None:
    assert story.exit_code == DEGRADED, story.output
    assert story.night.current_id == restated_night.current_id
    assert story.night.manifest["content_sha256"] == restated_night.manifest["content_sha256"]
    assert story.night.parts == restated_night.parts
    assert story.night.core20("verify").code == 0


def test_nothing_of_the_killed_nights_is_left(story: Story, restated_night: Night) -> None:
    def tree(night: Night) -> list[str]:
        names = [path.relative_to(night.home).as_posix() for path in night.home.rglob("*")]
        return sorted(name for name in names if not name.startswith("dagster/") and name != "incidents.jsonl")

    assert tree(story.night) == tree(restated_night)


def test_killed_runs_are_reaped(story: Story) -> None:
    """A killed run stays under way in Dagster's history until the next night marks it as failed."""
    for number, killed in enumerate(story.killed.values()):
        *before, last = killed.statuses
        assert len(before) == number + 1, "the first night and every kill before"
        assert last is DagsterRunStatus.STARTED
        assert before == [DagsterRunStatus.SUCCESS] + [DagsterRunStatus.FAILURE] * number
    assert run_statuses(story.night) == [
        DagsterRunStatus.SUCCESS,
        *[DagsterRunStatus.FAILURE] * len(KILLS),
        DagsterRunStatus.SUCCESS,
    ]


def test_every_killed_night_is_one_incident(story: Story, files_night: Night) -> None:
    found = [(item["state"], item["error"], item["current_release"]) for item in incidents(story.night)]
    assert found == [("failed", "killed", files_night.current_id)] * len(KILLS)


def test_the_history_of_releases_has_one_line_a_release(story: Story, restated_night: Night) -> None:
    lines = (story.night.releases / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len((restated_night.releases / "history.jsonl").read_text().splitlines()) == 2


@fault(
    "process: two nightlies at once",
    "a second nightly while the first transforms",
    "refused in one line, exit code 30; the first publishes",
    "exit code, pointer",
)
def test_a_second_night_at_the_same_time_is_refused_plainly(story: Story) -> None:
    assert story.second.code == INFRASTRUCTURE, story.second.output
    assert "BuildLocked: another run is writing to" in story.second.output
    assert "Traceback" not in story.second.output
    assert len(story.second.output.splitlines()) <= 3
    assert story.verified_meanwhile == 0, "readers are never blocked"

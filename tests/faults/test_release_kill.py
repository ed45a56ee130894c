"""kill -9 during a publication, at many moments: readers see whole releases only, the next one finishes the job.

Each publication runs in a process of its own. It is killed after a time drawn from its whole duration, or when it has
written a drawn number of files, so that a busy machine moves no kill to a place where others were.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from pipeline.release import clean_stale, history, rollback, verify
from pipeline.release.store import current_id
from pipeline.settings import PROJECT_ROOT, Settings
from tests.faults.listed import fault
from tests.unit.release.release_candidate import digests, make, published

ROWS = 20_000
KILLS = 24
PUBLISH = [sys.executable, "-m", "tests.unit.release.release_candidate"]


def start(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*PUBLISH, str(home)], cwd=PROJECT_ROOT, stderr=subprocess.PIPE)


class Reader(threading.Thread):
    """Resolves the pointer and reads, without pause, until told to stop; keeps what was wrong and what was seen."""

    def __init__(self, settings: Settings, sums: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.releases, self.sums = settings.releases, sums
        self.stop = threading.Event()
        self.reading = threading.Lock()  # taken by a test that takes a release away, which the product never does
        self.seen: list[str] = []
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with self.reading:
                    self.read()
            except Exception as error:
                self.faults.append(f"{type(error).__name__}: {error}")

    def read(self) -> None:
        folder = (self.releases / "current").resolve(strict=True)
        with duckdb.connect(str(folder / "core20.duckdb"), read_only=True) as connection:
            (found,) = connection.execute("select sum(numerator)::bigint from indicator_value").fetchall()[0]
        if found != self.sums[folder.name]:
            self.faults.append(f"{folder.name}: a sum of another release")
        self.seen.append(folder.name)


def total(version: int, rows: int = ROWS) -> int:
    return sum(n * 3 + version for n in range(rows) if n % 5)


@fault(
    "process: kill -9 at 50 random moments",
    "24 publications are killed at random moments, beside a reader",
    "the reader sees whole releases only; the next one finishes the job",
    "pointer, no mixture, same bytes, queryable",
)
@pytest.mark.slow
def test_a_killed_publication_never_shows_and_the_next_one_finishes_the_job(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = make(home, release_id="R1", version=1, rows=ROWS)
    published(settings)
    undisturbed = digests(published(make(tmp_path / "calm", release_id="R2", version=2, rows=ROWS)).path)

    make(home, release_id="R2", version=2, rows=ROWS)
    began = time.monotonic()
    rehearsal = tmp_path / "rehearsal"
    make(rehearsal, release_id="R2", version=2, rows=ROWS)
    assert start(rehearsal).wait() == 0
    duration = time.monotonic() - began

    reader = Reader(settings, {"R1": total(1), "R2": total(2)})
    reader.start()
    moments = random.Random(20)  # noqa: S311 - when to kill
    killed = 0
    stages = set()
    staged = settings.releases / ".staging-R2"
    for kill in range(KILLS):
        began_ns = time.time_ns()
        process = start(home)
        if kill % 3:
            # The first part of a publication is the interpreter's start; most kills go to what comes after.
            time.sleep(duration * moments.uniform(0.15, 1.15))
        else:
            wanted = 1 + kill // 3
            while process.poll() is None and _written(staged, began_ns) < wanted:
                time.sleep(0.001)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.communicate()
        stages.add(len(list(staged.rglob("*"))) if staged.exists() else -1)
        current = current_id(settings)
        assert current in ("R1", "R2")
        assert verify(settings).release_id == current
        if current == "R2":  # done, killed or not: take it away and begin again
            assert digests(settings.releases / "R2") == undisturbed
            with reader.reading:
                _back_to_r1(settings)
    assert killed >= KILLS // 2
    assert len(stages) > 4, "the kills hit too few different moments"

    assert start(home).wait() == 0
    assert verify(settings).release_id == "R2"
    assert digests(settings.releases / "R2") == undisturbed
    assert [path.name for path in settings.releases.glob(".staging-*")] == []
    assert history(settings)[-1].release_id == "R2"
    reader.stop.set()
    reader.join(30)
    assert reader.faults == []
    assert len(reader.seen) > KILLS


def _written(staged: Path, since_ns: int) -> int:
    """Files and folders that a publication begun then has written so far; what a killed one left counts as none."""
    try:
        return len(list(staged.rglob("*"))) if staged.stat().st_mtime_ns > since_ns else 0
    except OSError:  # gone while we looked
        return 0


def _back_to_r1(settings: Settings) -> None:
    """As if R2 had never been: for the test's next round, not something the product does."""
    fresh = settings.releases / "back"
    fresh.symlink_to("R1")
    fresh.replace(settings.releases / "current")
    lines = (settings.releases / "history.jsonl").read_text().splitlines(keepends=True)
    (settings.releases / "history.jsonl").write_text("".join(line for line in lines if '"R2"' not in line))
    shutil.rmtree(settings.releases / "R2")


@fault(
    "storage: reader open during publish",
    "a reader reads without pause through fifty moves of the pointer",
    "whole releases only",
    "no mixture, queryable",
)
@pytest.mark.slow
def test_a_reader_through_fifty_moves_of_the_pointer_sees_whole_releases_only(tmp_path: Path) -> None:
    """Publications and rollbacks move the pointer in the same way; rollbacks are the quicker ones."""
    settings = make(tmp_path, release_id="R0", version=0, rows=500)
    published(settings)
    reader = Reader(settings, {f"R{number}": total(number, 500) for number in range(11)})
    reader.start()
    moves = 0
    for number in range(1, 11):
        published(make(tmp_path, release_id=f"R{number}", version=number, rows=500))
        for to in (f"R{number - 1}", f"R{number}", "R0", f"R{number}"):
            moves += rollback(settings, to=to).is_current
    reader.stop.set()
    reader.join(30)
    assert reader.faults == []
    assert moves + 10 == len(history(settings)) - 1
    assert moves + 10 >= 48
    assert set(reader.seen) >= {"R0", "R10"}
    assert len(reader.seen) > 50


@pytest.mark.slow
def test_a_killed_publication_takes_its_writer_with_it(tmp_path: Path) -> None:
    """The DuckDB file is written by a child: it must not go on, or hold the lock, after its parent was killed."""
    settings = make(tmp_path, rows=400_000)
    process = start(tmp_path)
    database = settings.releases / ".staging-R1" / "core20.duckdb"
    deadline = time.monotonic() + 120
    while not database.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(0.2)
    size = database.stat().st_size
    assert clean_stale(settings) == [".staging-R1"]
    time.sleep(0.5)
    assert not database.parent.exists(), f"the writer went on after {size} bytes"
    shutil.rmtree(settings.releases)
    assert published(settings).is_current

"""Full disks and read-only folders at the steps that write: landing, publishing; and what a reader sees meanwhile."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.landing import LandingError, Verdict, active_parts
from pipeline.release import ReleaseError, clean_stale, history, list_releases, verify
from pipeline.release.store import current_id
from pipeline.settings import PROJECT_ROOT
from tests.faults.listed import fault
from tests.faults.storage import full_disk, read_only
from tests.unit.landing import deliveries as landing
from tests.unit.release.release_candidate import digests, make, published

# Publishes what lies in HOME, and sends itself SIGTERM when WHERE is reached.
_TERMINATED = """
import os, signal, sys
from pathlib import Path
from pipeline.release import store
from tests.unit.release.release_candidate import published
from pipeline.settings import Settings

# Whoever runs the tests may have it ignored, which a child inherits.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
home, where = sys.argv[1:]
replace, record = Path.replace, store.record

def swap(self, target):
    if where == "before the swap" and self.name.startswith(".current-"):
        os.kill(os.getpid(), signal.SIGTERM)
    done = replace(self, target)
    if where == "after the swap" and self.name.startswith(".current-"):
        os.kill(os.getpid(), signal.SIGTERM)
    return done

def note(*arguments, **options):
    record(*arguments, **options)
    if where == "after the history":
        os.kill(os.getpid(), signal.SIGTERM)

Path.replace, store.record = swap, note
published(Settings(home=Path(home)))
"""


@pytest.mark.parametrize("where", ["before the swap", "after the swap", "after the history"])
@fault(
    "process: SIGTERM in the pointer swap",
    "a publication is terminated just before the swap, just after it, and after the history",
    "the pointer names a whole release; the next run finishes the job, one line a release in the history",
    "pointer, no mixture, same bytes, queryable",
)
def test_a_publication_terminated_in_the_swap(where: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = make(home, release_id="R1", version=1)
    published(settings)
    undisturbed = digests(published(make(tmp_path / "calm", release_id="R2", version=2)).path)
    make(home, release_id="R2", version=2)
    done = subprocess.run([sys.executable, "-c", _TERMINATED, str(home), where], cwd=PROJECT_ROOT, check=False)
    assert done.returncode == -signal.SIGTERM
    assert current_id(settings) == ("R1" if where == "before the swap" else "R2")
    assert verify(settings).release_id == current_id(settings)
    clean_stale(settings)
    assert published(settings).release_id == "R2"
    assert digests(settings.releases / "R2") == undisturbed
    assert [event.release_id for event in history(settings)] == ["R1", "R2"]
    assert sorted(path.name for path in settings.releases.glob(".*")) == [".lock"]


@pytest.mark.parametrize("left", [0, 4_096, 40_000, 400_000])
@fault(
    "storage: full disk at each step",
    "the disk of the releases has no room, or too little, for the next one",
    "not written, and said; the last release stays, whole; with room again, the same bytes",
    "pointer, same bytes, queryable",
)
def test_a_full_disk_below_the_releases(left: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = make(home, release_id="R1", version=1, rows=20_000)
    published(settings)
    undisturbed = digests(published(make(tmp_path / "calm", release_id="R2", version=2, rows=20_000)).path)
    make(home, release_id="R2", version=2, rows=20_000)
    with full_disk(settings.releases, left):
        with pytest.raises((ReleaseError, OSError)):
            published(settings)
        assert verify(settings).release_id == "R1"
        assert [path.name for path in settings.releases.glob(".staging*")] == []
    assert digests(published(settings).path) == undisturbed


@fault(
    "storage: full disk at each step",
    "the disk of the raw parts has no room",
    "the landing stops and says so, no part and no entry is left; with room again, the file lands",
)
def test_a_full_disk_below_raw(tmp_path: Path) -> None:
    settings = landing.settings_for(tmp_path, "sus_apc")
    landing.write_csv(landing.folder(settings, "sus_apc") / "hes_apc_2026-05.csv", landing.apc_rows(count=5_000))
    with full_disk(settings.raw, left=60_000), pytest.raises(LandingError, match=r"disk is full|No space|cannot be"):
        landing.run(settings)
    assert active_parts(settings.ledger) == []
    assert landing.parts_content(settings) == {}
    assert landing.only(landing.run(settings)).verdict is Verdict.LOADED


@fault(
    "storage: read-only folder",
    "the releases, or the raw parts, lie on a disk that is mounted read-only",
    "an error that names the folder; the last release stays and is read; writable again, all goes on",
    "pointer, queryable",
)
def test_read_only_folders(tmp_path: Path) -> None:
    settings = make(tmp_path / "home", release_id="R1", version=1)
    published(settings)
    make(tmp_path / "home", release_id="R2", version=2)
    with read_only(settings.releases):
        with pytest.raises((ReleaseError, OSError)):
            published(settings)
        assert verify(settings).release_id == "R1"
    assert published(settings).release_id == "R2"

    files = landing.settings_for(tmp_path / "files", "sus_apc")
    landing.write_csv(landing.folder(files, "sus_apc") / "hes_apc_2026-05.csv", landing.apc_rows())
    files.raw.mkdir(parents=True)
    with read_only(files.raw), pytest.raises((LandingError, OSError)):
        landing.run(files)
    assert landing.only(landing.run(files)).verdict is Verdict.LOADED


@fault(
    "storage: reader open during prune",
    "an old release is deleted while a connection is open on it",
    "the reader reads on to its end; the current release and the list of releases stand",
    "pointer, queryable",
)
def test_a_reader_of_a_release_that_is_deleted_reads_on(tmp_path: Path) -> None:
    settings = make(tmp_path, release_id="R1", version=1)
    published(settings)
    with duckdb.connect(str(settings.releases / "current" / "core20.duckdb"), read_only=True) as reader:
        before = reader.execute("select sum(numerator) from indicator_value").fetchall()
        published(make(tmp_path, release_id="R2", version=2))
        shutil.rmtree(settings.releases / "R1")
        assert reader.execute("select sum(numerator) from indicator_value").fetchall() == before
    assert verify(settings).release_id == "R2"
    assert [release.release_id for release in list_releases(settings)] == ["R2"]


@fault(
    "storage: stale .wal",
    "a write-ahead log lies beside the database of a release",
    "verify names it; publishing again does not take it over",
    "pointer",
)
def test_a_write_ahead_log_in_a_release_is_named(tmp_path: Path) -> None:
    from pipeline.release import ReleaseDamaged

    settings = make(tmp_path, release_id="R1", version=1)
    folder = published(settings).path
    (folder / "core20.duckdb.wal").write_bytes(b"left by a writer that was killed")
    with pytest.raises(ReleaseDamaged, match=r"core20\.duckdb\.wal does not belong"):
        verify(settings)
    make(tmp_path, release_id="R2", version=2)
    assert not list(published(settings).path.glob("*.wal"))

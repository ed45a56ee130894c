"""Rolling back, listing, recovering after a kill, and readers and writers side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.release import (
    NoRelease,
    ReleaseRefused,
    clean_stale,
    current_release,
    history,
    list_releases,
    publication,
    publish,
    rollback,
    store,
    verify,
)
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.release.release_candidate import NOTES, make, published
from tests.unit.release.test_release_publish import leftovers, refusal


def test_rollback_goes_to_the_release_before_and_the_history_says_so(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        published(make(tmp_path, release_id=f"R{number}", version=number))
    settings = Settings(home=tmp_path)
    assert rollback(settings).release_id == "R2"
    assert verify(settings).release_id == "R2"
    assert rollback(settings, to="R1").is_current
    assert [(event.action, event.release_id, event.previous) for event in history(settings)] == [
        ("publish", "R1", ""),
        ("publish", "R2", "R1"),
        ("publish", "R3", "R2"),
        ("rollback", "R2", "R3"),
        ("rollback", "R1", "R2"),
    ]
    assert [(release.release_id, release.is_current) for release in list_releases(settings)] == [
        ("R1", True), ("R2", False), ("R3", False),
    ]  # fmt: skip
    with pytest.raises(NoRelease, match="no release before R1"):
        rollback(settings)


def test_a_nightly_does_not_undo_a_rollback(tmp_path: Path) -> None:
    published(make(tmp_path))
    settings = make(tmp_path, release_id="R2", version=2)
    published(settings)
    rollback(settings)
    assert "release R2 was rolled back at" in refusal(settings)
    assert verify(settings).release_id == "R1"
    rollback(settings, to="R2")
    assert published(settings).is_current


def test_rollback_to_what_was_never_published_or_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = make(tmp_path)
    with pytest.raises(NoRelease, match="nothing is published yet"):
        rollback(settings)
    published(settings)
    with pytest.raises(NoRelease, match="no release R9"):
        rollback(settings, to="R9")
    with pytest.raises(ReleaseRefused, match="not a plain name"):
        rollback(settings, to="../build")
    (settings.releases / "R8").mkdir()
    with pytest.raises(ReleaseRefused, match="R8 was never published"):
        rollback(settings, to="R8")


def test_where_nothing_was_published_there_is_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert current_release(settings) is None
    assert list_releases(settings) == []
    assert clean_stale(settings) == []
    with pytest.raises(NoRelease, match="nothing is published yet"):
        verify(settings)
    with pytest.raises(NoRelease, match="no release R7"):
        verify(settings, "R7")


def test_start_up_removes_what_killed_publications_left(tmp_path: Path) -> None:
    settings = make(tmp_path)
    published(settings)
    (settings.releases / ".staging-R2" / "csv").mkdir(parents=True)
    (settings.releases / ".staging-R2" / "csv" / "a.csv").write_text("half")
    (settings.releases / ".current-99").symlink_to("R2")
    assert clean_stale(settings) == [".current-99", ".staging-R2"]
    assert leftovers(settings) == []
    assert verify(settings).release_id == "R1"


def test_a_named_release_whose_pointer_never_moved_is_not_listed_and_is_taken_up_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publication, "_make_current", killed)
        with pytest.raises(KeyboardInterrupt):
            published(settings)
    assert (settings.releases / "R1").is_dir()
    assert list_releases(settings) == []
    assert published(settings).is_current
    assert len(list_releases(settings)) == 1


def test_a_history_torn_by_a_kill_is_completed(tmp_path: Path) -> None:
    settings = make(tmp_path)
    published(settings)
    settings = make(tmp_path, release_id="R2", version=2)
    published(settings)
    path = settings.releases / "history.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    assert [event.release_id for event in history(settings)] == ["R1"]
    assert [release.release_id for release in list_releases(settings)] == ["R1", "R2"]
    clean_stale(settings)
    assert [(event.release_id, event.previous, event.recovered) for event in history(settings)] == [
        ("R1", "", False),
        ("R2", "R1", True),
    ]
    assert rollback(settings).release_id == "R1"


def test_a_publication_completes_and_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    settings = make(tmp_path)
    published(settings)
    (settings.releases / "history.jsonl").unlink()
    (settings.releases / ".staging-R0").mkdir()
    published(make(tmp_path, release_id="R2", version=2))
    assert [(event.release_id, event.recovered) for event in history(settings)] == [("R1", True), ("R2", False)]
    assert leftovers(settings) == []


@fault(
    "storage: reader open during publish",
    "a connection stays open on the old release while the next is published",
    "it goes on reading the old one",
    "no mixture, queryable",
)
def test_a_reader_of_the_old_release_is_not_blocked_and_not_disturbed(tmp_path: Path) -> None:
    settings = make(tmp_path)
    published(settings)
    with duckdb.connect(str(settings.releases / "current" / "core20.duckdb"), read_only=True) as reader:
        before = reader.execute("select sum(numerator) from indicator_value").fetchall()
        published(make(tmp_path, release_id="R2", version=2))
        assert reader.execute("select sum(numerator) from indicator_value").fetchall() == before
    with duckdb.connect(str(settings.releases / "current" / "core20.duckdb"), read_only=True) as reader:
        assert reader.execute("select sum(numerator) from indicator_value").fetchall() != before


def test_two_publications_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path)
    monkeypatch.setattr(store, "_LOCK_PATIENCE", 0.1)
    inner: list[str] = []

    def at_the_same_time() -> None:
        if not inner:
            inner.append(refusal(settings))

    publish(settings, at_the_same_time, NOTES)
    assert inner == ["another publication or rollback is running; wait for it to end"]

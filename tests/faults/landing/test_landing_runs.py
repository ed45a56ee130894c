"""A landing that cannot go on says why; one that is killed anywhere ends, when run again, where it would have."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from pipeline.landing import LandingError, Verdict, active_parts, check_file, land
from pipeline.landing.judge import judge
from pipeline.landing.store import landing_lock
from pipeline.settings import PROJECT_ROOT, FeedSource, Settings
from tests.faults.listed import fault
from tests.unit.landing import deliveries as make

WEEK = "wlmds_2026-08-30.csv"


def one_week(tmp_path: Path) -> tuple[Settings, Path]:
    settings = make.settings_for(tmp_path, "wlmds")
    return settings, make.write_csv(make.folder(settings, "wlmds") / WEEK, make.wlmds_rows())


def test_real_files_without_a_key_are_not_touched(tmp_path: Path) -> None:
    settings, _ = one_week(tmp_path)
    with pytest.raises(LandingError, match="CORE20_PSEUDONYM_KEY is not set; nothing was loaded"):
        make.run(settings.model_copy(update={"pseudonym_key": None}))
    assert not settings.home.exists()
    with pytest.raises(LandingError, match="shorter than 16"):
        make.run(settings.model_copy(update={"pseudonym_key": SecretStr("short")}))


def test_another_key_is_refused_because_persons_would_no_longer_link(tmp_path: Path) -> None:
    settings, _ = one_week(tmp_path)
    make.run(settings)
    other = "another key, just as long as the first"
    with pytest.raises(LandingError, match="is not the key") as caught:
        make.run(settings.model_copy(update={"pseudonym_key": SecretStr(other)}))
    assert other not in str(caught.value)
    assert make.KEY.encode() not in settings.ledger.read_bytes()


def test_a_missing_folder_and_an_unknown_feed_stop_the_run(tmp_path: Path) -> None:
    settings, _ = one_week(tmp_path)
    missing = settings.model_copy(update={"feeds": {"wlmds": FeedSource(folder=tmp_path / "gone")}})
    with pytest.raises(LandingError, match=r"folder of feed 'wlmds' does not exist.*mounted"):
        make.run(missing)
    unknown = settings.model_copy(update={"feeds": {"msds": FeedSource(folder=tmp_path)}})
    with pytest.raises(LandingError, match="feed 'msds' has no contract"):
        make.run(unknown)
    with pytest.raises(LandingError, match="sample has not been made"):
        make.run(Settings(home=tmp_path / "empty"))


def test_one_landing_at_a_time(tmp_path: Path) -> None:
    settings, _ = one_week(tmp_path)
    with landing_lock(settings), pytest.raises(LandingError, match="another landing is at work"):
        make.run(settings)
    assert make.only(make.run(settings)).verdict is Verdict.LOADED


@fault(
    "files: file still growing",
    "a file is found ten seconds after its last change",
    "it is deferred and nothing quarantined; the next run loads it",
)
def test_a_file_that_still_grows_is_left_for_the_next_run(tmp_path: Path) -> None:
    settings, path = one_week(tmp_path)
    changed = path.stat().st_mtime
    outcome = make.only(land(settings, make.contracts(), now=changed + 10))
    assert (outcome.verdict, outcome.reason) == (Verdict.DEFERRED, "still_growing")
    assert not settings.quarantine.exists()
    assert make.only(land(settings, make.contracts(), now=changed + 200)).verdict is Verdict.LOADED


def test_a_manifest_says_at_once_that_a_file_is_whole(tmp_path: Path) -> None:
    settings, path = one_week(tmp_path)
    make.write_manifest(path, 30, "2026-08-30")
    outcome = make.only(land(settings, make.contracts(), now=path.stat().st_mtime))
    assert outcome.verdict is Verdict.LOADED


def test_names_of_unfinished_transfers_are_left_and_hidden_files_ignored(tmp_path: Path) -> None:
    settings, path = one_week(tmp_path)
    path.rename(path.with_name(WEEK + ".filepart"))
    path.with_name(".DS_Store").write_text("x")
    (path.parent / "wlmds_2026-08-23.csv").mkdir()
    assert make.only(make.run(settings)).reason == "still_growing"


@fault(
    "files: file still growing", "a line is appended while the file is read", "it is deferred; nothing of it is loaded"
)
def test_a_file_that_changes_while_it_is_read_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, path = one_week(tmp_path)

    def slow_judge(*arguments: object) -> object:
        judged = judge(*arguments)  # type: ignore[arg-type]
        with path.open("a") as stream:
            stream.write("one more line\n")
        return judged

    monkeypatch.setattr("pipeline.landing.feed_landing.judge", slow_judge)
    assert make.only(make.run(settings)).verdict is Verdict.DEFERRED
    assert active_parts(settings.ledger) == []


def test_a_file_that_cannot_be_read_is_reported_and_the_others_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, path = one_week(tmp_path)
    other = make.write_csv(path.with_name("wlmds_2026-08-23.csv"), make.wlmds_rows("2026-08-23"[:10], 20))
    opened = Path.open

    def refused(self: Path, *arguments: object, **options: object) -> object:
        if self == other:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    outcomes = {item.file_name: item for item in make.run(settings).outcomes}
    assert (outcomes[other.name].verdict, outcomes[other.name].reason) == (Verdict.DEFERRED, "unreadable")
    assert outcomes[WEEK].verdict is Verdict.LOADED


@fault(
    "storage: full disk at each step",
    "writing a raw part says the disk is full",
    "the run stops and says so, no part is left; the next run loads the file",
)
def test_a_full_disk_stops_the_run_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = one_week(tmp_path)

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pq.ParquetWriter, "write_table", full)
        with pytest.raises(LandingError, match="No space left on device"):
            make.run(settings)
    assert make.parts_content(settings) == {}
    assert make.only(make.run(settings)).verdict is Verdict.LOADED


@fault(
    "leaks: canaries in error messages", "the engine's error quotes a number", "our error does not, and hides its cause"
)
def test_third_party_errors_do_not_carry_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    settings = make.settings_for(tmp_path, "wlmds")
    rows = make.wlmds_rows()
    make.write_csv(make.folder(settings, "wlmds") / WEEK, [*rows, rows[0]])

    def broken(*arguments: object, **options: object) -> None:
        raise duckdb.Error("row 9434765919 is wrong")

    monkeypatch.setattr("pipeline.landing.parts.duckdb.connect", broken)
    with pytest.raises(LandingError) as caught:
        make.run(settings)
    assert "9434765919" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def country(settings: Settings) -> None:
    """A folder with everything in it: sound months, a restatement, a duplicate, a conflict, rejects of both kinds."""
    apc = make.folder(settings, "sus_apc")
    for number, month in enumerate(("2026-03", "2026-04", "2026-05")):
        make.write_csv(apc / f"hes_apc_{month}.csv", make.apc_rows(month, 4_000, first=number * 10_000))
    make.write_csv(apc / "hes_apc_2026-04-revised.csv", make.apc_rows("2026-04", 4_100, first=10_000))
    make.write_gzip(apc / "again_apc_2026-03.csv.gz", (apc / "hes_apc_2026-03.csv").read_bytes())
    make.write_csv(apc / "other_apc_2026-05.csv", make.apc_rows("2026-05", 3_900, first=90_000))
    rows = make.apc_rows("2026-02", 4_000, first=50_000)
    rows[7]["EPIKEY"] = ""
    rows[8] = dict(rows[9])
    make.write_csv(apc / "hes_apc_2026-02.csv", rows)
    (apc / "hes_apc_2026-01.csv").write_text(make.csv_text(rows).replace("SEX", "GENDER", 1))
    ecds = make.folder(settings, "ecds")
    attended = make.ecds_rows("2026-08", 3_000)
    table = pa.table({name: [row[name] for row in attended] for name in attended[0]})
    pq.write_table(table, ecds / "ecds_2026-08.parquet")


def everything(settings: Settings) -> tuple[object, ...]:
    """What a run leaves: ledger, parts, quarantine, and no other file in raw."""
    quarantined = {
        path.relative_to(settings.quarantine).as_posix(): path.read_bytes()
        for path in settings.quarantine.rglob("*")
        if path.is_file()
    }
    left = {
        path.name for path in settings.raw.rglob("*") if path.is_file() and path.suffix not in (".parquet", ".sqlite")
    }
    return make.ledger_content(settings), make.parts_content(settings), quarantined, left


_LAND = """
import sys
from datetime import date
from pathlib import Path
from pipeline.catalogue.feeds import load_feeds
from pipeline.landing import land
from pipeline.settings import FeedSource, Settings
home = Path(sys.argv[1])
feeds = {name: FeedSource(folder=home / "in" / name) for name in ("ecds", "sus_apc")}
settings = Settings(home=home / "var", source="files", feeds=feeds, pseudonym_key=sys.argv[2], as_of=date(2026, 9, 30))
contracts = load_feeds()
print("ready", flush=True)
land(settings, contracts)
print("done", flush=True)
"""


def started(home: Path, hash_seed: str = "0") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _LAND, str(home), make.KEY],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@fault(
    "process: kill -9 at 50 random moments",
    "landings are killed at up to 24 random moments",
    "run again, ledger, parts and quarantine are those of an undisturbed one",
)
@pytest.mark.slow
def test_a_landing_killed_at_any_moment_and_run_again_ends_the_same(tmp_path: Path) -> None:
    calm = make.settings_for(tmp_path / "calm", "ecds", "sus_apc")
    country(calm)
    begun = time.monotonic()
    make.run(calm)
    whole = time.monotonic() - begun
    expected = everything(calm)
    assert len(active_parts(calm.ledger)) == 4
    random.seed(20)
    interrupted, latest = 0, whole
    for attempt in range(12):
        settings = make.settings_for(tmp_path / str(attempt), "ecds", "sus_apc")
        country(settings)
        for _ in range(2):
            process = started(tmp_path / str(attempt))
            time.sleep(random.uniform(0.02, latest))  # noqa: S311 -- moments to kill at, no secret
            process.send_signal(signal.SIGKILL)
            was_done = "done" in process.communicate()[0]
            interrupted += not was_done
            latest *= 0.7 if was_done else 1.0  # the first landing may have been the slowest
        make.run(settings)
        assert everything(settings) == expected
        if interrupted >= 5:
            break
    assert interrupted >= 3  # otherwise nothing was shown


@fault(
    "process: kill -9 at 50 random moments",
    "a landing ends between parts, ledger and quarantine",
    "run again, it ends the same",
)
def test_a_landing_killed_between_the_parts_and_the_ledger_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two moments a random kill may miss: parts in place that do not count yet, and a copy half made."""
    calm = make.settings_for(tmp_path / "calm", "ecds", "sus_apc")
    country(calm)
    make.run(calm)
    for name in ("place_part", "quarantine_rows", "quarantine_file"):
        settings = make.settings_for(tmp_path / name, "ecds", "sus_apc")
        country(settings)
        original = getattr(sys.modules["pipeline.landing.feed_landing"], name)

        def then_die(*arguments: object, original: object = original) -> None:
            original(*arguments)  # type: ignore[operator]
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(f"pipeline.landing.feed_landing.{name}", then_die)
            with pytest.raises(KeyboardInterrupt):
                make.run(settings)
        (settings.raw / ".staging-left").mkdir()
        (settings.raw / ".staging-left" / "staged.parquet").write_text("half")
        make.run(settings)
        assert everything(settings) == everything(calm)


@fault(
    "content: locale and time zone",
    "files land in Tokyo time, with other hash seeds",
    "the same ledger and the same bytes",
)
def test_what_lands_does_not_depend_on_hash_seed_time_zone_or_process(tmp_path: Path) -> None:
    results = []
    for seed in ("1", "2"):
        settings = make.settings_for(tmp_path / seed, "ecds", "sus_apc")
        country(settings)
        out, _ = started(tmp_path / seed, seed).communicate()
        assert out == "done\n"
        results.append(everything(settings))
    assert results[0] == results[1]


def test_a_part_that_no_ledger_entry_knows_is_removed(tmp_path: Path) -> None:
    """A run was killed before its file counted, and the supplier withdrew the file."""
    settings, _ = one_week(tmp_path)
    make.run(settings)
    before = make.parts_content(settings)
    orphan = settings.raw / "wlmds" / "2026-08-23" / "0123456789abcdef.parquet"
    orphan.parent.mkdir()
    orphan.write_text("left")
    make.run(settings)
    assert make.parts_content(settings) == before


def test_a_check_holds_a_file_against_what_is_loaded(tmp_path: Path) -> None:
    settings, path = one_week(tmp_path)
    make.run(settings)
    before = make.ledger_content(settings)
    assert check_file("wlmds", path, settings).verdict is Verdict.DUPLICATE
    other = make.write_csv(tmp_path / WEEK, make.wlmds_rows(count=29))
    assert check_file("wlmds", other, settings).verdict is Verdict.CONFLICT
    assert make.ledger_content(settings) == before

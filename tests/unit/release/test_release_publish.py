"""Publishing: what a release consists of, that it is the same every time, and when it is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.release import (
    ReleaseNotWritten,
    ReleaseRefused,
    current_release,
    history,
    list_releases,
    publish,
    store,
    verify,
)
from pipeline.release import parts as parts_module
from pipeline.release.duckdb_file import Specification, TableFile
from pipeline.release.verify import storage_number
from pipeline.settings import PROJECT_ROOT, Settings
from tests.faults.listed import fault
from tests.unit.release.release_candidate import NOTES, digests, make, published, write_receipt

NOTE = {"name": "note", "type": "VARCHAR", "comment": "x"}


def refusal(settings: Settings, why: type[Exception] = ReleaseRefused) -> str:
    with pytest.raises(why) as caught:
        published(settings)
    return str(caught.value)


def leftovers(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.releases.glob(".*") if path.name != ".lock")


def test_a_release_is_a_whole_folder_and_current(tmp_path: Path) -> None:
    settings = make(tmp_path)
    release = published(settings)
    assert (release.release_id, release.verdict, release.is_synthetic, release.is_current) == (
        "R1", "degraded", True, True,
    )  # fmt: skip
    assert release.rows == {"indicator_value": 300, "release": 1}
    assert release.accepted_sha256 == "a" * 64
    folder = (settings.releases / "current").resolve()
    assert folder == settings.releases / "R1"
    assert sorted(digests(folder)) == [
        "SHA256SUMS", "certificate.md", "core20.duckdb", "csv/indicator_value.csv", "csv/release.csv", "manifest.json",
        "notes.md", "parquet/indicator_value.parquet", "parquet/release.parquet", "receipt.json",
    ]  # fmt: skip
    assert (settings.releases / "current").readlink() == Path("R1")
    assert leftovers(settings) == []
    assert verify(settings) == current_release(settings) == list_releases(settings)[0]


def test_the_parquet_file_is_the_one_that_was_judged_and_all_formats_hold_its_rows(tmp_path: Path) -> None:
    settings = make(tmp_path)
    folder = published(settings).path
    judged = settings.candidate / "indicator_value.parquet"
    assert (folder / "parquet/indicator_value.parquet").read_bytes() == judged.read_bytes()
    with duckdb.connect(str(folder / "core20.duckdb"), read_only=True) as connection:
        stored = connection.execute("select * from indicator_value").fetchall()
    parquet = [tuple(row.values()) for row in pq.read_table(folder / "parquet/indicator_value.parquet").to_pylist()]
    csv = pd.read_csv(folder / "csv/indicator_value.csv")
    assert stored == parquet
    assert csv["area_code"].tolist() == [row[1] for row in stored]
    assert csv["numerator"].isna().sum() == 60
    assert csv["numerator"].sum() == sum(row[2] or 0 for row in stored)


def test_tables_and_columns_carry_their_comments(tmp_path: Path) -> None:
    folder = published(make(tmp_path)).path
    with duckdb.connect(str(folder / "core20.duckdb"), read_only=True) as connection:
        tables = connection.execute("select table_name, comment from duckdb_tables() order by 1").fetchall()
        columns = connection.execute(
            "select count(*), count(comment) from duckdb_columns() where not internal"
        ).fetchall()
    assert tables[0] == ("indicator_value", "One row a thing: indicator_value. It's quoted.")
    assert columns == [(8, 8)]


@fault(
    "versions: old client opens a release",
    "the header and tables of the DuckDB file are read as written",
    "the storage version that clients from 1.2 open",
    "queryable",
)
def test_the_database_is_in_the_format_that_clients_from_1_2_on_open(tmp_path: Path) -> None:
    path = published(make(tmp_path)).path / "core20.duckdb"
    assert storage_number(path) == 65
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as release (read_only)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'release'").fetchall()
        connection.execute(f"attach '{tmp_path / 'default.duckdb'}' as other")
        connection.execute("create table other.t as select 1 as a")
        connection.execute("detach other")
    assert tags[0][0]["storage_version"].startswith("v1.2.0")
    # The check can fail: the engine's own default is another one.
    assert storage_number(tmp_path / "default.duckdb") != 65 or duckdb.__version__.startswith("1.")
    assert storage_number(tmp_path / "build" / "receipt.json") is None
    assert not path.with_name("core20.duckdb.wal").exists()


def test_nothing_in_a_release_can_be_written_and_all_can_be_read(tmp_path: Path) -> None:
    settings = make(tmp_path)
    folder = published(settings).path
    modes = {path: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
    assert all(mode == (0o750 if path.is_dir() else 0o444) for path, mode in modes.items())
    assert settings.releases.stat().st_mode & 0o777 == 0o750


@fault(
    "content: thread counts", "one candidate is published with one thread and with more", "the same bytes", "same bytes"
)
def test_the_same_candidate_gives_the_same_bytes_whatever_the_number_of_threads(tmp_path: Path) -> None:
    first = digests(published(make(tmp_path / "a", rows=40_000)).path)
    for threads in (2, 3):
        settings = make(tmp_path / f"b{threads}", rows=40_000, threads=threads)
        assert digests(published(settings).path) == first


@fault(
    "content: locale and time zone",
    "one candidate is published on another day in another time zone",
    "the same bytes",
    "same bytes",
)
def test_the_day_and_the_time_zone_do_not_reach_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = digests(published(make(tmp_path / "a")).path)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    assert digests(published(make(tmp_path / "b")).path) == first


@fault(
    "leaks: canaries in error messages",
    "a canary fills the memory of the process that publishes",
    "it is in no byte of the release",
    "no canary",
)
def test_the_database_does_not_hold_memory_of_the_process_that_publishes(tmp_path: Path) -> None:
    """Unused block ends must be zero: they would otherwise show what the process held before."""
    canary = b"NHS-NUMBER-9434765919"
    held = [canary * 2000 for _ in range(400)]
    content = (published(make(tmp_path, rows=5_000)).path / "core20.duckdb").read_bytes()
    assert canary not in content
    assert len(held) == 400
    block, start = 262_144, 12_288
    tails = [content[at + block - 64 : at + block] for at in range(start, len(content), block)]
    assert any(tail == bytes(64) for tail in tails)


def test_the_writing_process_is_not_given_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.Popen

    def watched(*arguments: Any, **options: Any) -> Any:
        seen.update(options, input=Path(f"/proc/self/fd/{options['stdin'].fileno()}").read_text(encoding="utf-8"))
        return real(*arguments, **options)

    monkeypatch.setenv("CORE20_PSEUDONYM_KEY", "secret-of-the-night")
    monkeypatch.setattr(subprocess, "Popen", watched)
    published(make(tmp_path))
    assert "core20.duckdb" in seen["input"]
    assert "secret-of-the-night" not in json.dumps(seen["env"]) + seen["input"]
    assert seen["env"]["DUCKDB_JE_MALLOC_CONF"] == "zero:true"


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    settings = make(tmp_path)
    published(settings)
    before = {path: path.stat().st_mtime_ns for path in settings.releases.rglob("*")}
    published(settings)
    after = {path: path.stat().st_mtime_ns for path in settings.releases.rglob("*")}
    assert {path for path in after if after[path] != before.get(path)} <= {settings.releases / ".lock"}
    assert [event.action for event in history(settings)] == ["publish"]


def test_another_content_under_a_published_id_is_refused(tmp_path: Path) -> None:
    first = published(make(tmp_path))
    message = refusal(make(tmp_path, version=2))
    assert "published with another content" in message
    assert "parquet/indicator_value.parquet" in message
    assert verify(make(tmp_path)).manifest_sha256 == first.manifest_sha256


def test_other_bytes_of_the_database_alone_are_not_another_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path)
    first = published(settings)
    written = parts_module._write_database

    @contextmanager
    def with_a_table_comment_changed(*arguments: Any) -> Iterator[None]:
        with written(*arguments):
            yield
        with duckdb.connect(str(arguments[2] / "core20.duckdb")) as connection:
            connection.execute("comment on table release is 'another'")

    monkeypatch.setattr(parts_module, "_write_database", with_a_table_comment_changed)
    assert published(settings).manifest_sha256 == first.manifest_sha256


def test_the_receipt_is_verified_before_writing_and_again_before_the_pointer_moves(tmp_path: Path) -> None:
    settings = make(tmp_path)
    seen: list[tuple[bool, bool]] = []

    def watch() -> None:
        staged = (settings.releases / ".staging-R1" / "manifest.json").exists()
        seen.append((staged, (settings.releases / "current").exists()))

    publish(settings, watch, NOTES)
    assert seen == [(False, False), (True, False)]


@pytest.mark.parametrize("refuse_at", [1, 2])
def test_a_refused_receipt_leaves_everything_as_it_was(tmp_path: Path, refuse_at: int) -> None:
    published(make(tmp_path))
    settings = make(tmp_path, release_id="R2", version=2)
    calls = []

    def verify_receipt() -> None:
        calls.append(1)
        if len(calls) == refuse_at:
            raise RuntimeError("the gate says no")

    with pytest.raises(RuntimeError, match=r"the gate says no"):
        publish(settings, verify_receipt, NOTES)
    assert current_release(settings) == verify(settings, "R1")
    assert not (settings.releases / "R2").exists()
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s: write_receipt(s, verdict="held", content_sha256=_content(s)), "the gate holds this candidate"),
        (lambda s: write_receipt(s, content_sha256="f" * 64), "not the one the receipt was written for"),
        (lambda s: write_receipt(s, content_sha256=_content(s), is_synthetic=False), "whether the data are synthetic"),
        (lambda s: write_receipt(s, content_sha256=_content(s), release_id="../R1"), "not a plain name"),
        (lambda s: write_receipt(s, content_sha256=_content(s), release_id="current"), "not a plain name"),
        (lambda s: write_receipt(s, content_sha256=_content(s), verdict="fine"), "misstates verdict"),
        (lambda s: s.receipt.unlink(), "there is no receipt"),
        (lambda s: s.receipt.write_text("{"), "not JSON"),
        (lambda s: (s.candidate / "tables.json").unlink(), "there is no candidate"),
        (lambda s: (s.candidate / "release.parquet").unlink(), "release.parquet: cannot be read"),
        (lambda s: (s.candidate / "release.parquet").write_bytes(b"PAR1"), "release.parquet: changed after the gate"),
        (lambda s: _edit(s, rows=301), "has 300 rows, tables.json says 301"),
        (lambda s: _edit(s, order_by=["nothing"]), "order_by names others: ['nothing']"),
        (lambda s: _edit(s, comment=""), "misstates tables.indicator_value.comment"),
        (lambda s: _edit(s, columns=[NOTE], order_by=[]), "unknown ['area_code', 'indicator_id', 'numerator'"),
        (lambda s: _retype(s, "BIGINT"), "indicator_value: a column does not have the place and type"),
        (lambda s: _retype(s, "NO SUCH TYPE"), "indicator_value: a column does not have the place and type"),
        (lambda s: _turned_round(s), "indicator_value: a column does not have the place and type"),
    ],
)  # fmt: skip
def test_what_is_not_whole_or_not_judged_is_refused(
    tmp_path: Path, spoil: Callable[[Settings], object], words: str
) -> None:
    settings = make(tmp_path)
    spoil(settings)
    assert words in refusal(settings)
    assert not (settings.releases / "current").exists()
    assert [path.name for path in settings.releases.iterdir()] == [".lock"]


def _content(settings: Settings) -> str:
    document: dict[str, Any] = json.loads((settings.candidate / "tables.json").read_text())
    return str(document["content_sha256"])


def _edit(settings: Settings, **changes: Any) -> None:
    path = settings.candidate / "tables.json"
    document = json.loads(path.read_text())
    document["tables"]["indicator_value"].update(changes)
    path.write_text(json.dumps(document))


def _retype(settings: Settings, kind: str) -> None:
    document = json.loads((settings.candidate / "tables.json").read_text())
    columns = document["tables"]["indicator_value"]["columns"]
    _edit(settings, columns=[{**c, "type": kind} if c["name"] == "note" else c for c in columns])


def _turned_round(settings: Settings) -> None:
    document = json.loads((settings.candidate / "tables.json").read_text())
    _edit(settings, columns=document["tables"]["indicator_value"]["columns"][::-1])


def test_a_column_that_does_not_fit_is_refused_without_printing_a_value(tmp_path: Path) -> None:
    settings = make(tmp_path)
    _retype(settings, "BIGINT")
    assert "cfcd208495d565ef66e7dff9f98764da" not in refusal(settings)


@fault(
    "storage: full disk at each step",
    "writing a release says the disk is full",
    "not written; the last release stays current",
    "pointer",
)
def test_a_failing_machine_leaves_the_last_release_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(make(tmp_path))
    settings = make(tmp_path, release_id="R2", version=2)

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "make_durable", full)
    assert "No space left on device" in refusal(settings, ReleaseNotWritten)
    assert leftovers(settings) == []
    assert verify(settings).release_id == "R1"


def test_a_writer_that_dies_is_reported_as_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "core20.duckdb cannot be written" in refusal(settings, ReleaseNotWritten)
    assert leftovers(settings) == []


def test_a_writer_whose_parent_is_gone_writes_nothing(tmp_path: Path) -> None:
    column = ("a", "VARCHAR", "x")
    table = TableFile("t", str(tmp_path / "none.parquet"), "x", [column])
    specification = Specification(str(tmp_path / "core20.duckdb"), [table], "1GB", str(tmp_path), parent=1)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.release.duckdb_file"],
        input=specification.dump(), text=True, check=False, capture_output=True, cwd=PROJECT_ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert not (tmp_path / "core20.duckdb").exists()


def test_the_certificate_says_verdict_rules_waivers_and_withheld_cells_in_plain_words(tmp_path: Path) -> None:
    waiver = {"waiver_id": "W-1", "rule_id": "late", "feed": "ecds", "submitter_code": "ZT1", "periods": ["2026-05"]}
    waiver |= {"owner": "A team", "reason": "agreed", "start": "2026-11-01", "expiry": "2026-12-01"}
    change = {"rule_id": "completeness", "key": "threshold_pct", "before": 4, "after": 5}
    told: dict[str, Any] = {
        "waivers": [waiver],
        "policy": {"version": "2026-11"},
        "policy_changes": [change | {"failed_before": 3, "failed_after": 2}],
    }
    folder = published(make(tmp_path, **told)).path
    text = (folder / "certificate.md").read_text()
    for words in (
        "Published, degraded: some rules did not pass.",
        "ecds: rule completeness failed for 2 of 40 measures.",
        "**Synthetic.** Every figure describes a fictional country.",
        "2 rules ran: 1 failed, 1 passed.",
        "| completeness | ecds | failed | 2 | 40 |",
        "| W-1 | late | ecds | ZT1 | 2026-05 | A team | agreed | 2026-11-01 | 2026-12-01 |",
        "Version 2026-11.",
        "| completeness | threshold_pct | 4 | 5 | 3 | 2 |",
        "`indicator_value`: 300 cells; by status: published 240, suppressed 60",
    ):
        assert words in text
    assert "- rtt: period 2026-05 was replaced by a restatement." in (folder / "notes.md").read_text()
    assert (folder / "receipt.json").read_bytes() == make(tmp_path, **told).receipt.read_bytes()


def test_the_manifest_describes_every_table_and_part(tmp_path: Path) -> None:
    folder = published(make(tmp_path)).path
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tables"]["release"]["rows"] == 1
    found = digests(folder)
    assert {name: part["sha256"] for name, part in manifest["parts"].items()} == {
        name: sha256 for name, sha256 in found.items() if name not in ("manifest.json", "SHA256SUMS")
    }
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0

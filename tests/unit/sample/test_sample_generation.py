"""The sample is the same bytes every time, is kept when it is there, and is whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.sample import generate
from pipeline.sample.organisations import SERVICE_FEEDS
from pipeline.sample.timeline import month_share, months, weeks
from pipeline.settings import PROJECT_ROOT, Settings


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_gives_the_same_bytes_in_another_process_hash_seed_and_time_zone(
    tiny_sample: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.settings import Settings; "
        "from pipeline.sample import generate; generate(Settings(home=Path(sys.argv[1]), sample_scale=0.02))"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "77",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment, cwd=PROJECT_ROOT)
    assert digests(tmp_path / "sample") == digests(tiny_sample)


def test_another_seed_changes_every_feed_file(tiny_sample: Path, tmp_path: Path) -> None:
    other = digests(generate(Settings(home=tmp_path, sample_scale=0.02, sample_seed=21)))
    same = {name for name, sha256 in digests(tiny_sample).items() if other.get(name) == sha256}
    # Only what holds no chance is the same: organisations, their dates and who must submit.
    assert same == {
        "expected_submitters.csv",
        "landing/qof_practice/QOF_MAPPING_NHS_GEOGRAPHIES_2526.csv",
        "reference/epraccur.csv",
        "reference/etr_2024.csv",
        "reference/etr_2026.csv",
        "reference/org_successor.csv",
    }


def test_record_describes_every_file(tiny_sample: Path) -> None:
    record = json.loads((tiny_sample / "sample.json").read_text())
    assert {name: facts["sha256"] for name, facts in record["files"].items()} == {
        name: sha256 for name, sha256 in digests(tiny_sample).items() if name != "sample.json"
    }
    assert record["as_of"] == "2026-10-20"
    assert record["is_synthetic"] is True


def test_a_sample_that_is_there_is_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, sample_scale=0.02)
    before = (generate(settings) / "sample.json").stat()
    lines: list[str] = []
    assert generate(settings, lines.append) == tmp_path / "sample"
    after = (tmp_path / "sample" / "sample.json").stat()
    assert (after.st_ino, after.st_mtime_ns, lines) == (before.st_ino, before.st_mtime_ns, [])


@pytest.mark.parametrize("damage", ["cut", "gone", "version", "not_json"])
def test_a_damaged_sample_is_made_anew(tiny_sample: Path, tmp_path: Path, damage: str) -> None:
    folder = generate(Settings(home=tmp_path, sample_scale=0.02))
    victim = folder / "landing" / "sus_apc" / "hes_apc_202601.csv"
    record = folder / "sample.json"
    if damage == "cut":
        victim.write_bytes(victim.read_bytes()[:-20])
    elif damage == "gone":
        victim.unlink()
    elif damage == "version":
        content = json.loads(record.read_text())
        record.write_text(json.dumps({**content, "generator_version": "0"}))
    else:
        record.write_text("[]")
    generate(Settings(home=tmp_path, sample_scale=0.02))
    assert digests(folder) == digests(tiny_sample)


def test_another_seed_or_scale_replaces_the_sample(tmp_path: Path) -> None:
    generate(Settings(home=tmp_path, sample_scale=0.02))
    folder = generate(Settings(home=tmp_path, sample_scale=0.03, sample_seed=5))
    record = json.loads((folder / "sample.json").read_text())
    assert (record["seed"], record["scale"]) == (5, 0.03)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sample"]


def test_a_failure_leaves_the_sample_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = generate(Settings(home=tmp_path, sample_scale=0.02))
    before = digests(folder)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pipeline.sample.assemble.write_prevention", fail)
    with pytest.raises(OSError, match="disk full"):
        generate(Settings(home=tmp_path, sample_scale=0.02, sample_seed=21))
    assert digests(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sample"]


def test_only_the_owner_can_read_the_sample(tiny_sample: Path) -> None:
    modes = {oct(path.stat().st_mode & 0o777) for path in [tiny_sample, *tiny_sample.rglob("*")] if path.is_dir()}
    assert modes == {"0o700"}


def test_progress_names_each_feed(tmp_path: Path) -> None:
    lines: list[str] = []
    generate(Settings(home=tmp_path, sample_scale=0.02), lines.append)
    for feed in ("sus_apc", "sus_op", "ecds", "wlmds", "gp_extract", "plus_group", "cvdprevent", *SERVICE_FEEDS):
        assert any(feed in line for line in lines)


def test_calendar_is_fifteen_months_and_every_sunday_due_by_the_day_of_judgement() -> None:
    assert [months()[0].key, months()[-1].key, len(months())] == ["2025-06", "2026-08", 15]
    assert all(week.isoweekday() == 7 for week in weeks())
    assert weeks()[0].isoformat() == "2025-06-01"
    # Due 11 days after the Sunday: 4 October was due on 15 October, 11 October only on the 22nd.
    assert weeks()[-1].isoformat() == "2026-10-04"


def test_a_years_events_are_spread_over_any_twelve_months() -> None:
    for first in range(4):
        assert sum(month_share(month, 0.35) for month in months()[first : first + 12]) == pytest.approx(1, abs=1e-12)

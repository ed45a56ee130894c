"""A night on the embedded sample: what it publishes, that it says what is wrong, that only inputs matter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults.listed import fault
from tests.integration import nights
from tests.integration.nights import DEGRADED, INFRASTRUCTURE, PUBLISHED, Night

pytestmark = pytest.mark.slow

# What the generator plants (sample.json, "planted") -> the rule that must find it, by submitter and period.
RULE_OF_FAULT = {
    "ecds_nothing_sent": "submitter_present",
    "ecds_half_volume": "volume_against_history",
    "sus_apc_ethnicity_not_stated": "ethnicity_known",
    "sus_apc_lsoa_blank": "residence_known",
    "wlmds_weeks_skipped": "submitter_present",
}


def query(night: Night, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(night.current / "core20.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def second_night(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night after, with nothing new."""
    night = sample_night.copy(tmp_path_factory.mktemp("second") / "night")
    return Night(night.folder, night.core20("run"))


@pytest.fixture(scope="module")
def two_releases(restated_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return restated_night.copy(tmp_path_factory.mktemp("rollback") / "night")


def test_the_sample_is_published_degraded_and_says_why(sample_night: Night) -> None:
    ran = sample_night.ran
    assert ran.code == DEGRADED, ran.output
    assert f"Degraded: release {sample_night.current_id}." in ran.output
    for feed, rule in (("ecds", "submitter_present"), ("sus_apc", "ethnicity_known"), ("wlmds", "submitter_present")):
        sentence = f"{feed}: rule {rule} failed for "
        assert sentence in ran.output
        assert sentence in (sample_night.current / "notes.md").read_text(encoding="utf-8")
        assert sentence in (sample_night.current / "certificate.md").read_text(encoding="utf-8")
    assert query(sample_night, "select state from release") == [("degraded",)]


@fault(
    "content: submitter silent",
    "a submitter sends no emergency care for a period",
    "submitter_present fails for it; the release is degraded",
    "not green",
)
@fault(
    "content: submitter half",
    "a submitter sends half its volume",
    "volume_against_history fails for it in that period",
    "not green",
)
@fault(
    "content: ethnicity all Z",
    "a submitter sends Z for everybody",
    "ethnicity_known fails; its ethnic breakdown is withheld",
    "not green",
)
def test_every_planted_fault_is_found_in_its_submitter_and_period(sample_night: Night) -> None:
    planted = nights.read_json(sample_night.home / "sample" / "sample.json")["planted"]
    assert set(RULE_OF_FAULT) == {name for name, fault in planted.items() if fault["submitter"]}
    failed = set(
        query(sample_night, "select feed, submitter_code, period, rule_id from data_quality where status = 'failed'")
    )
    wanted = {
        (planted[name]["feed"], planted[name]["submitter"], period, rule)
        for name, rule in RULE_OF_FAULT.items()
        for period in planted[name]["periods"]
    }
    assert wanted - failed == set()


def test_submitters_that_failed_have_letters_and_the_night_a_note(sample_night: Night) -> None:
    planted = nights.read_json(sample_night.home / "sample" / "sample.json")["planted"]
    letters = sample_night.home / "letters" / sample_night.current_id
    written = {path.stem: path.read_text(encoding="utf-8") for path in letters.glob("*.md")}
    for name, rule in RULE_OF_FAULT.items():
        assert (
            f"| {planted[name]['feed']} | {planted[name]['periods'][0]} | {rule} |"
            in written[planted[name]["submitter"]]
        )
    assert all("Fictional country" in letter for letter in written.values())
    assert {path.stem for path in letters.glob("*.csv")} == set(written)
    note = nights.read_json(sample_night.home / "build" / "night.json")
    assert (note["state"], note["alerts"]) == ("degraded", [])
    assert sample_night.core20("status", "--max-age", "24").code == DEGRADED
    assert sample_night.core20("status", "--max-age", "0").code == INFRASTRUCTURE


def test_the_night_has_a_quality_report_that_names_every_planted_fault(sample_night: Night) -> None:
    planted = nights.read_json(sample_night.home / "sample" / "sample.json")["planted"]
    html = (sample_night.home / "reports" / sample_night.current_id / "index.html").read_text(encoding="utf-8")
    assert html == (sample_night.home / "reports" / "index.html").read_text(encoding="utf-8")
    for name, rule in RULE_OF_FAULT.items():
        row = rf"{planted[name]['feed']}</a></td><td>{planted[name]['submitter']}</td><td>[^\n]*#rule-{rule}"
        assert re.search(row, html), name
    assert ("Data quality: degraded" in html, "did not run" in html) == (True, False)
    for what, where in (("Quality report", "reports/index.html"), ("Letters to submitters", "letters/")):
        said = f"{what}: {sample_night.home / where}"
        assert said in sample_night.ran.output
        assert said in sample_night.core20("status").output


def test_readers_reach_releases_and_reports_and_nothing_else(sample_night: Night) -> None:
    """What is not for readers lies in folders only the owner may enter, whatever the modes below them."""
    home = sample_night.home
    modes = {path.name: path.stat().st_mode & 0o777 for path in [home, *home.iterdir()]}
    assert {name for name, mode in modes.items() if mode & 0o077} == {home.name, "releases", "reports"}
    assert {"build", "dagster", "letters", "raw", "sample", ".writer.lock"} <= set(modes)
    shared = [home, *(path for name in ("releases", "reports") for path in [home / name, *(home / name).rglob("*")])]
    folders = {path for path in shared if path.is_dir() and not path.is_symlink()}
    assert {f"{path.name} {path.stat().st_mode & 0o777:o}" for path in folders} == {f"{p.name} 750" for p in folders}
    private = [path for path in (home / "letters").rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o700}
    assert (home / "releases" / ".lock").stat().st_mode & 0o077 == 0
    assert (home / "build" / "dbt" / "compiled").is_dir(), "a night writes nothing where the project is installed"


def test_every_row_is_marked_synthetic_and_carries_the_one_release(sample_night: Night) -> None:
    tables = [str(name) for (name,) in query(sample_night, "select table_name from duckdb_tables() order by 1")]
    assert tables == ["area", "data_quality", "data_quality_item", "data_quality_score", "ethnicity_origin",
                      "feed_timeliness", "imd_churn", "indicator", "indicator_inequality",
                      "indicator_trend", "indicator_value", "release"]  # fmt: skip
    for table in tables:
        stamps = query(sample_night, f"select is_synthetic, release_id, count(*) > 0 from {table} group by all")
        assert stamps == [(True, sample_night.current_id, True)], table


def test_the_release_verifies(sample_night: Night) -> None:
    ran = sample_night.core20("verify")
    assert (ran.code, "is whole" in ran.output) == (PUBLISHED, True), ran.output


_OLD_CLIENT = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    rows = {name: connection.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in tables}
print(json.dumps([duckdb.__version__, rows]))
"""


def test_a_client_of_version_1_2_reads_every_table_of_the_release(sample_night: Night) -> None:
    """A real old client; tests run without network, so it is unpacked beforehand from the wheel of DuckDB 1.2.0."""
    folder = os.environ.get("CORE20_OLD_DUCKDB")
    if folder is None:
        pytest.skip("CORE20_OLD_DUCKDB does not name a folder with an unpacked wheel of DuckDB 1.2.0")
    done = subprocess.run(
        [sys.executable, "-c", _OLD_CLIENT, str(sample_night.current / "core20.duckdb")],
        env={"PYTHONPATH": folder}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    version, rows = json.loads(done.stdout)
    assert version == "1.2.0"
    assert rows == {name: query(sample_night, f"select count(*) from {name}")[0][0] for name in rows}
    assert set(rows) == {path.stem for path in (sample_night.current / "parquet").glob("*.parquet")}


@fault(
    "storage: one flipped byte in a release",
    "words of a CSV of the release are changed",
    "verify names the part; exit code 30",
    "exit code",
)
def test_a_changed_part_does_not_verify(sample_night: Night, tmp_path: Path) -> None:
    night = sample_night.copy(tmp_path / "night")
    part = night.current / "csv" / "area.csv"
    content = part.read_bytes()
    part.unlink()  # linked to the other copy: never write through it
    part.write_bytes(content.replace(b"True", b"False").replace(b"true", b"false"))
    ran = night.core20("verify")
    assert ran.code == INFRASTRUCTURE
    assert "csv/area.csv was changed" in ran.output


def test_a_second_night_publishes_nothing(sample_night: Night, second_night: Night) -> None:
    assert second_night.ran.code == DEGRADED, second_night.ran.output
    assert "Nothing new: nothing published" in second_night.ran.output
    assert "transform:" not in second_night.ran.output
    assert second_night.current_id == sample_night.current_id
    assert second_night.parts == sample_night.parts
    assert len((second_night.releases / "history.jsonl").read_text().splitlines()) == 1


def test_status_and_releases_after_the_second_night(second_night: Night) -> None:
    status = second_night.core20("status")
    assert status.code == DEGRADED, status.output
    assert f"Current release: {second_night.current_id} (degraded)" in status.output
    for feed in ("cvdprevent", "ecds", "sus_apc", "sus_op", "wlmds"):
        assert feed in status.output
    listed = second_night.core20("releases")
    assert listed.code == PUBLISHED
    assert listed.output.count(second_night.current_id) == 1
    assert second_night.manifest["content_sha256"][:16] in listed.output


def test_commands_say_that_there_is_nothing_before_the_first_night(tmp_path: Path) -> None:
    nights.write_config(tmp_path, {"home": "home"})
    for command in ("status", "releases", "verify", "rollback"):
        ran = nights.core20(tmp_path / "config.yml", command)
        assert ran.code == INFRASTRUCTURE, (command, ran.output)
        assert "Traceback" not in ran.output


@fault("content: thread counts", "a night with four threads instead of one", "the same bytes of release", "same bytes")
@fault(
    "content: locale and time zone",
    "a night in Auckland time, another locale and hash seed",
    "the same bytes of release",
    "same bytes",
)
def test_the_same_inputs_give_the_same_bytes_elsewhere(sample_night: Night, nights_folder: Path) -> None:
    """Another folder, threads, time zone, locale and hash seed."""
    other = nights.sample_night(
        nights_folder, "elsewhere", threads=4, TZ="Pacific/Auckland", LC_ALL="C.utf8", LANG="C.utf8",
        PYTHONHASHSEED="4242",
    )  # fmt: skip
    assert other.ran.code == DEGRADED, other.ran.output
    assert other.manifest["content_sha256"] == sample_night.manifest["content_sha256"]
    differing = [name for name in sample_night.parts if other.parts.get(name) != sample_night.parts[name]]
    assert differing == []
    assert other.parts.keys() == sample_night.parts.keys()


def test_rollback_and_that_a_quiet_night_does_not_undo_it(two_releases: Night) -> None:
    night, newer = two_releases, two_releases.current_id
    (older,) = [path.name for path in night.releases.iterdir() if path.is_dir() and path.name not in ("current", newer)]
    back = night.core20("rollback")
    assert (back.code, back.output.strip()) == (PUBLISHED, f"Release {older} is current.")
    assert night.current_id == older
    assert night.core20("verify").code == PUBLISHED

    quiet = night.core20("run")
    assert quiet.code == DEGRADED, quiet.output
    assert "Nothing new: nothing published" in quiet.output
    assert night.current_id == older

    listed = night.core20("releases")
    assert listed.code == PUBLISHED
    (marked,) = [line for line in listed.output.splitlines() if "│ current │" in line]
    assert older in marked
    assert newer in listed.output

    forward = night.core20("rollback", "--to", newer)
    assert (forward.code, night.current_id) == (PUBLISHED, newer), forward.output
    unknown = night.core20("rollback", "--to", "20000101-000000000000")
    assert (unknown.code, night.current_id) == (INFRASTRUCTURE, newer), unknown.output
    history = [json.loads(line)["action"] for line in (night.releases / "history.jsonl").read_text().splitlines()]
    assert history == ["publish", "publish", "rollback", "rollback"]

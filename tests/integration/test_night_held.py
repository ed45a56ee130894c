"""A bad delivery: a named rejection, nothing published, the last release untouched, nothing lost, no value shown."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.orchestration.dbt import MANIFEST
from tests.faults.invariants import hold, incidents, leaked
from tests.faults.listed import fault
from tests.integration import nights
from tests.integration.nights import DEGRADED, HELD, Night, Ran
from tests.unit.telling.servers import webhook

pytestmark = pytest.mark.slow

# A fake NHS number and a fake secret: they may be in the bad file and its quarantined copy, nowhere else.
CANARIES = ("9998473659", "hunter2-canary-3f9a")
MONTH = "hes_apc_202608.csv"
ALERTS = "alerts.json"


def html(sound: list[str]) -> list[str]:
    return ["<!DOCTYPE html>\n", f"<html><body>Session of {CANARIES[0]} {CANARIES[1]} has expired</body></html>\n"]


def renamed_column(sound: list[str]) -> list[str]:
    header, first, *rest = sound
    return [header.replace("PROCODE3", "PROVIDER"), _with_canaries(header, first), *rest]


def last_month_relabelled(sound: list[str]) -> list[str]:
    """The rows of August, each saying that it is of September; the dates in them are of August."""
    header, *rows = sound
    rows[0] = _with_canaries(header, rows[0])
    return [header, *(row.replace(",202608,", ",202609,", 1) for row in rows)]


def last_month_renamed(sound: list[str]) -> list[str]:
    """The file of August with a value changed, under the name of September."""
    header, first, *rest = sound
    return [header, _with_canaries(header, first), *rest]


def last_month_as_it_was(sound: list[str]) -> list[str]:
    """The very file of August, byte for byte, under the name of September."""
    return sound


def _with_canaries(header: str, row: str) -> str:
    columns, cells = header.rstrip("\n").split(","), row.rstrip("\n").split(",")
    cells[columns.index("PSEUDO_HESID")], cells[columns.index("GPPRAC")] = CANARIES
    return ",".join(cells) + "\n"


@dataclass(frozen=True)
class Bad:
    """A bad file: its name, its content from a sound month's, the reason and the words it must be refused with."""

    name: str
    make: object
    reason: str
    words: tuple[str, ...]


# All five arrive on one night: each must be named, none may hide another.
BAD = (
    Bad("hes_apc_202609.csv", html, "not_csv", ("HTML",)),
    Bad("hes_apc_202609a.csv", renamed_column, "schema_drift", ("'PROVIDER'", "'PROCODE3'")),
    Bad("hes_apc_202609b.csv", last_month_relabelled, "period_mismatch", ("episode_end_date", "0.0%")),
    Bad("hes_apc_202609c.csv", last_month_renamed, "period_mismatch", ("2026-09", "2026-08", "rows")),
)


def landing(night: Night) -> Path:
    return night.folder / "landing" / "sus_apc"


def deliver(night: Night, name: str, lines: list[str]) -> Path:
    path = landing(night) / name
    path.write_text("".join(lines), encoding="utf-8", newline="")
    nights.settle(path)
    return path


@pytest.fixture(scope="module")
def sound(files_night: Night) -> list[str]:
    return (landing(files_night) / MONTH).read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.fixture(scope="module")
def held(files_night: Night, sound: list[str], tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night on which every bad file came."""
    night = files_night.copy(tmp_path_factory.mktemp("held") / "night")
    for bad in BAD:
        deliver(night, bad.name, bad.make(sound))  # type: ignore[operator]
    with webhook() as received:
        ran = night.core20("run", CORE20_ALERT_WEBHOOK=received.url)
    (night.folder / ALERTS).write_text(json.dumps(received.bodies), encoding="utf-8")
    return Night(night.folder, ran)


@fault(
    "leaks: canaries in deliveries",
    "four bad files with canaries in one night",
    "the alert names each file and reason, no value",
    "no canary, one incident",
)
def test_the_alert_names_every_bad_file_and_no_value(held: Night) -> None:
    (alert,) = json.loads((held.folder / ALERTS).read_text(encoding="utf-8"))
    assert alert["text"].startswith("*Core20 night held: nothing was published*\n")
    for bad in BAD:
        assert f"{bad.name} was not taken (rejected, {bad.reason})" in alert["text"]
    assert not [canary for canary in CANARIES if canary in alert["text"]]


@fault(
    "files: HTML page",
    "a log-in page, drifted columns and last month's rows arrive in one night",
    "held; exit code 20",
    "exit code, not green",
)
def test_a_night_with_bad_files_is_held(held: Night) -> None:
    assert held.ran.code == HELD, held.ran.output
    assert "Traceback" not in held.ran.output


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.reason + "-" + bad.name)
def test_every_bad_file_is_named_with_its_reason(held: Night, bad: Bad) -> None:
    (line,) = [line for line in held.ran.output.splitlines() if f"{bad.name} was not taken" in line]
    assert f"sus_apc: {bad.name} was not taken (rejected, {bad.reason})" in line
    for word in bad.words:
        assert word in line


@fault("files: HTML page", "a log-in page, drifted columns and last month's rows arrive in one night", "held")
@fault("leaks: secrets in the environment", "the pseudonym key in the environment of a held night", "in no sink")
def test_every_invariant_holds(files_night: Night, held: Night) -> None:
    canaries = [*CANARIES, nights.KEY]
    hold(held, held.ran, {HELD}, files_night.current_id, files_night.parts, canaries, incidents(held))


def test_status_says_the_same(held: Night) -> None:
    status = held.core20("status")
    assert status.code == HELD, status.output
    for bad in BAD:
        assert f"{bad.name} was not taken (rejected, {bad.reason})" in status.output


def test_the_quality_report_of_a_held_night_names_every_bad_file_and_what_was_judged_last(held: Night) -> None:
    html = (held.home / "reports" / "index.html").read_text(encoding="utf-8")
    assert "Data quality: held" in html
    assert f"Nothing was judged on this night. What is shown below is of {held.current_id}." in html
    assert [bad.name for bad in BAD if f"{bad.name} was not taken (rejected, {bad.reason})" not in html] == []
    kept = (held.home / "reports" / held.current_id / "index.html").read_text(encoding="utf-8")
    assert "Data quality: degraded" in kept, "the report of the published night stays"


@fault(
    "files: HTML page",
    "a log-in page, drifted columns and last month's rows arrive in one night",
    "the last release stays, byte for byte, and verifies",
    "pointer, no mixture, queryable",
)
def test_the_last_release_is_current_and_untouched(files_night: Night, held: Night) -> None:
    assert held.current_id == files_night.current_id
    assert held.parts == files_night.parts
    assert held.core20("verify").code == 0


def test_nothing_is_lost(held: Night, sound: list[str]) -> None:
    """Every bad file lies where it came, and whole in quarantine under its hash and reason, for its owner only."""
    for bad in BAD:
        original = landing(held) / bad.name
        digest = nights.sha256(original)
        (copy,) = (held.home / "quarantine" / "sus_apc").glob(f"{digest[:16]}.{bad.reason}*")
        assert copy.read_bytes() == original.read_bytes()
        assert copy.stat().st_mode & 0o077 == 0
    assert (held.home / "quarantine").stat().st_mode & 0o077 == 0


@fault(
    "leaks: canaries in deliveries",
    "four bad files with canaries in one night",
    "every file of the home, unpacked, and dbt's folder: no hit outside the quarantine, which is 0700",
    "no canary",
)
def test_no_value_of_a_bad_file_is_anywhere_but_in_quarantine(held: Night) -> None:
    """Output, Dagster's history, dbt's folder, ledger, notes between steps, releases."""
    sinks = [path for path in held.home.rglob("*") if path.is_file() and "quarantine" not in path.parts]
    sinks += [path for path in MANIFEST.parent.parent.rglob("*") if path.is_file()]
    names = {path.name for path in sinks}
    assert {"ledger.sqlite", "landing.json", "manifest.json", "core20.duckdb"} <= names
    assert any(path.suffix == ".db" for path in sinks), "Dagster's history is a sink"
    leaked(held, held.ran, [*CANARIES, nights.KEY])
    assert any(canary.encode() in path.read_bytes() for canary in CANARIES for path in landing(held).iterdir())


def test_the_ledger_remembers_every_rejection(held: Night) -> None:
    with closing(sqlite3.connect(held.home / "raw" / "ledger.sqlite")) as connection:
        rows = connection.execute("select file_name, verdict, reason from delivery where verdict = 'rejected'")
        found = sorted(rows.fetchall())
    assert found == sorted((bad.name, "rejected", bad.reason) for bad in BAD)


@fault(
    "files: HTML page",
    "the bad files are taken away",
    "nothing new, the release as it was; exit code 10",
    "same bytes, exit code",
)
def test_without_the_bad_files_the_night_is_quiet_again(held: Night, tmp_path: Path) -> None:
    night = held.copy(tmp_path / "night")
    for bad in BAD:
        (landing(night) / bad.name).unlink()
    ran = night.core20("run")
    assert ran.code == DEGRADED, ran.output
    assert "Nothing new: nothing published" in ran.output
    assert "was not taken" not in ran.output
    assert night.current_id == held.current_id


def test_the_very_file_of_last_month_under_the_name_of_this_one_is_refused(
    files_night: Night, sound: list[str], tmp_path: Path
) -> None:
    night = files_night.copy(tmp_path / "night")
    deliver(night, "hes_apc_202609.csv", last_month_as_it_was(sound))
    ran = night.core20("run")
    assert ran.code == HELD, ran.output
    assert "hes_apc_202609.csv was not taken (rejected, period_mismatch)" in ran.output


def test_a_first_night_with_a_bad_only_file_of_a_feed_is_held(files_night: Night, tmp_path: Path) -> None:
    """Nothing was ever landed of the feed, so its rules have nothing to judge: that is no pass."""
    night = Night(tmp_path / "night", Ran(0, ""))
    nights.make_files_project(_sample_of(files_night), night.folder)
    (export,) = (night.folder / "landing" / "cvdprevent").iterdir()
    export.write_text("".join(html([])), encoding="utf-8")
    nights.settle(export)
    ran = night.core20("run")
    assert ran.code == HELD, ran.output
    assert "Held: nothing was published." in ran.output
    assert f"cvdprevent: {export.name} was not taken (rejected, not_csv)" in ran.output
    assert "cvdprevent: rule control_total had nothing to judge." in ran.output
    report = (night.home / "reports" / "index.html").read_text(encoding="utf-8")
    tables = report[report.index('id="tables"') : report.index('id="rules"')]
    assert "did not run" in tables, "the night stopped before the published tables, and their rules say so"
    assert ">passed<" not in tables
    assert "There is no release yet." in ran.output
    assert not night.current.is_symlink()
    assert [path.name for path in night.releases.glob("2*")] == []
    for canary in CANARIES:
        assert canary not in ran.output


def _sample_of(night: Night) -> Night:
    """The night on the sample that the files were made from."""
    return nights.sample_night(night.folder.parent)

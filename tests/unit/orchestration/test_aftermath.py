"""When a night is news: held, failed, degraded and recovered, once each, and a broken channel breaks nothing.

Belongs here: a night's notes in, what is said out. Does not belong here: wording and sending (`telling`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from pipeline.orchestration import aftermath
from pipeline.orchestration.aftermath import after_night, last_night
from pipeline.orchestration.command import night_status
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.nightly import write_note
from pipeline.release import Release
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.telling.servers import Received, webhook

NOW = datetime(2026, 9, 2, 3, 40, tzinfo=UTC)


class Nights:
    """A pipeline that has nights: each leaves the notes its steps would leave, then tells."""

    def __init__(self, home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(home=home, alert_webhook=SecretStr(url))
        self._release: Release | None = None
        monkeypatch.setattr(aftermath, "current_release", lambda _: self._release)

    def night(
        self, verdict: str, *, is_new: bool = True, failed: bool = False, rejected: bool = False, step: str = ""
    ) -> list[str]:
        outcome = {"feed": "ecds", "file_name": "x.csv", "verdict": "rejected", "reason": "not_csv", "message": "page"}
        write_note(self.settings, "landing", {"outcomes": [outcome] if rejected else []})
        inputs = {"inputs_sha256": f"of {verdict}{step}", "release_id": "r1", "is_new": is_new}
        write_note(self.settings, "inputs", inputs)
        finding = {
            "subject": "ecds",
            "rule_id": "a_rule",
            "sentence": "ecds: a_rule failed.",
            "holds": verdict == "held",
        }
        if not step:
            write_note(
                self.settings, "verdict",
                {"inputs_sha256": inputs["inputs_sha256"], "state": verdict, "findings": [finding]},
            )  # fmt: skip
        if not failed:
            self._release = Release(
                release_id="r1",
                verdict="degraded" if verdict == "degraded" else "published",
                path=self.settings.home,
                **_facts(),
            )
        return after_night(RunContext(self.settings), failed=failed, now=NOW)


def _facts() -> dict[str, Any]:
    return {
        name: {} if name == "rows" else (True if name.startswith("is_") else "")
        for name in Release.__dataclass_fields__
        if name not in ("release_id", "verdict", "path")
    }


def titles(received: Received) -> list[str]:
    return [
        body["text"].splitlines()[0].strip("*").split(":")[0].removesuffix(" (fictional country)")
        for body in received.bodies
    ]


def test_submitters_have_letters_and_areas_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "current_release", lambda _: None)
    settings = Settings(home=tmp_path)
    write_note(settings, "landing", {"outcomes": []})
    write_note(settings, "inputs", {"inputs_sha256": "one", "release_id": "r1", "is_new": True})
    write_note(settings, "verdict", {"inputs_sha256": "one", "state": "degraded", "findings": []})
    failed = [("ZT1", "ethnicity_known"), ("F07000001", "area_represented"), ("all", "ethnicity_known_overall")]
    with duckdb.connect(str(settings.build_database)) as connection:
        connection.execute("create schema verdict")
        connection.execute(
            "create table verdict.rule_result as select 'ecds' as feed, unnest(?) as submitter_code, "
            "'2026-08' as period, unnest(?) as rule_id, 60 as violated, 100 as expected, 60.0 as pct, "
            "10.0 as threshold_pct, 'withhold' as severity, 'failed' as status",
            [[code for code, _ in failed], [rule for _, rule in failed]],
        )
    after_night(RunContext(settings), failed=False, now=NOW)
    assert {path.name for path in (tmp_path / "letters" / "r1").iterdir()} == {"ZT1.md", "ZT1.csv"}


def test_held_degraded_and_recovery_are_told_and_quiet_nights_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as received:
        nights = Nights(tmp_path, received.url, monkeypatch)
        assert nights.night("published") == []
        assert nights.night("degraded") == ["Alert by webhook: sent."]
        assert nights.night("degraded", is_new=False) == []
        nights.night("held", failed=True)
        nights.night("held", failed=True)
        nights.night("published")
        nights.night("published", is_new=False)
        nights.night("published", is_new=False, rejected=True)
        nights.night("published", is_new=False)
    assert titles(received) == [
        "Core20 release degraded",
        "Core20 night held",
        "Core20 night held",
        "Core20 recovered",
        "Core20 night held",
        "Core20 recovered",
    ]
    assert "ecds: a_rule failed." in received.bodies[0]["text"]
    assert "a_rule" not in received.bodies[3]["text"]
    assert "x.csv was not taken (rejected, not_csv)" in received.bodies[4]["text"]


def test_a_night_that_broke_before_the_gate_failed_and_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as received:
        nights = Nights(tmp_path, received.url, monkeypatch)
        nights.night("degraded")
        nights.night("held", failed=True, step="broke before the gate")
    assert titles(received) == ["Core20 release degraded", "Core20 night failed"]
    assert "a_rule" not in received.bodies[1]["text"]


@fault(
    "process: broken alert channel",
    "the webhook answers 500",
    "noted and shown by status without its address; the night goes on",
)
def test_a_broken_channel_is_noted_and_shown_and_never_breaks_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook(status=500) as received:
        nights = Nights(tmp_path, received.url, monkeypatch)
        assert nights.night("held", failed=True) == ["Alert by webhook: it answered HTTP 500."]
    note = last_night(nights.settings)
    assert note is not None
    assert note["alerts"] == [{"channel": "webhook", "problem": "it answered HTTP 500"}]
    assert "secret-path" not in json.dumps(note)
    assert "Its alert by webhook failed: it answered HTTP 500." in night_status(nights.settings).lines


@pytest.mark.parametrize(
    ("age", "fails"),
    [(timedelta(hours=25, minutes=59), False), (timedelta(hours=26), False), (timedelta(hours=27), True)],
)
def test_the_heartbeat_fails_when_no_night_ended_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: timedelta, fails: bool
) -> None:
    with webhook() as received:
        nights = Nights(tmp_path, received.url, monkeypatch)
        nights.night("held", failed=True)
    found = night_status(nights.settings, timedelta(hours=26), NOW + age)
    assert ("No night ended in the last 26 hours." in found.lines) is fails
    # Without a release a held night is a fault of its own, so the code is looked at in the line above only.
    assert found.exit_code == 30


def test_without_any_night_the_heartbeat_fails(tmp_path: Path) -> None:
    found = night_status(Settings(home=tmp_path), timedelta(hours=26), NOW)
    assert "No night ended in the last 26 hours." in found.lines
    assert found.exit_code == 30


def incidents(settings: Settings) -> list[dict[str, Any]]:
    path = settings.home / aftermath.INCIDENTS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_held_or_failed_night_leaves_one_record_however_many_steps_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as received:
        nights = Nights(tmp_path, received.url, monkeypatch)
        nights.night("degraded")
        nights.night("held", failed=True, rejected=True)
        context = RunContext(nights.settings)
        for _ in range(2):
            after_night(context, failed=True, now=NOW, run_id="one", step="marts", error="TransformationFailed")
    first, second = incidents(nights.settings)
    assert (first["state"], first["rules"], first["deliveries"]) == ("held", ["ecds.a_rule"], ["ecds/x.csv: not_csv"])
    assert (second["run_id"], second["step"], second["error"]) == ("one", "marts", "TransformationFailed")
    assert len(received.bodies) == 3, "a night that fails in two steps is told once"
    assert (second["state"], second["rules"]) == ("failed", []), "the night before was held, this one is not"

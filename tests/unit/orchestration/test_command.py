"""What the command line makes of a night that failed, from the notes it left.

Belongs here: the outcome in words and exit codes. Does not belong here: a whole night (`tests/faults/gate`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.orchestration import nightly
from pipeline.orchestration.command import INFRASTRUCTURE, night_status
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.nightly import StepMissing, read_note, write_note
from pipeline.settings import Settings


def finding(rule_id: str, severity: str, status: str, holds: bool) -> dict[str, Any]:
    words = {"subject": "ecds", "rule_id": rule_id, "severity": severity, "status": status}
    return {**words, "sentence": f"{rule_id} did not pass.", "holds": holds}


HELD: dict[str, Any] = {
    "inputs_sha256": "1",
    "state": "held",
    "reason": "ecds: rule a_rule did not run as it must.",
    "findings": [
        finding("a_rule", "critical", "error", True),
        finding("b_rule", "caution", "failed", False),
        finding("c_rule", "caution", "not_evaluable", True),
    ],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def leave(settings: Settings, verdict: dict[str, Any], inputs_sha256: str = "1") -> None:
    write_note(settings, "verdict", verdict)
    write_note(settings, "inputs", {"inputs_sha256": inputs_sha256})


def test_a_note_is_read_as_it_was_written(settings: Settings) -> None:
    write_note(settings, "verdict", HELD)
    assert read_note(settings, "verdict") == HELD
    assert settings.build.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [None, "", '{"state": "hel'])
def test_a_missing_or_broken_note_says_what_to_run(settings: Settings, content: str | None) -> None:
    write_note(settings, "other", {})
    if content is not None:
        (settings.build / "verdict.json").write_text(content)
    with pytest.raises(StepMissing, match=r"verdict\.json: an earlier step has not run; run the nightly"):
        read_note(settings, "verdict")


def test_before_the_first_night_the_status_is_infrastructure(settings: Settings) -> None:
    status = night_status(settings)
    assert status.exit_code == INFRASTRUCTURE
    assert status.lines[:2] == ("There is no release yet.", "No night has been judged yet.")


def test_the_status_of_a_held_night_names_what_held_it(settings: Settings) -> None:
    leave(settings, HELD)
    status = night_status(settings)
    assert status.state == "held"
    assert [line for line in status.lines if "rule" in line] == ["  a_rule did not pass.", "  c_rule did not pass."]


def test_a_verdict_on_other_inputs_is_not_told(settings: Settings) -> None:
    leave(settings, HELD, inputs_sha256="2")
    assert not any("rule" in line for line in night_status(settings).lines)
    assert nightly.findings(RunContext(settings)) == []


def test_findings_are_those_of_the_night_under_way(settings: Settings) -> None:
    leave(settings, HELD)
    assert nightly.findings(RunContext(settings)) == HELD["findings"]


def test_a_refused_delivery_is_open_until_it_is_gone(settings: Settings) -> None:
    taken = {"feed": "ecds", "file_name": "a.csv", "verdict": "loaded", "reason": "", "message": ""}
    refused = {
        "feed": "ecds",
        "file_name": "b.csv",
        "verdict": "rejected",
        "reason": "schema_drift",
        "message": "Column x.",
    }
    write_note(settings, "landing", {"outcomes": [taken, refused]})
    status = night_status(settings)
    assert "  ecds: b.csv was not taken (rejected, schema_drift). Column x." in status.lines
    assert not any("a.csv" in line for line in status.lines)
    write_note(settings, "landing", {"outcomes": [taken]})
    assert not any("was not taken" in line for line in night_status(settings).lines)


def test_the_notes_of_a_release_can_be_written_when_a_delivery_was_refused(settings: Settings) -> None:
    refused = {
        "feed": "ecds",
        "file_name": "b.csv",
        "verdict": "rejected",
        "reason": "schema_drift",
        "message": "Column x.",
    }
    write_note(settings, "landing", {"outcomes": [refused]})
    leave(settings, HELD)
    assert "ecds: a delivery was not taken (schema_drift)." in nightly._note_lines(settings)

"""Something changes between judging and publishing, and the gate notices.

Belongs here: candidate, receipt, notes and build database changed behind the gate's back. Does not belong here: the
five known bypasses.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.orchestration import nightly
from pipeline.orchestration.nightly import StepMissing
from pipeline.quality.candidate import PUBLISHED_TABLES, CandidateError, content_sha256
from pipeline.quality.receipt import PublicationRefused
from pipeline.warehouse.database import connect
from tests.faults.gate.conftest import Night
from tests.faults.gate.test_gate_bypasses import edit_json, edit_receipt, refused
from tests.faults.listed import fault

pytestmark = pytest.mark.slow  # the night behind the fixture takes most of a minute


def tables_json(night: Night) -> Path:
    return night.settings.candidate / "tables.json"


@fault("gate: candidate changed", "one bit of a judged table is flipped", "refused, naming the table", "pointer")
@pytest.mark.parametrize("table", sorted(PUBLISHED_TABLES))
def test_a_flipped_byte_in_a_table_is_refused(night: Night, table: str) -> None:
    path = night.settings.candidate / f"{table}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(night, f"{table}.parquet")


def test_a_replaced_table_is_refused(night: Night) -> None:
    folder = night.settings.candidate
    shutil.copy(folder / "indicator.parquet", folder / "area.parquet")
    refused(night, "area.parquet")


@fault(
    "gate: candidate changed",
    "a table is replaced and all hashes made anew",
    "refused: not the one that was judged",
    "pointer",
)
def test_a_replaced_table_with_all_its_hashes_made_anew_is_refused(night: Night) -> None:
    path = night.settings.candidate / "area.parquet"
    shutil.copy(night.settings.candidate / "indicator.parquet", path)

    def anew(document: dict[str, Any]) -> None:
        document["tables"]["area"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        document["content_sha256"] = content_sha256(document["tables"])

    edit_json(tables_json(night), anew)
    refused(night, "not the one that was judged")


def test_a_table_added_after_judging_is_refused(night: Night) -> None:
    shutil.copy(night.settings.candidate / "area.parquet", night.settings.candidate / "extra.parquet")
    edit_json(tables_json(night), lambda document: document["tables"].update(extra=document["tables"]["area"]))
    refused(night, "content hash")


def test_a_table_taken_away_is_refused(night: Night) -> None:
    (night.settings.candidate / "data_quality.parquet").unlink()
    refused(night, "data_quality.parquet")


def test_a_comment_changed_after_judging_is_refused(night: Night) -> None:
    def reword(document: dict[str, Any]) -> None:
        document["tables"]["indicator_value"]["columns"][0]["comment"] = "Not what the gate saw."

    edit_json(tables_json(night), reword)
    refused(night)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_receipt_is_refused(night: Night, share: float) -> None:
    content = night.settings.receipt.read_bytes()
    night.settings.receipt.write_bytes(content[: int(len(content) * share)])
    refused(night, "no receipt")


def test_an_edited_verdict_is_refused(night: Night) -> None:
    edit_receipt(night, lambda receipt: receipt.update(verdict="published"))
    refused(night, "does not follow")


def test_a_receipt_under_another_release_id_is_refused(night: Night) -> None:
    edit_receipt(night, lambda receipt: receipt.update(release_id="20991231-ffffffffffff"))
    refused(night)


def test_a_receipt_with_other_accepted_inputs_is_refused(night: Night) -> None:
    """They say whether the next night has news: a forged hash would silence it."""
    edit_receipt(night, lambda receipt: receipt.update(accepted_sha256="0" * 64))
    refused(night)


def test_the_receipt_of_another_home_is_refused(night: Night, judged_home: Path) -> None:
    older = judged_home.parent / "older" / "build"
    shutil.copy(older / "receipt.json", night.settings.receipt)
    refused(night)
    shutil.rmtree(night.settings.candidate)
    shutil.copytree(older / "candidate", night.settings.candidate)
    refused(night)


def test_publishing_before_any_step_says_what_to_run(night: Night) -> None:
    shutil.rmtree(night.settings.build)
    with pytest.raises(StepMissing, match="run the nightly from the start"):
        nightly.publish_release(night.context)
    assert night.is_untouched


def test_publishing_without_the_measures_that_were_judged_says_what_to_run(night: Night) -> None:
    night.settings.measures.unlink()
    with pytest.raises(StepMissing, match=r"measures\.parquet.*run the nightly from the start"):
        nightly.publish_release(night.context)
    assert night.is_untouched


def test_real_settings_do_not_publish_a_synthetic_candidate(night: Night) -> None:
    night.context.__dict__["feeds"] = night.context.feeds
    object.__setattr__(night.context, "settings", night.settings.model_copy(update={"source": "files"}))
    refused(night, "synthetic and real runs are mixed")


@fault(
    "gate: candidate changed",
    "a published table is changed after it was measured",
    "the gate stops: not what was measured",
    "pointer",
)
def test_a_table_changed_between_measuring_and_judging_is_not_published(whole_night: Night) -> None:
    """The measures stand in a table of their own: rebuilding a published table alone must not leave them standing."""
    with connect(whole_night.settings) as connection:
        connection.execute(
            "delete from publication.pub_indicator_value where indicator_id = "
            "(select min(indicator_id) from publication.pub_indicator_value)"
        )
        connection.execute("update publication.pub_indicator_value set numerator = 3 where numerator is not null")
    with pytest.raises(CandidateError, match="pub_indicator_value is not what was measured"):
        nightly.judge_publication(whole_night.context)
    assert whole_night.is_untouched


@fault(
    "gate: stale candidate", "the feeds were judged on another night", "the gate stops and says what to run", "pointer"
)
def test_judgements_of_feeds_from_another_night_are_not_taken(whole_night: Night) -> None:
    """`judge_feeds` did not run for these inputs; what it said of others proves nothing."""
    edit_json(whole_night.settings.build / "inputs.json", lambda inputs: inputs.update(inputs_sha256="0" * 64))
    with pytest.raises(StepMissing, match="judged for other inputs"):
        nightly.judge_publication(whole_night.context)
    assert whole_night.is_untouched


@fault(
    "leaks: canaries in error messages",
    "a number is put into the receipt",
    "the refusal does not repeat it",
    "no canary",
)
def test_a_refusal_names_no_value(night: Night) -> None:
    edit_receipt(night, lambda receipt: receipt["rules"][0].update(subject="9434765919"))
    with pytest.raises(PublicationRefused) as refusal:
        nightly.publish_release(night.context)
    assert "9434765919" not in str(refusal.value)
    assert json.loads(night.settings.receipt.read_text(encoding="utf-8"))["rules"][0]["subject"] == "9434765919"

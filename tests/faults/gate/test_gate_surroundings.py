"""What fails around the gate: a dbt test, another run at work, an engine of another version.

Belongs here: faults that never reach a rule, and must not reach a reader either. Does not belong here: rules.
"""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster
import pytest

from pipeline.orchestration import inputs, nightly
from pipeline.orchestration.dbt import TransformationFailed, build_models
from pipeline.quality.receipt import PublicationRefused
from pipeline.warehouse.database import writer_lock
from tests.faults.gate.conftest import Night
from tests.faults.gate.test_gate_bypasses import RELEASE, by_hand
from tests.faults.landing.faulty_files import NHS_NUMBER
from tests.faults.listed import fault

pytestmark = pytest.mark.slow  # the night behind the fixture takes most of a minute


@fault(
    "gate: dbt test failing outside the checks",
    "dbt says that a test of a model failed, and quotes a row",
    "the build fails and names the test alone; without a receipt of this build nothing is published",
    "pointer, no canary",
)
def test_a_failing_dbt_test_stops_the_night(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    node = SimpleNamespace(name="unique_pub_indicator_value")
    failed = SimpleNamespace(node=node, status="fail", message=f"Got 1 result: {NHS_NUMBER}")
    outcome = SimpleNamespace(success=False, result=SimpleNamespace(results=[failed]), exception=None)

    def invoke(self: object, arguments: list[str]) -> Any:
        assert "test" not in arguments[arguments.index("--exclude-resource-type") + 1 :][:1], "data tests are run"
        return outcome

    monkeypatch.setattr("dbt.cli.main.dbtRunner.invoke", invoke)
    with pytest.raises(TransformationFailed, match="could not build unique_pub_indicator_value") as caught:
        build_models(night.settings, "--select", "pub_indicator_value")
    assert NHS_NUMBER not in str(caught.value)
    night.settings.receipt.unlink()  # as `prepare` does before every build
    with pytest.raises(PublicationRefused, match="there is no receipt"):
        nightly.publish_release(night.context)
    assert night.is_untouched


@fault(
    "process: a manual materialise during the nightly",
    "the release asset is materialised in Dagster while a nightly holds the writer's lock",
    "the run fails with BuildLocked; what is current stays",
    "pointer",
)
def test_an_asset_materialised_by_hand_during_a_night_is_refused(night: Night) -> None:
    with writer_lock(night.settings):
        result = by_hand(night, dagster.AssetSelection.assets(RELEASE))
        assert not result.success
        (event,) = [item for item in result.all_events if item.event_type_value == "RESOURCE_INIT_FAILURE"]
        error = event.engine_event_data.error
        assert error is not None
        assert "BuildLocked" in {error.cls_name, error.cause.cls_name if error.cause else None}
        assert night.is_untouched
    assert by_hand(night, dagster.AssetSelection.assets(RELEASE)).success
    assert not night.is_untouched


@fault(
    "versions: dependency upgraded",
    "an engine has another version than in the night that was judged",
    "its inputs are others, so the receipt is stale and publishing is refused; a new night publishes anew",
    "pointer",
)
def test_another_version_of_an_engine_is_another_night(
    whole_night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = shutil.copy(whole_night.settings.receipt, tmp_path / "receipt.json")
    seen = {nightly.read_note(whole_night.settings, "inputs")["inputs_sha256"]}
    for engine in ("duckdb", "great-expectations"):
        monkeypatch.setattr(inputs, "version", lambda name, other=engine: "99.0" if name == other else version(name))
        seen.add(nightly.prepare(whole_night.context).inputs.inputs_sha256)
        assert not whole_night.settings.receipt.exists()
        shutil.copy(receipt, whole_night.settings.receipt)
        with pytest.raises(PublicationRefused, match="stale"):
            nightly.publish_release(whole_night.context)
    assert len(seen) == 3
    assert whole_night.is_untouched

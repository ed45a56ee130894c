"""The five ways around a gate that frameworks leave open, each of which fails to publish.

Measured on Dagster and Great Expectations alone: they publish after a warning, with checks deselected, and when the
publishing asset is materialised by hand; an empty suite and an empty table pass.
Belongs here: those five and their cousins, on a real night. Does not belong here: the receipt in detail (unit tests).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster
import pytest

from pipeline.catalogue.policy import Policy
from pipeline.orchestration import nightly
from pipeline.orchestration.command import run_nightly
from pipeline.orchestration.job import build_definitions
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.quality.receipt import PublicationRefused
from pipeline.release import verify
from pipeline.warehouse.database import connect
from tests.faults.gate.conftest import Night, to_judge, to_publish
from tests.faults.listed import fault

pytestmark = pytest.mark.slow  # the night behind the fixture takes most of a minute

RELEASE = dagster.AssetKey(["release", "current"])


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def edit_receipt(night: Night, change: Callable[[dict[str, Any]], Any]) -> None:
    edit_json(night.settings.receipt, change)


def refused(night: Night, says: str = "") -> None:
    """Publishing raises for the reason given, and readers see what they saw."""
    with pytest.raises(PublicationRefused, match=says):
        nightly.publish_release(night.context)
    assert night.is_untouched


def use_policy(night: Night, change: Callable[[dict[str, Any]], Any]) -> None:
    """What a run reads after somebody changed the policy file."""
    values = night.context.policy.model_dump()
    values["rules"] = [rule for rule in values["rules"] if change(rule) is not False]
    night.context.__dict__["policy"] = Policy.model_validate(values)


def lower(rule: dict[str, Any]) -> None:
    if rule["severity"] == "critical":
        rule["severity"] = "caution"


def change_measures(night: Night, model: str, statement: str, *values: str) -> None:
    """Run a statement on the measures of a night, whether the model is a table or a view."""
    with connect(night.settings) as connection:
        kinds = "select table_type from information_schema.tables where table_schema = 'quality' and table_name = ?"
        ((kind,),) = connection.execute(kinds, [model]).fetchall()
        connection.execute(f"create temp table measured as select * from quality.{model}")
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} quality.{model}")
        connection.execute(f"create table quality.{model} as select * from measured")
        connection.execute(statement, list(values))


def fail_a_critical_rule(night: Night) -> None:
    """Make the measures say that a small count is about to be published."""
    change_measures(
        night,
        "quality_publication_measure",
        "update quality.quality_publication_measure set violated = 1, pct = 100e0 / expected "
        "where rule_id = 'disclosure_applied' and table_name = 'indicator_value'",
    )


def by_hand(night: Night, selection: dagster.AssetSelection) -> dagster.ExecuteInProcessResult:
    """Materialise what is selected and nothing before it, as somebody in a hurry does."""
    definitions = build_definitions(night.settings)
    assets = [item for item in definitions.assets or [] if isinstance(item, dagster.AssetsDefinition)]
    with dagster.DagsterInstance.ephemeral() as instance:
        return dagster.materialize(
            assets,
            selection=selection,
            resources=dict(definitions.resources or {}),
            instance=instance,
            raise_on_error=False,
        )


def failure_of(result: dagster.ExecuteInProcessResult) -> str:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    assert error is not None
    return str(error.cls_name)


def test_the_night_as_it_was_judged_publishes(night: Night) -> None:
    """Without this the refusals below would prove nothing."""
    release = nightly.publish_release(night.context)
    assert not night.is_untouched
    assert verify(night.settings).release_id == release.release_id


# (a) a failed critical check lowered to a warning


@pytest.fixture(scope="module")
def held_home(judged_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home after a night held by one critical rule."""
    held = to_judge(judged_home, tmp_path_factory.mktemp("held") / "home")
    fail_a_critical_rule(held)
    _, verdict = nightly.judge_publication(held.context)
    assert (verdict.state, [item.rule_id for item in verdict.findings if item.severity == "critical"]) == (
        "held",
        ["disclosure_applied"],
    )
    yield held.settings.home
    shutil.rmtree(held.settings.home)


@pytest.fixture
def held_night(held_home: Path, tmp_path: Path) -> Night:
    return to_publish(held_home, tmp_path / "held")


def test_a_failed_critical_rule_holds(held_night: Night) -> None:
    refused(held_night, "disclosure_applied")


@fault(
    "gate: severity lowered in code",
    "every critical rule is made a caution after judging",
    "refused: the policy changed",
    "pointer",
)
def test_lowering_the_rule_in_the_policy_after_judging_is_refused(held_night: Night) -> None:
    use_policy(held_night, lower)
    refused(held_night, "the policy changed")


def test_lowering_the_rule_in_policy_and_receipt_is_refused(held_night: Night) -> None:
    use_policy(held_night, lower)
    edit_receipt(held_night, lambda receipt: receipt.update(verdict="degraded"))
    refused(held_night, "the policy changed")


def test_lowering_the_verdict_in_the_receipt_is_refused(held_night: Night) -> None:
    edit_receipt(held_night, lambda receipt: receipt.update(verdict="degraded"))
    refused(held_night, "does not follow")


def test_a_failed_rule_called_passed_in_the_receipt_is_refused(held_night: Night) -> None:
    def whitewash(receipt: dict[str, Any]) -> None:
        receipt["verdict"] = "degraded"
        for rule in receipt["rules"]:
            if rule["rule_id"] == "disclosure_applied":
                rule["status"] = "passed"

    edit_receipt(held_night, whitewash)
    refused(held_night)


@fault("gate: severity lowered in code", "the suite says warning", "it holds all the same", "pointer")
def test_lowering_the_severity_in_the_suite_changes_nothing(whole_night: Night, suites: Path) -> None:
    def warn(document: dict[str, Any]) -> None:
        for item in document["expectations"]:
            item["severity"] = "warning"
            item["meta"]["severity"] = "caution"

    edit_json(suites / "indicator_value.json", warn)
    fail_a_critical_rule(whole_night)
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "disclosure_applied failed")


@fault(
    "gate: severity lowered in code",
    "the suite has a lenient number for the policy's",
    "an error, which holds",
    "pointer",
)
def test_raising_the_threshold_in_the_suite_is_an_error_that_holds(whole_night: Night, suites: Path) -> None:
    def allow(document: dict[str, Any]) -> None:
        for item in document["expectations"]:
            item["kwargs"]["max_value"] = 100

    edit_json(suites / "indicator_value.json", allow)
    fail_a_critical_rule(whole_night)
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "disclosure_applied did not run as it must")


@fault("gate: candidate changed", "a suite is edited after judging", "refused: a suite changed", "pointer")
@pytest.mark.parametrize("subject", ["ecds", "indicator_value", "release"])
def test_a_suite_edited_after_judging_is_refused(night: Night, suites: Path, subject: str) -> None:
    edit_json(suites / f"{subject}.json", lambda document: document["expectations"][0]["kwargs"].update(mostly=0.5))
    refused(night, "a suite changed")


# (b) checks deselected, rules that did not run


@fault("gate: check disabled", "a rule is taken out of the receipt", "refused: it did not run", "pointer")
def test_a_rule_taken_out_of_the_receipt_is_refused(night: Night) -> None:
    rules = json.loads(night.settings.receipt.read_text(encoding="utf-8"))["rules"]
    for at in (0, len(rules) // 2, len(rules) - 1):
        left = rules[:at] + rules[at + 1 :]
        edit_receipt(night, partial(dict.update, rules=left))
        refused(night, "did not run")


@pytest.mark.parametrize("stage", ["feed", "publication"])
def test_a_stage_that_did_not_run_is_refused(night: Night, stage: str) -> None:
    def drop(receipt: dict[str, Any]) -> None:
        receipt["rules"] = [rule for rule in receipt["rules"] if rule["stage"] != stage]

    edit_receipt(night, drop)
    refused(night, "did not run")


@fault("gate: check removed", "a rule is taken out of the suite", "held: it did not run as it must", "pointer")
def test_a_rule_taken_out_of_the_suite_holds(whole_night: Night, suites: Path) -> None:
    edit_json(suites / "indicator_value.json", lambda document: document["expectations"].pop())
    nightly.judge_publication(whole_night.context)
    refused(whole_night, "did not run as it must")


@fault(
    "gate: check removed", "a rule is taken out of the policy after judging", "refused: the policy changed", "pointer"
)
def test_a_rule_taken_out_of_the_policy_after_judging_is_refused(night: Night) -> None:
    use_policy(night, lambda rule: rule["rule_id"] != "disclosure_applied")
    refused(night, "the policy changed")


GATE = [dagster.AssetKey(["gate", f"table_{name}"]) for name in PUBLISHED_TABLES] + [
    dagster.AssetKey(["gate", "receipt"])
]


@fault(
    "gate: check disabled",
    "Dagster is asked for the gate without checks, or for a part of it",
    "Dagster refuses; nothing runs",
    "pointer",
)
@pytest.mark.parametrize(
    "chosen",
    [
        dagster.AssetSelection.assets(*GATE, RELEASE).without_checks(),
        dagster.AssetSelection.assets(*GATE[1:], RELEASE),
        dagster.AssetSelection.assets(GATE[-1], RELEASE),
    ],
    ids=["no checks", "a table less", "the receipt alone"],
)
def test_the_gate_cannot_be_run_in_part(night: Night, chosen: dagster.AssetSelection) -> None:
    with pytest.raises(dagster.DagsterInvalidDefinitionError) as error:
        by_hand(night, chosen)
    assert isinstance(error.value.__cause__, dagster.DagsterInvalidSubsetError)
    assert night.is_untouched


def test_the_gate_run_by_hand_holds_what_failed(whole_night: Night) -> None:
    fail_a_critical_rule(whole_night)
    result = by_hand(whole_night, dagster.AssetSelection.assets(*GATE, RELEASE))
    assert not result.success
    assert [event.step_key for event in result.all_events if event.is_step_failure] == ["judge_publication"]
    assert whole_night.is_untouched
    refused(whole_night, "disclosure_applied failed")


# (c) publish materialised by hand


@fault("gate: publish alone", "publishing is called without a receipt", "refused", "pointer")
def test_publishing_by_hand_without_a_receipt_is_refused(night: Night) -> None:
    night.settings.receipt.unlink()
    refused(night, "there is no receipt")


@fault("gate: stale candidate", "the receipt is of other inputs", "refused: stale", "pointer")
def test_a_stale_receipt_of_other_inputs_is_refused(night: Night) -> None:
    edit_json(night.settings.build / "inputs.json", lambda inputs: inputs.update(inputs_sha256="0" * 64))
    refused(night, "stale")


@fault("gate: stale candidate", "the receipt is of another candidate", "refused", "pointer")
def test_a_receipt_of_another_candidate_is_refused(night: Night) -> None:
    edit_receipt(night, lambda receipt: receipt.update(content_sha256="0" * 64))
    refused(night, "not the one that was judged")


@fault(
    "gate: publish alone",
    "the release asset alone is materialised, without a receipt",
    "the step fails: PublicationRefused",
    "pointer",
)
def test_the_release_asset_alone_refuses_without_a_receipt(night: Night) -> None:
    night.settings.receipt.unlink()
    result = by_hand(night, dagster.AssetSelection.assets(RELEASE))
    assert not result.success
    assert failure_of(result) == "PublicationRefused"
    assert night.is_untouched


def test_the_release_asset_alone_refuses_a_held_receipt(held_night: Night) -> None:
    result = by_hand(held_night, dagster.AssetSelection.assets(RELEASE))
    assert not result.success
    assert failure_of(result) == "PublicationRefused"
    assert held_night.is_untouched


def test_the_release_asset_alone_publishes_what_was_judged(night: Night) -> None:
    """The asset works when it may: the two tests above fail for the receipt's sake only."""
    assert by_hand(night, dagster.AssetSelection.assets(RELEASE)).success
    assert not night.is_untouched


# through the front door


@fault(
    "gate: empty suite",
    "a whole night with an empty suite",
    "held, names the rule; the pointer stays",
    "pointer, exit code",
)
def test_a_held_night_exits_with_held_and_leaves_the_pointer(whole_night: Night, suites: Path) -> None:
    (suites / "release.json").write_text('{"name": "release", "expectations": []}', encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("CORE20_BUILD_DATABASE", "CORE20_THREADS", "CORE20_MEMORY_LIMIT", "DAGSTER_HOME"):
            environment.setenv(name, "set by the night")
        outcome = run_nightly(whole_night.settings, None, lambda line: None)
    assert (outcome.state, outcome.exit_code) == ("held", None)
    assert any("release: rule stamped did not run as it must." in line for line in outcome.lines)
    assert whole_night.is_untouched

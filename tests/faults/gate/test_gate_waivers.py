"""Waivers on a real night: what one changes, where it is said, and that none outlives its last day.

Belongs here: the planted faults of the small fictional country under waivers. Does not belong here: reading the file
(`tests/unit/catalogue`), the verdict alone (`tests/unit/quality`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipeline.catalogue.policy import POLICY_FILE, Policy, load_policy
from pipeline.orchestration import nightly
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import PUBLICATION, build_models, dbt_environment
from pipeline.quality.receipt import PublicationRefused
from pipeline.quality.rejudge import rejudge
from pipeline.release import Release, current_release
from pipeline.settings import Settings
from pipeline.warehouse.database import connect
from tests.faults.gate.conftest import Night, to_judge, to_publish
from tests.faults.gate.test_gate_bypasses import edit_receipt
from tests.faults.listed import fault
from tests.integration import nights

pytestmark = pytest.mark.slow  # the night behind the fixture takes most of a minute

RULE = "ethnicity_known"


class Waived:
    """A night to judge again under a file of waivers; `failing` are the measures of one rule."""

    def __init__(self, night: Night, failing: list[tuple[str, str, str]]) -> None:
        self.file = night.settings.home.parent / "waivers.yml"
        self.night, self.context = night, RunContext(night.settings.model_copy(update={"waivers": self.file}))
        self.failing = failing
        self.feed, self.submitter, _ = failing[0]
        self.periods = [period for feed, code, period in failing if (feed, code) == (self.feed, self.submitter)]

    def entry(self, **changes: Any) -> dict[str, Any]:
        today = self.context.settings.today
        return {
            "waiver_id": "W-1",
            "rule_id": RULE,
            "feed": self.feed,
            "submitter_code": self.submitter,
            "periods": self.periods,
            "owner": "Head of analysis",
            "reason": "The trust moved its system; agreed with it.",
            "start": today,
            "expiry": today,
        } | changes

    def has(self, *entries: dict[str, Any]) -> None:
        self.file.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")

    def judge(self) -> Sequence[str]:
        """Judge feeds and publication again; the findings."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in dbt_environment(self.context.settings).items():
                environment.setenv(name, value)
            nightly.judge_feeds(self.context)
            build_models(self.context.settings, "--select", PUBLICATION)
            _, verdict = nightly.judge_publication(self.context)
        return [finding.sentence for finding in verdict.findings]

    def publish(self) -> Release:
        return nightly.publish_release(self.context)

    def refused(self, says: str) -> None:
        with pytest.raises(PublicationRefused, match=says):
            self.publish()
        assert self.night.is_untouched


@pytest.fixture(scope="module")
def failing(judged_home: Path) -> list[tuple[str, str, str]]:
    """Feed, submitter and period of every measure beyond the rule's threshold."""
    with connect(Settings(home=judged_home), read_only=True) as connection:
        found: list[tuple[str, str, str]] = connection.execute(
            "select feed, submitter_code, period from verdict.rule_result where rule_id = ? and status = 'failed' "
            "order by all",
            [RULE],
        ).fetchall()
    assert found, "the fictional country has no failing submitter: this test would prove nothing"
    return found


@pytest.fixture
def unjudged(whole_night: Night, failing: list[tuple[str, str, str]]) -> Waived:
    """A night to judge under whatever waivers."""
    return Waived(whole_night, failing)


@pytest.fixture
def unwaived(night: Night, failing: list[tuple[str, str, str]]) -> Waived:
    """A night that was judged without a waiver, to publish."""
    made = Waived(night, failing)
    made.has()
    return made


@pytest.fixture(scope="module")
def judged_under_a_waiver(
    judged_home: Path, failing: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Sequence[str]]]:
    """A home that was judged under one waiver, and the findings."""
    made = Waived(to_judge(judged_home, tmp_path_factory.mktemp("waived") / "home"), failing)
    made.has(made.entry())
    yield made.night.settings.home, made.judge()
    shutil.rmtree(made.night.settings.home)


@pytest.fixture
def waived(
    judged_under_a_waiver: tuple[Path, Sequence[str]], failing: list[tuple[str, str, str]], tmp_path: Path
) -> Waived:
    """The night that was judged under one waiver, to publish."""
    made = Waived(to_publish(judged_under_a_waiver[0], tmp_path / "home"), failing)
    made.has(made.entry())
    return made


@pytest.fixture(scope="module")
def published(
    judged_under_a_waiver: tuple[Path, Sequence[str]],
    failing: list[tuple[str, str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Waived, Release]:
    """That night, published; tests only read it."""
    made = Waived(to_publish(judged_under_a_waiver[0], tmp_path_factory.mktemp("published") / "home"), failing)
    made.has(made.entry())
    return made, made.publish()


def rows(release: Release, table: str, where: str) -> list[tuple[Any, ...]]:
    path = release.path / "parquet" / f"{table}.parquet"
    with duckdb.connect() as connection:
        return connection.execute(f"select * from read_parquet('{path}') where {where}").fetchall()


def of_feed(indicators: str, feed: str) -> str:
    return f"indicator_id in (select indicator_id from {indicators} where feed = '{feed}')"


def test_a_waiver_publishes_what_was_withheld_and_says_so_everywhere(
    published: tuple[Waived, Release], judged_under_a_waiver: tuple[Path, Sequence[str]]
) -> None:
    (waived, release), (_, findings) = published, judged_under_a_waiver
    left = [item for item in waived.failing if item[0] == waived.feed and item[1] != waived.submitter]
    says = "more waived" if left else "all of them waived"
    assert [says in item for item in findings if item.startswith(f"{waived.feed}: rule {RULE} ")] == [True]
    assert release.verdict == "degraded"
    assert "| W-1 | ethnicity_known |" in (release.path / "certificate.md").read_text(encoding="utf-8")
    assert len(rows(release, "data_quality", "status = 'waived' and waiver_id = 'W-1'")) == len(waived.periods)
    own = f"area_code = '{waived.submitter}' and status_reason like '%Waiver W-1 of rule {RULE} until %'"
    by_group = f"{own} and breakdown in ('ethnic_group_5', 'ethnic_category')"
    assert rows(release, "indicator_value", f"{by_group} and value_status <> 'withheld_quality'"), waived.failing
    indicators = f"read_parquet('{release.path / 'parquet' / 'indicator.parquet'}')"
    still = f"{of_feed(indicators, waived.feed)} and status_reason like '%Rule: {RULE}.'"
    assert not rows(release, "indicator_value", f"area_code = '{waived.submitter}' and {still}")


@fault(
    "gate: waiver expired",
    "a waiver's last day ends between judging and publishing",
    "refused: it is no waiver of today",
    "pointer",
)
def test_a_waiver_that_expired_between_judging_and_publishing_is_refused(waived: Waived) -> None:
    tomorrow = waived.context.settings.today + timedelta(days=1)
    object.__setattr__(waived.context, "settings", waived.context.settings.model_copy(update={"as_of": tomorrow}))
    waived.refused("one expired or was changed")


def waives_nothing(unjudged: Waived, **changes: Any) -> None:
    unjudged.has(unjudged.entry(**changes))
    found = unjudged.context.waivers
    assert (found.in_force, len(found.refused)) == ((), 1)
    gate = nightly.judge_feeds(unjudged.context)
    assert sum(item.waived for item in gate.judgements) == 0
    assert unjudged.night.is_untouched


@fault("gate: waiver ownerless", "a waiver names no owner", "it does not count, and the night says so", "not green")
@pytest.mark.parametrize("owner", ["", None])
def test_a_waiver_without_an_owner_changes_nothing(unjudged: Waived, owner: str | None) -> None:
    waives_nothing(unjudged, owner=owner)


@fault(
    "gate: waiver wide",
    "a waiver is for every submitter, feed or period, for years, or for a rule that is never waived",
    "it does not count, and the night says so",
    "not green",
)
@pytest.mark.parametrize(
    "changes",
    [
        {"submitter_code": "*"},
        {"submitter_code": "%"},
        {"periods": []},
        {"feed": "*"},
        {"rule_id": "disclosure_applied"},
        {"rule_id": "rows_conserved"},
        {"expiry": "2099-01-01"},
    ],
    ids=str,
)
def test_a_waiver_that_is_wide_changes_nothing(unjudged: Waived, changes: dict[str, Any]) -> None:
    waives_nothing(unjudged, **changes)


@fault("gate: waiver expired", "a waiver of years ago lies in the file", "it does not count, and is told", "not green")
def test_a_waiver_that_expired_changes_nothing(unjudged: Waived) -> None:
    waives_nothing(unjudged, start="2020-01-01", expiry="2020-02-01")


def test_a_receipt_cannot_waive_what_no_waiver_covers(unwaived: Waived) -> None:
    def forge(receipt: dict[str, Any]) -> None:
        for rule in receipt["rules"]:
            if rule["status"] == "failed":
                rule["waived"] = rule["failed"]

    edit_receipt(unwaived.night, forge)
    unwaived.refused("that are not there|does not follow")


def test_a_receipt_cannot_grant_a_waiver(unwaived: Waived) -> None:
    edit_receipt(
        unwaived.night, lambda receipt: receipt.update(waivers=[json.loads(json.dumps(unwaived.entry(), default=str))])
    )
    unwaived.refused("one expired or was changed")


def test_stored_counts_are_judged_again_by_another_policy(sample_night: nights.Night, tmp_path: Path) -> None:
    settings = Settings(home=sample_night.home)
    release = current_release(settings)
    assert release is not None
    kept = settings.kept_measures / f"{release.release_id}.parquet"
    document = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    same = rejudge(release.path, kept, load_policy())
    assert same.verdict.state == release.verdict
    assert all(before == now for _, _, before, now in same.failures)
    for rule in document["rules"]:
        if rule["rule_id"] == RULE:
            rule["threshold_pct"] = 0
            rule["severity"] = "critical"
            del rule["withholds"]
    file = tmp_path / "policy.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    strict = rejudge(release.path, kept, Policy.model_validate(document))
    assert strict.verdict.state == "held"
    changed = {(feed, rule): (before, now) for feed, rule, before, now in strict.failures if before != now}
    assert {rule for _, rule in changed} == {RULE}
    assert all(before < now for before, now in changed.values())


def test_a_policy_that_lets_a_rule_not_be_waived_judges_again_without_the_waivers_of_the_release(
    published: tuple[Waived, Release],
) -> None:
    waived, release = published
    kept = waived.context.settings.kept_measures / f"{release.release_id}.parquet"

    def sentences(policy: Policy) -> list[str]:
        again = rejudge(release.path, kept, policy).verdict.findings
        return [item.sentence for item in again if item.rule_id == RULE and "waived" in item.sentence]

    policy = waived.context.policy
    strict = [rule.model_copy(update={"may_be_waived": False}) for rule in policy.rules]
    assert sentences(policy)
    assert not sentences(policy.model_copy(update={"rules": strict}))

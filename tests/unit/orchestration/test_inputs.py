"""Same inputs, same release id, whatever the day; anything that changes a number changes it.

Belongs here: the fingerprint of a run over a small ledger. Does not belong here: the tables written from it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.landing.ledger import DeliveryRecord, NewPart, open_ledger
from pipeline.landing.periods import Period, month_period
from pipeline.orchestration import inputs as inputs_module
from pipeline.orchestration.context import SAMPLE_FEEDS, RunContext
from pipeline.orchestration.inputs import RunInputs, find_inputs
from pipeline.settings import FeedSource, Settings, SettingsError
from tests.faults.listed import fault

REFERENCE = [("imd2025", "e" * 64), ("population", "f" * 64)]
TODAY = date(2026, 7, 1)


def deliver(
    settings: Settings,
    period: Period,
    sha256: str,
    feed: str = "sus_apc",
    received_on: date = TODAY,
    state: str = "final",
) -> None:
    """Record one accepted file of one period in the ledger."""
    record = DeliveryRecord(
        feed=feed,
        sha256=sha256 * 64,
        file_name=f"{sha256}.csv",
        manifest_sha256="",
        rules="",
        layout="hes",
        verdict="loaded",
        reason="",
        message="",
        release_state=state,
        restates=False,
        submitted_on=None,
        received_on=received_on,
        rows_in=10,
        rows_loaded=10,
        rows_rejected=0,
    )
    with open_ledger(settings.ledger) as ledger:
        ledger.record(record, (NewPart(period, f"{feed}/{sha256}.parquet", 10, "content", "raw", sha256 * 64),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two feeds of which one has two months and the other one, all of set-up."""
    listed = tmp_path / "submitters.csv"
    listed.write_text(
        "feed,submitter_code,valid_from,valid_to\nsus_apc,RR8,2020-04-01,\nrtt,RR8,2020-04-01,2026-03-31\n"
    )
    made = Settings(
        home=tmp_path / "home",
        source="files",
        feeds={name: FeedSource(folder=tmp_path) for name in ("sus_apc", "ecds")},
        expected_submitters=listed,
        as_of=TODAY,
    )
    deliver(made, month_period(2026, 4), "a")
    deliver(made, month_period(2026, 5), "b")
    deliver(made, month_period(2026, 5), "c", feed="ecds")
    return made


def found(
    settings: Settings,
    reference: Sequence[tuple[str, str]] = REFERENCE,
    rejections: Sequence[tuple[str, str, str]] = (),
    **changes: object,
) -> RunInputs:
    return find_inputs(RunContext(settings.model_copy(update=changes)), reference, rejections)


def ids(inputs: RunInputs) -> tuple[str, str, str]:
    return inputs.accepted_sha256, inputs.inputs_sha256, inputs.release_id


def test_the_same_inputs_have_the_same_id(settings: Settings) -> None:
    assert ids(found(settings)) == ids(found(settings))


def test_the_id_starts_with_the_last_day_of_the_newest_period(settings: Settings) -> None:
    inputs = found(settings)
    assert inputs.release_id == f"20260531-{inputs.inputs_sha256[:12]}"


def test_another_day_on_which_nothing_else_is_due_changes_nothing(settings: Settings) -> None:
    assert ids(found(settings)) == ids(found(settings, as_of=date(2026, 7, 10)))


@fault(
    "files: late",
    "the day passes on which a period was due",
    "another release, which says so",
    "not green",
)
def test_a_day_on_which_a_period_became_late_is_another_release(settings: Settings) -> None:
    """The table feed_timeliness says so, so the content differs and needs another id."""
    later = found(settings, as_of=date(2026, 12, 1))
    assert {row.status for row in later.timeliness} >= {"never"}
    assert not set(ids(found(settings))) & set(ids(later))


@pytest.mark.parametrize(
    "changes", [{"threads": 7}, {"memory_limit": "1GB"}, {"sample_seed": 99}, {"reference_mirror": "/somewhere"}]
)
def test_what_changes_no_number_changes_no_id(settings: Settings, changes: dict[str, Any]) -> None:
    assert ids(found(settings, **changes)) == ids(found(settings))


def test_another_home_with_the_same_deliveries_has_the_same_id(settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(settings.home, tmp_path / "elsewhere")
    assert ids(found(settings, home=tmp_path / "elsewhere")) == ids(found(settings))


def test_the_order_of_files_is_no_input(settings: Settings) -> None:
    assert ids(found(settings, reference=REFERENCE[::-1])) == ids(found(settings))
    swapped = dict(reversed(settings.feeds.items()))
    assert ids(found(settings, feeds=swapped, imd_editions=(2025, 2019))) == ids(found(settings))


CHANGES: dict[str, Callable[[Settings], RunInputs]] = {
    "an imd edition less": lambda settings: found(settings, imd_editions=(2025,)),
    "best known ethnicity": lambda settings: found(settings, ethnicity="best_known"),
    "other boundaries": lambda settings: found(settings, organisation_edition=2024),
    "a feed less": lambda settings: found(settings, feeds={"sus_apc": settings.feeds["sus_apc"]}),
    "another reference file": lambda settings: found(settings, reference=[("imd2025", "0" * 64), REFERENCE[1]]),
    "a reference file less": lambda settings: found(settings, reference=REFERENCE[:1]),
    "nobody expected": lambda settings: found(settings, expected_submitters=None),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_another_setting_or_reference_file_is_another_release(settings: Settings, name: str) -> None:
    assert not set(ids(found(settings))) & set(ids(CHANGES[name](settings)))


@fault(
    "files: late after publication",
    "a period comes after it was published without",
    "another release, with it",
)
def test_another_period_is_another_release(settings: Settings) -> None:
    before = found(settings)
    deliver(settings, month_period(2026, 6), "d")
    after = found(settings)
    assert not set(ids(before)) & set(ids(after))
    assert after.release_id.startswith("20260630-")


def test_a_restated_period_is_another_release(settings: Settings) -> None:
    before = found(settings)
    deliver(settings, month_period(2026, 4), "d")
    after = found(settings)
    assert not set(ids(before)) & set(ids(after))
    assert len(after.parts) == len(before.parts)


def test_another_release_state_of_the_same_file_is_another_release(settings: Settings) -> None:
    before = found(settings)
    deliver(settings, month_period(2026, 4), "a", state="provisional")
    assert not set(ids(before)) & set(ids(found(settings)))


def test_a_feed_outside_the_run_is_no_input(settings: Settings) -> None:
    before = found(settings)
    deliver(settings, month_period(2026, 5), "d", feed="ae_monthly")
    assert ids(found(settings)) == ids(before)


def test_a_refused_delivery_is_told_and_is_not_news(settings: Settings) -> None:
    """It changes what the release says, so the id; what was accepted is the same, so there is nothing to publish."""
    clean, refused = found(settings), found(settings, rejections=[("ecds", "9" * 64, "schema_drift")])
    other = found(settings, rejections=[("ecds", "9" * 64, "ragged_rows")])
    assert clean.accepted_sha256 == refused.accepted_sha256 == other.accepted_sha256
    assert len({item.inputs_sha256 for item in (clean, refused, other)}) == 3
    assert len({item.release_id for item in (clean, refused, other)}) == 3


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project in the shape of ours, instead of ours."""
    root = tmp_path / "project"
    names = {
        "PROJECT_ROOT": "",
        "DBT_PROJECT": "dbt_project",
        "REFERENCE_DATA": "reference_data",
        "EXPECTATIONS": "expectations",
    }
    for name, folder in names.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr(inputs_module, name, root / folder)
    for file in PROJECT_FILES:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("one\n")
    return root


PROJECT_FILES = [
    "reference_data/policies/publication.yml",
    "reference_data/feeds/sus_apc.yml",
    "reference_data/codes/sex.csv",
    "expectations/suites/sus_apc.json",
    "dbt_project/models/indicators/a/ind_a.sql",
    "dbt_project/models/indicators/a/ind_a.yml",
    "dbt_project/macros/wilson.sql",
    "dbt_project/dbt_project.yml",
    "pipeline/quality/judge.py",
]


@pytest.mark.parametrize("file", PROJECT_FILES)
def test_a_changed_file_of_the_project_is_another_release(settings: Settings, project: Path, file: str) -> None:
    before = found(settings)
    (project / file).write_text("two\n")
    changed = found(settings)
    assert not set(ids(before)) & set(ids(changed))
    (project / file).unlink()
    assert not {*ids(before), *ids(changed)} & set(ids(found(settings)))


def test_a_page_or_a_test_of_the_project_is_no_input(settings: Settings, project: Path) -> None:
    before = found(settings)
    for file in ("expectations/rules/a_rule.md", "tests/test_a.py", "dbt_project/target/manifest.json"):
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text("new")
    assert ids(found(settings)) == ids(before)


def test_expected_submitters_are_those_of_the_feeds_of_the_run(settings: Settings) -> None:
    (only,) = found(settings).submitters
    assert (only.feed, only.submitter_code, only.valid_from, only.valid_to) == (
        "sus_apc",
        "RR8",
        date(2020, 4, 1),
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "feed,code\nsus_apc,RR8\n",
        "feed,submitter_code,valid_from,valid_to\nsus_apc,9434765919,not a day,\n",
        "feed,submitter_code,valid_from,valid_to\nsus_apc\n",
    ],
)
def test_a_broken_list_of_submitters_is_named_without_its_values(settings: Settings, text: str) -> None:
    assert settings.expected_submitters is not None
    settings.expected_submitters.write_text(text)
    with pytest.raises(SettingsError, match=r"submitters\.csv: cannot be read as the list") as error:
        found(settings)
    assert "9434765919" not in str(error.value)


def test_a_list_of_submitters_in_another_encoding_or_missing_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.csv"):
        found(settings, expected_submitters=tmp_path / "nowhere.csv")
    assert settings.expected_submitters is not None
    settings.expected_submitters.write_bytes(b"feed,submitter_code\xff\n")
    with pytest.raises(SettingsError, match=r"submitters\.csv"):
        found(settings)


def test_a_feed_without_a_contract_is_named(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="no contract for nosuch; known feeds: ae_monthly"):
        found(settings, feeds={"nosuch": settings.feeds["ecds"]})


def test_the_fictional_country_runs_the_feeds_that_are_named_or_all(tmp_path: Path) -> None:
    named = RunContext(Settings(home=tmp_path, sample_feeds=("wlmds", "ecds", "ecds"))).feeds
    assert list(named) == ["ecds", "wlmds"]
    assert set(RunContext(Settings(home=tmp_path)).feeds) == set(SAMPLE_FEEDS)
    with pytest.raises(SettingsError, match="country does not send rtt; it sends: cvdprevent, ecds"):
        _ = RunContext(Settings(home=tmp_path, sample_feeds=("rtt",))).feeds


def test_timeliness_is_of_each_feed_by_its_own_first_delivery(settings: Settings) -> None:
    """What came after a feed's own set-up has a day; what came with it has none."""
    deliver(settings, month_period(2026, 6), "d", received_on=date(2026, 7, 20))
    rows = {(row.feed, row.period.key): row for row in found(settings).timeliness}
    assert rows["sus_apc", "2026-04"].status == "present"
    assert rows["sus_apc", "2026-06"].received_date == date(2026, 7, 20)
    assert rows["ecds", "2026-05"].status == "present"


def test_a_restatement_does_not_make_an_on_time_period_late(settings: Settings) -> None:
    deliver(settings, month_period(2026, 6), "d", received_on=date(2026, 7, 10))
    rows = {row.period.key: row for row in found(settings).timeliness if row.feed == "sus_apc"}
    assert rows["2026-06"].status == "on_time"
    deliver(settings, month_period(2026, 6), "e", received_on=date(2027, 3, 1))
    again = {row.period.key: row for row in found(settings).timeliness if row.feed == "sus_apc"}
    assert again["2026-06"] == rows["2026-06"]


def test_a_calendar_of_due_dates_is_an_input(settings: Settings, tmp_path: Path) -> None:
    before = found(settings)
    first = before.timeliness[0]
    (tmp_path / "due.csv").write_text(f"feed,period,due_date\n{first.feed},{first.period.key},2030-01-01\n")
    after = found(settings, due_dates=tmp_path / "due.csv")
    assert (after.timeliness[0].due_date, after.timeliness[0].due_source) == (date(2030, 1, 1), "calendar")
    assert not set(ids(before)) & set(ids(after))


def test_a_supplied_day_that_is_the_reckoned_one_is_still_news(settings: Settings, tmp_path: Path) -> None:
    """The table says where the day comes from, so another source is other content."""
    before = found(settings)
    first = before.timeliness[0]
    (tmp_path / "due.csv").write_text(f"feed,period,due_date\n{first.feed},{first.period.key},{first.due_date}\n")
    after = found(settings, due_dates=tmp_path / "due.csv")
    assert (first.due_source, after.timeliness[0].due_source) == ("lag_rule", "calendar")
    assert not set(ids(before)) & set(ids(after))


def test_the_shipped_calendar_of_the_publisher_is_used(settings: Settings) -> None:
    deliver(settings, month_period(2026, 3), "7", feed="rtt")
    feeds = settings.feeds | {"rtt": settings.feeds["ecds"]}
    row = next(row for row in found(settings, feeds=feeds).timeliness if row.feed == "rtt")
    assert (row.due_date, row.due_source) == (date(2026, 5, 14), "publisher")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("feed,period\nsus_apc,2026-05\n", "cannot be read as the calendar"),
        ("feed,period,due_date\nsus_apc,2026-05,9434765919\n", "cannot be read as the calendar"),
        ("feed,period,due_date\n9434765919,2026-05,2026-06-11\n", "no contract for 1 of its feeds"),
    ],
)
def test_a_broken_calendar_is_named_without_its_values(
    settings: Settings, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "due.csv").write_text(text)
    with pytest.raises(SettingsError, match=rf"due\.csv: {says}") as error:
        found(settings, due_dates=tmp_path / "due.csv")
    assert "9434765919" not in str(error.value)


def test_a_restatement_alone_is_no_news_and_a_submitter_that_came_with_it_is(settings: Settings) -> None:
    def content(name: str, *codes: str) -> None:
        path = settings.raw / "sus_apc" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"provider_code": pa.array(codes, pa.string())}), path)

    def late() -> list[tuple[str, int | None]]:
        found = find_inputs(RunContext(settings), REFERENCE, [])
        return [(item.submitter_code, item.days_late) for item in found.late_submitters]

    january, february = month_period(2026, 1), month_period(2026, 2)
    deliver(settings, february, "d", received_on=date(2026, 2, 1))
    deliver(settings, january, "b", received_on=date(2026, 2, 20))
    deliver(settings, january, "a", received_on=date(2026, 4, 20))
    content("b", "RAA", "RBB")
    content("a", "RBB", "RAA")
    assert late() == []
    content("b", "RBB")
    assert late() == [("RAA", (date(2026, 4, 20) - january.last).days - 45)]

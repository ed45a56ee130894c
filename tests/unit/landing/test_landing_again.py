"""The same file again, a correction, two that disagree: what a period's content becomes."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.catalogue.feeds import Feed, load_feeds
from pipeline.landing import Outcome, Verdict, active_parts, check_file, deliveries, land, period_changes
from pipeline.landing.resolve import Claimant, Held, resolve
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.landing import deliveries as make

FIRST = "Monthly-AE-February-2025.csv"
REVISED = "Monthly-AE-February-2025-revised.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make.settings_for(tmp_path, "ae_monthly")


def deliver(settings: Settings, name: str, month: str = "FEBRUARY-2025", extra: int = 0) -> Path:
    return make.write_csv(make.folder(settings, "ae_monthly") / name, make.ae_rows(month, extra=extra))


def by_name(settings: Settings) -> dict[str, Outcome]:
    return {outcome.file_name: outcome for outcome in make.run(settings).outcomes}


def first_value(settings: Settings) -> str:
    (part,) = active_parts(settings.ledger)
    return str(pq.read_table(part.path)["attendances_type_1"][0].as_py())


@fault(
    "files: duplicate under a new name", "the same bytes come again under a new name", "a duplicate; nothing changes"
)
def test_the_same_bytes_again_change_nothing(settings: Settings) -> None:
    deliver(settings, FIRST)
    make.run(settings)
    before = make.parts_content(settings)
    assert by_name(settings)[FIRST].verdict is Verdict.DUPLICATE
    deliver(settings, "Monthly-AE-February-2025-copy.csv")
    assert {name: outcome.verdict for name, outcome in by_name(settings).items()} == {
        FIRST: Verdict.DUPLICATE,
        "Monthly-AE-February-2025-copy.csv": Verdict.DUPLICATE,
    }
    assert make.parts_content(settings) == before


@fault(
    "files: last month under this month's name",
    "last month's file, byte for byte, under this month's name",
    "rejected as period_mismatch, every night again",
)
@pytest.mark.parametrize("same_night", [True, False])
def test_the_same_bytes_under_the_name_of_another_period_are_refused(settings: Settings, same_night: bool) -> None:
    deliver(settings, FIRST)
    if not same_night:
        make.run(settings)
    deliver(settings, "Monthly-AE-March-2025.csv")
    for _ in range(2):  # and every night after
        outcomes = by_name(settings)
        march = outcomes["Monthly-AE-March-2025.csv"]
        assert (march.verdict, march.reason) == (Verdict.REJECTED, "period_mismatch")
        assert "2025-03" in march.message
    assert outcomes[FIRST].verdict is Verdict.DUPLICATE
    assert [part.period for part in active_parts(settings.ledger)] == ["2025-02"]


def test_the_same_rows_in_another_wrapping_are_a_duplicate(settings: Settings) -> None:
    path = deliver(settings, FIRST)
    make.run(settings)
    lines = path.read_bytes().splitlines(keepends=True)
    make.write_gzip(path.with_name(FIRST + ".gz"), b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    outcomes = by_name(settings)
    assert outcomes[FIRST + ".gz"].verdict is Verdict.DUPLICATE
    deliver(settings, REVISED, extra=7)
    assert by_name(settings)[REVISED].verdict is Verdict.LOADED
    assert {outcome.verdict for outcome in by_name(settings).values()} == {Verdict.DUPLICATE}


@pytest.mark.parametrize("same_night", [True, False])
def test_a_restatement_replaces_its_period_and_the_ledger_says_so(settings: Settings, same_night: bool) -> None:
    deliver(settings, FIRST)
    if not same_night:
        make.run(settings)
    deliver(settings, REVISED, extra=7)
    outcomes = by_name(settings)
    assert outcomes[REVISED].verdict is Verdict.LOADED
    assert outcomes[REVISED].replaced == {"2025-02": outcomes[FIRST].sha256}
    assert first_value(settings) == "7"
    (change,) = period_changes(settings.ledger)
    assert (change.period, change.old_file, change.new_file) == ("2025-02", FIRST, REVISED)
    assert (change.old_sha256, change.new_sha256) == (outcomes[FIRST].sha256, outcomes[REVISED].sha256)
    assert len(make.parts_content(settings)) == 2  # the old part stays on disk
    assert {outcome.verdict for outcome in by_name(settings).values()} == {Verdict.DUPLICATE}
    assert len(period_changes(settings.ledger)) == 1


def test_a_supplier_may_go_back_to_what_it_sent_first(settings: Settings) -> None:
    deliver(settings, FIRST)
    deliver(settings, REVISED, extra=7)
    make.run(settings)
    deliver(settings, "Monthly-AE-February-2025-revised-again.csv")
    assert by_name(settings)["Monthly-AE-February-2025-revised-again.csv"].verdict is Verdict.LOADED
    assert first_value(settings) == "0"
    assert {outcome.verdict for outcome in by_name(settings).values()} == {Verdict.DUPLICATE}


def test_a_supplier_may_go_back_to_an_export_of_which_one_period_was_restated(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "cvdprevent")
    folder = make.folder(settings, "cvdprevent")
    quarters = ["To March 2023", "To June 2023"]
    first = make.write_csv(folder / "cvdprevent.csv", make.cvdprevent_rows(quarters))
    make.run(settings)
    before = {(part.period, part.sha256) for part in active_parts(settings.ledger)}
    rows = [*make.cvdprevent_rows(quarters[:1]), *make.cvdprevent_rows(quarters[1:], value="99.9")]
    make.write_csv(folder / "cvdprevent-revised.csv", rows)
    assert by_name(settings)["cvdprevent-revised.csv"].verdict is Verdict.LOADED
    now = {(part.period, part.sha256) for part in active_parts(settings.ledger)}
    assert len(now & before) == 1
    first.rename(folder / "cvdprevent-revised-again.csv")
    assert by_name(settings)["cvdprevent-revised-again.csv"].verdict is Verdict.LOADED
    assert {(part.period, part.sha256) for part in active_parts(settings.ledger)} == before


@fault(
    "files: two files one period",
    "a second file for a loaded period, not declared a restatement",
    "in conflict; what was loaded stays",
)
def test_an_undeclared_second_version_is_held_and_the_loaded_one_stays(settings: Settings) -> None:
    deliver(settings, FIRST)
    make.run(settings)
    deliver(settings, "Monthly-AE-February-2025-v2.csv", extra=7)
    for _ in range(2):  # and stays held on later nights
        outcome = by_name(settings)["Monthly-AE-February-2025-v2.csv"]
        assert (outcome.verdict, outcome.reason) == (Verdict.CONFLICT, "conflict")
        assert "2025-02" in outcome.message
        assert FIRST in outcome.message
        assert first_value(settings) == "0"


@fault(
    "files: two files one period",
    "two files for one new period",
    "both in conflict, none loaded, until one is withdrawn",
)
def test_two_new_versions_of_a_period_are_both_held_until_one_is_withdrawn(settings: Settings) -> None:
    deliver(settings, FIRST)
    other = deliver(settings, "Monthly-AE-February-2025-v2.csv", extra=7)
    assert {outcome.verdict for outcome in by_name(settings).values()} == {Verdict.CONFLICT}
    assert active_parts(settings.ledger) == []
    other.unlink()
    assert by_name(settings)[FIRST].verdict is Verdict.LOADED


def test_two_restatements_need_a_day_of_submission(settings: Settings) -> None:
    names = ["Monthly-AE-February-2025-revised.csv", "Monthly-AE-February-2025-revised-b.csv"]
    paths = [deliver(settings, name, extra=place + 1) for place, name in enumerate(names)]
    assert {outcome.verdict for outcome in by_name(settings).values()} == {Verdict.CONFLICT}
    for path, day in zip(paths, ("2025-04-02", "2025-04-01"), strict=True):
        make.write_manifest(path, 13, "2025-02", submitted_on=day, restates=True)
    by_name(settings)
    assert first_value(settings) == "1"  # the later one, whatever its name
    make.write_manifest(deliver(settings, "Monthly-AE-February-2025-revised-c.csv", extra=9), 13, "2025-02",
                        submitted_on="2025-03-01", restates=True)  # fmt: skip
    assert by_name(settings)["Monthly-AE-February-2025-revised-c.csv"].verdict is Verdict.CONFLICT


@fault(
    "files: last month under this month's name",
    "last month's rows with this month's label in them",
    "rejected as content_repeat",
)
def test_last_months_rows_under_this_months_label_are_a_repeat(settings: Settings) -> None:
    deliver(settings, FIRST)
    make.run(settings)
    deliver(settings, "Monthly-AE-March-2025.csv", month="MARCH-2025")
    for _ in range(2):
        outcome = by_name(settings)["Monthly-AE-March-2025.csv"]
        assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, "content_repeat")
        assert "2025-02" in outcome.message
    assert [part.period for part in active_parts(settings.ledger)] == ["2025-02"]
    assert check_file("ae_monthly", make.folder(settings, "ae_monthly") / "Monthly-AE-March-2025.csv", settings).reason


@fault(
    "files: restatement wider than announced",
    "a restatement of one week holds two",
    "undeclared it is rejected; declared it replaces both weeks and the ledger says so",
)
def test_a_restatement_replaces_every_period_it_holds_even_unannounced_ones(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "wlmds")
    folder = make.folder(settings, "wlmds")
    weeks = ("2026-08-23", "2026-08-30")
    for week in weeks:
        make.write_csv(folder / f"wlmds_{week}.csv", make.wlmds_rows(week, 30 if week == weeks[0] else 31))
    make.run(settings)
    both = [*make.wlmds_rows(weeks[0], 28), *make.wlmds_rows(weeks[1], 29)]
    path = make.write_csv(folder / "wlmds_2026-08-30_b.csv", both)
    assert by_name(settings)[path.name].reason == "period_mismatch"  # not declared
    make.write_manifest(path, 57, weeks[1], restates=True)
    outcome = by_name(settings)[path.name]
    assert (outcome.verdict, outcome.periods) == (Verdict.LOADED, weeks)
    assert [(part.period, part.rows) for part in active_parts(settings.ledger)] == [(weeks[0], 28), (weeks[1], 29)]
    assert [change.period for change in period_changes(settings.ledger)] == list(weeks)


def test_a_restated_parquet_of_two_months_is_split_by_the_day_of_arrival(tmp_path: Path) -> None:
    import pyarrow as pa

    settings = make.settings_for(tmp_path, "ecds")
    rows = [*make.ecds_rows("2026-08", 60), *make.ecds_rows("2026-07", 40, first=60)]
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    folder = make.folder(settings, "ecds")
    pq.write_table(table, folder / "ecds_2026-08.parquet")
    assert make.only(make.run(settings)).reason == "period_mismatch"
    (folder / "ecds_2026-08.parquet").rename(folder / "ecds_2026-08-revised.parquet")
    assert make.only(make.run(settings)).verdict is Verdict.LOADED
    assert [(part.period, part.rows) for part in active_parts(settings.ledger)] == [("2026-07", 40), ("2026-08", 60)]


def test_a_longer_export_adds_its_new_period_and_leaves_the_others(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "cvdprevent")
    folder = make.folder(settings, "cvdprevent")
    make.write_csv(folder / "cvdprevent_1.csv", make.cvdprevent_rows(["To March 2023", "To June 2023"]))
    make.run(settings)
    old = {part.period: part.sha256 for part in active_parts(settings.ledger)}
    longer = ["To March 2023", "To June 2023", "To September 2023"]
    make.write_csv(folder / "cvdprevent_2.csv", make.cvdprevent_rows(longer))
    assert by_name(settings)["cvdprevent_2.csv"].verdict is Verdict.LOADED
    now = {part.period: part.sha256 for part in active_parts(settings.ledger)}
    assert now == {**old, "2023-09": now["2023-09"]}
    make.write_csv(folder / "cvdprevent_3.csv", make.cvdprevent_rows(longer, value="99.9"))
    assert by_name(settings)["cvdprevent_3.csv"].verdict is Verdict.CONFLICT


def test_a_rejected_file_is_reported_every_night_without_being_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(settings, FIRST)
    path.write_text(path.read_text().replace("Org Code", "Organisation"))
    first = by_name(settings)[FIRST]
    assert (first.verdict, first.reason, first.is_new) == (Verdict.REJECTED, "schema_drift", True)

    def never(*arguments: object) -> None:
        raise AssertionError("a known file was read again")

    monkeypatch.setattr("pipeline.landing.feed_landing.judge", never)
    second = by_name(settings)[FIRST]
    assert (second.verdict, second.reason, second.message, second.is_new) == (
        first.verdict,
        first.reason,
        first.message,
        False,
    )


def test_a_corrected_contract_or_manifest_makes_a_file_be_judged_again(settings: Settings) -> None:
    path = deliver(settings, FIRST)
    path.write_text(path.read_text().replace("Org Code", "Organisation"))
    assert by_name(settings)[FIRST].reason == "schema_drift"
    contracts = load_feeds()
    values = contracts["ae_monthly"].model_dump()
    values["layouts"][0]["columns"][1]["name"] = "Organisation"
    fixed = {**contracts, "ae_monthly": Feed.model_validate(values)}
    assert make.only(land(settings, fixed)).verdict is Verdict.LOADED

    other = deliver(settings, "Monthly-AE-March-2025.csv", "MARCH-2025", extra=5)
    other.write_text(other.read_text().replace("Org Code", "Organisation"))
    make.write_manifest(other, 99, "2025-03")
    assert land(settings, fixed).outcomes[1].reason == "manifest_mismatch"
    make.write_manifest(other, 13, "2025-03")
    assert land(settings, fixed).outcomes[1].verdict is Verdict.LOADED


@fault("storage: one flipped byte in raw", "a raw part is deleted", "it is made again from the delivery")
def test_a_lost_part_and_a_changed_mapping_are_made_again_from_the_file(settings: Settings) -> None:
    deliver(settings, FIRST)
    make.run(settings)
    (part,) = active_parts(settings.ledger)
    content = part.path.read_bytes()
    part.path.unlink()
    assert by_name(settings)[FIRST].verdict is Verdict.LOADED
    assert part.path.read_bytes() == content
    contracts = load_feeds()
    values = contracts["ae_monthly"].model_dump()
    del values["layouts"][0]["columns"][3]["field"]
    changed = {**contracts, "ae_monthly": Feed.model_validate(values)}
    assert make.only(land(settings, changed)).verdict is Verdict.LOADED
    assert pq.read_table(part.path)["org_name"].null_count == 13
    assert make.only(land(settings, changed)).verdict is Verdict.DUPLICATE
    assert period_changes(settings.ledger) == []


def test_every_file_ever_seen_is_in_the_ledger(settings: Settings) -> None:
    deliver(settings, FIRST)
    deliver(settings, "Monthly-AE-March-2025.csv", "MARCH-2025", extra=3).write_text("nothing\n")
    make.run(settings)
    assert [(item.file_name, item.verdict, item.rows_in, item.received_on) for item in deliveries(settings.ledger)] == [
        (FIRST, "loaded", 13, make.TODAY),
        ("Monthly-AE-March-2025.csv", "rejected", 0, make.TODAY),
    ]


def test_decisions_do_not_depend_on_the_order_files_are_met_in() -> None:
    held = {"2026-01": Held("a.csv", "sha-a", "one")}
    claimants = [
        Claimant("b.csv", "sha-b", {"2026-02": "two"}),
        Claimant("c.csv", "sha-c", {"2026-02": "three"}),
        Claimant("d.csv", "sha-d", {"2026-03": "one"}),
        Claimant("e.csv", "sha-e", {"2026-01": "four"}, restates=True, submitted_on=date(2026, 3, 1)),
        Claimant("f.csv", "sha-f", {"2026-01": "five"}, restates=True, submitted_on=date(2026, 3, 2)),
    ]
    expected = resolve(claimants, held)
    assert [(item.claimant.name, str(item.verdict)) for item in expected] == [
        ("b.csv", "conflict"),
        ("c.csv", "conflict"),
        ("d.csv", "rejected"),
        ("e.csv", "loaded"),
        ("f.csv", "loaded"),
    ]
    assert expected[-1].replaced == {"2026-01": "sha-e"}
    for order in itertools.permutations(claimants):
        assert resolve(list(order), held) == expected

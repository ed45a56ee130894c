"""Rows that cannot be loaded are counted, kept aside with a reason, and never lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.landing import LandingError, Outcome, Verdict, active_parts, check_file
from pipeline.landing.judge import Judgement
from pipeline.settings import Settings
from tests.faults.landing.faulty_files import NHS_NUMBER
from tests.faults.listed import fault
from tests.faults.sweep import sweep
from tests.unit.landing import deliveries as make


def landed(tmp_path: Path, rows: list[make.Row], name: str = "apc.csv") -> tuple[Settings, Outcome]:
    settings = make.settings_for(tmp_path, "sus_apc")
    make.write_csv(make.folder(settings, "sus_apc") / name, rows)
    return settings, make.only(make.run(settings))


def loaded_ids(settings: Settings) -> list[str]:
    (part,) = active_parts(settings.ledger)
    return [str(value) for value in pq.read_table(part.path)["record_id"].to_pylist()]


def rejected(settings: Settings, reason: str) -> pa.Table:
    (path,) = settings.quarantine.glob(f"sus_apc/*.{reason}.parquet")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return pq.read_table(path)


def test_blank_required_fields_and_unreadable_periods_are_put_aside(tmp_path: Path) -> None:
    rows = make.apc_rows(count=200)
    rows[10]["EPIKEY"] = ""
    rows[11]["PROCODE3"] = ""
    rows[12]["PARTYEAR"] = ""
    rows[13]["PARTYEAR"] = "soon"
    settings, outcome = landed(tmp_path, rows)
    assert (outcome.verdict, outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == ("loaded", 200, 196, 4)
    assert outcome.reject_reasons == {"required_blank": 3, "period_unreadable": 1}
    kept = loaded_ids(settings)
    aside = rejected(settings, "required_blank")
    assert aside["record_id"].to_pylist() == [None, rows[11]["EPIKEY"], rows[12]["EPIKEY"]]
    assert rejected(settings, "period_unreadable")["part_year"].to_pylist() == ["soon"]
    assert set(kept) == {row["EPIKEY"] for row in rows} - {"", *(rows[place]["EPIKEY"] for place in (11, 12, 13))}
    # persons are pseudonyms in the quarantined rows too
    assert not set(aside["person_id"].to_pylist()) & {row["PSEUDO_HESID"] for row in rows}


def test_a_row_sent_twice_is_loaded_once_and_rows_that_disagree_not_at_all(tmp_path: Path) -> None:
    rows = make.apc_rows(count=200)
    rows.insert(150, dict(rows[20]))
    rows.append({**rows[30], "SEX": "9"})
    settings, outcome = landed(tmp_path, rows)
    assert (outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == (202, 199, 3)
    assert outcome.reject_reasons == {"conflicting_key": 2, "duplicate_row": 1}
    kept = loaded_ids(settings)
    assert len(kept) == len(set(kept)) == 199
    assert rows[20]["EPIKEY"] in kept
    assert rows[30]["EPIKEY"] not in kept
    assert sorted(rejected(settings, "conflicting_key")["sex_code"].to_pylist()) == sorted([rows[30]["SEX"], "9"])
    assert rejected(settings, "duplicate_row")["record_id"].to_pylist() == [rows[20]["EPIKEY"]]


def test_no_row_is_lost_across_blocks_and_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.landing.readers._CSV_BLOCK", 1 << 15)
    monkeypatch.setattr("pipeline.landing.parts._BATCH_ROWS", 700)
    monkeypatch.setattr("pipeline.landing.parts.ROW_GROUP", 1_000)
    rows = make.apc_rows(count=5_000)
    for place in range(0, 5_000, 500):
        rows[place]["EPIKEY"] = ""
    rows += [dict(rows[place]) for place in range(1, 5_000, 1_000)]
    settings, outcome = landed(tmp_path, rows)
    assert (outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == (5_005, 4_990, 15)
    (part,) = active_parts(settings.ledger)
    table = pq.read_table(part.path)
    assert table.num_rows == part.rows == 4_990
    assert table["record_id"].to_pylist() == [row["EPIKEY"] for row in rows[:5_000] if row["EPIKEY"]]
    assert pc.sum(table["age_at_start"].cast(pa.int64())).as_py() == sum(
        int(row["STARTAGE"]) for row in rows[:5_000] if row["EPIKEY"]
    )


def test_rejects_that_stay_within_the_contract_are_the_only_ones_allowed(tmp_path: Path) -> None:
    rows = make.apc_rows(count=100)
    for place in range(5):
        rows[place]["EPIKEY"] = ""
    assert landed(tmp_path / "five", rows)[1].verdict is Verdict.LOADED
    rows[5]["EPIKEY"] = ""
    settings, outcome = landed(tmp_path / "six", rows)
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, "too_many_rejects")
    assert "6 of 100 rows" in outcome.message
    assert "'record_id' is blank in 6" in outcome.message
    assert [path.suffix for path in (settings.quarantine / "sus_apc").iterdir()] == [".csv"]


def test_counts_that_do_not_add_up_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judgement, "rows_loaded", property(lambda self: 39))
    settings = make.settings_for(tmp_path, "sus_apc")
    make.write_csv(make.folder(settings, "sus_apc") / "apc.csv", make.apc_rows())
    with pytest.raises(LandingError, match="40 rows in, 39 loaded and 0 rejected do not add up"):
        make.run(settings)
    assert active_parts(settings.ledger) == []


@fault(
    "files: formula injection",
    "provider codes that are formulas, in a file that is otherwise sound",
    "the rows are put aside in the quarantine and counted; the code reaches no table, letter or alert",
)
@fault(
    "leaks: canaries in deliveries",
    "an NHS number and a name where the provider code stands, in rows of a sound file",
    "the rows are put aside in the quarantine; the rest lands",
    "no canary",
)
def test_what_is_no_code_of_a_submitter_never_becomes_one(tmp_path: Path) -> None:
    """The code of a submitter is published and written into letters and alerts, so it is no free text."""
    rows = make.apc_rows(count=200)
    for place, text in enumerate((NHS_NUMBER, "Zebediah Quillfeather", "=HYPERLINK(1)", "+1", "ZT1\t", " ZT2 ")):
        rows[place]["PROCODE3"] = text
    settings, outcome = landed(tmp_path, rows)
    assert (outcome.verdict, outcome.reject_reasons) == ("loaded", {"submitter_unreadable": 4})
    (part,) = active_parts(settings.ledger)
    codes = {code.strip() for code in pq.read_table(part.path)["provider_code"].to_pylist()}
    assert codes == {"ZT1", "ZT2", "5E1"}
    assert rejected(settings, "submitter_unreadable").num_rows == 4
    assert sweep([settings.home], [NHS_NUMBER, "Quillfeather"], spared=[settings.quarantine]) == []


@fault(
    "content: duplicates across submitters",
    "two providers send the same episode, one of them with another word in it",
    "copies count once; episodes that two providers claim count for neither, and are put aside",
)
def test_what_two_submitters_claim_counts_for_neither(tmp_path: Path) -> None:
    rows = make.apc_rows(count=200)
    rows.append(dict(rows[3]))
    rows.append({**rows[4], "PROCODE3": "ZT9"})
    settings, outcome = landed(tmp_path, rows)
    assert outcome.reject_reasons == {"conflicting_key": 2, "duplicate_row": 1}
    kept = loaded_ids(settings)
    assert kept.count(rows[3]["EPIKEY"]) == 1
    assert rows[4]["EPIKEY"] not in kept


@fault(
    "content: future dates",
    "a year is mistyped, in the name and in every row: a month that has not begun",
    "rejected as period_mismatch, by landing and by check-file; nothing is loaded",
)
def test_a_month_that_has_not_begun_is_refused(tmp_path: Path) -> None:
    settings, outcome = landed(tmp_path, make.apc_rows("2027-05"), "hes_apc_2027-05.csv")
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, "period_mismatch")
    assert "2027-05 has not begun on 2026-09-30" in outcome.message
    assert active_parts(settings.ledger) == []
    path = make.folder(settings, "sus_apc") / "hes_apc_2027-05.csv"
    assert check_file("sus_apc", path, settings).message == outcome.message


@fault(
    "content: future dates",
    "single dates of the future among sound ones",
    "the rows land and are counted as not valid where they are judged; a tenth of them refuses the file",
)
def test_single_dates_of_the_future_do_not_move_a_period(tmp_path: Path) -> None:
    rows = make.apc_rows(count=200)
    rows[0] |= dict.fromkeys(("EPISTART", "EPIEND"), "2031-05-09")
    outcome = landed(tmp_path / "one", rows)[1]
    assert (outcome.verdict, outcome.periods) == (Verdict.LOADED, ("2026-05",))
    for row in rows[:30]:
        row["EPIEND"] = "2031-05-09"
    assert landed(tmp_path / "many", rows)[1].reason == "period_mismatch"

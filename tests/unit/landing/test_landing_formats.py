"""A sound delivery lands as text under canonical names, whatever its file format."""

from __future__ import annotations

import hmac
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.catalogue.feeds import load_feed
from pipeline.landing import Verdict, active_parts, check_file
from pipeline.landing.pseudonym import SYNTHETIC_KEY
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.landing import deliveries as make


def raw_table(settings: Settings) -> pa.Table:
    (part,) = active_parts(settings.ledger)
    return pq.read_table(part.path)


def csv_bytes(line_end: str = "\n") -> bytes:
    return make.csv_text(make.apc_rows(), line_end=line_end).encode()


FORMS: dict[str, Callable[[Path], object]] = {
    "hes_apc_2026-05.csv": lambda path: path.write_bytes(csv_bytes()),
    "hes_apc_bom_crlf_2026-05.csv": lambda path: path.write_bytes(b"\xef\xbb\xbf" + csv_bytes(line_end="\r\n")),
    "hes_apc_no_last_line_end_2026-05.csv": lambda path: path.write_bytes(csv_bytes().rstrip(b"\n")),
    "hes_apc_blank_lines_2026-05.csv": lambda path: path.write_bytes(csv_bytes().replace(b"\n", b"\n\n") + b"\r\n\n"),
    "hes_apc_2026-05.csv.gz": lambda path: make.write_gzip(path, csv_bytes()),
    "hes_apc_2026-05.csv.zip": lambda path: make.write_zip(
        path, {"hes_apc.csv": csv_bytes(), "__MACOSX/._hes_apc.csv": b"\0finder"}
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_csv_delivery_lands_the_same_rows(name: str, tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    FORMS[name](make.folder(settings, "sus_apc") / name)
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == ("loaded", 40, 40, 0)
    assert outcome.periods == ("2026-05",)
    table = raw_table(settings)
    rows = make.apc_rows()
    assert table.column_names == list(load_feed("sus_apc").field_names)
    assert set(table.schema.types) == {pa.string()}
    assert table["provider_code"].to_pylist() == [row["PROCODE3"] for row in rows]  # 5E1 stays text
    assert table["primary_procedure_code"].to_pylist() == [row["OPERTN_4_01"] for row in rows]  # spaces stay
    assert table["lsoa01_code"].null_count == 40


@pytest.mark.parametrize("blank_line", [b"\n", b"\r\n"])
@pytest.mark.parametrize("shift", range(-2, 4))
def test_a_blank_line_counts_as_no_row_wherever_a_block_ends(
    shift: int, blank_line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    lines = csv_bytes().splitlines(keepends=True)
    before = b"".join(lines[:20])
    (make.folder(settings, "sus_apc") / "apc.csv").write_bytes(before + blank_line + b"".join(lines[20:]))
    monkeypatch.setattr("pipeline.landing.text._BLOCK", len(before) + shift)
    assert make.only(make.run(settings)).rows_loaded == 40


def test_the_ledger_says_where_the_part_is_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    make.write_csv(make.folder(settings, "sus_apc") / "hes_apc_2026-05.csv", make.apc_rows())
    outcome = make.only(make.run(settings))
    (part,) = active_parts(settings.ledger)
    assert part.path == settings.raw / "sus_apc" / "2026-05" / f"{outcome.sha256[:16]}.parquet"
    assert (part.layout, part.rows, part.release_state, part.received_on) == ("hes", 40, "provisional", make.TODAY)
    assert (part.period_start, part.period_end) == (date(2026, 5, 1), date(2026, 5, 31))
    for path in (settings.raw, part.path.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (part.path, settings.ledger):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_identifiers_land_as_keyed_pseudonyms_and_other_values_untouched(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    rows = make.apc_rows()
    rows[3]["PSEUDO_HESID"] = ""
    rows[6]["PSEUDO_HESID"] = "   "
    rows[4]["PSEUDO_HESID"] = f"  {rows[5]['PSEUDO_HESID']} "
    make.write_csv(make.folder(settings, "sus_apc") / "hes_apc_2026-05.csv", rows)
    make.run(settings)
    persons = raw_table(settings)["person_id"].to_pylist()
    expected = [hmac.digest(make.KEY.encode(), row["PSEUDO_HESID"].strip().encode(), "sha256").hex() for row in rows]
    assert persons == [*expected[:3], None, *expected[4:6], None, *expected[7:]]
    assert persons[4] == persons[5]


def test_a_published_aggregate_needs_no_key_and_its_control_row_stays(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "ae_monthly", pseudonym_key=None)
    make.write_csv(make.folder(settings, "ae_monthly") / "Monthly-AE-February-2025.csv", make.ae_rows())
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.periods, outcome.rows_loaded) == ("loaded", ("2025-02",), 13)
    assert raw_table(settings)["org_code"].to_pylist()[-1] == "TOTAL"


def test_parquet_columns_of_any_type_land_as_text(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "ecds")
    rows = make.ecds_rows()
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    typed = (
        table.set_column(5, "Arrival_Date", table["Arrival_Date"].cast(pa.date32()))
        .set_column(6, "Age_At_Arrival", table["Age_At_Arrival"].cast(pa.int16()))
        .set_column(8, "Ethnic_Category", table["Ethnic_Category"].dictionary_encode())
    )
    pq.write_table(typed, make.folder(settings, "ecds") / "ecds_2026-08.parquet")
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.periods, outcome.layout) == ("loaded", ("2026-08",), "ecds")
    landed = raw_table(settings)
    assert landed["arrival_date"].to_pylist() == [row["Arrival_Date"] for row in rows]
    assert landed["age_at_arrival"].to_pylist() == [row["Age_At_Arrival"] for row in rows]
    assert landed["ethnic_category_code"].to_pylist() == [row["Ethnic_Category"] for row in rows]
    assert landed["part_year"].null_count == len(rows)


def test_a_workbook_lands_its_cells_as_a_reader_sees_them(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "cvdprevent")
    rows = make.cvdprevent_rows(["To March 2023", "To June 2023"])
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        cells = [row[name] or None for name in row]
        number = list(row).index("Denominator")
        sheet.append([*cells[:number], 1000, *cells[number + 1 :]])
        sheet.cell(sheet.max_row, list(row).index("Value") + 1, 61.25)
        sheet.cell(sheet.max_row, list(row).index("LowerConfidenceLimit") + 1, 60.0)
    book.save(make.folder(settings, "cvdprevent") / "cvdprevent_CVDP003CHOL.xlsx")
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.periods, outcome.rows_loaded) == ("loaded", ("2023-03", "2023-06"), 6)
    first, second = (pq.read_table(part.path) for part in active_parts(settings.ledger))
    assert set(first["time_period_name"].to_pylist()) == {"To March 2023"}
    assert set(second["denominator"].to_pylist()) == {"1000"}
    assert set(second["value"].to_pylist()) == {"61.25"}
    assert set(second["lower_confidence_limit"].to_pylist()) == {"60"}


def test_a_week_with_a_sound_manifest_lands_with_its_facts(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "wlmds")
    path = make.write_csv(make.folder(settings, "wlmds") / "wlmds_2026-08-30.csv", make.wlmds_rows())
    make.write_manifest(path, 30, "2026-08-30", submitted_on="2026-09-03", release_state="final")
    assert make.only(make.run(settings)).verdict is Verdict.LOADED
    (part,) = active_parts(settings.ledger)
    assert (part.period, part.submitted_on, part.release_state) == ("2026-08-30", date(2026, 9, 3), "final")


def test_a_financial_year_file_says_so_in_its_key(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    rows = [{**row, "PARTYEAR": "202599"} for month in ("2025-04", "2026-03") for row in make.apc_rows(month, 40)]
    for place, row in enumerate(rows):
        row["EPIKEY"] = str(10**11 + place)
    make.write_csv(make.folder(settings, "sus_apc") / "nhs_apc_2526.csv", rows)
    make.run(settings)
    (part,) = active_parts(settings.ledger)
    assert (part.period, part.period_start, part.period_end) == ("FY2025-26", date(2025, 4, 1), date(2026, 3, 31))


@fault("content: shuffled rows", "the rows of a delivery in another order", "the same bytes of raw part")
def test_part_bytes_depend_on_the_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the size of the blocks read nor threads, compression or line ends change a byte of raw."""
    rows = make.apc_rows(count=3_000)
    contents = []
    for place, (block, line_end, packed) in enumerate(
        ((1 << 23, "\n", False), (1 << 14, "\r\n", False), (1 << 15, "\n", True))
    ):
        settings = make.settings_for(tmp_path / str(place), "sus_apc")
        monkeypatch.setattr("pipeline.landing.readers._CSV_BLOCK", block)
        monkeypatch.setattr("pipeline.landing.text._BLOCK", block // 2)
        target = make.folder(settings, "sus_apc") / ("apc.csv.gz" if packed else "apc.csv")
        text = make.csv_text(rows, line_end=line_end).encode()
        target.write_bytes(text) if not packed else make.write_gzip(target, text)
        make.run(settings)
        (part,) = active_parts(settings.ledger)
        contents.append(part.path.read_bytes())
    assert contents[0] == contents[1] == contents[2]


def test_the_sample_uses_a_known_key_and_needs_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var", as_of=make.TODAY)
    landing = settings.sample / "landing" / "wlmds"
    landing.mkdir(parents=True)
    rows = make.wlmds_rows()
    make.write_csv(landing / "wlmds_2026-08-30.csv", rows)
    assert make.only(make.run(settings)).verdict is Verdict.LOADED
    expected = hmac.digest(SYNTHETIC_KEY.encode(), rows[0]["Pseudo_NHS_Number"].encode(), "sha256").hex()
    assert raw_table(settings)["person_id"][0].as_py() == expected
    assert len(raw_table(settings)["pathway_id"][0].as_py()) == 64


def test_checking_a_file_says_what_landing_would_and_writes_nothing(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    path = make.write_csv(tmp_path / "hes_apc_2026-05.csv", make.apc_rows())
    judged = check_file("sus_apc", path, settings)
    assert judged.is_sound
    assert (judged.verdict, judged.periods, judged.rows_in, judged.rows_loaded) == ("loaded", ("2026-05",), 40, 40)
    assert not settings.ledger.exists()
    assert not list(settings.raw.iterdir())
    assert not settings.quarantine.exists()
    path.write_text("<!DOCTYPE html><p>sign in</p>")
    assert check_file("sus_apc", path, settings).reason == "not_csv"
    assert not settings.quarantine.exists()

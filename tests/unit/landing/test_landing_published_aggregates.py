"""Published aggregates land as their publishers write them, and an altered file is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from pipeline.landing import Outcome, Verdict, active_parts
from tests.unit.landing import deliveries as make

SMI_TITLE = ["Physical-Health-Checks-SMI Raw Data"]
SMI_HEADER = ["Period", "CCG Code", "Question", "Answer"]
SMI_QUESTIONS = (
    "SMIRegister", "All6PHC", "Alcohol", "BMIWeight", "BloodGlucose", "BloodLipid", "BloodPressure", "Smoking",
)  # fmt: skip
Cells = list[list[str | int | None]]


def smi_rows() -> Cells:
    """Two quarters of two organisations; one of them sent nothing in the first."""
    return [
        [quarter, code, question, None if (quarter[4:6], code) == ("Q3", "15A") else 100 - place]
        for quarter in ("SMI-Q3-2018-2019", "SMI-Q4-2018-2019")
        for code in ("00L", "15A")
        for place, question in enumerate(SMI_QUESTIONS)
    ]


def smi_book(path: Path, rows: Cells, *, title: bool = True, header: list[str] | None = None) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ([SMI_TITLE] if title else []) + [header or SMI_HEADER]:
        sheet.append(row)
    for cells in rows:
        sheet.append(cells)
    book.save(path)


def landed_smi(tmp_path: Path, **options: object) -> tuple[Outcome, list[Path]]:
    settings = make.settings_for(tmp_path, "gpes_phsmi")
    rows = options.pop("rows", smi_rows())
    smi_book(make.folder(settings, "gpes_phsmi") / "Physical-Health-Checks-SMI_raw.xlsx", rows, **options)  # type: ignore[arg-type]
    outcome = make.only(make.run(settings))
    return outcome, [part.path for part in active_parts(settings.ledger)]


def test_the_smi_workbook_lands_a_part_for_each_quarter(tmp_path: Path) -> None:
    outcome, parts = landed_smi(tmp_path)
    assert (outcome.verdict, outcome.periods) == (Verdict.LOADED, ("2018-12", "2019-03")), outcome.message
    assert (outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == (32, 32, 0)
    first = pq.read_table(parts[0])
    assert first["organisation_code"].to_pylist() == ["00L"] * 8 + ["15A"] * 8
    assert first["answer"].to_pylist() == [str(100 - place) for place in range(8)] + [None] * 8


def swapped(rows: Cells, first: int, second: int) -> Cells:
    order = list(range(4))
    order[first], order[second] = order[second], order[first]
    return [[cells[place] for place in order] for cells in rows]


def changed(place: int, value: str | int) -> Callable[[Cells], Cells]:
    return lambda rows: [[*cells[:place], value, *cells[place + 1 :]] for cells in rows]


def of_periods(name: str, rows: Cells) -> Cells:
    return [[f"{name}{str(cells[0])[6:]}", *cells[1:]] for cells in rows]


@pytest.mark.parametrize(
    ("options", "reason", "says"),
    [
        ({"title": False}, "schema_drift", "row 2 does not hold the column names"),
        ({"header": ["Period", "Question", "CCG Code", "Answer"]}, "schema_drift", "not in the order of the layout"),
        ({"header": ["Period", "ICB Code", "Question", "Answer"]}, "schema_drift", "missing columns: 'CCG Code'"),
        ({"header": SMI_HEADER[:3]}, "schema_drift", "missing columns: 'Answer'"),
        ({"rows": []}, "empty", "no rows"),
        ({"rows": swapped(smi_rows(), 1, 2)}, "schema_drift", "organisation_code"),
        ({"rows": changed(2, "Number of checks")(smi_rows())}, "schema_drift", "question"),
        ({"rows": changed(3, "12.5%")(smi_rows())}, "schema_drift", "answer"),
        ({"rows": of_periods("SMI-H1", smi_rows())}, "too_many_rejects", "their period cannot be read"),
        ({"rows": smi_rows() + smi_rows()[:1]}, "too_many_rejects", "rows repeat a key of the feed"),
    ],
)
def test_an_altered_smi_workbook_is_refused_by_name(
    options: dict[str, object], reason: str, says: str, tmp_path: Path
) -> None:
    outcome, parts = landed_smi(tmp_path, **options)
    assert (str(outcome.verdict), str(outcome.reason)) == ("rejected", reason), outcome.message
    assert says in outcome.message
    assert parts == []


MATERNITY = "hosp-epis-stat-mat-msdscsv-2020-21.csv"


def maternity_rows(year: str = "2020-21") -> list[make.Row]:
    """Deliveries by decile and their total, for England and twenty providers."""
    organisations = [("National", "National"), *(("Provider", f"R{place:02d}") for place in range(20))]
    groups = (("DeprivationDecileAtBooking", "01 - Most deprived"), ("DeprivationDecileAtBooking", "2"))
    return [
        {
            "Period": year,
            "Dimension": dimension,
            "Org_Level": level,
            "Org_Code": code,
            "Org_Name": f"NAME OF {code}",
            "Measure": label,
            "Count_Of": "Deliveries",
            "Value": "105",
        }
        for level, code in organisations
        for dimension, label in (*groups, ("TotalDeliveries", ""))
    ]


def landed_maternity(tmp_path: Path, text: str, name: str = MATERNITY) -> tuple[Outcome, list[Path]]:
    settings = make.settings_for(tmp_path, "msds_annual")
    (make.folder(settings, "msds_annual") / name).write_text(text, encoding="utf-8", newline="")
    outcome = make.only(make.run(settings))
    return outcome, [part.path for part in active_parts(settings.ledger)]


def test_the_maternity_file_lands_with_a_byte_order_mark_and_blank_labels(tmp_path: Path) -> None:
    outcome, parts = landed_maternity(tmp_path, "\ufeff" + make.csv_text(maternity_rows()))
    assert (outcome.verdict, outcome.periods) == (Verdict.LOADED, ("FY2020-21",)), outcome.message
    assert (outcome.rows_in, outcome.rows_loaded) == (63, 63)
    table = pq.read_table(parts[0])
    assert table["measure_label"].to_pylist()[:3] == ["01 - Most deprived", "2", None]
    assert set(table["value"].to_pylist()) == {"105"}


def with_cells(**cells: str) -> str:
    return make.csv_text([{**row, **cells} for row in maternity_rows()])


MATERNITY_COLUMNS = list(maternity_rows()[0])


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        (make.csv_text(maternity_rows(), columns=MATERNITY_COLUMNS[::-1]), "schema_drift", "not in the order"),
        (make.csv_text(maternity_rows()).replace("Org_Code", "Organisation", 1), "schema_drift", "'Org_Code'"),
        (with_cells(Org_Level="ICB"), "schema_drift", "organisation_level"),
        (with_cells(Count_Of="105"), "schema_drift", "count_of"),
        (with_cells(Value="107"), "schema_drift", "value"),
        (make.csv_text(maternity_rows("2021-22")), "period_mismatch", "FY2020-21"),
        (with_cells(Value=""), "too_many_rejects", "'value' is blank in 63"),
        ("<!DOCTYPE html><html><body>Not here</body></html>\n", "not_csv", ""),
    ],
)
def test_an_altered_maternity_file_is_refused_by_name(text: str, reason: str, says: str, tmp_path: Path) -> None:
    outcome, parts = landed_maternity(tmp_path, text)
    assert (str(outcome.verdict), str(outcome.reason)) == ("rejected", reason), outcome.message
    assert says in outcome.message
    assert parts == []


QOF = "QOF_PREVALENCE_2021_v2.csv"
QOF_MAP = "QOF_MAPPING_NHS_GEOGRAPHIES_2021.csv"


def qof_rows() -> list[make.Row]:
    return [
        {
            "PRACTICE_CODE": f"A8{place:04d}",
            "GROUP_CODE": group,
            "REGISTER": str(10 + place),
            "PATIENT_LIST_TYPE": ages,
            "PRACTICE_LIST_SIZE": str(1000 + place),
        }
        for place in range(30)
        for group, ages in (("HYP", "TOTAL"), ("DM", "17OV"))
    ]


def qof_map_rows() -> list[make.Row]:
    columns = [column.name for column in make.contracts()["qof_practice"].layouts[0].columns]
    region = ("E92000001", "ENG", "England", "Y63", "E40000012", "North East", "QHM", "E54000050", "Cumbria")
    cells = (*region, "16C", "E38000247", "NHS Tees Valley CCG", "U89141", "Stockton PCN")
    return [dict(zip(columns, (*cells, f"A8{place:04d}", f"The Surgery {place}"), strict=True)) for place in range(30)]


def landed_qof(tmp_path: Path, feed: str, name: str, text: str) -> tuple[Outcome, list[Path]]:
    settings = make.settings_for(tmp_path, feed)
    (make.folder(settings, feed) / name).write_text(text, encoding="utf-8", newline="")
    outcome = make.only(make.run(settings))
    return outcome, [part.path for part in active_parts(settings.ledger)]


def test_qof_prevalence_and_its_map_land_in_the_year_their_names_say(tmp_path: Path) -> None:
    for feed, name, rows in (("qof", QOF, qof_rows()), ("qof_practice", QOF_MAP, qof_map_rows())):
        outcome, parts = landed_qof(tmp_path / feed, feed, name, make.csv_text(rows))
        assert (outcome.verdict, outcome.periods) == (Verdict.LOADED, ("FY2020-21",)), outcome.message
        assert (outcome.rows_in, outcome.rows_loaded) == (len(rows), len(rows))
        assert set(pq.read_table(parts[0])["practice_code"].to_pylist()) == {f"A8{place:04d}" for place in range(30)}


QOF_TEXT, QOF_MAP_TEXT = make.csv_text(qof_rows()), make.csv_text(qof_map_rows())


@pytest.mark.parametrize(
    ("feed", "name", "text", "reason", "says"),
    [
        ("qof", QOF, QOF_TEXT.replace("REGISTER,PATIENT", "PATIENTS,PATIENT", 1), "schema_drift", "'REGISTER'"),
        ("qof", QOF, make.csv_text(qof_rows(), columns=list(qof_rows()[0])[::-1]), "schema_drift", "not in the order"),
        ("qof", QOF, QOF_TEXT.replace(",HYP,", ",446,"), "schema_drift", "group_code"),
        ("qof", QOF, QOF_TEXT.replace(",TOTAL,", ",1000,"), "schema_drift", "patient_list_type"),
        ("qof", QOF, QOF_TEXT[:-8], "truncated", "inside its last line"),
        ("qof", "QOF_PREVALENCE.csv", QOF_TEXT, "period_mismatch", "QOF_PREVALENCE_2021_v2.csv"),
        ("qof_practice", QOF_MAP, QOF_MAP_TEXT.replace("CCG_ODS_CODE,", "", 1), "schema_drift", "'CCG_ODS_CODE'"),
        ("qof_practice", QOF_MAP, QOF_MAP_TEXT.replace("16C", "Tees Valley"), "schema_drift", "ccg_ods_code"),
    ],
)
def test_an_altered_qof_file_is_refused_by_name(
    feed: str, name: str, text: str, reason: str, says: str, tmp_path: Path
) -> None:
    outcome, parts = landed_qof(tmp_path, feed, name, text)
    assert (str(outcome.verdict), str(outcome.reason)) == ("rejected", reason), outcome.message
    assert says in outcome.message
    assert parts == []


def cancers(months: list[str], cases: int) -> str:
    stages = ("1", "2", "3", "4", "unstaged")
    return make.csv_text(
        [
            {"diagnosis_month": month, "icb_code": icb, "stage_group": stage, "cases": str(cases + place)}
            for place, month in enumerate(months)
            for icb in ("QHM", "Z9B2Z")
            for stage in stages
        ]
    )


def test_the_registry_replaces_rapid_registration_of_its_months_and_no_others(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "rcrd")
    folder = make.folder(settings, "rcrd")
    for name, months, cases in (
        ("rcrd_2024-06.csv", ["2024-05", "2024-06"], 7),
        ("ncrd_2024-05.csv", ["2024-04", "2024-05"], 9),
    ):
        (folder / name).write_text(cancers(months, cases), encoding="utf-8")
        make.run(settings)
    parts = {part.period: part for part in active_parts(settings.ledger)}
    assert {period: part.release_state for period, part in parts.items()} == {
        "2024-04": "ncrd_final", "2024-05": "ncrd_final", "2024-06": "proxy",
    }  # fmt: skip
    assert set(pq.read_table(parts["2024-05"].path)["cases"].to_pylist()) == {"10"}

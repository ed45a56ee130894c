"""Landing on the real open files: every row lands, values untouched, revisions replace what they revise."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from pipeline.catalogue.feeds import load_feeds
from pipeline.landing import ActivePart, LandingReport, Verdict, active_parts, check_file, land, period_changes
from pipeline.settings import FeedSource, Settings

pytestmark = pytest.mark.real

KEY = SecretStr("a key for tests, long enough to be one")


def landed(home: Path, feed: str, folder: Path, pattern: str = "*") -> tuple[Settings, LandingReport, list[ActivePart]]:
    settings = Settings(
        home=home,
        source="files",
        feeds={feed: FeedSource(folder=folder, pattern=pattern)},
        as_of=date(2026, 6, 30),
        pseudonym_key=KEY,
    )
    report = land(settings, load_feeds())
    return settings, report, active_parts(settings.ledger)


@pytest.mark.slow
def test_the_rtt_full_extract_lands_whole(real_data: Path, tmp_path: Path) -> None:
    _, report, parts = landed(tmp_path, "rtt", real_data / "activity", "*RTT*.zip")
    (outcome,) = report.outcomes
    assert (outcome.verdict, outcome.rows_in, outcome.rows_rejected) == (Verdict.LOADED, 180_781, 0)
    (part,) = parts
    assert (part.period, part.rows, part.period_end) == ("2026-04", 180_781, date(2026, 4, 30))
    table = pq.read_table(part.path, columns=["rtt_part_type", "treatment_function_code", "total_all"])
    waiting = pc.and_(pc.equal(table["rtt_part_type"], "Part_2"), pc.equal(table["treatment_function_code"], "C_999"))
    assert pc.sum(table.filter(waiting)["total_all"].cast("int64")).as_py() == 7_123_980


def test_every_ae_month_lands_and_equals_its_own_total_row(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "activity" / "ae"
    _, report, parts = landed(tmp_path, "ae_monthly", folder)
    assert {outcome.verdict for outcome in report.outcomes} == {Verdict.LOADED}
    assert len(parts) == len(list(folder.glob("*.csv"))) == 12
    for part in parts:
        table = pq.read_table(part.path)
        is_total = pc.equal(pc.utf8_upper(table["org_code"]), "TOTAL")
        for column in ("attendances_type_1", "attendances_type_2", "attendances_other"):
            counts = table[column].cast("int64")
            providers = pc.sum(counts.filter(pc.invert(is_total))).as_py()
            assert providers == pc.sum(counts.filter(is_total)).as_py() > 0, (part.period, column)


def test_the_revised_february_replaces_an_altered_first_delivery(real_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    revised = real_data / "activity" / "ae" / "Monthly-AE-February-2025-revised.csv"
    content = revised.read_text()
    altered = content.splitlines(keepends=True)
    cells = altered[1].split(",")
    altered[1] = ",".join([*cells[:6], str(int(cells[6]) + 1), *cells[7:]])
    (folder / "Monthly-AE-February-2025.csv").write_text("".join(altered), newline="")
    settings, report, first = landed(tmp_path / "var", "ae_monthly", folder)
    assert [outcome.verdict for outcome in report.outcomes] == [Verdict.LOADED]
    (folder / revised.name).write_bytes(revised.read_bytes())
    settings, report, second = landed(tmp_path / "var", "ae_monthly", folder)
    assert [(item.file_name, str(item.verdict)) for item in report.outcomes] == [
        (revised.name, "loaded"),
        ("Monthly-AE-February-2025.csv", "duplicate"),
    ]
    assert (first[0].period, second[0].period) == ("2025-02", "2025-02")
    (change,) = period_changes(settings.ledger)
    assert (change.old_sha256, change.new_sha256) == (first[0].sha256, second[0].sha256)
    assert change.new_file == revised.name


def test_the_cvdprevent_workbook_lands_its_four_periods(real_data: Path, tmp_path: Path) -> None:
    _, report, parts = landed(tmp_path, "cvdprevent", real_data / "activity", "cvdprevent*.xlsx")
    (outcome,) = report.outcomes
    assert (outcome.verdict, outcome.rows_in, outcome.rows_rejected) == (Verdict.LOADED, 1_032, 0)
    assert [(part.period, part.rows) for part in parts] == [
        ("2023-03", 258),
        ("2023-06", 258),
        ("2023-09", 258),
        ("2023-12", 258),
    ]
    categories = set(pq.read_table(parts[0].path)["metric_category_name"].to_pylist())
    assert categories == {"Persons", "1 - most deprived", "2", "3", "4", "5 - least deprived"}


@pytest.mark.parametrize(
    ("feed", "pattern", "layout", "period", "rows"),
    [
        ("sus_apc", "artificial_hes_apc*", "hes", "FY2001-02", 2_075),
        ("ecds", "artificial_hes_ae*", "hes_ae", "FY2007-08", 1_000),
        ("sus_op", "artificial_hes_op*", "hes_op", "FY2003-04", 1_000),
    ],
)
def test_artificial_hes_lands_and_no_row_is_dropped(
    feed: str, pattern: str, layout: str, period: str, rows: int, real_data: Path, tmp_path: Path
) -> None:
    _, report, parts = landed(tmp_path, feed, real_data / "activity", pattern)
    (outcome,) = report.outcomes
    assert (outcome.verdict, outcome.layout) == (Verdict.LOADED, layout)
    assert (outcome.rows_in, outcome.rows_loaded, outcome.rows_rejected) == (rows, rows, 0)
    (part,) = parts
    assert part.period == period
    table = pq.read_table(part.path)
    assert pc.count_distinct(table["record_id"]).as_py() == rows
    assert not [value for value in table["person_id"].to_pylist() if len(value) != 64]


def test_swapped_headers_in_artificial_hes_are_seen(real_data: Path, tmp_path: Path) -> None:
    for feed, name in (
        ("sus_apc", "artificial_hes_apc_0102_truncated.csv.gz"),
        ("ecds", "artificial_hes_ae_0708_truncated.csv.gz"),
        ("sus_op", "artificial_hes_op_0304_truncated.csv.gz"),
    ):
        lines = gzip.decompress((real_data / "activity" / name).read_bytes()).decode().splitlines(keepends=True)
        table = list(csv.reader(lines))
        sex, ethnic = table[0].index("SEX"), table[0].index("ETHNOS")
        for row in table[1:]:  # the values change places, the header does not
            row[sex], row[ethnic] = row[ethnic], row[sex]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(table)
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.getvalue().encode()))
        judged = check_file(feed, path, Settings(home=tmp_path / "var"))
        assert (judged.reason, "'sex_code'" in judged.message) == ("schema_drift", True)


def test_the_smi_workbook_lands_its_22_quarters(real_data: Path, tmp_path: Path) -> None:
    """England of Q4 2023-24 is printed by the publisher: 361,210 of 527,556 with all six checks."""
    _, report, parts = landed(tmp_path, "gpes_phsmi", real_data / "activity", "Physical-Health-Checks-SMI*.xlsx")
    (outcome,) = report.outcomes
    assert (outcome.verdict, outcome.rows_in, outcome.rows_rejected) == (Verdict.LOADED, 23_728, 0)
    assert (len(parts), parts[0].period, parts[-1].period) == (22, "2018-12", "2024-03")
    assert (parts[-1].period_start, parts[-1].period_end) == (date(2024, 1, 1), date(2024, 3, 31))
    table = pq.read_table(parts[-1].path)
    for question, people in (("All6PHC", 361_210), ("SMIRegister", 527_556)):
        answers = table.filter(pc.equal(table["question"], question))["answer"]
        assert pc.sum(answers.cast("int64")).as_py() == people
    assert sum(pq.read_table(part.path)["answer"].null_count for part in parts) == 24


def test_both_years_of_maternity_statistics_land_whole(real_data: Path, tmp_path: Path) -> None:
    _, report, parts = landed(tmp_path, "msds_annual", real_data / "activity", "*mat-msdscsv*")
    assert {(outcome.verdict, outcome.rows_rejected) for outcome in report.outcomes} == {(Verdict.LOADED, 0)}
    assert [(part.period, part.rows) for part in parts] == [("FY2020-21", 16_160), ("FY2021-22", 16_038)]


def test_qof_prevalence_and_its_map_land_whole(real_data: Path, tmp_path: Path) -> None:
    for feed, pattern, rows in (("qof", "QOF_PREVALENCE*", 137_991), ("qof_practice", "QOF_MAPPING_NHS*", 6_571)):
        _, report, (part,) = landed(tmp_path / feed, feed, real_data / "activity", pattern)
        assert [(outcome.verdict, outcome.rows_rejected) for outcome in report.outcomes] == [(Verdict.LOADED, 0)]
        assert (part.period, part.rows) == ("FY2020-21", rows)


def test_gp_lists_by_lsoa_land_whole(real_data: Path, tmp_path: Path) -> None:
    _, report, (part,) = landed(tmp_path, "gp_list_lsoa", real_data / "population", "gp-registrations*")
    assert [(outcome.verdict, outcome.rows_rejected) for outcome in report.outcomes] == [(Verdict.LOADED, 0)]
    assert (part.period, part.rows) == ("2022-07", 865_965)
    table = pq.read_table(part.path, columns=["practice_code", "patients"])
    assert pc.sum(table["patients"].cast("int64")).as_py() == 61_768_942
    assert pc.count_distinct(table["practice_code"]).as_py() == 6_484

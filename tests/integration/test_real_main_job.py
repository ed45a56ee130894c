"""The main job on real open files: `core20 run` with a config as a platform team would write it.

The expected figures are the publisher's own, typed in, or counted here from the files without the pipeline.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from tests.integration import nights
from tests.integration.nights import DEGRADED, PUBLISHED, Night

pytestmark = [pytest.mark.real, pytest.mark.slow]

ENGLAND = "E92000001"
# NHS England, RTT waiting times, April 2026, incomplete pathways.
RTT_WAITING, RTT_WITHIN_18_PCT, RTT_OVER_52 = 7_123_980, 64.9, 100_665
APC_FILE, AE_FILE = "artificial_hes_apc_0102_truncated.csv.gz", "artificial_hes_ae_0708_truncated.csv.gz"
OP_FILE = "artificial_hes_op_0304_truncated.csv.gz"
Z_95 = 1.959963984540054


@pytest.fixture(scope="module")
def night(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    nights.require_manifest()
    folder = tmp_path_factory.mktemp("real")
    activity = str(real_data / "activity")
    nights.write_config(
        folder,
        {
            "home": "home",
            "source": "files",
            "as_of": "2026-06-20",
            "reference_mirror": str(real_data),
            "feeds": {
                "rtt": {"folder": activity, "pattern": "*RTT*.zip"},
                "ae_monthly": {"folder": str(real_data / "activity" / "ae"), "pattern": "*.csv"},
                "cvdprevent": {"folder": activity, "pattern": "cvdprevent*.xlsx"},
                "gpes_phsmi": {"folder": activity, "pattern": "Physical-Health-Checks-SMI*"},
                "msds_annual": {"folder": activity, "pattern": "*mat-msdscsv*"},
                "qof": {"folder": activity, "pattern": "QOF_PREVALENCE*"},
                "qof_practice": {"folder": activity, "pattern": "QOF_MAPPING_NHS*"},
                "gp_list_lsoa": {"folder": str(real_data / "population"), "pattern": "gp-registrations*"},
                "sus_apc": {"folder": activity, "pattern": "artificial_hes_apc*"},
                "ecds": {"folder": activity, "pattern": "artificial_hes_ae*"},
                "sus_op": {"folder": activity, "pattern": "artificial_hes_op*"},
            },
        },
    )
    return Night(folder, nights.core20(folder / "config.yml", "run"))


def query(night: Night, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(night.current / "core20.duckdb"), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def one(night: Night, sql: str, *values: object) -> tuple[Any, ...]:
    (row,) = query(night, sql, *values)
    return row


def total(night: Night, indicator: str) -> tuple[Any, ...]:
    """(numerator, denominator, value) of England, all persons."""
    return one(
        night,
        "select numerator, denominator, value from indicator_value where indicator_id = ? and area_code = ? "
        "and breakdown = 'total'",
        indicator,
        ENGLAND,
    )


def wilson_pct(events: int, persons: int) -> tuple[float, float]:
    share, square = events / persons, Z_95**2
    middle = 2 * events + square
    half = Z_95 * math.sqrt(square + 4 * events * (1 - share))
    return 100 * (middle - half) / (2 * (persons + square)), 100 * (middle + half) / (2 * (persons + square))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace"))))


def known_lsoas(real_data: Path) -> set[str]:
    """Every LSOA of 2011 and 2021 in England, from the ONS exact-fit table."""
    (path,) = (real_data / "lookups").glob("lsoa11_lsoa21*exact_fit*")
    header, *rows = csv.reader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8-sig")))
    places = [index for index, name in enumerate(header) if name.upper() in ("LSOA11CD", "LSOA21CD")]
    assert len(places) == 2, header
    return {row[index] for row in rows for index in places if row[index].startswith("E")}


def residence(row: dict[str, str], known: set[str]) -> str:
    """`known`, `outside` England or `unknown`, by the code of 2011 and else that of 2001."""
    code = row["LSOA11"] or row["LSOA01"]
    return "known" if code in known else "outside" if code[:1] in ("W", "S", "N") else "unknown"


def test_a_release_comes_out_and_is_whole(night: Night) -> None:
    assert night.ran.code in (PUBLISHED, DEGRADED), night.ran.output
    assert night.core20("verify").code == PUBLISHED
    assert query(night, "select distinct is_synthetic from indicator_value") == [(False,)]
    assert "was not taken" not in night.ran.output


def test_rtt_april_2026_equals_what_was_published(night: Night) -> None:
    over_18, waiting, pct_over_18 = total(night, "ELE02_RTT")
    assert waiting == RTT_WAITING
    assert round(100 - pct_over_18, 1) == RTT_WITHIN_18_PCT
    assert round(100 * (waiting - over_18) / waiting, 1) == RTT_WITHIN_18_PCT
    over_52, waiting_too, pct_over_52 = total(night, "ELE03_RTT")
    assert (over_52, waiting_too) == (RTT_OVER_52, RTT_WAITING)
    assert pct_over_52 == pytest.approx(100 * RTT_OVER_52 / RTT_WAITING, rel=1e-12)


@pytest.mark.parametrize("indicator", ["ELE02_RTT", "ELE03_RTT"])
def test_areas_sum_to_england(night: Night, indicator: str) -> None:
    numerator, denominator, _ = total(night, indicator)
    sums = query(
        night,
        "select area_type, sum(numerator), sum(denominator), count(*) from indicator_value "
        "where indicator_id = ? and breakdown = 'total' group by area_type order by area_type",
        indicator,
    )
    assert {kind for kind, *_ in sums} == {"england", "icb", "provider", "region", "sub_icb"}
    assert {kind: (above, below) for kind, above, below, _ in sums} == {
        kind: (numerator, denominator) for kind, *_ in sums
    }
    counts = {kind: number for kind, _, _, number in sums}
    assert counts["icb"] in (36, 37), "36 ICBs of April 2026, and who lives in none of them"


def test_cvd03_of_england_is_the_published_and_the_recomputed_24_of_24(night: Night, real_data: Path) -> None:
    (path,) = (real_data / "activity").glob("cvdprevent*.xlsx")
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    names = [str(name) for name in header]
    wanted = Counter(
        tuple(round(float(str(row[name])), 2) for name in ("Value", "LowerConfidenceLimit", "UpperConfidenceLimit"))
        for row in (dict(zip(names, cells, strict=True)) for cells in rows)
        if row["AreaCode"] == ENGLAND and row["MetricCategoryTypeName"] in ("Deprivation quintile", "Sex")
        and _is_of_interest(row)
    )  # fmt: skip
    found = query(
        night,
        "select numerator, denominator, value, lower_95, upper_95, period_end, category from indicator_value "
        "where indicator_id = 'CVD03' and area_code = ? order by all",
        ENGLAND,
    )
    assert len(found) == len({(row[5], row[6]) for row in found}) == 24
    for events, persons, value, lower, upper, *_ in found:
        low, high = wilson_pct(events, persons)
        assert (round(100 * events / persons, 2), round(low, 2), round(high, 2)) == (value, lower, upper)
    assert Counter((value, lower, upper) for _, _, value, lower, upper, *_ in found) == wanted


def _is_of_interest(row: dict[str, Any]) -> bool:
    """Four periods of five quintiles, and of all persons."""
    kind, attribute = row["MetricCategoryTypeName"], row["CategoryAttribute"]
    return bool(kind == "Deprivation quintile" or (kind == "Sex" and attribute == "Persons"))


def test_smi_checks_equal_what_was_published_on_the_boundaries_of_today(night: Night) -> None:
    """361,210 of 527,556 are printed for England; its sub-ICBs are 105 of today's and Frimley, divided since."""
    quarters = query(
        night,
        "select area_type, period_end, sum(numerator), sum(denominator), count(*) from indicator_value "
        "where indicator_id = 'SMI01' group by all order by period_end, area_type",
    )
    assert len(quarters) == 22 * 4
    newest = {kind: counts for kind, period_end, *counts in quarters if str(period_end) == "2024-03-31"}
    assert newest == {kind: [361_210, 527_556, areas] for kind, areas in
                      {"england": 1, "region": 7, "icb": 37, "sub_icb": 106}.items()}  # fmt: skip
    sums = {(period_end, above, below) for _, period_end, above, below, _ in quarters}
    assert len(sums) == 22, "areas of a kind do not sum to England"
    (row,) = query(night, "select value, lower_95, upper_95 from indicator_value where indicator_id = 'SMI01' "
                          "and area_type = 'england' and period_end = '2024-03-31'")  # fmt: skip
    assert row == pytest.approx((100 * 361_210 / 527_556, *wilson_pct(361_210, 527_556)))
    frimley = query(night, "select numerator, denominator from indicator_value where indicator_id = 'SMI01' "
                           "and area_code = 'divided_sub_icb' and period_end = '2024-03-31'")  # fmt: skip
    assert frimley == [(3_936, 5_201)]
    missing = query(night, "select distinct value_status, numerator, value from indicator_value "
                           "where indicator_id = 'SMI01' and denominator is null")  # fmt: skip
    assert missing == [("not_submitted", None, None)]


def test_qof_hypertension_equals_what_was_published_and_every_practice_is_in_an_area(night: Night) -> None:
    """13.93 % of 60,716,244 patients in 2020-21."""
    register, patients = 8_457_600, 60_716_244
    above, below, value = total(night, "CVD02_QOF")
    assert (above, below, round(value, 2)) == (register, patients, 13.93)
    areas = query(
        night,
        "select area_type, sum(numerator), sum(denominator), count(*) from indicator_value "
        "where indicator_id = 'CVD02_QOF' and breakdown = 'total' group by area_type",
    )
    assert {kind: counts for kind, *counts in areas} == {
        kind: [register, patients, count]
        for kind, count in {"england": 1, "region": 7, "icb": 37, "sub_icb": 106, "practice": 6_571}.items()
    }
    assert query(night, "select 1 from indicator_value where indicator_id = 'CVD02_QOF' "
                        "and area_code in ('no_icb', 'no_sub_icb', 'no_region')") == []  # fmt: skip


def practice_fifths(real_data: Path) -> dict[str, tuple[int, int]]:
    """(register, list) of QOF 2020-21 by fifth of practices, by hand: the list of July 2022, scores of IMD 2019."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            with score as (
                select "LSOA code (2011)" as lsoa,
                    cast("Index of Multiple Deprivation (IMD) Score" as double) as score
                from read_csv(?, header = true, all_varchar = true)
            ),
            practice as (
                select OrganisationCode as code, sum(Patient * score) / sum(Patient) filter (score is not null) as mean
                from read_parquet(?) left join score on LSOA11CD = lsoa group by 1
            ),
            fifth as (
                select code, ceil(5.0 * row_number() over (order by mean desc, code) / count(*) over ()) as fifth
                from practice
            )
            select coalesce(cast(cast(fifth as integer) as varchar), 'unknown'), cast(sum(REGISTER::bigint) as bigint),
                cast(sum(PRACTICE_LIST_SIZE::bigint) as bigint)
            from read_csv(?, all_varchar = true) left join fifth on PRACTICE_CODE = code
            where GROUP_CODE = 'HYP' group by 1""",
            [
                str(next((real_data / folder).glob(name)))
                for folder, name in (
                    ("imd", "File_7_-_All_IoD2019*"),
                    ("population", "gp-registrations*"),
                    ("activity", "QOF_PREVALENCE*"),
                )
            ],
        ).fetchall()
    return {fifth: (register, people) for fifth, register, people in rows}


def test_qof_by_practice_deprivation_is_whole_and_as_recomputed(night: Night, real_data: Path) -> None:
    """Fifths of 6,484 listed practices; practices that closed before the list of July 2022 are in no fifth."""
    wanted = practice_fifths(real_data)
    found = query(
        night,
        "select category, numerator, denominator from indicator_value where indicator_id = 'CVD02_QOF' "
        "and area_type = 'england' and breakdown = 'practice_imd_quintile' and imd_edition = '2019'",
    )
    assert {category: (above, below) for category, above, below in found} == wanted
    assert wanted["unknown"] == (108_611, 786_994)
    sums = query(
        night,
        "select imd_edition, area_type, sum(numerator), sum(denominator) from indicator_value "
        "where indicator_id = 'CVD02_QOF' and breakdown = 'practice_imd_quintile' group by all",
    )
    assert {(edition, kind) for edition, kind, *_ in sums} == {
        (edition, kind) for edition in ("2019", "2025") for kind in ("england", "region", "icb", "sub_icb")
    }
    assert {tuple(counts) for _, _, *counts in sums} == {(8_457_600, 60_716_244)}


def test_scores_of_practices_agree_with_those_published_elsewhere(night: Night, real_data: Path) -> None:
    """Another author made them from the list of about January 2023: half a year of other patients apart, no more."""
    (path,) = (real_data / "ods").glob("practice_imd_2023*")
    with duckdb.connect(str(night.home / "build" / "build.duckdb"), read_only=True) as connection:
        row = connection.execute(
            """
            select count(*), corr(mean_imd_score, imd_score), median(abs(mean_imd_score - imd_score))
            from intermediate.int_practice__quintile as ours inner join read_csv(?) as other using (practice_code)
            where imd_edition = 2019""",
            [str(path)],
        ).fetchone()
    assert row is not None
    practices, correlation, difference = row
    assert practices > 6_400 and correlation > 0.999 and difference < 0.1


MATERNITY = [
    # As printed for ALL SUBMITTERS: babies under 37 weeks and of known gestation; deliveries of the five ethnic groups
    # and all; of known decile and all but 595 or 630 elsewhere in the UK.
    ("2021-03-31", "MAT02_ANNUAL", 33_605, 33_605 + 421_350),
    ("2022-03-31", "MAT02_ANNUAL", 40_905, 40_905 + 492_160),
    ("2021-03-31", "DQ01_MSDS_ANNUAL", 482_515 - 12_140 - 35_080 - 6_295, 482_515),
    ("2022-03-31", "DQ01_MSDS_ANNUAL", 546_095 - 8_420 - 25_620 - 4_875, 546_095),
    ("2021-03-31", "DQ02_MSDS_ANNUAL", 482_515 - 1_530 - 595 - 1_210, 482_515 - 595),
    ("2022-03-31", "DQ02_MSDS_ANNUAL", 546_095 - 1_530 - 630 - 1_480, 546_095 - 630),
]


@pytest.mark.parametrize(("period_end", "indicator", "numerator", "denominator"), MATERNITY)
def test_maternity_statistics_equal_what_was_published(
    night: Night, period_end: str, indicator: str, numerator: int, denominator: int
) -> None:
    row = one(
        night,
        "select numerator, denominator, value, lower_95, upper_95 from indicator_value "
        "where indicator_id = ? and area_type = 'england' and cast(period_end as varchar) = ?",
        indicator,
        period_end,
    )
    value = 100 * numerator / denominator
    assert row == pytest.approx((numerator, denominator, value, *wilson_pct(numerator, denominator)))
    areas = query(
        night,
        "select area_type, count(*) from indicator_value where indicator_id = ? and cast(period_end as varchar) = ? "
        "group by area_type order by area_type",
        indicator,
        period_end,
    )
    assert [kind for kind, _ in areas] == ["england", "provider", "region"]
    assert dict(areas)["region"] == 7


@pytest.mark.parametrize(
    ("feed", "file", "records"),
    [("sus_apc", APC_FILE, 2_075), ("ecds", AE_FILE, 1_000), ("sus_op", OP_FILE, 1_000)],
    ids=["apc", "ae", "op"],
)
def test_artificial_hes_is_counted_whole_with_its_pseudo_lsoas_unknown(
    night: Night, real_data: Path, feed: str, file: str, records: int
) -> None:
    known = known_lsoas(real_data)
    places = Counter(residence(row, known) for row in rows_of(real_data / "activity" / file))
    assert places.total() == records
    assert places["unknown"] > 0

    conserved = one(night, "select violated, expected from data_quality where feed = ? and rule_id = 'rows_conserved' "
                           "and submitter_code = 'all'", feed)  # fmt: skip
    assert conserved == (0, records)
    of_residence = one(night, "select violated, expected from data_quality where feed = ? "
                              "and rule_id = 'residence_known_overall'", feed)  # fmt: skip
    # Published counts are rounded to 5 by the disclosure rule of the source, and those of 1 to 7 hidden.
    unknown = None if places["unknown"] <= 7 else _round_to_5(places["unknown"])
    assert of_residence == (unknown, _round_to_5(records - places["outside"]))
    _, in_dq01, _ = total(night, f"DQ01_{feed.upper()}")
    known_in_dq02, in_dq02, _ = total(night, f"DQ02_{feed.upper()}")
    assert in_dq01 == _round_to_5(records)
    assert in_dq02 == _round_to_5(records - places["outside"])
    assert known_in_dq02 == _round_to_5(places["known"])


def _round_to_5(count: int) -> int:
    return 5 * ((2 * count + 5) // 10)


def test_no_real_row_is_dropped(night: Night, real_data: Path) -> None:
    """Every row that lies in the files is in the ledger as loaded."""
    with closing(sqlite3.connect(night.home / "raw" / "ledger.sqlite")) as connection:
        rows = connection.execute(
            "select feed, count(*), sum(rows_in), sum(rows_loaded), sum(rows_rejected) from delivery group by feed"
        ).fetchall()
    found = {feed: (files, rows_in, loaded, rejected) for feed, files, rows_in, loaded, rejected in rows}
    assert all(rows_in == loaded and rejected == 0 for _, rows_in, loaded, rejected in found.values()), found
    assert found["rtt"][:2] == (1, 180_781)
    assert found["ae_monthly"][0] == len(list((real_data / "activity" / "ae").glob("*.csv")))
    assert (found["sus_apc"][1], found["ecds"][1], found["sus_op"][1]) == (2_075, 1_000, 1_000)
    assert found["gpes_phsmi"][:2] == (1, 23_728)
    assert (found["qof"][1], found["qof_practice"][1]) == (137_991, 6_571)
    assert found["msds_annual"][:2] == (2, 16_160 + 16_038)


def test_nothing_of_a_person_is_in_the_output_or_the_release(night: Night, real_data: Path) -> None:
    identifiers = {row["PSEUDO_HESID"] for row in rows_of(real_data / "activity" / APC_FILE)} - {""}
    assert len(identifiers) > 900
    longest = sorted(identifiers, key=lambda item: (-len(item), item))[:50]
    sinks = [path.read_bytes() for path in night.current.resolve().rglob("*") if path.is_file()]
    sinks += [path.read_bytes() for path in (night.home / "dagster").rglob("*") if path.is_file()]
    sinks += [path.read_bytes() for path in (night.home / "build").glob("*.json")]
    assert [item for item in longest if item in night.ran.output or any(item.encode() in sink for sink in sinks)] == []

"""The fictional feeds: the contracts' layouts, what must and must not be counted, the planted faults."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.catalogue.due import load_calendars
from pipeline.catalogue.feeds import load_feed, load_feeds
from pipeline.landing import Verdict, check_file
from pipeline.landing.periods import month_period
from pipeline.orchestration.timeliness import Arrival, Calendar, expected_periods
from pipeline.sample.organisations import SERVICE_FEEDS
from pipeline.sample.timeline import AS_OF
from pipeline.settings import REFERENCE_DATA, Settings

PUBLISHED_FEEDS = (
    "fingertips", "gp_list_lsoa", "lda_inpatient", "mhsds_restrictive", "national_audit", "nhs_app", "qof",
    "qof_practice", "rcrd",
)  # fmt: skip
KNOWN_ETHNIC = set("ABCDEFGHJKLMNPRS")


def admissions(sample: Path, month: str, suffix: str = "") -> pd.DataFrame:
    """A month of admitted care as text."""
    return pd.read_csv(sample / "landing" / "sus_apc" / f"hes_apc_{month}{suffix}.csv", dtype=str)


def appointments(sample: Path, month: str) -> pd.DataFrame:
    return pd.read_csv(sample / "landing" / "sus_op" / f"hes_op_{month}.csv", dtype=str)


def attendances(sample: Path, month: str) -> pd.DataFrame:
    return pd.read_parquet(sample / "landing" / "ecds" / f"ecds_{month}.parquet")


def census(sample: Path, week: str) -> pd.DataFrame:
    """A week of the waiting list with the days waited."""
    table = pd.read_csv(sample / "landing" / "wlmds" / f"wlmds_{week}.csv", dtype=str)
    start = pd.to_datetime(table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"])
    return table.assign(waited=(pd.to_datetime(table["Week_Ending_Date"]) - start).dt.days)


@pytest.mark.parametrize(
    ("feed", "layout"),
    [
        ("sus_apc", "hes"),
        ("sus_op", "hes_op"),
        ("ecds", "ecds"),
        ("wlmds", "wlmds"),
        ("gp_extract", "gp_extract"),
        ("plus_group", "plus_group"),
        ("cvdprevent", "export_csv"),
        ("gp_list_lsoa", "lsoa_all_csv"),
        ("nhs_app", "practice_csv"),
        ("qof", "prevalence_csv"),
        ("qof_practice", "geographies_csv"),
        ("talking_therapies", "finished_courses"),
        ("msds_birth", "births"),
        ("msds_booking", "bookings"),
        ("msds_contact", "activities"),
        ("tobacco_sdcs", "smokers"),
        ("mhsds_contact", "contacts"),
        ("mhsds_detention", "periods"),
    ],
)
def test_headers_follow_the_feed_contract(tiny_sample: Path, feed: str, layout: str) -> None:
    contract = yaml.safe_load((REFERENCE_DATA / "feeds" / f"{feed}.yml").read_text())
    known: list[dict[str, Any]] = next(item for item in contract["layouts"] if item["layout"] == layout)["columns"]
    order = [column["name"] for column in known]
    files = sorted(path for path in (tiny_sample / "landing" / feed).iterdir() if path.suffix in (".csv", ".parquet"))
    assert files
    for path in files:
        if path.suffix == ".parquet":
            header = pq.read_schema(path).names
        else:
            header = path.read_text().split("\n", 1)[0].split(",")
        assert header == [name for name in order if name in header], path.name
        assert {column["name"] for column in known if not column.get("optional")} <= set(header), path.name


def test_periods_are_delivered_whole(tiny_sample: Path) -> None:
    landing = tiny_sample / "landing"
    assert len(list((landing / "sus_apc").glob("*.csv"))) == 16  # 15 months, one of them twice
    assert len(list((landing / "ecds").glob("*.parquet"))) == len(list((landing / "sus_op").glob("*.csv"))) == 15
    assert len(list((landing / "wlmds").glob("*.csv"))) == len(list((landing / "wlmds").glob("*.json"))) == 71
    for month in ("202506", "202512", "202608"):
        table = admissions(tiny_sample, month)
        assert set(table["PARTYEAR"]) == {month}
        assert table["EPIEND"].dropna().str.replace("-", "").str.startswith(month).all()
        assert (table["ADMIDATE"] <= table["EPISTART"]).all()
        assert (table["EPISTART"] <= table["EPIEND"].fillna("9999")).all()
    assert set(admissions(tiny_sample, "202603", "-revised")["FYEAR"]) == {"2526"}
    assert set(admissions(tiny_sample, "202604")["FYEAR"]) == {"2627"}
    table = appointments(tiny_sample, "202602")
    assert set(table["PARTYEAR"]) == {"202602"} and set(table["FYEAR"]) == {"2526"}
    assert table["APPTDATE"].str.startswith("2026-02").all()
    arrived = attendances(tiny_sample, "2026-02")["Arrival_Date"].astype(str)
    assert arrived.str.startswith("2026-02").all()


def due(feed: str, month: pd.Period) -> date:
    """The day a month of a feed is due by the shipped calendars and the contract."""
    period = month_period(month.year, month.month)
    arrivals = [Arrival(period, True, AS_OF, None)]
    calendar = Calendar(load_feed(feed), {}, load_calendars(load_feeds()))
    return expected_periods(calendar, arrivals, AS_OF, period.last)[0].due_date


@pytest.mark.parametrize("feed", SERVICE_FEEDS)
def test_a_feed_of_services_ends_with_the_last_month_that_is_due(tiny_sample: Path, feed: str) -> None:
    """Fifteen months, from every service at any scale; tobacco has one more, sent before its window closes."""
    files = sorted((tiny_sample / "landing" / feed).iterdir())
    months = [pd.Period(path.stem[-7:], freq="M") for path in files]
    assert len(months) == 15 and months[-1] - months[0] == 14 * months[0].freq
    last = months[-2] if feed == "tobacco_sdcs" else months[-1]
    assert due(feed, last) < AS_OF <= due(feed, last + 1)
    column = next(item.name for item in load_feed(feed).layouts[0].columns if item.field == "provider_code")
    for path in files:
        assert set(pd.read_csv(path, dtype=str)[column]) == expected(tiny_sample, feed, "2026-06-30"), path.name


@pytest.mark.parametrize(("feed", "last"), [("lda_inpatient", "2026-09"), ("mhsds_restrictive", "2026-07")])
def test_a_publication_ends_with_the_last_month_that_is_due(tiny_sample: Path, feed: str, last: str) -> None:
    files = list((tiny_sample / "landing" / feed).iterdir())
    months = pd.concat([pd.read_csv(path, dtype=str).iloc[:, 0] for path in files]).unique()
    keys = sorted(str(pd.Period(pd.to_datetime(month, dayfirst="/" in month), freq="M")) for month in months)
    assert len(keys) == 15 and keys[-1] == last
    assert due(feed, pd.Period(last, freq="M")) < AS_OF <= due(feed, pd.Period(last, freq="M") + 1)


@pytest.mark.parametrize("feed", [*SERVICE_FEEDS, *PUBLISHED_FEEDS])
def test_every_file_of_services_and_practices_is_accepted(tiny_sample: Path, tmp_path: Path, feed: str) -> None:
    """At the smallest scale too, where a few odd rows are a large share."""
    settings = Settings(home=tmp_path)
    for path in sorted((tiny_sample / "landing" / feed).iterdir()):
        found = check_file(feed, path, settings)
        assert (found.verdict, found.rows_rejected) == (Verdict.LOADED, 0), (path.name, found.message)


def test_keys_are_unique_and_persons_are_marked_synthetic(fifth_sample: Path) -> None:
    table = admissions(fifth_sample, "202605")
    assert table["EPIKEY"].is_unique
    assert table["PSEUDO_HESID"].str.fullmatch(r"SYNA\d{13}|SYNN\d{12}").all()
    assert attendances(fifth_sample, "2026-05")["EC_Ident"].is_unique
    table = appointments(fifth_sample, "202605")
    assert table["ATTENDKEY"].is_unique
    assert table["PSEUDO_HESID"].str.fullmatch(r"SYNO\d{13}|SYNN\d{12}").all()
    week = census(fifth_sample, "2026-08-30")
    assert week["PATIENT_PATHWAY_IDENTIFIER"].is_unique
    assert week["Pseudo_NHS_Number"].str.fullmatch(r"SYN[WN]\d{12}").all()


def test_admissions_hold_what_must_not_be_counted(fifth_sample: Path) -> None:
    table = pd.concat([admissions(fifth_sample, month) for month in ("202604", "202605", "202606")])
    stroke = table[table["DIAG_4_01"].str[:3].isin(["I61", "I62", "I63", "I64"])]
    assert {"1", "2"} <= set(stroke["EPIORDER"])
    assert {"1", "3"} <= set(stroke["EPISTAT"])
    assert set(table["CLASSPAT"]) == {"1", "2", "3", "4", "5"}
    assert {"11", "13", "21", "2A", "31", "82"} <= set(table["ADMIMETH"])
    assert {"I600", "I652", "J47X", "J47"} <= set(table["DIAG_4_01"])
    dental = table[table["OPERTN_4_01"].fillna("").str[:3].isin(["F09", "F10"])]
    assert not dental["DIAG_4_01"].str.startswith(("K02", "K04")).all()
    assert dental["EPIORDER"].eq("1").all()
    assert table.loc[table["EPISTAT"] == "1", "EPIEND"].isna().all()
    year = pd.concat([admissions(fifth_sample, f"20260{month}") for month in range(4, 9)])
    assert {f"700{n}" for n in range(1, 8)} <= set(year["STARTAGE"])


def test_a_spell_keeps_its_person_and_place(fifth_sample: Path) -> None:
    table = admissions(fifth_sample, "202605")
    spells = table[table["PSEUDO_HESID"].str.startswith("SYNA")].groupby("PSEUDO_HESID")  # others come more than once
    for column in ("PROCODE3", "ETHNOS", "LSOA11", "SEX", "ADMIDATE", "STARTAGE", "GPPRAC"):
        assert (spells[column].nunique(dropna=False) == 1).all(), column
    assert spells.size().max() == 3


def test_residence_is_of_mixed_vintage_and_sometimes_unusable(fifth_sample: Path) -> None:
    change = pd.read_csv(fifth_sample / "reference" / "lsoa11_lsoa21.csv")
    only_2011 = set(change["LSOA11CD"]) - set(change["LSOA21CD"])
    only_2021 = set(change["LSOA21CD"]) - set(change["LSOA11CD"])
    admitted = admissions(fifth_sample, "202605")["LSOA11"]
    attended = attendances(fifth_sample, "2026-05")["Der_Postcode_LSOA_2021_Code"]
    waiting = census(fifth_sample, "2026-08-30")["derLSOA2021"]
    appointed = appointments(fifth_sample, "202605")["LSOA11"]
    assert admitted.isin(only_2011).sum() > 4 * admitted.isin(only_2021).sum() > 0
    for column in (attended, waiting, appointed):
        assert column.isin(only_2021).sum() > 4 * column.isin(only_2011).sum() > 0
    for column in (admitted, attended, waiting, appointed):
        assert (column == "Z99999999").any() and column.isna().any()
        known = set(change["LSOA11CD"]) | set(change["LSOA21CD"]) | {"Z99999999"}
        rest = set(column.dropna()) - known
        assert all(code.startswith("W010000") for code in rest)
    assert admitted.str.startswith("W01").any()


def test_unplanned_and_planned_attendances_are_apart(fifth_sample: Path) -> None:
    share = attendances(fifth_sample, "2026-05")["EC_AttendanceCategory"].value_counts(normalize=True)
    assert set(share.index) == {"1", "2", "3", "4"}
    assert share["4"] == pytest.approx(0.13, abs=0.02)


def test_appointments_hold_what_must_not_be_counted(fifth_sample: Path) -> None:
    table = pd.concat([appointments(fifth_sample, month) for month in ("202604", "202605", "202606")])
    assert set(table["ATTENDED"]) == {"0", "2", "3", "4", "5", "6", "7"}
    assert set(table["FIRSTATT"]) == {"1", "2", "3", "4", "9"}
    for outcome in ("2", "3", "4"):  # cancelled and missed ones would have been by telephone or video too
        assert table.loc[table["ATTENDED"] == outcome, "FIRSTATT"].isin(["3", "4"]).any()
    share = table["ATTENDED"].value_counts(normalize=True)
    assert share[["2", "4", "7", "0"]].sum() == pytest.approx(0.11 / 1.11, abs=0.02)


def test_pathways_wait_from_week_to_week(fifth_sample: Path) -> None:
    first, second = census(fifth_sample, "2026-05-31"), census(fifth_sample, "2026-06-07")
    both = first.merge(second, on="PATIENT_PATHWAY_IDENTIFIER", suffixes=("", "_later"))
    assert len(both) > 0.85 * len(first)
    assert len(second) > len(both)
    for column in ("REFERRAL_TO_TREATMENT_PERIOD_START_DATE", "ETHNIC_CATEGORY", "derLSOA2021", "Waiting_List_Type"):
        assert both[column].equals(both[f"{column}_later"].rename(column)), column


def test_waits_lie_on_both_sides_of_the_boundaries_and_some_rows_are_excluded(fifth_sample: Path) -> None:
    for week in ("2026-08-30", "2026-09-27"):
        table = census(fifth_sample, week)
        counted = table[(table["Waiting_List_Type"] == "IRTT") & (table["waited"] >= 0)]
        assert {126, 127, 364, 365, 455, 456} <= set(counted["waited"])
        assert set(table["Waiting_List_Type"]) == {"IRTT", "ORTT", "NONRTT", "PLANNED"}
        assert table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"].isna().any()
        assert (table["waited"] < 0).any()


def test_manifests_describe_their_files(tiny_sample: Path) -> None:
    manifests = sorted((tiny_sample / "landing").rglob("*.manifest.json"))
    assert len(manifests) == 72
    for path in manifests:
        manifest = json.loads(path.read_text())
        content = path.with_name(manifest["file"]).read_bytes()
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
        assert (manifest["bytes"], manifest["rows"]) == (len(content), content.count(b"\n") - 1)
        assert manifest["restates"] is (manifest["file"] == "hes_apc_202603-revised.csv")


def test_the_restated_month_replaces_a_poorer_first_delivery(fifth_sample: Path) -> None:
    first, revised = admissions(fifth_sample, "202603"), admissions(fifth_sample, "202603", "-revised")
    assert 0.93 < len(first) / len(revised) < 0.985
    assert set(first["EPIKEY"]) < set(revised["EPIKEY"])
    known = [table["ETHNOS"].isin(KNOWN_ETHNIC).mean() for table in (first, revised)]
    assert known[0] < known[1] - 0.05


def expected(sample: Path, feed: str, day: str) -> set[str]:
    """Who must send a feed for a period that ends on a day."""
    table = pd.read_csv(sample / "expected_submitters.csv", dtype=str)
    table = table[(table["feed"] == feed) & (table["valid_from"] <= day)]
    return set(table[table["valid_to"].isna() | (table["valid_to"] >= day)]["submitter_code"])


@pytest.mark.parametrize("size", ["tiny", "fifth"])
def test_every_expected_submitter_sends_except_where_a_fault_is_planted(
    size: str, tiny_sample: Path, fifth_sample: Path
) -> None:
    sample = {"tiny": tiny_sample, "fifth": fifth_sample}[size]
    silent = []
    for path in sorted((sample / "landing" / "wlmds").glob("*.csv")):
        week = path.stem.removeprefix("wlmds_")
        sent = set(census(sample, week)["ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER"])
        silent += [("wlmds", week, code) for code in sorted(sent ^ expected(sample, "wlmds", week))]
    for month in pd.period_range("2025-06", "2026-08", freq="M"):
        last = month.end_time.date().isoformat()
        suffix = "-revised" if str(month) == "2026-03" else ""
        sent = set(admissions(sample, str(month).replace("-", ""), suffix)["PROCODE3"])
        silent += [("sus_apc", str(month), code) for code in sorted(sent ^ expected(sample, "sus_apc", last))]
        sent = set(appointments(sample, str(month).replace("-", ""))["PROCODE3"])
        silent += [("sus_op", str(month), code) for code in sorted(sent ^ expected(sample, "sus_op", last))]
        sent = set(attendances(sample, str(month))["Der_Provider_Code"])
        silent += [("ecds", str(month), code) for code in sorted(sent ^ expected(sample, "ecds", last))]
    for path in sorted((sample / "landing" / "gp_extract").glob("*.parquet")):
        day = path.stem.removeprefix("gp_extract_")
        sent = set(pd.read_parquet(path)["PRACTICE_CODE"])
        silent += [("gp_extract", day, code) for code in sorted(sent ^ expected(sample, "gp_extract", day))]
    assert silent == [("wlmds", "2026-08-23", "ZT3"), ("wlmds", "2026-08-30", "ZT3"), ("ecds", "2026-08", "ZT9")]


def test_the_merged_trust_ends_with_its_successor(fifth_sample: Path) -> None:
    assert "ZT12" in set(admissions(fifth_sample, "202509")["PROCODE3"])
    assert "ZT12" not in set(admissions(fifth_sample, "202510")["PROCODE3"])
    assert "ZT12" in expected(fifth_sample, "sus_apc", "2025-09-30")
    assert "ZT12" not in expected(fifth_sample, "sus_apc", "2025-10-31")


def test_planted_faults_show_in_their_submitter_and_nowhere_else(fifth_sample: Path) -> None:
    for month, faulty in (("202606", False), ("202607", True), ("202608", True)):
        table = admissions(fifth_sample, month)
        not_stated = table.groupby("PROCODE3")["ETHNOS"].agg(lambda codes: (codes == "Z").mean())
        assert (not_stated["ZT7"] == 1) == faulty
        assert (not_stated.drop("ZT7") < 0.35).all()
    for month, low, high in (("202607", 0, 0.12), ("202608", 0.4, 0.8)):
        blank = admissions(fifth_sample, month).groupby("PROCODE3")["LSOA11"].agg(lambda codes: codes.isna().mean())
        assert low <= blank["ZT11"] <= high
        assert (blank.drop("ZT11") < 0.12).all()
    volume = {
        month: attendances(fifth_sample, month)["Der_Provider_Code"].value_counts() for month in ("2026-07", "2026-08")
    }
    ratio = volume["2026-08"] / volume["2026-07"]
    assert 0.2 < ratio["ZT5"] < 0.7
    assert (ratio.drop(["ZT5", "ZT9"]) > 0.75).all()


def test_sample_record_names_the_planted_faults(tiny_sample: Path) -> None:
    planted = json.loads((tiny_sample / "sample.json").read_text())["planted"].values()
    assert {(fault["feed"], fault["submitter"]) for fault in planted} == {
        ("ecds", "ZT9"), ("ecds", "ZT5"), ("sus_apc", "ZT7"), ("sus_apc", "ZT11"), ("wlmds", "ZT3"), ("sus_apc", ""),
    }  # fmt: skip


def wilson(count: int, total: int) -> list[str]:
    """The value and limits of a CVDPREVENT row, written out again."""
    p, z = count / total, 1.959963984540054
    middle, half = p + z * z / (2 * total), z * (p * (1 - p) / total + z * z / (4 * total * total)) ** 0.5
    limits = [(middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)]
    return [f"{100 * number:.2f}" for number in (p, *limits)]


def test_cvdprevent_country_rows_reproduce_and_lower_counts_are_rounded(fifth_sample: Path) -> None:
    path = fifth_sample / "landing" / "cvdprevent" / "cvdprevent_export_to_2026-03.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert set(table["TimePeriodName"]) == {"To June 2025", "To September 2025", "To December 2025", "To March 2026"}
    assert set(table["IndicatorCode"]) == {
        "CVDP003CHOL", "CVDP009CHOL", "CVDP007HYP", "CVDP002HYP", "CVDP003HYP", "CVDP001HYP", "CVDP005HYP", "CVDP002AF",
    }  # fmt: skip
    country = table[table["AreaCode"] == "F92000001"]
    assert len(country) == 4 * 8 * 6
    printed = country[["Value", "LowerConfidenceLimit", "UpperConfidenceLimit"]].to_numpy().tolist()
    counts = country[["Numerator", "Denominator"]].astype(int).to_numpy().tolist()
    assert printed == [wilson(*pair) for pair in counts]
    below = table[table["AreaCode"] != "F92000001"]
    assert set(below["AreaCode"]) == {f"F5400000{number}" for number in range(1, 6)}
    assert (below[["Numerator", "Denominator"]].astype(int) % 5 == 0).all().all()
    rounded = [wilson(*pair)[0] for pair in below[["Numerator", "Denominator"]].astype(int).to_numpy().tolist()]
    assert rounded != below["Value"].tolist()


def test_cvdprevent_parts_add_up_to_the_country(fifth_sample: Path) -> None:
    table = pd.read_csv(fifth_sample / "landing" / "cvdprevent" / "cvdprevent_export_to_2026-03.csv")
    country = table[table["AreaCode"] == "F92000001"]
    fifths = country[country["MetricCategoryTypeName"] == "Deprivation quintile"]
    keys = ["TimePeriodName", "IndicatorCode"]
    summed = fifths.groupby(keys)[["Numerator", "Denominator"]].sum()
    persons = country[country["MetricCategoryName"] == "Persons"].set_index(keys)[["Numerator", "Denominator"]]
    assert summed.equals(persons.sort_index())

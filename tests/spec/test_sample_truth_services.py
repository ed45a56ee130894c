"""What was planted in the monthly feeds of services comes back: shares and rates recomputed in plain pandas.

As in `test_sample_truth`, the recomputation shares nothing with the generator or the pipeline.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.sample import generate
from pipeline.settings import Settings
from tests.spec import recompute_continuity
from tests.spec.test_sample_truth import GROUP, LIMIT, Truth, decile_of, describe, part, rate_of

pytestmark = pytest.mark.slow

Rows = pd.DataFrame
# Feed -> columns of ethnic category, LSOA and age.
WHO = {
    "talking_therapies": ("EthnicCategory", "LSOA2011", "Age_ReferralRequest_ReceivedDate"),
    "msds_birth": ("EthnicCategoryMother", "LSOAMother2011", "AgeAtBirthMother"),
    "msds_booking": ("EthnicCategoryMother", "LSOAMother2011", "AgeAtBookingMother"),
    "tobacco_sdcs": ("Ethnic_Category", "LSOA_2021", "Age"),
    "mhsds_contact": ("EthnicCategory", "LSOA2021", "AgeCareContDate"),
    "mhsds_detention": ("EthnicCategory", "LSOA2021", "AgeRepPeriodStart"),
}
# Feed -> months of the window of its shares.
WINDOW = {
    "talking_therapies": ["2026-05", "2026-06", "2026-07"],
    "msds_birth": [str(month) for month in pd.period_range("2025-07", "2026-06", freq="M")],
    "msds_booking": ["2026-06"],
    "tobacco_sdcs": ["2026-08"],
    "mhsds_contact": [str(month) for month in pd.period_range("2025-08", "2026-07", freq="M")],
    "mhsds_detention": [str(month) for month in pd.period_range("2025-08", "2026-07", freq="M")],
}


def days_between(rows: Rows, start: str, end: str) -> pd.Series[Any]:
    return (pd.to_datetime(rows[end]) - pd.to_datetime(rows[start])).dt.days


def finished(rows: Rows) -> pd.Series[Any]:
    return (rows["CompletedTreatment_Flag"] == "True") & (rows["age"] >= 16)


def at_caseness(rows: Rows) -> pd.Series[Any]:
    return finished(rows) & (rows["NotCaseness_Flag"] == "False")


def recovered(rows: Rows) -> pd.Series[Any]:
    return rows["Recovery_Flag"] == "True"


def waited(longest: int) -> Callable[[Rows], pd.Series[Any]]:
    return lambda rows: days_between(rows, "ReferralRequestReceivedDate", "TherapySession_FirstDate") <= longest


def known_gestation(rows: Rows) -> pd.Series[Any]:
    return (rows["PregOutcome"] == "01") & rows["GestationLengthBirth"].astype(float).between(24 * 7, 42 * 7 + 6)


def preterm(rows: Rows) -> pd.Series[Any]:
    return rows["GestationLengthBirth"].astype(float) < 37 * 7


def delivered(rows: Rows) -> pd.Series[Any]:
    return rows["SmokingStatusDelivery_derived"].isin(["Smoker", "Non-Smoker / Ex-Smoker"])


def gestation(rows: Rows, day: str) -> pd.Series[Any]:
    """Days of gestation on a day of each row."""
    return rows["GestAgeBooking"].astype(float) + days_between(rows, "AntenatalAppDate", day)


def at_29_weeks(rows: Rows) -> pd.Series[Any]:
    rows = rows.assign(last=pd.to_datetime(rows["RPStartDate"]) + pd.offsets.MonthEnd(0))
    reached = (gestation(rows, "RPStartDate") <= 203) & (gestation(rows, "last") >= 203)
    return reached & ~(gestation(rows, "DischargeDateMatService") < 203)


def on_pathway(rows: Rows) -> pd.Series[Any]:
    planned = (rows["CarePlanType"] == "05") & (rows["ContCarePathInd"] == "Y")
    return planned & rows["CareProfLID"].notna() & rows["TeamLocalID"].notna() & (gestation(rows, "CarePlanDate") < 203)


def smoker(*settings: str) -> Callable[[Rows], pd.Series[Any]]:
    def asked(rows: Rows) -> pd.Series[Any]:
        overnight = (rows["Nights_Of_Stay"].astype(float) >= 1) & (rows["age"] >= 18)
        return rows["Setting"].isin(settings) & (overnight | (rows["Setting"] == "maternity"))

    return asked


def seen(rows: Rows) -> pd.Series[Any]:
    return days_between(rows, "Referral_Date", "First_Contact_Date") >= 0


# Indicator -> feed, who is asked about, who counts among them.
SHARES: dict[str, tuple[str, Callable[[Rows], pd.Series[Any]], Callable[[Rows], pd.Series[Any]]]] = {
    "MAT01": ("msds_booking", at_29_weeks, on_pathway),
    "MAT02": ("msds_birth", known_gestation, preterm),
    "MAT02_SINGLETON": ("msds_birth", lambda rows: known_gestation(rows) & (rows["BirthsPerLabandDel"] == "1"),
                        preterm),
    "SMO01_DELIVERY": ("msds_birth", delivered, lambda rows: rows["SmokingStatusDelivery_derived"] == "Smoker"),
    "SMO01": ("tobacco_sdcs", smoker("acute_inpatient", "maternity", "mental_health_inpatient"), seen),
    "SMO01_INPATIENT": ("tobacco_sdcs", smoker("acute_inpatient"), seen),
    "SMO01_MATERNITY": ("tobacco_sdcs", smoker("maternity"), seen),
    "SMO01_MENTAL_HEALTH": ("tobacco_sdcs", smoker("mental_health_inpatient"), seen),
    "MEN01": ("talking_therapies", at_caseness,
              lambda rows: recovered(rows) & (rows["ReliableImprovement_Flag"] == "True")),
    "MEN01_RECOVERY": ("talking_therapies", at_caseness, recovered),
    "MEN01_6WEEKS": ("talking_therapies", finished, waited(42)),
    "MEN01_18WEEKS": ("talking_therapies", finished, waited(126)),
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("services")))


@pytest.fixture(scope="module")
def truths(sample: Path) -> list[Truth]:
    with (sample / "truth.csv").open(newline="") as stream:
        _, *rows = csv.reader(stream)
    return [Truth(a, b, c, d, e, f, g, float(value)) for a, b, c, d, e, f, g, value in rows]


@pytest.fixture(scope="module")
def records(sample: Path) -> dict[str, Rows]:
    """The records of each feed in the window of its shares."""
    decile = decile_of(sample)
    return {feed: read(sample, feed, months, decile) for feed, months in WINDOW.items()}


def read(sample: Path, feed: str, months: list[str], decile: pd.Series[Any]) -> Rows:
    folder = sample / "landing" / feed
    table = pd.concat([pd.read_csv(folder / f"{feed}_{month}.csv", dtype=str) for month in months], ignore_index=True)
    ethnic, lsoa, age = WHO[feed]
    return describe(table, table[lsoa], table[ethnic], table[age].astype(float), decile)


@pytest.mark.parametrize("indicator", list(SHARES))
def test_shares_are_as_planted_and_worse_for_the_most_deprived(
    records: dict[str, Rows], truths: list[Truth], indicator: str
) -> None:
    feed, is_asked, counts = SHARES[indicator]
    asked = records[feed][is_asked(records[feed])]
    rows = [truth for truth in truths if truth.indicator == indicator]
    assert len(rows) == 1 + 10 + 5 + 2 + 5 + 4
    assert {truth.period_end[:7] for truth in rows} == {WINDOW[feed][-1]}
    for row in (truth for truth in rows if truth.measure == "proportion"):
        group = part(asked, row.breakdown, row.category)
        expected = row.value / 100
        error = (expected * (1 - expected) / len(group)) ** 0.5
        assert abs(float(counts(group).mean()) - expected) / error < LIMIT, (row.breakdown, row.category)
    assert all(truth.value > 0 for truth in rows if truth.measure == "absolute_gap")
    assert all(truth.value > 1 for truth in rows if truth.measure == "relative_gap")


def test_continuity_of_carer_as_received_is_as_planted_and_worse_for_the_most_deprived(
    sample: Path, truths: list[Truth]
) -> None:
    asked = recompute_continuity.women(sample / "landing", "2026-06")
    ethnic, lsoa, age = (asked[name] for name in WHO["msds_booking"])
    asked = describe(asked, lsoa, ethnic, age.astype(float), decile_of(sample))
    rows = [truth for truth in truths if truth.indicator == "MAT01_RECEIVED"]
    assert len(rows) == 1 + 10 + 5 + 2 + 5 + 4
    for row in (truth for truth in rows if truth.measure == "proportion"):
        group, expected = part(asked, row.breakdown, row.category), row.value / 100
        error = (expected * (1 - expected) / len(group)) ** 0.5
        assert abs(float(group["is_receiving"].mean()) - expected) / error < LIMIT, (row.breakdown, row.category)
    assert all(truth.value > 0 for truth in rows if truth.measure == "absolute_gap")
    assert all(truth.value > 1 for truth in rows if truth.measure == "relative_gap")


def test_care_activities_on_both_sides_of_every_edge_are_in_the_files(sample: Path) -> None:
    rows = recompute_continuity.activities(sample / "landing", pd.Period("2026-06", freq="M"))
    contacts, labours = (rows[rows["Source_Table"] == name] for name in ("MSD202", "MSD302"))
    assert {"2", "3", "5", "6", "7"} == set(contacts["AttendCode"]) and {"01", "05", "07"} < set(contacts["StaffGroup"])
    assert contacts["CareConID"].duplicated().any() and labours["CareConID"].isna().all()
    assert labours["CareProfLID"].isna().any() and labours["UniqPregID"].duplicated().any()
    files = (sample / "landing" / "msds_booking").iterdir()
    booked = pd.concat([pd.read_csv(path, dtype=str) for path in files]).set_index("UniqPregID")
    days = (contacts["CContactDate"] - pd.to_datetime(contacts["UniqPregID"].map(booked["CarePlanDate"]))).dt.days
    assert {-1, 0, 1} <= set(days.dropna().astype(int))
    days = (contacts["CContactDate"] - contacts["DischargeDateMatService"]).dt.days
    assert {-1, 0, 1} <= set(days.dropna().astype(int))


def seen_people(rows: Rows) -> Rows:
    """One row a person under 18 who was seen."""
    attended = rows["AttendStatus"].isin(["5", "6"]) & rows["ConsMechanismMH"].isin(["01", "02", "04", "11"])
    counted = rows[(attended | (rows["Source_Table"] == "MHS204")) & (rows["age"] < 18)]
    return counted.sort_values("CareContDate").drop_duplicates("Person_ID", keep="last")


def detained(rows: Rows) -> Rows:
    """New detentions: the status is in the list and starts while the person is in hospital."""
    start, admitted, left = (
        rows[f"{name}Date{of}"]
        for name, of in (("Start", "MHActLegalStatusClass"), ("Start", "HospProvSpell"), ("Disch", "HospProvSpell"))
    )
    codes = ["02", "03", "07", "08", "09", "10", "12", "13", "14", "15", "16", "17", "18", "31", "32", "34"]
    return rows[rows["LegalStatusCode"].isin(codes) & (start >= admitted) & (left.isna() | (start <= left))]


def detained_how(recalled: bool, on_admission: bool | None) -> Callable[[Rows], Rows]:
    def counted(rows: Rows) -> Rows:
        rows = detained(rows)
        same_day = rows["StartDateMHActLegalStatusClass"] == rows["StartDateHospProvSpell"]
        rows = rows[(rows["CommTreatOrdEndReason"] == "02") == recalled]
        return rows if on_admission is None else rows[same_day[rows.index] == on_admission]

    return counted


# Indicator -> feed, what is counted, measure, ages.
RATES: dict[str, tuple[str, Callable[[Rows], Rows], str, tuple[int, int]]] = {
    "CMH01": ("mhsds_contact", seen_people, "crude_rate", (0, 17)),
    "MEN02": ("mhsds_detention", detained, "dsr", (0, 120)),
    "MEN02_ON_ADMISSION": ("mhsds_detention", detained_how(False, True), "dsr", (0, 120)),
    "MEN02_AFTER_ADMISSION": ("mhsds_detention", detained_how(False, False), "dsr", (0, 120)),
    "MEN02_RECALL": ("mhsds_detention", detained_how(True, None), "dsr", (0, 120)),
}


@pytest.fixture(scope="module")
def people(sample: Path) -> Rows:
    table = pd.read_parquet(sample / "reference" / "population_lsoa21.parquet")
    return describe(table, table["lsoa21_code"], table["ethnic_category"], table["age_from"], decile_of(sample))


@pytest.mark.parametrize("indicator", list(RATES))
def test_rates_are_as_planted_and_worse_for_the_most_deprived(
    records: dict[str, Rows], truths: list[Truth], people: Rows, indicator: str
) -> None:
    feed, counted, measure, ages = RATES[indicator]
    events = counted(records[feed])
    rows = [truth for truth in truths if truth.indicator == indicator]
    assert len(rows) == 1 + 10 + 5 + 2 + 5 + 4
    assert {truth.period_end[:7] for truth in rows} == {WINDOW[feed][-1]}
    for row in (truth for truth in rows if truth.measure == measure):
        group = part(events, row.breakdown, row.category)
        value, error = rate_of(measure, ages, group, part(people, row.breakdown, row.category))
        error *= (row.value / value) ** 0.5 if value else 1
        assert abs(value - row.value) / error < LIMIT, (row.breakdown, row.category)
    assert all(truth.value > 0 for truth in rows if truth.measure == "absolute_gap")


@pytest.mark.parametrize("feed", list(WHO))
def test_shares_of_known_ethnicity_and_residence_are_as_planted(sample: Path, truths: list[Truth], feed: str) -> None:
    rows = read(sample, feed, ["2026-06"], decile_of(sample))
    ethnic, _, _ = WHO[feed]
    person = next(name for name in map(str, rows) if name.startswith(("Person_ID", "Pseudo")))
    for indicator, known in (("DQ01", rows[ethnic].isin(list(GROUP))), ("DQ02", rows["imd_decile"].notna())):
        expected = next(row.value for row in truths if (row.indicator, row.category) == (indicator, feed)) / 100
        error = (expected * (1 - expected) / rows[person].nunique()) ** 0.5
        assert abs(float(known.mean()) - expected) / error < LIMIT, (indicator, feed)


def test_records_on_both_sides_of_every_edge_are_in_the_files(records: dict[str, Rows]) -> None:
    """Without such records the shares above would prove little."""
    courses = records["talking_therapies"]
    assert {15.0, 16.0} <= set(courses["age"])
    waits = days_between(courses, "ReferralRequestReceivedDate", "TherapySession_FirstDate")
    assert {42, 43, 126, 127} <= set(waits)
    assert {"True", "False"} == set(courses["NotCaseness_Flag"]) == set(courses["CompletedTreatment_Flag"])
    assert (recovered(courses) & (courses["ReliableImprovement_Flag"] == "False")).any()
    babies = records["msds_birth"]
    assert {258, 259, 300} <= set(babies["GestationLengthBirth"].dropna().astype(int))
    assert (babies["GestationLengthBirth"].astype(float) < 168).any()
    assert (babies["GestationLengthBirth"].astype(float) > 300).any()
    assert {"01", "02"} == set(babies["PregOutcome"]) and {"1", "2"} == set(babies["BirthsPerLabandDel"])
    pregnancies = records["msds_booking"]
    assert {202, 203} <= set(gestation(pregnancies, "CarePlanDate").dropna().astype(int))
    for column in ("GestAgeBooking", "CarePlanDate", "CareProfLID", "TeamLocalID"):
        assert pregnancies[column].isna().any(), column
    assert (pregnancies["CarePlanType"] == "02").any() and (pregnancies["ContCarePathInd"] == "N").any()
    assert 0 < at_29_weeks(pregnancies).mean() < 1
    smokers = records["tobacco_sdcs"]
    assert set(smokers["Nights_Of_Stay"].dropna()) > {"0", "1"} and (smokers["age"] < 18).any()
    assert (
        smokers["Referral_Date"].isna().any()
        and (days_between(smokers, "Referral_Date", "First_Contact_Date") < 0).any()
    )
    contacts = records["mhsds_contact"]
    assert {17.0, 18.0} <= set(contacts["age"])
    assert {"3", "5", "6"} <= set(contacts["AttendStatus"]) and {"01", "05", "09"} <= set(contacts["ConsMechanismMH"])
    assert contacts["Person_ID"].nunique() < len(contacts) / 2
    months = contacts.groupby("Person_ID")["ReportingPeriodStartDate"].nunique()
    assert set(months) == {1, 2, 3, 4}
    periods = records["mhsds_detention"]
    assert {"05", "19", "20"} <= set(periods["LegalStatusCode"]) and periods["StartDateHospProvSpell"].isna().any()
    assert (periods["StartDateMHActLegalStatusClass"] < periods["StartDateHospProvSpell"]).any()
    assert (periods["StartDateMHActLegalStatusClass"] > periods["DischDateHospProvSpell"]).any()

"""Continuity of carer once more in plain pandas: who was asked for in a month, and who received it.

Belongs here: reading the files of bookings and care activities, and the definition, typed in from the published code.
Does not belong here: anything of the pipeline or its SQL, assertions, formulas (`recompute`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.spec import recompute

KEY = ["UniqPregID", "Person_ID_Mother"]
DATES = ["AntenatalAppDate", "DischargeDateMatService", "CarePlanDate", "CContactDate"]
BREAKDOWNS = [
    *recompute.TOTAL, *recompute.DEPRIVATION, ("ethnic_group_5", "ethnic_group_5", "not_used"),
]  # fmt: skip


def women(landing: Path, reporting: str) -> pd.DataFrame:
    """Bookings of who reached 29 weeks four months before a month (2026-06), with `is_receiving`."""
    month = pd.Period(reporting, freq="M")
    booked = _read(landing / "msds_booking" / f"msds_booking_{month - 4}.csv")
    first, last = (month - 4).start_time, (month - 4).end_time.normalize()
    at_zero = booked["AntenatalAppDate"] - pd.to_timedelta(booked["GestAgeBooking"].astype(float), unit="D")
    turning = at_zero + pd.Timedelta(days=203)
    left = booked["DischargeDateMatService"]
    asked = booked[turning.between(first, last) & ~(left < turning)].copy()
    plan = asked["CarePlanDate"] < turning[asked.index]
    for column, value in (("CarePlanType", "05"), ("ContCarePathInd", "Y")):
        plan &= asked[column] == value
    placed = asked[plan & asked["CareProfLID"].notna() & asked["TeamLocalID"].notna()]
    asked["is_receiving"] = asked["UniqPregID"].isin(_received(landing, month, placed))
    return asked


def cells(landing: Path, residence: pd.DataFrame, reporting: str) -> pd.DataFrame:
    """Counts as the data set shows them, 1 to 7 as 5 and the others to 5, of England and the ICBs."""
    asked = women(landing, reporting)
    named = {"LSOAMother2011": "lsoa", "EthnicCategoryMother": "ethnic"}
    rows = asked.rename(columns=named).assign(sex="2", age=asked["AgeAtBookingMother"].astype(float))
    rows = recompute.describe(rows, residence).assign(numerator=asked["is_receiving"].astype(int), denominator=1)
    found = recompute.by_cell(rows, ["numerator", "denominator"], BREAKDOWNS, [])
    for name in ("numerator", "denominator"):
        found[name] = ((found[name] + 2) // 5 * 5).where(~found[name].between(1, 7), 5).astype(float)
    found["value"] = found["numerator"] / found["denominator"] * 100
    return found.assign(indicator_id="MAT01_RECEIVED", value_status="shown")


def activities(landing: Path, month: pd.Period) -> pd.DataFrame:
    """Care activities of every file up to a month."""
    files = sorted((landing / "msds_contact").iterdir())
    return pd.concat([_read(path) for path in files if path.stem[-7:] <= str(month)], ignore_index=True)


def _received(landing: Path, month: pd.Period, placed: pd.DataFrame) -> pd.Series[str]:
    """Pregnancies with a plan whose contacts and labour were as planned."""
    both = placed.merge(activities(landing, month), on=KEY, suffixes=("_plan", ""))
    told = pd.concat([both[["UniqPregID", "CarePlanDate", "DischargeDateMatService"]],
                      placed[["UniqPregID", "CarePlanDate", "DischargeDateMatService"]]])  # fmt: skip
    told = told[told["DischargeDateMatService"] >= told["CarePlanDate"]]
    end = both["UniqPregID"].map(told.groupby("UniqPregID")["DischargeDateMatService"].max())
    same = (both["CareProfLID"] == both["CareProfLID_plan"]) | (both["TeamLocalID"] == both["TeamLocalID_plan"])
    both = both.assign(same=same)
    labours = both[both["Source_Table"] == "MSD302"].groupby("UniqPregID")["same"].any()
    met = both[
        (both["Source_Table"] == "MSD202")
        & both["AttendCode"].isin(["5", "6"])
        & both["StaffGroup"].isin(["05", "06", "07"])
        & (both["CContactDate"] >= both["CarePlanDate"])
        & (both["CContactDate"] <= end)
    ]
    contacts = met.groupby(["UniqPregID", "CareConID", "CContactDate"])["same"].any()
    counts = contacts.groupby("UniqPregID").agg(["sum", "size"])
    enough = counts.index[counts["sum"] * 10 >= counts["size"] * 7]
    return pd.Series([name for name in enough if labours.get(name, True)])


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str)
    dates = [name for name in DATES if name in table.columns]
    table[dates] = table[dates].apply(pd.to_datetime)
    return table

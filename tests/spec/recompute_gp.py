"""The GP extract once more in plain pandas: who is in each denominator and numerator, typed in from the definitions.

Belongs here: reading a snapshot and the definitions. Does not belong here: anything of the pipeline or its SQL,
assertions, formulas (`recompute`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tests.spec.recompute import describe

Asked = dict[str, tuple["pd.Series[bool]", "pd.Series[bool]"]]
SIX_CHECKS = ["BMI_DATE", "BP_DATE", "ALC_DATE", "SMOK_DATE", "CHOL_DATE", "EITHER_DATE"]
EIGHT = [
    "HBA1C_DATE", "BP_DATE", "CHOL_DATE", "CREATININE_DATE", "ACR_DATE", "FOOT_EXAM_DATE", "BMI_DATE", "SMOK_DATE",
]  # fmt: skip


def read_snapshot(landing: Path, residence: pd.DataFrame, day: str) -> pd.DataFrame:
    """One snapshot with dates as days and what people are grouped by."""
    table = pd.read_parquet(landing / "gp_extract" / f"gp_extract_{day}.parquet")
    dates = [name for name in table.columns if name.endswith("_DATE")]
    table[dates] = table[dates].apply(pd.to_datetime)
    table["EITHER_DATE"] = table[["HBA1C_DATE", "GLUCOSE_DATE"]].max(axis=1)
    born = pd.to_datetime(table["BIRTH_YEAR_MONTH"])
    end = pd.Timestamp(day)
    table["months"] = (end.year - born.dt.year) * 12 + end.month - born.dt.month
    table["age"] = (table["months"] // 12).clip(upper=90)
    year_end = end.year + (end.month > 3)
    table["age_at_year_end"] = ((year_end - born.dt.year) * 12 + 3 - born.dt.month) // 12
    return describe(table.rename(columns={"LSOA11": "lsoa", "ETHNIC_CATEGORY": "ethnic", "SEX": "sex"}), residence)


def asked_and_met(table: pd.DataFrame, day: str) -> Asked:
    """Indicator -> who is in the denominator, and who of everybody would be in the numerator."""
    end, age = pd.Timestamp(day), table["months"] // 12

    def within(columns: list[str], months: int) -> Any:
        """All of the dates in the last so many whole months."""
        start = end + pd.offsets.MonthBegin(1) - pd.DateOffset(months=months)
        return ((table[columns] >= start) & (table[columns] <= end)).all(axis=1)

    def since(column: str, month: int) -> Any:
        start = pd.Timestamp(end.year - (end.month < month), month, 1)
        return table[column].between(start, end)

    def on(diagnosis: str, ended: str | None = None) -> Any:
        active = table[diagnosis] <= end
        return active & ~(table[ended] > table[diagnosis]) if ended else active

    systolic, diastolic = table["BP_SYSTOLIC"], table["BP_DIASTOLIC"]
    valid = (systolic >= 50) & (diastolic >= 20)
    limit = pd.Series(140, index=table.index).where(age < 80, 150)
    cvd = table[["CHD_COD_DATE", "OSTR_COD_DATE", "TIA_COD_DATE", "PAD_COD_DATE"]].notna().any(axis=1)
    fibrillating = on("AFIB_COD_DATE", "AFIBRES_COD_DATE") & (table["CHA2DS2VASC"] >= 2)
    coded = (end - table["PREG_COD_DATE"]).dt.days
    pregnant = (table["sex"] == "female") & (age < 50) & coded.between(0, 252)
    pregnant &= ~((table["PREGDEL_COD_DATE"] > table["PREG_COD_DATE"]) & (table["PREGDEL_COD_DATE"] <= end))
    campaign = 4 if end.month in (6, 9) else 10
    start = pd.Timestamp(end.year - (end.month < campaign), campaign, 1)
    weakened = on("IMMDX_COV_COD_DATE")
    for column, months in (("IMMRX_COD_DATE", 6), ("DXT_CHEMO_COD_DATE", 6), ("IMMADM_COD_DATE", 36)):
        weakened |= table[column].between(start - pd.DateOffset(months=months), end)
    in_home = (table["LONGRES_COD_DATE"] <= end) & ~(table["RESIDE_COD_DATE"] > table["LONGRES_COD_DATE"])
    diabetic = on("DM_COD_DATE") & (age >= 12)
    asthmatic = on("AST_COD_DATE", "ASTRES_COD_DATE") & age.between(5, 17)
    found = {
        "CVD01": (
            on("HYP_COD_DATE", "HYPRES_COD_DATE") & (age >= 18),
            valid & within(["BP_DATE"], 12) & (systolic <= limit) & (diastolic <= 90),
        ),
        "CVD02": (
            table["HYP_COD_DATE"].isna() & (age >= 18) & valid & within(["BP_DATE"], 60),
            (systolic >= 140) | (diastolic >= 90),
        ),
        "CVD03_GP": ((table["QRISK"] >= 20) & age.between(25, 84) & ~cvd, within(["LLT_LAST_ISSUE_DATE"], 6)),
        "CVD04_GP": (
            cvd & (age >= 18),
            within(["LIPID_DATE"], 12) & ((table["NON_HDL"] <= 2.6) | (table["LDL"] <= 2.0)),
        ),
        "CVD05": (fibrillating & (age >= 18), within(["ANTICOAG_LAST_ISSUE_DATE"], 6)),
        "SMI01_GP": (on("MH_COD_DATE", "MHREM_COD_DATE"), within(SIX_CHECKS, 12)),
        "RES02": (on("RESP_COD_DATE") & (table["months"] >= 6) & (age < 65), since("FLUVAC_DATE", 9)),
        "RES02_65": (age >= 65, since("FLUVAC_DATE", 9)),
        "RES02_PREGNANT": (pregnant, since("FLUVAC_DATE", 9)),
        "RES02_COVID19": (age >= 75, since("COVIDVAC_DATE", campaign)),
        "RES02_COVID19_IMMUNOSUPPRESSED": (
            weakened & (table["months"] >= 6) & (age < 75),
            since("COVIDVAC_DATE", campaign),
        ),
        "RES02_COVID19_CARE_HOME": (in_home & (age >= 65), since("COVIDVAC_DATE", campaign)),
        "RES02_PNEUMOCOCCAL": (on("RESP_COD_DATE") & (age >= 2), table["PNEUVAC_DATE"] <= end),
        "DIA01": (diabetic, within(EIGHT, 12)),
        "DIA01_T1": (diabetic & (table["DIABETES_TYPE"] == "1"), within(EIGHT, 12)),
        "DIA01_T2": (diabetic & (table["DIABETES_TYPE"] != "1"), within(EIGHT, 12)),
        "LDA01": (on("LD_COD_DATE") & (table["age_at_year_end"] >= 14), since("LDHC_DATE", 4)),
        "AST02_3": (asthmatic & (table["SABA_ISSUES_12M"] >= 1), table["SABA_ISSUES_12M"] >= 3),
        "AST02": (asthmatic & (table["SABA_ISSUES_12M"] >= 1), table["SABA_ISSUES_12M"] >= 6),
    }
    return {
        name: (asked.fillna(False).astype(bool), met.fillna(False).astype(bool)) for name, (asked, met) in found.items()
    }

"""Rates on the waiting list once more, in plain pandas, from rows of `recompute.read_waiting`.

Belongs here: who a rate on the waiting list counts, and every published row of it. Does not belong here: anything of
the pipeline, assertions, percentiles of waits (`recompute_percentile`).
"""

from __future__ import annotations

import pandas as pd

from tests.spec import recompute

# indicator: measure, youngest, oldest, as in `recompute.RATES`
RATES: dict[str, tuple[str, int, int, tuple[str, ...]]] = {
    "ELE01": ("dsr", 0, 200, ()),
    "ELE01_PERSONS": ("dsr", 0, 200, ()),
    "ORA01_WAITING": ("crude", 0, 10, ()),
}
# indicator: the longest wait in days that does not count, oldest
OVER = {"ELE02": (126, 200), "ELE03": (364, 200), "ELE03_65": (455, 200), "ELE03_U18": (364, 17)}


def on_list(indicator: str, waiting: pd.DataFrame) -> pd.DataFrame:
    """The rows of a census that a rate counts, wherever people live."""
    rows = waiting[waiting["Waiting_List_Type"] == "IRTT"]
    if indicator == "ELE01_PERSONS":
        return one_each(rows)
    if indicator == "ORA01_WAITING":
        rows = rows[(rows["ACTIVITY_TREATMENT_FUNCTION_CODE"] == "142") & (rows["age"] <= 10)]
    return rows


def one_each(pathways: pd.DataFrame) -> pd.DataFrame:
    """Of each person the pathway that waits longest, a valid clock start before others, then by provider."""
    started = pd.to_datetime(pathways["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"])
    is_valid = started <= pd.to_datetime(pathways["Week_Ending_Date"])
    ordered = pathways.assign(is_without=~is_valid, started=started.where(is_valid))
    ordered = ordered.sort_values(["is_without", "started", "provider", "PATIENT_PATHWAY_IDENTIFIER"])
    return ordered[~ordered["Pseudo_NHS_Number"].duplicated() | ordered["Pseudo_NHS_Number"].isna()]


def rates(waiting: pd.DataFrame, people: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Every published row of the rates (all but by age); residents of other nations are in none."""
    home = waiting[waiting["in_england"]]
    return pd.concat(
        [recompute.rate_cells(name, on_list(name, home), people, shown, RATES) for name in RATES], ignore_index=True
    )


def shares(waiting: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Every published row of the shares that wait longer."""
    pathways = waiting[(waiting["Waiting_List_Type"] == "IRTT") & (waiting["days"] >= 0)]
    found = []
    for name, (longest, oldest) in OVER.items():
        # An age that is not known is not known to be under 18.
        rows = pathways[(pathways["age"] <= oldest) | (oldest == 200)]
        found.append(recompute.proportion_cells(name, rows, rows["days"] > longest, shown))
    return pd.concat(found, ignore_index=True)

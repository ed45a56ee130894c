"""PLUS groups once more in plain pandas: which groups each person is in on a day, typed in from the definitions.

Belongs here: reading snapshots and the supplied list, and the definitions. Does not belong here: anything of the
pipeline or its SQL, assertions, formulas (`recompute`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from tests.spec import recompute

SUPPLIED = "plus_coastal_community_project"


def plus_groups(landing: Path, persons: pd.Series[str], day: str) -> pd.DataFrame:
    """For each identifier a column a group: member, not_member or unknown."""
    found = {}
    known, groups = _registered(landing, day)
    for name, members in groups.items():
        found[name] = np.select(
            [persons.isin(members), persons.isin(known)], ["member", "not_member"], default="unknown"
        )  # fmt: skip
    found["plus_inclusion_health"] = np.where(persons.isin(_homeless(landing, day)), "member", "not_member")
    (path,) = (landing / "plus_group").glob("plus_group_*.csv")
    listed = pd.read_csv(path, dtype=str)
    inside = (listed["valid_from"] <= day) & (listed["valid_to"].fillna("9999-12-31") >= day)
    found[SUPPLIED] = np.where(persons.isin(listed.loc[inside, "person_id"]), "member", "not_member")
    return pd.DataFrame(found, index=persons.index)


def _registered(landing: Path, day: str) -> tuple[set[str], dict[str, set[str]]]:
    """Who is in the last snapshot up to the day, and who of them in each group."""
    days = sorted(path.stem.removeprefix("gp_extract_") for path in (landing / "gp_extract").glob("*.parquet"))
    snapshot = max((item for item in days if item <= day), default=days[0])
    table = pd.read_parquet(landing / "gp_extract" / f"gp_extract_{snapshot}.parquet").set_index("Pseudo_NHS_Number")

    def on(diagnosis: str, ended: str | None = None) -> pd.Series[bool]:
        coded = pd.to_datetime(table[diagnosis])
        return coded.notna() & ~(pd.to_datetime(table[ended]) > coded) if ended else coded.notna()

    psychosis = on("MH_COD_DATE", "MHREM_COD_DATE")
    conditions = [
        on("HYP_COD_DATE", "HYPRES_COD_DATE"),
        on("AFIB_COD_DATE", "AFIBRES_COD_DATE"),
        on("CHD_COD_DATE") | on("OSTR_COD_DATE") | on("TIA_COD_DATE") | on("PAD_COD_DATE"),
        psychosis,
        on("DM_COD_DATE"),
        on("AST_COD_DATE", "ASTRES_COD_DATE") | on("RESP_COD_DATE"),
    ]
    groups = {
        "plus_autism": on("AUTISM_COD_DATE"),
        "plus_learning_disability": on("LD_COD_DATE"),
        "plus_multiple_long_term_conditions": pd.concat(conditions, axis=1).sum(axis=1) >= 2,
        "plus_severe_mental_illness": psychosis,
    }
    return set(table.index), {name: set(table.index[is_in]) for name, is_in in groups.items()}


def _homeless(landing: Path, day: str) -> set[str]:
    """Who is recorded as of no fixed abode or homeless, from the month or day that says so for a year."""
    on, last_year = pd.Timestamp(day), pd.Timestamp(day) - pd.DateOffset(years=1)
    found: set[str] = set()
    for path in (landing / "sus_apc").glob("hes_apc_*.csv"):
        month = path.stem.removeprefix("hes_apc_").removesuffix("-revised")
        if not path.stem.endswith("-revised") and path.with_stem(f"{path.stem}-revised").exists():
            continue
        first = pd.Timestamp(f"{month[:4]}-{month[4:]}-01")
        if first <= on and first + pd.offsets.MonthEnd(0) >= last_year:
            table = pd.read_csv(path, dtype=str, usecols=["PSEUDO_HESID", "HOMEADD"])
            found |= set(table.loc[table["HOMEADD"] == "ZZ99 3VZ", "PSEUDO_HESID"])
    for path in (landing / "gp_extract").glob("*.parquet"):
        record = pd.read_parquet(path, columns=["Pseudo_NHS_Number", "HOMELESS_COD_DATE"])
        coded = pd.to_datetime(record["HOMELESS_COD_DATE"])
        found |= set(record.loc[(coded <= on) & (coded >= last_year), "Pseudo_NHS_Number"])
    return found


def waits(landing: Path, waiting: pd.DataFrame, day: str, over: dict[str, int]) -> pd.DataFrame:
    """Cells by PLUS group of the pathways that waited more than so many days."""
    groups = plus_groups(landing, waiting["Pseudo_NHS_Number"], day)
    rows = pd.concat([waiting, groups], axis=1)
    rows = rows[(rows["Waiting_List_Type"] == "IRTT") & (rows["days"] >= 0)]
    shown = [*map(str, groups.columns)]
    return pd.concat(
        [recompute.proportion_cells(name, rows, rows["days"] > days, shown) for name, days in over.items()]
    )


def planted(sample: Path, query: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What was planted by PLUS group (people with severe mental illness miss more appointments) beside what came out:
    both shares, their difference and their ratio; ``inside``: the limits hold it, and a ratio is above 1."""
    truth = pd.read_csv(sample / "truth.csv", dtype=str).query("breakdown == 'plus_severe_mental_illness'")
    where = "area_type = 'england' and indicator_id = 'ELE05_DNA' and period_type = 'financial_year_to_date'"
    columns = "cast(period_end as varchar) as period_end, value, lower_95, upper_95"
    published = query(
        f"select category, 'proportion' as measure, {columns} "
        f"from indicator_value where {where} and breakdown = 'plus_severe_mental_illness' "
        f"union all select 'member_vs_not_member', measure, {columns} "
        f"from indicator_inequality where {where} and dimension = 'plus_severe_mental_illness'"
    )
    found = truth.merge(published, on=["category", "measure", "period_end"], how="left")
    value = found["true_value"].astype(float)
    inside = (found["lower_95"] <= value) & (value <= found["upper_95"])
    return found.assign(inside=inside & ((found["measure"] != "relative_gap") | (found["lower_95"] > 1)))

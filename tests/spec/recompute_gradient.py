"""The gradient over LSOAs once more, in plain pandas and numpy, from the landed files and the reference files.

Belongs here: the textbook weighted least squares, typed in from its definition. Does not belong here: anything of the
pipeline or its SQL (nothing is imported from them), assertions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

LEVELS = {"region": "NHSER26CD", "icb": "ICB26CD", "sub_icb": "SICBL26CD", "la": "la"}


def gradients(reference: Path, people: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Gradient, its limits, what five events in one LSOA can move it by and the step of every area and edition.

    `people` and `events` have a row a group or record with ``lsoa`` and ``band``; ``n`` are persons.
    """
    pairs = pd.read_csv(reference / "lsoa11_lsoa21.csv")
    size = people.groupby("lsoa")["n"].sum()
    new_of = _partners(pairs, "LSOA11CD", "LSOA21CD", size)
    old_of = _partners(pairs, "LSOA21CD", "LSOA11CD", size)
    placed = events[events["lsoa"].isin(new_of)]
    known_age = placed["band"].notna()
    observed = placed[known_age]["lsoa"].map(new_of).value_counts()
    national = people.groupby("band")["n"].sum()
    # England has the events of unknown residence too.
    of_band = events[events["in_england"] & events["band"].notna()]["band"].value_counts()
    rate = (of_band.reindex(national.index).fillna(0) / national).to_dict()
    expected = (people["n"] * people["band"].map(rate)).groupby(people["lsoa"]).sum()
    district = pd.read_csv(reference / "lsoa21_lad.csv").set_index("LSOA21CD")["LAD24CD"]
    lsoas = pd.read_csv(reference / "lsoa21_area_2026.csv").set_index("LSOA21CD").assign(la=district)
    crude = of_band.sum() / national.sum() * 1e5
    table = lsoas.assign(
        n=size.reindex(lsoas.index),
        rate=observed.reindex(lsoas.index).fillna(0) / expected.reindex(lsoas.index) * crude,
        one=crude / expected.reindex(lsoas.index),
    )
    found: list[dict[str, Any]] = []
    for edition in (2019, 2025):
        rank = pd.read_csv(reference / f"imd{edition}_file7.csv").iloc[:, [0, 5]].set_axis(["lsoa", "rank"], axis=1)
        position = pd.Series(1 - (rank["rank"].to_numpy() - 0.5) / len(rank), index=rank["lsoa"])
        own = table.index if edition == 2025 else table.index.map(old_of)
        here = table.assign(x=position.reindex(own).to_numpy())
        found.append({"area_type": "england", "area_code": "F92000001", "imd_edition": str(edition), **_fit(here)})
        for level, column in LEVELS.items():
            for code, rows in here.groupby(column):
                found.append({"area_type": level, "area_code": code, "imd_edition": str(edition), **_fit(rows)})
    return pd.DataFrame(found)


def _partners(pairs: pd.DataFrame, given: str, wanted: str, size: pd.Series[int]) -> dict[str, str]:
    """Every code of either vintage to one of the wanted: itself, or its partner with most people, then the first."""
    there = set(pairs[wanted])
    partner = {code: code for code in there}
    for code, rows in pairs.groupby(given):
        if code not in there:
            partner[str(code)] = max(sorted(rows[wanted]), key=lambda other: int(size.get(other, 0)))
    return partner


def _fit(rows: pd.DataFrame) -> dict[str, float]:
    x, y, n = (rows[name].to_numpy(dtype=float) for name in ("x", "rate", "n"))
    w = n / n.sum()
    middle = (w * x).sum()
    spread = (w * (x - middle) ** 2).sum()
    slope = (w * (x - middle) * y).sum() / spread
    fitted = (w * y).sum() + slope * (x - middle)
    error = np.sqrt((w * (y - fitted) ** 2).sum() / ((len(x) - 2) * spread))
    reach = student.ppf(0.975, len(x) - 2) * error
    five = 5 * np.abs(w * (x - middle) / spread * rows["one"].to_numpy(dtype=float)).max()
    ladder = sorted(digit * 10.0**power for power in range(-6, 9) for digit in (1, 2, 5))
    step = next(number for number in ladder if number >= five)
    return {"agi": slope, "lower": slope - reach, "upper": slope + reach, "five_events": five, "step": step}

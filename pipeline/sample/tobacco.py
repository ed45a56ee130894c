"""Tobacco dependence (tobacco_sdcs): a monthly CSV of people identified as current smokers in three settings.

Belongs here: who smokes where, the planted chances of being seen by an adviser, the columns of the feed. Does not
belong here: what all monthly feeds share (`monthly`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipeline.sample.maternity import MOTHER
from pipeline.sample.monthly import Chance, Share, Who, days_in, expected_people, same, where, write_monthly
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted
from pipeline.sample.recording import days, text
from pipeline.sample.streams import pick_index
from pipeline.sample.timeline import ROLLING_END, Month

FEED = "tobacco_sdcs"
_ACUTE_BANDS = (0.0, 0.0, 0.1, 0.6, 1.2, 1.6, 1.9, 2.2, 2.5, 2.9, 3.4, 3.8, 4.0, 3.9, 3.5, 3.0, 2.0, 1.2, 0.6)
_MENTAL_HEALTH_BANDS = (0.0, 0.0, 0.2, 1.5, 3.0, 3.3, 3.4, 3.3, 3.0, 2.8, 2.4, 2.0, 1.5, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2)
SETTINGS = {
    "acute_inpatient": Planted("smoker_acute", 620, False, _ACUTE_BANDS, ratio=2.2),
    "maternity": Planted("smoker_maternity", 160, False, MOTHER.by_band, ratio=2.5, women_only=True),
    "mental_health_inpatient": Planted("smoker_mental_health", 110, False, _MENTAL_HEALTH_BANDS, ratio=2.2),
}
SEEN = {
    "acute_inpatient": Chance(0.40, 0.62, {"Asian": 0.85, "Black": 0.88, "Other": 0.85}),
    "maternity": Chance(0.70, 0.72, {"Asian": 0.88, "Black": 0.9}),
    "mental_health_inpatient": Chance(0.52, 0.66, {"Asian": 0.9, "Black": 0.84}),
}
# Share of stays without a night, by setting; of maternity no nights are sent.
NO_NIGHT = {"acute_inpatient": 0.15, "maternity": 0.0, "mental_health_inpatient": 0.05}
# Why a smoker is not seen: no referral, referred and not seen, seen before a referral was written.
_NOT_SEEN = (49.0, 49.0, 2.0)


def expected_shares(population: Population) -> Iterator[Share]:
    """The planted proportions of the indicators on this feed."""
    asked = {
        name: expected_people(planted, population, (0, 120) if name == "maternity" else (18, 120))
        * (1 - NO_NIGHT[name])
        for name, planted in SETTINGS.items()
    }
    seen = {name: everyone * SEEN[name].by_cell(population) for name, everyone in asked.items()}
    for indicator, names in (
        ("SMO01", tuple(SETTINGS)),
        ("SMO01_INPATIENT", ("acute_inpatient",)),
        ("SMO01_MATERNITY", ("maternity",)),
        ("SMO01_MENTAL_HEALTH", ("mental_health_inpatient",)),
    ):
        everyone, counted = (np.sum([of[name] for name in names], axis=0) for of in (asked, seen))
        yield Share(indicator, True, "month", ROLLING_END, everyone, counted)


def _table(
    rng: np.random.Generator, month: Month, population: Population, people: People, who: Who
) -> dict[str, pa.Array]:
    count = len(people)
    chance = np.stack([SEEN[name].of(population, people) for name in SETTINGS])[who.kind, np.arange(count)]
    why_not = np.where(rng.random(count) < chance, -1, pick_index(rng, count, np.array(_NOT_SEEN)))
    no_night = rng.random(count) < np.array(list(NO_NIGHT.values()))[who.kind]
    nights = np.where(no_night, 0, 1 + np.floor(rng.exponential(4, count))).astype(np.int64)
    identified = days_in(rng, month, count)
    referred = identified + np.floor(rng.random(count) * 3).astype(np.int64)
    contact = referred + np.where(why_not == 2, -1, np.floor(rng.random(count) * 6)).astype(np.int64)
    return {
        "Record_ID": who.record,
        "Pseudo_NHS_Number": who.person,
        "Provider_Code": who.provider,
        "Reporting_Period_Start_Date": same(month.first.isoformat(), count),
        "Setting": text(np.array(list(SETTINGS), dtype=object)[who.kind]),
        "Identified_Date": days(identified),
        "Nights_Of_Stay": where(who.kind != list(SETTINGS).index("maternity"), pa.array(nights)),
        "Referral_Date": where(why_not != 0, days(referred)),
        "First_Contact_Date": where((why_not == -1) | (why_not == 2), days(contact)),
        "Age": pa.array(who.age),
        "Sex": who.sex,
        "Ethnic_Category": who.ethnic,
        "LSOA_2021": who.lsoa,
    }


write_smokers = write_monthly(FEED, ROLLING_END, 2021, tuple(SETTINGS.values()), _table)

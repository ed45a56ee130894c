"""Detentions under the Mental Health Act (mhsds_detention): a monthly CSV of legal status class periods.

Belongs here: who is detained, which periods are no new detention, the columns of the feed. Does not belong here: what
all monthly feeds share (`monthly`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.sample.monthly import Who, days_in, same, where, write_monthly
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted
from pipeline.sample.recording import days, text
from pipeline.sample.streams import Texts, pick, pick_index
from pipeline.sample.timeline import MENTAL_HEALTH_END, Month

FEED = "mhsds_detention"
_BY_BAND = (0.0, 0.02, 0.15, 0.9, 1.6, 1.7, 1.7, 1.6, 1.5, 1.4, 1.3, 1.1, 0.9, 0.8, 0.8, 1.0, 1.2, 1.3, 1.2)
# More than in England, so that deciles and ethnic groups have events enough to be shown.
DETENTION = Planted(
    "detention", 120, True, _BY_BAND, ratio=2.8,
    ethnic={"Mixed": 1.8, "Asian": 1.3, "Black": 3.2, "Other": 1.9},
)  # fmt: skip
NO_DETENTION = Planted("no_detention", 45, False, _BY_BAND, ratio=2.0)
# Kinds of new detention with the share of each.
KINDS = {"MEN02_ON_ADMISSION": 0.55, "MEN02_AFTER_ADMISSION": 0.35, "MEN02_RECALL": 0.10}
_STATUS = {"02": 62.0, "03": 30.0, "07": 2.0, "09": 2.0, "15": 2.0, "32": 2.0}
_OTHER_STATUS = {"01": 10.0, "04": 8.0, "05": 20.0, "06": 6.0, "19": 20.0, "20": 30.0, "35": 6.0}
# Why a period is no new detention: its status, no spell, older than the spell, the spell is over.
_WHY_NOT = (50.0, 20.0, 20.0, 10.0)


def _table(
    rng: np.random.Generator, month: Month, population: Population, people: People, who: Who
) -> dict[str, pa.Array]:
    count = len(people)
    why_not = np.where(who.kind == 0, -1, pick_index(rng, count, np.array(_WHY_NOT)))
    how = pick_index(rng, count, np.array(list(KINDS.values())))
    status: Texts = np.where(why_not == 0, pick(rng, count, _OTHER_STATUS), pick(rng, count, _STATUS))
    starts = days_in(rng, month, count)
    in_hospital = np.where(how == 1, 1 + np.floor(rng.random(count) * 30), 0).astype(np.int64)
    admitted = np.where(why_not == 2, starts + 1 + in_hospital, starts - in_hospital)
    leaves = starts + np.floor(rng.random(count) * 60).astype(np.int64)
    admitted, leaves = np.where(why_not == 3, [starts - 20, starts - 1], [admitted, np.maximum(leaves, admitted)])
    has_spell = why_not != 1
    return {
        "UniqMHActEpisodeID": who.record,
        "Person_ID": who.person,
        "OrgIDProv": who.provider,
        "ReportingPeriodStartDate": same(month.first.isoformat(), count),
        "LegalStatusCode": text(status),
        "StartDateMHActLegalStatusClass": days(starts),
        "StartDateHospProvSpell": where(has_spell, days(admitted)),
        "DischDateHospProvSpell": where(has_spell & ((why_not == 3) | (rng.random(count) < 0.5)), days(leaves)),
        "CommTreatOrdEndReason": where(how == 2, same("02", count)),
        "AgeRepPeriodStart": pa.array(who.age),
        "Gender": who.sex,
        "EthnicCategory": who.ethnic,
        "LSOA2021": who.lsoa,
    }


write_detentions = write_monthly(FEED, MENTAL_HEALTH_END, 2021, (DETENTION, NO_DETENTION), _table)

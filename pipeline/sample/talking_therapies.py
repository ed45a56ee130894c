"""NHS Talking Therapies (talking_therapies): a monthly CSV of courses of treatment that finished.

Belongs here: who finishes a course, the planted chances of recovery and of a short wait, the columns of the feed. Does
not belong here: what all monthly feeds share (`monthly`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipeline.sample.monthly import Chance, Share, Who, days_in, expected_people, same, write_monthly
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted
from pipeline.sample.recording import days, text
from pipeline.sample.streams import Ints
from pipeline.sample.timeline import MENTAL_HEALTH_END, Month

FEED = "talking_therapies"
# Some courses of people under 16 exist, and must be left out.
COURSE = Planted(
    "talking_therapy", 1_530, False,
    (0.0, 0.0, 0.3, 2.2, 3.2, 3.3, 3.0, 2.7, 2.4, 2.2, 2.0, 1.8, 1.5, 1.2, 0.9, 0.6, 0.4, 0.3, 0.2),
    ages=(16, 120), outside=0.3, ratio=1.2,
)  # fmt: skip
RELIABLE_RECOVERY = Chance(0.47, 0.68, {"Mixed": 0.92, "Asian": 0.86, "Black": 0.88, "Other": 0.85})
# Recovered by the scores, some without a change that is more than measurement error.
RECOVERY = Chance(0.50, 0.68, RELIABLE_RECOVERY.ethnic)
WITHIN_6_WEEKS = Chance(0.84, 0.88, {"Asian": 0.95, "Black": 0.93})
WITHIN_18_WEEKS = Chance(0.95, 0.96, {"Asian": 0.985, "Black": 0.98})
NOT_CASENESS, _NOT_FINISHED, _OTHER_IMPROVEMENT = 0.08, 0.03, 0.4


def expected_shares(population: Population) -> Iterator[Share]:
    """The planted proportions of the indicators on this feed."""
    finished = expected_people(COURSE, population, (16, 120))
    for indicator, chance in (
        ("MEN01", RELIABLE_RECOVERY),
        ("MEN01_RECOVERY", RECOVERY),
        ("MEN01_6WEEKS", WITHIN_6_WEEKS),
        ("MEN01_18WEEKS", WITHIN_18_WEEKS),
    ):
        yield Share(indicator, True, "rolling_3m", MENTAL_HEALTH_END, finished, finished * chance.by_cell(population))


def _table(
    rng: np.random.Generator, month: Month, population: Population, people: People, who: Who
) -> dict[str, pa.Array]:
    count = len(people)
    luck = rng.random(count)
    reliable, recovered = (luck < chance.of(population, people) for chance in (RELIABLE_RECOVERY, RECOVERY))
    improved = reliable | (~recovered & (rng.random(count) < _OTHER_IMPROVEMENT))
    not_caseness = rng.random(count) < NOT_CASENESS
    ended = days_in(rng, month, count)
    first_session = ended - 40 - np.floor(rng.random(count) * 260).astype(np.int64)
    return {
        "PathwayID": who.record,
        "Person_ID": who.person,
        "OrgID_Provider": who.provider,
        "ReportingPeriodStartDate": same(month.first.isoformat(), count),
        "ReferralRequestReceivedDate": days(first_session - _waits(rng, population, people)),
        "TherapySession_FirstDate": days(first_session),
        "ServDischDate": days(ended),
        "CompletedTreatment_Flag": _flag(rng.random(count) >= _NOT_FINISHED),
        "NotCaseness_Flag": _flag(not_caseness),
        # Who was not at caseness cannot move below it.
        "Recovery_Flag": _flag(recovered & ~not_caseness),
        "ReliableImprovement_Flag": _flag(improved),
        "Age_ReferralRequest_ReceivedDate": pa.array(who.age),
        "Gender": who.sex,
        "EthnicCategory": who.ethnic,
        "LSOA2011": who.lsoa,
    }


def _waits(rng: np.random.Generator, population: Population, people: People) -> Ints:
    """Days from referral to the first session: 0 to 42, 43 to 126, or up to 300."""
    luck, place = rng.random(len(people)), rng.random(len(people))
    within_6, within_18 = (chance.of(population, people) for chance in (WITHIN_6_WEEKS, WITHIN_18_WEEKS))
    first = np.select([luck < within_6, luck < within_18], [0, 43], 127)
    last = np.select([luck < within_6, luck < within_18], [42, 126], 300)
    # Most are near the first day of their band, so that every boundary has some.
    near = np.where(luck < within_6, place, place**2)
    return np.asarray(first + np.floor(near * (last - first + 1)), dtype=np.int64)


def _flag(values: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Array:
    return text(np.where(values, "True", "False").astype(object))


write_courses = write_monthly(FEED, MENTAL_HEALTH_END, 2011, (COURSE,), _table)

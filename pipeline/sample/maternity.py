"""The Maternity Services Data Set: monthly CSVs of births (msds_birth) and of pregnancies at 29 weeks (msds_booking).

Belongs here: which women, the planted chances of preterm birth, of smoking at delivery and of a continuity of carer
pathway, the columns of both feeds. Does not belong here: what all monthly feeds share (`monthly`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.monthly import Chance, Share, Who, days_in, expected_people, same, where, write_monthly
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted
from pipeline.sample.recording import days, numbered, text
from pipeline.sample.streams import Ints, pick, pick_index
from pipeline.sample.timeline import MATERNITY_END, Month

BIRTHS, BOOKINGS = "msds_birth", "msds_booking"
_BY_BAND = (0.0, 0.0, 0.0, 0.5, 2.5, 4.5, 5.0, 2.7, 0.6, 0.05, *([0.0] * 9))
MOTHER = Planted("mother", 880, False, _BY_BAND, ratio=1.25, women_only=True)
PRETERM = Chance(0.072, 1.7, {"Mixed": 1.1, "Asian": 1.2, "Black": 1.4})
SMOKER = Chance(0.06, 3.5, {"Mixed": 0.9, "Asian": 0.25, "Black": 0.35, "Other": 0.5})
# Of twins and more, whoever the mother is.
TWIN, PRETERM_TWIN = 0.03, 0.5
PATHWAY = Chance(0.42, 0.6, {"Mixed": 0.93, "Asian": 0.85, "Black": 0.8, "Other": 0.88})
_EARLIEST, _WEEKS_37, _TERM_DAYS, WEEKS_29 = 168, 259, 42, 203  # days of gestation
MIDWIVES, TEAMS = 40, 8
_STILLBORN, _NOT_KNOWN, _NOT_ASKED = 0.005, 0.015, 0.04
# Why a woman is on no pathway: no plan, N, no professional, no team, from 29+0 on, another plan.
_NO_PATHWAY = (50.0, 18.0, 8.0, 8.0, 10.0, 6.0)


def expected_shares(population: Population) -> Iterator[Share]:
    """The planted proportions of the indicators on both feeds."""
    mothers = expected_people(MOTHER, population)
    alone = mothers * (1 - TWIN)
    early = alone * PRETERM.by_cell(population)
    twins = mothers * TWIN * PRETERM_TWIN
    yield Share("MAT01", True, "month", MATERNITY_END, mothers, mothers * PATHWAY.by_cell(population))
    yield Share("MAT02", False, "rolling_12m", MATERNITY_END, mothers, early + twins)
    yield Share("MAT02_SINGLETON", False, "rolling_12m", MATERNITY_END, alone, early)
    yield Share("SMO01_DELIVERY", False, "rolling_12m", MATERNITY_END, mothers, mothers * SMOKER.by_cell(population))


def _births(
    rng: np.random.Generator, month: Month, population: Population, people: People, who: Who
) -> dict[str, pa.Array]:
    count = len(people)
    is_twin = rng.random(count) < TWIN
    gestation = _gestation(rng, np.where(is_twin, PRETERM_TWIN, PRETERM.of(population, people)))
    born = days(days_in(rng, month, count))
    is_gestation_known, is_alive = rng.random(count) >= _NOT_KNOWN, rng.random(count) >= _STILLBORN
    smokes = np.where(rng.random(count) < SMOKER.of(population, people), "Smoker", "Non-Smoker / Ex-Smoker")
    return {
        "MSD401_ID": who.record,
        "Person_ID_Mother": who.person,
        "OrgCodeProvider": who.provider,
        "RPStartDate": same(month.first.isoformat(), count),
        "PersonBirthDateBaby": born,
        "GestationLengthBirth": pc.if_else(pa.array(is_gestation_known), pa.array(gestation), None),
        "PregOutcome": text(np.where(is_alive, "01", "02").astype(object)),
        "BirthsPerLabandDel": pa.array(np.where(is_twin, 2, 1)),
        "SmokingStatusDelivery_derived": where(rng.random(count) >= _NOT_ASKED, text(smokes.astype(object))),
        "AgeAtBirthMother": pa.array(who.age),
        "EthnicCategoryMother": who.ethnic,
        "LSOAMother2011": who.lsoa,
    }


def _gestation(rng: np.random.Generator, preterm: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """Days of gestation at birth; three in a thousand are before 24+0 or after 42+6, which is taken for a mistake."""
    count = len(preterm)
    early = _WEEKS_37 - 1 - np.minimum(np.floor(rng.exponential(18, count)), _WEEKS_37 - 1 - _EARLIEST)
    term = _WEEKS_37 + np.floor(rng.random(count) * _TERM_DAYS)
    found = np.where(rng.random(count) < preterm, early, term)
    luck, beyond = rng.random(count), np.floor(rng.random(count) ** 2 * 20)
    found = np.where(luck < 0.002, _EARLIEST - 1 - beyond, found)
    found = np.where(luck > 0.999, _WEEKS_37 + _TERM_DAYS + beyond, found)
    return found.astype(np.int64)


def midwife(number: Ints) -> pa.Array:
    """The lead midwife of the pregnancies of a month, by their number from 1."""
    return numbered("MW", number % MIDWIVES + 1, 3)


def team(number: Ints) -> pa.Array:
    """The team of the pregnancies of a month, by their number from 1."""
    return numbered("TEAM", number % TEAMS + 1, 2)


def bookings(
    rng: np.random.Generator, month: Month, population: Population, people: People, who: Who
) -> dict[str, pa.Array]:
    """The columns of a month of msds_booking."""
    count = len(people)
    number = np.arange(1, count + 1, dtype=np.int64)
    at_booking = 50 + np.floor(rng.random(count) * 45).astype(np.int64)
    booked = days_in(rng, month, count) - (WEEKS_29 - at_booking)
    # Some were filed in a later month than they reached 29 weeks in.
    booked = np.where(rng.random(count) < 0.01, booked - 45, booked)
    why_not = np.where(
        rng.random(count) < PATHWAY.of(population, people), -1, pick_index(rng, count, np.array(_NO_PATHWAY))
    )
    late, near = why_not == 4, rng.random(count) ** 2
    planned_at = np.where(late, WEEKS_29 + np.floor(near * 20), WEEKS_29 - 1 - np.floor(near * 90)).astype(np.int64)
    plan = why_not != 0
    left_at = np.where(rng.random(count) < 0.6, WEEKS_29 - 1 - np.floor(near * 60), WEEKS_29 + np.floor(near * 20))
    smoking = pick(rng, count, {"1": 10, "2": 22, "3": 8, "4": 60})
    return {
        "UniqPregID": who.record,
        "Person_ID_Mother": who.person,
        "OrgCodeProvider": who.provider,
        "RPStartDate": same(month.first.isoformat(), count),
        "AntenatalAppDate": days(booked),
        "GestAgeBooking": pc.if_else(pa.array(rng.random(count) < _NOT_KNOWN), None, pa.array(at_booking)),
        "DischargeDateMatService": where(
            rng.random(count) < 0.03, days(booked + left_at.astype(np.int64) - at_booking)
        ),
        "SmokingStatusBooking": text(smoking),
        "CarePlanDate": where(plan, days(booked + planned_at - at_booking)),
        "CarePlanType": where(plan, text(np.where(why_not == 5, "02", "05").astype(object))),
        "ContCarePathInd": where(plan, text(np.where(why_not == 1, "N", "Y").astype(object))),
        "CareProfLID": where(plan & (why_not != 2), midwife(number)),
        "TeamLocalID": where(plan & (why_not != 3), team(number)),
        "AgeAtBookingMother": pa.array(who.age),
        "EthnicCategoryMother": who.ethnic,
        "LSOAMother2011": who.lsoa,
    }


write_births = write_monthly(BIRTHS, MATERNITY_END, 2011, (MOTHER,), _births)
write_bookings = write_monthly(BOOKINGS, MATERNITY_END, 2011, (MOTHER,), bookings)

"""Vaccinations in the GP extract, and the codes of who is offered one at any age.

Belongs here: days of vaccination by the planted chances, codes of immunosuppression and of residence. Does not belong
here: the chances (`care`), the other columns of a record (`general_practice`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from pipeline.sample.care import IMMUNOSUPPRESSED, IN_CARE_HOME, OUTCOMES
from pipeline.sample.persons import REFERENCE_MONTH, Persons
from pipeline.sample.population import AGE_FROM, Population
from pipeline.sample.recording import NEVER, between, day_number, days_or_blank
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.timeline import SNAPSHOTS, month_number

FEED = "gp_extract"
COHORT_COLUMNS = (*IMMUNOSUPPRESSED, "LONGRES_COD_DATE", "RESIDE_COD_DATE")
_ISSUED_AGAIN = ("IMMRX_COD_DATE", "DXT_CHEMO_COD_DATE")


class Cohorts:
    """Who is immunosuppressed, one kind of code a person, and who lives in a care home, whoever they are."""

    def __init__(self, seed: int, persons: Persons) -> None:
        rng, count = stream(seed, FEED, "cohorts"), len(persons)
        first, age = day_number(SNAPSHOTS[0]), AGE_FROM[persons.people.age]
        kinds = len(IMMUNOSUPPRESSED)
        kind = np.searchsorted(np.cumsum([*IMMUNOSUPPRESSED.values()]), rng.random(count), side="right")
        kind[age < 5] = kinds
        self.is_immunosuppressed = np.asarray(kind < kinds)
        self._kind = kind
        self._since = first - between(rng, 1, 700, count)
        self._days_ago = between(rng, 1, 170, count)
        # A medicine of long ago counts no longer.
        self._is_former = (kind == kinds) & (age >= 15) & (rng.random(count) < 0.02)
        self._long_ago = first - 1_500
        lives = rng.random(count)
        moved_in = np.where((age >= 65) & (lives < IN_CARE_HOME * 1.25), first - between(rng, 100, 900, count), NEVER)
        # A fifth of them have moved out again, and others live elsewhere by their record.
        moved_out = (age >= 65) & (lives >= IN_CARE_HOME) & (lives < IN_CARE_HOME * 1.25)
        is_coded = (age >= 15) & (rng.random(count) < 0.1)
        elsewhere = np.where(is_coded, first - between(rng, 1_000, 1_500, count), NEVER)
        self._moved_in, self._resides = moved_in, np.where(moved_out, first - 50, elsewhere)

    def columns(self, snapshot: date) -> dict[str, pa.Array]:
        """Latest codes at a snapshot: medicines and treatments come again, the others stay."""
        found: dict[str, pa.Array] = {}
        for at, column in enumerate(IMMUNOSUPPRESSED):
            day = day_number(snapshot) - self._days_ago if column in _ISSUED_AGAIN else self._since
            day = np.where(self._kind == at, day, NEVER)
            if column == "IMMRX_COD_DATE":
                day = np.where(self._is_former, self._long_ago, day)
            found[column] = days_or_blank(day)
        residence = {"LONGRES_COD_DATE": self._moved_in, "RESIDE_COD_DATE": self._resides}
        return found | {column: days_or_blank(day) for column, day in residence.items()}


def pneumococcal(rng: np.random.Generator, persons: Persons, population: Population, latent: dict[str, Floats]) -> Ints:
    """The day of the vaccination: of the risk group by the planted chance, of some others whoever they are."""
    count, people, name = len(persons), persons.people, "RES02_PNEUMOCOCCAL"
    chance = OUTCOMES[name].by_place(population, SNAPSHOTS[-1])[people.lsoa, people.ethnic]
    others = np.where(AGE_FROM[people.age] >= 65, 0.6, 0.02)
    is_vaccinated = np.where(persons.registers["respiratory"], latent[name] < chance, rng.random(count) < others)
    birth_day = day_number(SNAPSHOTS[-1]) - (REFERENCE_MONTH - persons.birth_month) * 30
    day = np.maximum(day_number(SNAPSHOTS[0]) - between(rng, 1, 3_000, count), birth_day + 364)
    return np.where(is_vaccinated, day, NEVER)


def covid19(
    seed: int,
    persons: Persons,
    population: Population,
    latent: dict[str, Floats],
    snapshot: date,
    is_immunosuppressed: np.typing.NDArray[np.bool_],
) -> pa.Array:
    """The day of the vaccination of the half-year's campaign, in its first or second quarter, or of an earlier one."""
    rng, count, people = stream(seed, FEED, "covid19"), len(persons), persons.people
    outcome = OUTCOMES["RES02_COVID19"]
    quarter = date(snapshot.year, snapshot.month - 2, 1)
    is_second = snapshot.month in (3, 9)
    chance = outcome.whole_year(population, snapshot)[people.lsoa, people.ethnic]
    is_early = latent["RES02_COVID19"] < chance * min(outcome.done.values())
    after = between(rng, 0, 60, count)
    first = date(quarter.year - (quarter.month == 1), (quarter.month - 4) % 12 + 1, 1) if is_second else quarter
    day = np.where(is_early, day_number(first) + after, np.where(is_second, day_number(quarter) + after, NEVER))
    before = np.where(rng.random(count) < 0.6, day_number(first) - between(rng, 1, 500, count), NEVER)
    day = np.where((latent["RES02_COVID19"] < chance) & (day >= 0), day, before)
    # Younger people have it long ago, or not at all.
    is_offered = is_immunosuppressed | (persons.age_in_months(month_number(snapshot)) >= 65 * 12)
    return days_or_blank(np.where(is_offered, day, before))

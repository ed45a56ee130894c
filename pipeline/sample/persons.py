"""Persons who come back: who is registered with a GP, and what is on their record.

Belongs here: the list of persons with their ids, where they live, when they were born, their practice, the registers
they are on. Does not belong here: how they are cared for (`care`), the columns of a feed. The list is a sample of the
population in which registers are much larger than in England, so that every decile and ethnic group has people enough
to be shown. Given their age, registers are independent of each other and of the place, so what to expect is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.sample import population as people_of
from pipeline.sample.geography import Geography
from pipeline.sample.organisations import PRACTICES_PER_LA, all_practice_codes
from pipeline.sample.population import AGE_FROM, AGE_YEARS, BAND, Population
from pipeline.sample.rates import Mask, People, Sampler
from pipeline.sample.recording import numbered
from pipeline.sample.streams import Floats, Ints, Texts, stream
from pipeline.sample.timeline import SNAPSHOTS, month_number

PERSONS_AT_SCALE_1 = 24_000
# Ages of the population are those of the month of the last snapshot.
REFERENCE_MONTH = month_number(SNAPSHOTS[-1])
WOMEN = 1  # of the axis of sex
_WEIGHT = (0.5, 1.6, 1.6, 1.4, 0.8, 0.8, 0.8, 0.8, 0.9, 0.9, 1.0, 1.1, 1.2, 1.5, 1.8, 2.0, 2.0, 2.0, 2.0)
# Share of people on each register, by the 19 age bands.
_SHARES: dict[str, tuple[float, ...]] = {
    "hypertension": (*[0.0] * 4, *[0.12] * 4, *[0.3] * 5, *[0.5] * 6),
    "atrial_fibrillation": (*[0.0] * 4, *[0.02] * 4, *[0.1] * 5, *[0.25] * 6),
    "cvd": (*[0.0] * 5, *[0.04] * 3, *[0.12] * 5, *[0.25] * 6),
    "high_qrisk": (*[0.0] * 8, *[0.15] * 4, *[0.4] * 7),
    "smi": (*[0.0] * 3, *[0.14] * 16),
    "respiratory": (*[0.15] * 8, *[0.2] * 11),
    "diabetes": (*[0.0] * 2, *[0.16] * 6, *[0.25] * 11),
    "learning_disability": (*[0.0] * 2, *[0.12] * 17),
    "autism": (0.0, *[0.08] * 18),
    "asthma": (0.3, *[0.6] * 3, *[0.1] * 15),
}
# Registers of one long-term condition each.
LONG_TERM = (("hypertension",), ("atrial_fibrillation",), ("cvd",), ("smi",), ("respiratory", "asthma"), ("diabetes",))
# Share of those ever on a register whose record says that it ended, and of those with diabetes who have type 1.
ENDED = {"hypertension": 0.05, "atrial_fibrillation": 0.05, "smi": 0.06, "asthma": 0.08}
TYPE_1 = 0.3


@dataclass(frozen=True)
class Persons:
    """Persons by position; the person at position p has the number p + 1, in every feed and period.

    ``birth_month`` counts months (`timeline.month_number`); ``registers`` and ``ended`` say whether each person was
    ever on a register, and whether that ended; ``practice`` is an ODS code.
    """

    people: People
    birth_month: Ints
    practice: Texts
    registers: dict[str, Mask]
    ended: dict[str, Mask]
    has_type_1: Mask

    def __len__(self) -> int:
        return len(self.people)

    @property
    def ids(self) -> pa.Array:
        """The identifier a feed sends for each person: ``SYNN`` and the person's number in twelve digits."""
        return numbered("SYNN", np.arange(1, len(self) + 1, dtype=np.int64), 12)

    def is_on(self, register: str) -> Mask:
        """Who is on a register that has not ended."""
        return np.asarray(self.registers[register] & ~self.ended[register], dtype=bool)

    @property
    def has_multiple_conditions(self) -> Mask:
        """Two or more of the long-term conditions."""
        has = [np.any([self.registers[name] for name in names], axis=0) for names in LONG_TERM]
        return np.asarray(np.sum(has, axis=0) >= 2)

    def age_in_months(self, month: int) -> Ints:
        """Completed months of age on the last day of a month; below zero before birth."""
        return np.asarray(month - self.birth_month, dtype=np.int64)


def make_persons(seed: int, geography: Geography, population: Population) -> Persons:
    """The persons of a country, in random order: the same list for every feed that asks."""
    rng = stream(seed, "persons")
    drawn = Sampler(expected_persons(population)).draw(rng, 1.0)
    people = drawn.take(rng.permutation(len(drawn)))
    count = len(people)
    months = 12 * AGE_FROM[people.age] + np.floor(rng.random(count) * 12 * AGE_YEARS[people.age]).astype(np.int64)
    band = BAND[people.age]
    registers = {name: rng.random(count) < np.array(shares)[band] for name, shares in _SHARES.items()}
    ended = {name: registers[name] & (rng.random(count) < share) for name, share in ENDED.items()}
    practice = _practices(geography.la21[people.lsoa])
    return Persons(people, REFERENCE_MONTH - months, practice, registers, ended, rng.random(count) < TYPE_1)


def expected_persons(population: Population) -> Floats:
    """Expected persons in every cell of the population: about one in twenty-eight."""
    weighted = population.persons * np.array(_WEIGHT)[BAND][None, :, None, None]
    wanted = PERSONS_AT_SCALE_1 * population.persons.sum() / people_of.PERSONS_AT_SCALE_1
    return np.asarray(weighted * wanted / weighted.sum(), dtype=np.float64)


def share_on(register: str) -> Floats:
    """Share of people ever on a register, for each of AGE_FROM."""
    return np.array(_SHARES[register], dtype=np.float64)[BAND]


def share_still_on(register: str) -> Floats:
    """Share of people on a register that has not ended, for each of AGE_FROM."""
    return share_on(register) * (1 - ENDED[register])


def share_aged(first_month: int, last_month: int, month: int) -> Floats:
    """Share of the people of each of AGE_FROM who are so many completed months old, both included, in a month."""
    youngest = 12 * AGE_FROM - (REFERENCE_MONTH - month)
    oldest = youngest + 12 * AGE_YEARS - 1
    inside = np.minimum(oldest, last_month) - np.maximum(youngest, first_month) + 1
    return np.asarray(np.clip(inside, 0, None) / (12 * AGE_YEARS), dtype=np.float64)


def _practices(la: Ints) -> Texts:
    """A practice of the local authority for each person, in turn, so that no practice is empty."""
    order = np.argsort(la, kind="stable")
    turn = np.empty(len(la), dtype=np.int64)
    turn[order] = np.arange(len(la)) - np.searchsorted(la[order], la[order])
    return np.asarray(all_practice_codes()[la * PRACTICES_PER_LA + turn % PRACTICES_PER_LA])

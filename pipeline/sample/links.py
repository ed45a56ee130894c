"""Records of persons who are known elsewhere: the same person in the GP extract and in hospital.

Belongs here: which records of the hospital feeds carry the identifier of a person of `persons`. Does not belong here:
anything else of a record, which stays as it would be without. A record can be a person's where LSOA, age, sex and
ethnic category are the same, so no rate, share or gap of the sample moves. Who is linked does not depend on registers.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.geography import Geography
from pipeline.sample.persons import Persons, make_persons
from pipeline.sample.population import AGE_FROM, ETHNIC, SEX, Population
from pipeline.sample.rates import People
from pipeline.sample.streams import Ints, stream

# Share of records that are a known person's, where persons enough fit them.
SHARE = 0.08


class Links:
    """Persons by where they live, age, sex and ethnic category."""

    def __init__(self, seed: int, persons: Persons) -> None:
        self._seed = seed
        cells = _cells(persons.people)
        self._order = np.argsort(cells, kind="stable")
        self._cells = cells[self._order]
        self._ids = persons.ids

    def link(self, name: str, people: People, owner: Ints, ids: pa.Array) -> pa.Array:
        """The identifiers of records, some of them a person's.

        ``name`` is the feed, and the period where it matters; records with the same ``owner`` stay one person's.
        """
        rng = stream(self._seed, "links", name)
        _, one_each, of_owner = np.unique(owner, return_index=True, return_inverse=True)
        cells = _cells(people.take(one_each))
        first = np.searchsorted(self._cells, cells, side="left")
        found = np.searchsorted(self._cells, cells, side="right") - first
        chosen = first + np.floor(rng.random(len(cells)) * found).astype(np.int64)
        fitting = np.count_nonzero(found)
        is_linked = (found > 0) & (rng.random(len(cells)) * fitting < SHARE * len(cells))
        person = self._order[np.where(is_linked, chosen, 0)]
        return pc.if_else(pa.array(is_linked[of_owner]), self._ids.take(pa.array(person[of_owner])), ids)


def make_links(seed: int, geography: Geography, population: Population) -> Links:
    """The links of a country: the same for every feed that asks."""
    return Links(seed, make_persons(seed, geography, population))


def _cells(people: People) -> Ints:
    """One number for each cell of the population."""
    return ((people.lsoa * len(AGE_FROM) + people.age) * len(SEX) + people.sex) * len(ETHNIC) + people.ethnic

"""Records of persons who are known elsewhere: the same person in the GP extract, in hospital and in services.

Belongs here: which records of the other feeds carry the identifier of a person of `persons`. Does not belong here:
anything else of a record, which stays as it would be without. A record can be a person's where LSOA, age, sex and
ethnic category are the same, so no rate, share or gap of the sample moves. Who is linked does not depend on registers,
but where a feed plants a difference between a PLUS group and others: it moves whose the records are, not the records.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.geography import Geography
from pipeline.sample.persons import Persons, expected_persons, make_persons
from pipeline.sample.population import AGE_FROM, ETHNIC, SEX, Population
from pipeline.sample.rates import Mask, People
from pipeline.sample.streams import Floats, Ints, stream

# Share of records that are a known person's, where persons enough fit them.
SHARE = 0.08


class Links:
    """Persons by where they live, age, sex and ethnic category."""

    def __init__(self, seed: int, persons: Persons, turn: tuple[int, int] = (0, 1)) -> None:
        """``turn`` (which, of how many): only persons whose turn it is, so that nobody is linked in two of them."""
        self._seed, self._persons = seed, persons
        cells = _cells(persons.people)
        order = np.argsort(cells, kind="stable")
        self._order = order[order % turn[1] == turn[0]]
        self._cells = cells[self._order]
        self._ids = persons.ids

    @property
    def persons(self) -> Persons:
        return self._persons

    def of_turn(self, which: int, of: int) -> Links:
        """The same for a part of the persons."""
        return Links(self._seed, self._persons, (which, of))

    def link(
        self, name: str, people: People, owner: Ints, ids: pa.Array, favoured: tuple[Mask, Floats] | None = None
    ) -> pa.Array:
        """The identifiers of records, some of them a person's.

        ``name`` is the feed, and the period where it matters; records with the same ``owner`` stay one person's.
        ``favoured`` (persons, odds of each record): how much more often than else a record is one of those persons'.
        """
        rng = stream(self._seed, "links", name)
        _, one_each, of_owner = np.unique(owner, return_index=True, return_inverse=True)
        cells = _cells(people.take(one_each))
        first = np.searchsorted(self._cells, cells, side="left")
        found = np.searchsorted(self._cells, cells, side="right") - first
        chosen = first + np.floor(rng.random(len(cells)) * found).astype(np.int64)
        fitting = np.count_nonzero(found)
        person = self._order[np.where(found > 0, chosen, 0)]
        odds = 1.0 if favoured is None else np.where(favoured[0][person], favoured[1][one_each], 1.0)
        is_linked = (found > 0) & (rng.random(len(cells)) * fitting < SHARE * len(cells) * odds)
        return pc.if_else(pa.array(is_linked[of_owner]), self._ids.take(pa.array(person[of_owner])), ids)


def make_links(seed: int, geography: Geography, population: Population) -> Links:
    """The links of a country: the same for every feed that asks."""
    return Links(seed, make_persons(seed, geography, population))


def expected_found(population: Population) -> Floats:
    """The chance that a record of a cell of the population has a person who fits it."""
    return np.asarray(1 - np.exp(-expected_persons(population)), dtype=np.float64)


def expected_pairs(population: Population, drawn: Floats, present: Floats) -> Floats:
    """Expected pairs of records that are one known person's by chance alone, by cell of the population.

    ``drawn`` is what the linked records were drawn from, ``present`` the expected owners among whom pairs are looked
    for, Poisson in each cell: pairs of two, each linked, times the chance to have drawn the same of the persons there.
    """
    persons = expected_persons(population)
    linked = SHARE * drawn.sum() / (drawn * expected_found(population)).sum()
    # The mean of 1 / persons over Poisson numbers of them, none of them zero; terms beyond the 40th do not matter.
    chance = np.exp(-persons)
    same = np.zeros(persons.shape)
    for count in range(1, 41):
        chance = chance * persons / count
        same += chance / count
    return np.asarray((present * linked) ** 2 / 2 * same, dtype=np.float64)


def _cells(people: People) -> Ints:
    """One number for each cell of the population."""
    return ((people.lsoa * len(AGE_FROM) + people.age) * len(SEX) + people.sex) * len(ETHNIC) + people.ethnic

"""Monthly record feeds of services: what maternity, tobacco dependence and mental health have in common.

Belongs here: chances that differ by decile and ethnic group, the people of a month and the cells that say who they are,
the expected shares the truths are made of. Does not belong here: events, columns and dates of any one feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample import rates
from pipeline.sample.files import Written, write_csv
from pipeline.sample.geography import Geography
from pipeline.sample.links import Links, make_links
from pipeline.sample.organisations import CODES, service_trust
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted, Sampler, ages_within, combine, decile_factor, ethnic_factor
from pipeline.sample.recording import (
    UNKNOWN_ETHNICITY,
    UNKNOWN_RESIDENCE,
    day_number,
    ethnic_codes,
    lsoa_codes,
    nhs_number_status,
    numbered,
    sex_codes,
    text,
)
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.timeline import Month, months_to

# At small scales a month would be empty by chance; no service has fewer records.
FEWEST = 24
# What the feeds that carry it call the status of the NHS number.
NHS_NUMBER_STATUS = {
    "talking_therapies": "NHSNumberStatus", "msds_birth": "NHSNumberStatusMother",
    "msds_booking": "NHSNumberStatusMother", "mhsds_detention": "NHSNumberStatus", "mhsds_contact": "NHSNumberStatus",
}  # fmt: skip
Table = Callable[[np.random.Generator, Month, Population, People, "Who"], dict[str, pa.Array]]


@dataclass(frozen=True)
class Chance:
    """How likely an outcome is: ``middle`` between deciles 5 and 6, ``ratio`` from decile 1 to decile 10."""

    middle: float
    ratio: float
    ethnic: dict[str, float] = field(default_factory=dict)

    def by_cell(self, population: Population) -> Floats:
        """The chance by LSOA x ethnic category."""
        by_lsoa = decile_factor(self.ratio)[population.decile - 1]
        return np.minimum(self.middle * by_lsoa[:, None] * ethnic_factor(self.ethnic)[None, :], 0.995)

    def of(self, population: Population, people: People) -> Floats:
        """The chance of each person."""
        return np.asarray(self.by_cell(population)[people.lsoa, people.ethnic], dtype=np.float64)


@dataclass(frozen=True)
class Share:
    """A proportion as it was planted: expected records and those that count, by LSOA x ethnic category."""

    indicator_id: str
    higher_is_better: bool
    period_type: str
    period_end: date
    everyone: Floats
    counted: Floats


@dataclass(frozen=True)
class Who:
    """Cells that say who each record is about and who sent it; ``kind`` is the place of the event in its feed."""

    kind: Ints
    record: pa.Array
    person: pa.Array
    provider: pa.Array
    age: Ints
    sex: pa.Array
    ethnic: pa.Array
    lsoa: pa.Array

    def take(self, rows: Ints) -> Who:
        return Who(*(getattr(self, item.name).take(rows) for item in fields(self)))


def expected_people(planted: Planted, population: Population, ages: tuple[int, int] = (0, 120)) -> Floats:
    """Expected events a year in an age range, by LSOA x ethnic category."""
    events = rates.expected_events(planted, population)
    return np.asarray(events[:, ages_within(ages)].sum(axis=(1, 2)), dtype=np.float64)


def write_monthly(
    feed: str, last: date, vintage: int, planted: Sequence[Planted], table: Table
) -> Callable[[Path, int, Geography, Population], Iterator[tuple[str, list[Written]]]]:
    """The writer of a feed: for each month to ``last`` a CSV of its kinds of event, in random order.

    ``table`` makes the columns of the file from the people of the month; ``vintage`` is that of its LSOA column.
    """

    def write(
        folder: Path, seed: int, geography: Geography, population: Population
    ) -> Iterator[tuple[str, list[Written]]]:
        samplers = [Sampler(rates.expected_events(item, population)) for item in planted]
        links = make_links(seed, geography, population)
        for month in months_to(last):
            rng = stream(seed, feed, month.key)
            people, columns = drawn(rng, geography, feed, month, samplers, vintage, links, population, table)
            if feed in NHS_NUMBER_STATUS:
                columns[NHS_NUMBER_STATUS[feed]] = nhs_number_status(seed, feed, month.key, len(people))
            rows = pa.table(columns).take(pa.array(rng.permutation(len(people))))
            yield month.key, [write_csv(folder / f"{feed}_{month.key}.csv", rows)]

    return write


def drawn(
    rng: np.random.Generator,
    geography: Geography,
    feed: str,
    month: Month,
    samplers: Sequence[Sampler],
    vintage: int,
    links: Links,
    population: Population,
    table: Table,
) -> tuple[People, dict[str, pa.Array]]:
    """The people of a month, kind after kind, and what ``table`` makes of them."""
    groups = [sampler.draw(rng, month.days / 365, FEWEST) for sampler in samplers]
    people = combine(groups)
    kind = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    these = who(rng, geography, feed, month, people, kind, vintage, links)
    return people, table(rng, month, population, people, these)


def who(
    rng: np.random.Generator,
    geography: Geography,
    feed: str,
    month: Month,
    people: People,
    kind: Ints,
    vintage: int,
    links: Links,
) -> Who:
    """The cells of each person, with the planted shares of unknown."""
    number = np.arange(1, len(people) + 1, dtype=np.int64)
    stem = month.first.year % 100 * 100 + month.first.month
    prefix = (feed[0] + feed.split("_")[1][:2]).upper()
    return Who(
        kind=kind,
        record=numbered(f"{prefix}{stem}", number, 8),
        person=links.link(f"{feed} {month.key}", people, number, numbered(f"SYN{prefix}{stem}", number, 8)),
        provider=text(CODES[service_trust(geography.la21[people.lsoa])]),
        age=rates.age_in_years(rng, people.age),
        sex=text(sex_codes(rng, people.sex)),
        ethnic=text(ethnic_codes(rng, people.ethnic, UNKNOWN_ETHNICITY[feed])),
        lsoa=text(lsoa_codes(rng, geography, people.lsoa, vintage, UNKNOWN_RESIDENCE[feed])),
    )


def same(value: str, rows: int) -> pa.Array:
    """A column with one value."""
    return pa.array([value] * rows, pa.string())


def where(there: np.ndarray[tuple[int], np.dtype[np.bool_]], values: pa.Array) -> pa.Array:
    """The values where they are there, otherwise blank."""
    return pc.if_else(pa.array(there), values, None)


def days_in(rng: np.random.Generator, month: Month, rows: int) -> Ints:
    """A day of the month for each row, as days since 1970-01-01."""
    return day_number(month.first) + np.floor(rng.random(rows) * month.days).astype(np.int64)

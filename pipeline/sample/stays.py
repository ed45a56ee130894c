"""How long people stay in emergency departments, and the clock times that are written down.

Belongs here: the planted share of stays of twelve hours and more, minutes from arrival to departure, local time. Does
not belong here: who attends and where (`emergency`). Times are drawn in UTC and written as the clock on the wall in
London shows them, so on the two nights a year that the clocks change a difference of written times is an hour off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.sample import rates
from pipeline.sample.population import BAND, Population
from pipeline.sample.rates import People
from pipeline.sample.streams import Floats, Ints

FOUR_HOURS, TWELVE_HOURS, _DAY = 240, 720, 1440  # minutes
# Chance of a stay of twelve hours and more by band of age, and the ratio of decile 1 to decile 10. The shape by age is
# flat: shares are not standardised, and older people live less often in deprived places.
_LONG_BY_BAND = (
    0.03, 0.03, 0.035, 0.045, 0.05, 0.05, 0.05, 0.055, 0.055, 0.06, 0.06, 0.065, 0.07, 0.075, 0.08,
    0.085, 0.09, 0.1, 0.11,
)  # fmt: skip
LONG_RATIO = 2.2
_MEAN_BEYOND = 260.0  # minutes after the twelfth hour
_SHORT_SHAPE = 1.6  # a shorter stay is twelve hours times a uniform number to this power, in whole minutes
_NO_DEPARTURE, _BEFORE_ARRIVAL = 0.02, 0.004
# When summer time begins and ends, in UTC (last Sundays of March and October at 01:00).
_SUMMERS = (("2025-03-30T01:00", "2025-10-26T01:00"), ("2026-03-29T01:00", "2026-10-25T01:00"))


@dataclass(frozen=True)
class Stays:
    """Local clock times in minutes since 1970-01-01 00:00; ``has_departure`` is False where none was written."""

    arrival: Ints
    departure: Ints
    has_departure: npt.NDArray[np.bool_]


def long_share(population: Population) -> Floats:
    """Chance of a stay of twelve hours and more, by LSOA x AGE_FROM."""
    by_age = np.array(_LONG_BY_BAND)[BAND]
    by_lsoa = rates.decile_factor(LONG_RATIO)[population.decile - 1]
    return np.asarray(by_lsoa[:, None] * by_age[None, :], dtype=np.float64)


def expected_stays(population: Population, minutes: int = TWELVE_HOURS) -> tuple[Floats, Floats]:
    """Expected attendances and those of so many minutes and more (twelve hours at most), by LSOA x ethnic category.

    Of any department type and whether or not times are valid: neither depends on the person.
    """
    attended = rates.expected_events(rates.ATTENDANCE, population)
    longest = long_share(population)
    of_the_rest = 1 - (minutes / TWELVE_HOURS) ** (1 / _SHORT_SHAPE)
    longer = attended * (longest + (1 - longest) * of_the_rest)[:, :, None, None]
    return attended.sum(axis=(1, 2)), longer.sum(axis=(1, 2))


def draw_stays(rng: np.random.Generator, population: Population, people: People, day: Ints) -> Stays:
    """Times of attendances that arrive on ``day`` (days since 1970-01-01); some departures are missing or wrong."""
    count = len(people)
    clock = day * _DAY + np.floor(rng.random(count) * _DAY).astype(np.int64)
    arrival = np.where(_is_summer(clock - 60), clock - 60, clock)  # in UTC
    is_long = rng.random(count) < long_share(population)[people.lsoa, people.age]
    short = np.floor(rng.random(count) ** _SHORT_SHAPE * TWELVE_HOURS)
    beyond = np.floor(rng.exponential(_MEAN_BEYOND, count))
    minutes = np.where(is_long, TWELVE_HOURS + beyond, short).astype(np.int64)
    fate = rng.random(count)
    wrong = (fate >= _NO_DEPARTURE) & (fate < _NO_DEPARTURE + _BEFORE_ARRIVAL)
    minutes = np.where(wrong, -1 - np.floor(rng.random(count) * 300).astype(np.int64), minutes)
    return Stays(london_clock(arrival), london_clock(arrival + minutes), fate >= _NO_DEPARTURE)


def london_clock(utc: Ints) -> Ints:
    """What the clock shows in London; minutes since 1970-01-01 00:00."""
    return utc + 60 * _is_summer(utc)


def _is_summer(utc: Ints) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(utc), dtype=bool)
    for begins, ends in _SUMMERS:
        first, last = (int(np.datetime64(moment, "m").astype(np.int64)) for moment in (begins, ends))
        found |= (utc >= first) & (utc < last)
    return found

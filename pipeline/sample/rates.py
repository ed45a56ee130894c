"""The planted inequalities: how often each event happens to whom.

Belongs here: the shape by age, the size, the gradient by IMD 2025 decile and the factors by ethnic group of every event
the sample plants, and how events are drawn from them. Does not belong here: codes written to files, truths derived
from the rates.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.sample.population import (
    AGE_FROM,
    BAND,
    ESP2013,
    ETHNIC_GROUPS,
    Population,
    group_of_ethnic,
)
from pipeline.sample.streams import Floats, Ints

Mask = npt.NDArray[np.bool_]


def ages_within(ages: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which positions of AGE_FROM lie in an age range (years, inclusive)."""
    return (ages[0] <= AGE_FROM) & (ages[1] >= AGE_FROM)


@dataclass(frozen=True)
class Planted:
    """One kind of event. ``ages`` is the age range (years, inclusive) its ``per_100k`` is stated for.

    ``per_100k`` events a year: a DSR (ESP 2013, bands of the range) when ``standardised``, otherwise crude.
    ``by_band`` is relative over the 19 bands; ``outside`` scales it outside the range, so that events of other ages
    exist and must be left out. ``ratio`` is the rate ratio of decile 1 to decile 10; ``winter`` the winter excess.
    """

    name: str
    per_100k: float
    standardised: bool
    by_band: tuple[float, ...]
    ages: tuple[int, int] = (0, 120)
    outside: float = 0.0
    ratio: float = 1.0
    ethnic: dict[str, float] = field(default_factory=dict)
    women_only: bool = False
    winter: float = 0.0

    @property
    def in_range(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        return ages_within(self.ages)


_OLD = (0.02, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.4, 0.8, 1.4, 2.2, 3.2, 4.5, 6.5, 9.5, 14, 20, 27, 33)
_HEART = (0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.4, 0.9, 1.8, 3.0, 4.2, 5.3, 6.3, 7.6, 9.5, 12, 15, 19, 22)
_LUNG = (0.02, 0.02, 0.02, 0.03, 0.05, 0.08, 0.15, 0.3, 0.6, 1.2, 2.4, 4.4, 7.0, 10, 13, 16, 17, 16, 14)
_ASTHMA = (3.2, 2.8, 1.5, 1.2, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9)
_DIABETES = (0.5, 1.0, 1.8, 1.6, 1.0, 0.7, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4)
_EPILEPSY = (2.4, 1.4, 1.2, 1.3, 1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.1, 1.2, 1.3, 1.3)
_SELF_HARM = (0.0, 0.1, 2.4, 5.0, 3.4, 2.2, 1.8, 1.6, 1.5, 1.5, 1.3, 1.0, 0.7, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4)
_TEETH = (1.0, 3.4, 1.6, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05)
_URGENT = (5.5, 2.6, 2.6, 3.2, 3.6, 3.2, 2.9, 2.6, 2.4, 2.4, 2.4, 2.4, 2.5, 2.8, 3.4, 4.4, 5.8, 7.4, 9.0)
_EMERGENCY = (3.0, 0.9, 0.9, 1.2, 1.5, 1.6, 1.6, 1.5, 1.5, 1.7, 2.0, 2.3, 2.8, 3.6, 5.0, 7.0, 10, 14, 17)
_ELECTIVE = (0.6, 0.6, 0.5, 0.6, 0.9, 1.2, 1.6, 1.9, 2.2, 2.7, 3.4, 4.0, 4.7, 5.5, 6.4, 6.8, 6.0, 4.0, 2.2)
_MATERNITY = (0.0, 0.0, 0.0, 0.5, 2.5, 4.5, 5.0, 2.7, 0.6, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_BIRTH = (1.0, *([0.0] * 18))

STROKE = Planted(
    "stroke", 170, True, _OLD, ratio=2.0, winter=0.05,
    ethnic={"Black": 1.45, "Asian": 1.2, "Mixed": 1.1},
)  # fmt: skip
INFARCTION = Planted(
    "infarction", 140, True, _HEART, ratio=2.2, winter=0.05,
    ethnic={"Asian": 1.5, "Black": 0.75},
)  # fmt: skip
COPD = Planted(
    "copd", 450, True, _LUNG, ages=(35, 120), outside=1.0, ratio=2.7, winter=0.35,
    ethnic={"Asian": 0.6, "Black": 0.5},
)  # fmt: skip
ASTHMA = Planted(
    "asthma", 150, False, _ASTHMA, ages=(0, 18), outside=1.0, ratio=2.5, winter=0.2,
    ethnic={"Black": 1.5, "Asian": 1.3, "Mixed": 1.2},
)  # fmt: skip
# More often than in England, so that every decile and ethnic group has events enough to be shown.
DIABETES = Planted(
    "diabetes", 170, False, _DIABETES, ages=(0, 18), outside=1.0, ratio=2.2,
    ethnic={"Black": 1.3, "Other": 1.4, "Mixed": 1.1},
)  # fmt: skip
EPILEPSY = Planted(
    "epilepsy", 190, False, _EPILEPSY, ages=(0, 18), outside=1.0, ratio=2.0,
    ethnic={"Asian": 1.25, "Other": 1.4, "Mixed": 1.2},
)  # fmt: skip
SELF_HARM = Planted(
    "self_harm", 620, True, _SELF_HARM, ages=(10, 24), outside=1.0, ratio=2.1,
    ethnic={"Asian": 0.6, "Black": 0.7, "Mixed": 1.2},
)  # fmt: skip
TEETH = Planted(
    "teeth", 350, False, _TEETH, ages=(0, 10), outside=1.0, ratio=2.7,
    ethnic={"Asian": 1.2, "Other": 1.6},
)  # fmt: skip
ATTENDANCE = Planted(
    "attendance", 46_000, True, _URGENT, ratio=1.85, winter=0.04,
    ethnic={"Mixed": 1.1, "Black": 1.15, "Asian": 0.95, "Other": 1.25},
)  # fmt: skip
# Kept or missed; cancelled ones are beside them.
APPOINTMENT = Planted("appointment", 20_600, False, _ELECTIVE, ratio=1.1, ethnic={"Asian": 0.95, "Black": 0.95})

# Activity no indicator counts; it surrounds the planted events as in a real extract.
OTHER_EMERGENCY = Planted("other_emergency", 8_500, False, _EMERGENCY, ratio=1.7, winter=0.08)
ELECTIVE = Planted("elective", 16_500, False, _ELECTIVE, ratio=0.95)
MATERNITY = Planted("maternity", 1_200, False, _MATERNITY, ratio=1.3, women_only=True)
BIRTH = Planted("birth", 1_100, False, _BIRTH, ratio=1.3)
REGULAR = Planted("regular", 3_000, False, _ELECTIVE, ratio=1.2)
NEAR_MISS = Planted("near_miss", 380, False, _OLD, ratio=1.5)
OTHER_TEETH = Planted("other_teeth", 60, False, _TEETH, ratio=1.5)


def decile_factor(ratio: float) -> Floats:
    """Factor of each decile 1..10: a log-linear gradient, ``ratio`` from the first to the last, middle 1."""
    return np.asarray(np.exp(np.log(ratio) * (5.5 - np.arange(1, 11)) / 9), dtype=np.float64)


def ethnic_factor(factors: dict[str, float]) -> Floats:
    """Factor of each ethnic category from factors by ethnic group; groups not named have 1."""
    groups = np.array([factors.get(name, 1.0) for name in ETHNIC_GROUPS])
    return np.asarray(groups[group_of_ethnic()], dtype=np.float64)


def expected_events(planted: Planted, population: Population) -> Floats:
    """Expected events a year in every cell of the population, scaled so that ``per_100k`` holds exactly."""
    by_age = np.array(planted.by_band)[BAND] * np.where(planted.in_range, 1.0, planted.outside)
    if planted is BIRTH:
        by_age = by_age * (AGE_FROM == 0)
    sex = np.array([0.0, 1.0]) if planted.women_only else np.ones(2)
    by_lsoa = decile_factor(planted.ratio)[population.decile - 1]
    relative = (
        by_lsoa[:, None, None, None]
        * by_age[None, :, None, None]
        * sex[None, None, :, None]
        * ethnic_factor(planted.ethnic)[None, None, None, :]
    )
    events = population.persons * relative
    rate = rate_per_100k(events, population.persons, planted.ages, planted.standardised)
    scale = planted.per_100k / rate
    return np.asarray(events * scale, dtype=np.float64)


def rate_per_100k(events: Floats, persons: Ints | Floats, ages: tuple[int, int], standardised: bool) -> float:
    """Rate of the events among the persons, both LSOA x age x sex x ethnic: DSR or crude, over an age range."""
    inside = ages_within(ages)
    by_age = events.sum(axis=(0, 2, 3))[inside]
    at_risk = persons.sum(axis=(0, 2, 3))[inside]
    if not standardised:
        return float(by_age.sum() / at_risk.sum() * 1e5)
    band = BAND[inside]
    events_by_band = np.bincount(band, by_age, minlength=len(ESP2013))
    persons_by_band = np.bincount(band, at_risk, minlength=len(ESP2013))
    used = np.unique(band)
    rate = events_by_band[used] / persons_by_band[used]
    return float((rate * ESP2013[used]).sum() / ESP2013[used].sum() * 1e5)


@dataclass(frozen=True)
class People:
    """Who an event happened to, by position: LSOA 2021, AGE_FROM, SEX, ETHNIC."""

    lsoa: Ints
    age: Ints
    sex: Ints
    ethnic: Ints

    def __len__(self) -> int:
        return len(self.lsoa)

    def take(self, rows: Ints) -> People:
        return People(self.lsoa[rows], self.age[rows], self.sex[rows], self.ethnic[rows])


class Sampler:
    """Draws the people of one kind of event: a Poisson number in every cell, independent from draw to draw."""

    def __init__(self, expected: Floats) -> None:
        self._shape = expected.shape
        self._edges = np.cumsum(expected.ravel())

    def draw(self, rng: np.random.Generator, share: float, fewest: int = 0) -> People:
        """The people of ``share`` of a year's events, ordered by cell; ``fewest`` is the least number of them."""
        total = self._edges[-1]
        count = max(int(rng.poisson(total * share)), fewest)
        cells = np.searchsorted(self._edges, np.sort(rng.random(count)) * total, side="right")
        return People(*(axis.astype(np.int64) for axis in np.unravel_index(cells, self._shape)))


def combine(parts: list[People]) -> People:
    """One list of people from several, in order."""
    return People(
        np.concatenate([part.lsoa for part in parts]),
        np.concatenate([part.age for part in parts]),
        np.concatenate([part.sex for part in parts]),
        np.concatenate([part.ethnic for part in parts]),
    )


def age_in_years(rng: np.random.Generator, age: Ints) -> Ints:
    """A whole age inside each person's age cell; 90 and over reaches 97."""
    width = np.where(AGE_FROM[age] < 20, 1, np.where(AGE_FROM[age] < 90, 5, 8))
    return AGE_FROM[age] + np.floor(rng.random(len(age)) * width).astype(np.int64)

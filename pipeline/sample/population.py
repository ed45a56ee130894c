"""Who lives in the fictional country: persons by LSOA 2021, age, sex and ethnic category.

Belongs here: the population counts and the age scale they are kept on. Does not belong here: the population file's
layout, events. Minority ethnic people are younger and live more often in deprived LSOAs, so ethnicity and deprivation
are confounded as they are in England.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.sample.deprivation import Deprivation
from pipeline.sample.geography import Geography
from pipeline.sample.streams import Floats, Ints, stream

PERSONS_AT_SCALE_1 = 680_000
# Single years to 19, then five-year bands from 20 to 90 and over: 0-10, 0-18 and 35 and over are exact.
AGE_FROM: Ints = np.array([*range(20), *range(20, 95, 5)], dtype=np.int64)
AGE_YEARS: Ints = np.array([1] * 20 + [5] * 14 + [8], dtype=np.int64)
# European Standard Population 2013 in 19 bands, 0-4 to 90 and over (Eurostat, revised ESP).
ESP2013: Floats = np.array(
    [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000],
    dtype=np.float64,
)
BAND: Ints = np.minimum(AGE_FROM // 5, 18)
SEX = ("1", "2")
# Ethnic category 2001 with its share among all persons; order of the fourth axis everywhere.
ETHNIC_SHARE = {
    "A": 0.745, "B": 0.009, "C": 0.055, "D": 0.009, "E": 0.005, "F": 0.009, "G": 0.008, "H": 0.033,
    "J": 0.028, "K": 0.012, "L": 0.017, "M": 0.012, "N": 0.025, "P": 0.006, "R": 0.008, "S": 0.019,
}  # fmt: skip
ETHNIC = tuple(ETHNIC_SHARE)
ETHNIC_GROUPS = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKL", "Black": "MNP", "Other": "RS"}
_AGE_SHARE_BY_BAND = np.array(
    [5.3, 5.8, 6.0, 5.8, 6.2, 6.6, 7.0, 6.9, 6.6, 6.1, 6.7, 6.8, 6.1, 5.1, 4.7, 4.2, 2.8, 1.7, 1.0], dtype=np.float64
)


@dataclass(frozen=True)
class Population:
    """``persons`` is LSOA 2021 x AGE_FROM x SEX x ETHNIC; ``decile`` the IMD 2025 decile (1..10) of each LSOA."""

    persons: Ints
    decile: Ints


def group_of_ethnic() -> Ints:
    """Position in ETHNIC_GROUPS of each ethnic category."""
    return np.array([at for code in ETHNIC for at, codes in enumerate(ETHNIC_GROUPS.values()) if code in codes])


def make_population(seed: int, scale: float, geography: Geography, deprivation: Deprivation) -> Population:
    """Counts drawn about smooth expectations; every decile x band and ethnic group x band has a person of each sex."""
    rng = stream(seed, "population")
    size = geography.size
    z = deprivation.latent
    minority = np.clip(0.255 * np.exp(0.45 * z + 0.5 * rng.normal(size=size)), 0.04, 0.75)
    ethnic = np.array(list(ETHNIC_SHARE.values()))
    by_lsoa = np.tile(ethnic, (size, 1))
    by_lsoa[:, 1:] *= (minority / ethnic[1:].sum())[:, None]
    by_lsoa[:, 0] = 1 - by_lsoa[:, 1:].sum(axis=1)
    years = np.array([5.0] * 20 + [1.0] * 15)
    age = _AGE_SHARE_BY_BAND[BAND] / years
    tilt = np.where(np.array(ETHNIC)[None, :] == "A", 0.0, -0.022) * (AGE_FROM[:, None] - 35)
    age_by_ethnic = age[:, None] * np.exp(tilt)
    younger = np.exp(-0.004 * z[:, None] * (AGE_FROM[None, :] - 40))
    sex = np.stack([0.51 - 0.0011 * AGE_FROM, 0.49 + 0.0011 * AGE_FROM], axis=1)
    weight = by_lsoa[:, None, None, :] * (age_by_ethnic[None, :, None, :] * younger[:, :, None, None])
    weight = weight * sex[None, :, :, None]
    weight /= weight.sum(axis=(1, 2, 3), keepdims=True)
    lsoa_size = np.exp(0.18 * rng.normal(size=size))
    weight *= (PERSONS_AT_SCALE_1 * scale * lsoa_size / lsoa_size.sum())[:, None, None, None]
    persons = rng.poisson(weight).astype(np.int64)
    decile = deprivation.imd2025.decile[0]
    _fill(persons, decile)
    return Population(persons, decile)


def _fill(persons: Ints, decile: Ints) -> None:
    """Puts one person where a decile x band x sex or an ethnic group x band x sex would be empty, in place.

    A directly standardised rate refuses a group with an empty age band, and small scales would leave some.
    """
    group = group_of_ethnic()
    for band in range(len(ESP2013)):
        ages = np.flatnonzero(band == BAND)
        for sex in range(len(SEX)):
            for tenth in range(1, 11):
                lsoas = np.flatnonzero(decile == tenth)
                if not persons[np.ix_(lsoas, ages)][:, :, sex].any():
                    persons[lsoas[0], ages[0], sex, 0] = 1
            for number in range(len(ETHNIC_GROUPS)):
                members = np.flatnonzero(group == number)
                if not persons[:, ages][:, :, sex][:, :, members].any():
                    persons[band % len(persons), ages[0], sex, members[0]] = 1

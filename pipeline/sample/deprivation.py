"""Deprivation of the fictional country: two editions of an index with a smooth spatial gradient.

Belongs here: scores, ranks and deciles of both editions and of the other domain columns. Does not belong here: the
layout of the files. IMD 2019 ranks LSOAs of 2011, IMD 2025 LSOAs of 2021; the editions correlate and still move
some LSOAs between deciles, as the real ones do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.sample.geography import Geography
from pipeline.sample.streams import Floats, Ints, stream

OTHER_DOMAINS = 15  # domains, supplementary indices and sub-domains beside the IMD itself, in file order
_HILLS = 7


@dataclass(frozen=True)
class Index:
    """One edition over its own LSOA list: ``score``, ``rank`` and ``decile`` are (1 + OTHER_DOMAINS) x LSOAs.

    Row 0 is the IMD. Rank 1 is most deprived, decile 1 the most deprived tenth.
    """

    score: Floats
    rank: Ints
    decile: Ints


@dataclass(frozen=True)
class Deprivation:
    """Both editions. ``latent`` is the smooth part at each LSOA of 2021, mean 0 and deviation 1, high is deprived."""

    imd2019: Index
    imd2025: Index
    latent: Floats


def decile_of_rank(rank: Ints, size: int) -> Ints:
    """ceil(rank * 10 / N): the published rule of both editions."""
    return -(-rank * 10 // size)


def make_deprivation(seed: int, geography: Geography) -> Deprivation:
    """Scores from a field of hills over the country plus local noise that both editions share in part."""
    rng = stream(seed, "deprivation")
    smooth = _field(rng, geography.x11, geography.y11)
    local = rng.normal(size=len(smooth))
    later = 0.93 * smooth + 0.37 * _field(rng, geography.x11, geography.y11)
    latent19 = smooth + 0.6 * local
    latent11_for_25 = later + 0.6 * (0.93 * local + 0.37 * rng.normal(size=len(smooth)))
    latent25 = latent11_for_25[geography.parent].mean(axis=1) + 0.08 * rng.normal(size=geography.size)
    return Deprivation(
        _index(rng, latent19, ties=max(2, len(latent19) // 1000)),
        _index(rng, latent25, ties=0),
        (latent25 - latent25.mean()) / latent25.std(),
    )


def _field(rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """A sum of smooth hills, mean 0 and deviation 1 over the given places."""
    centre_x, centre_y = rng.random(_HILLS), rng.random(_HILLS)
    height = rng.normal(size=_HILLS)
    width = 0.12 + 0.2 * rng.random(_HILLS)
    distance = (x[:, None] - centre_x) ** 2 + (y[:, None] - centre_y) ** 2
    field = (height * np.exp(-distance / (2 * width**2))).sum(axis=1)
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64)


def _index(rng: np.random.Generator, latent: Floats, ties: int) -> Index:
    z = (latent - latent.mean()) / latent.std()
    size = len(z)
    layers = [z] + [0.75 * z + 0.66 * rng.normal(size=size) for _ in range(OTHER_DOMAINS)]
    score = np.empty((len(layers), size))
    rank = np.empty((len(layers), size), dtype=np.int64)
    for row, layer in enumerate(layers):
        order = np.argsort(-layer, kind="stable")
        score[row] = np.round(20 * np.exp(0.6 * np.clip(layer, -4, 2.4)), 3)
        rank[row, order] = np.arange(1, size + 1)
    _tie(score[0], rank[0], ties)
    return Index(score, rank, decile_of_rank(rank, size))


def _tie(score: Floats, rank: Ints, ties: int) -> None:
    """Gives ``ties`` pairs of neighbours in rank the better rank and one score, in place.

    Ranks of IMD 2019 are not unique. A pair lies inside a decile, so that deciles stay as they were.
    """
    size = len(rank)
    at = np.empty(size, dtype=np.int64)
    at[rank - 1] = np.arange(size)
    for pair in range(ties):
        first = size * (2 * pair + 1) // (2 * ties)  # zero-based rank, spread over the list
        while decile_of_rank(np.array([first + 1]), size)[0] != decile_of_rank(np.array([first + 2]), size)[0]:
            first -= 1
        rank[at[first + 1]] = rank[at[first]]
        score[at[first + 1]] = score[at[first]]

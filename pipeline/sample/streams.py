"""Random streams: one independent, named generator for every part of the fictional country.

Belongs here: how a seed and a name become a numpy generator. Does not belong here: what is drawn from it. A named
stream keeps every other file unchanged when one part of the country draws more or fewer numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[Any]


def stream(seed: int, *names: str) -> np.random.Generator:
    """The generator of one named part, e.g. ``stream(20, "sus_apc", "2026-03")``: PCG64, the same on every machine."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "big") for start in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def pick(rng: np.random.Generator, size: int, weights: Mapping[str, float]) -> Texts:
    """``size`` codes drawn with the given relative weights (any positive scale)."""
    codes = np.array(list(weights), dtype=object)
    return codes[pick_index(rng, size, np.array(list(weights.values()), dtype=np.float64))]


def pick_index(rng: np.random.Generator, size: int, weights: Floats) -> Ints:
    """``size`` positions 0..len(weights)-1 drawn with the given relative weights."""
    edges = np.cumsum(weights) / weights.sum()
    edges[-1] = 1.0
    return np.searchsorted(edges, rng.random(size), side="right").astype(np.int64)

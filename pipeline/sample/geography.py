"""The fictional country's areas: LSOAs of 2011 and 2021, local authorities, sub-ICBs, ICBs and regions.

Belongs here: which areas exist, how they nest, how LSOAs changed between 2011 and 2021, where they lie. Does not
belong here: deprivation, people, files. Codes start with F where the real ones start with E, and ODS codes start with
Z followed by letters no real organisation has, so nothing here can be taken for a place in England.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.sample.streams import Floats, Ints, Texts, stream

COUNTRY_CODE, COUNTRY_NAME = "F92000001", "Fennmark (fictional)"
LSOA21_AT_SCALE_1 = 400
# name, share of the country's LSOAs
LOCAL_AUTHORITIES = (
    ("Ashmere", 11),
    ("Brackenford", 7),
    ("Caldermouth", 10),
    ("Dunholt", 7),
    ("Eastmarch", 9),
    ("Fenwater", 7),
    ("Gildersea", 8),
    ("Harrowmoor", 7),
    ("Ironcross", 10),
    ("Juniper Vale", 7),
    ("Kestrelby", 10),
    ("Larkhaven", 7),
)
# Sub-ICB of each local authority (numbers from 1). ZS03 (Eastmarch and Fenwater) ends in 2026 and is split by local
# authority between two ICBs, as NHS Frimley was; so LSOA, not sub-ICB, links the editions.
SUB_ICB = {2024: (1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5), 2026: (1, 1, 2, 2, 2, 4, 4, 4, 5, 5, 5, 5)}
# ICB of each sub-ICB. ICBs 1 and 2 merge into 6 in April 2026: 5 become 3.
ICB = {2024: {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, 2026: {1: 6, 2: 6, 4: 4, 5: 5}}
ICB_NAMES = {
    1: "West Mere",
    2: "Calder Coast",
    3: "Middle Marches",
    4: "Gilder Shore",
    5: "Iron Valleys",
    6: "West Mere and Calder Coast",
}
REGION_OF_ICB = {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 1}
REGION_NAMES = {1: "North Fennmark", 2: "South Fennmark"}


def la_code(number: int) -> str:
    return f"F07{number:06d}"


def sub_icb_codes(number: int) -> tuple[str, str]:
    """ONS code and ODS code."""
    return f"F38{number:06d}", f"ZS{number:02d}"


def icb_codes(number: int) -> tuple[str, str]:
    """ONS code and ODS code."""
    return f"F54{number:06d}", f"ZI{number}"


def region_codes(number: int) -> tuple[str, str]:
    """ONS code and ODS code."""
    return f"F40{number:06d}", f"ZR{number}"


@dataclass(frozen=True)
class Geography:
    """LSOAs by position. ``la*`` hold positions 0..11 in LOCAL_AUTHORITIES; ``x``, ``y`` lie in the unit square.

    ``change*`` are the rows of the exact-fit lookup (positions into both lists and U, S, M or X). ``parent`` holds for
    each LSOA of 2021 its 2011 parents (the second is the first again where there is one only).
    """

    code11: Texts
    name11: Texts
    la11: Ints
    x11: Floats
    y11: Floats
    code21: Texts
    name21: Texts
    la21: Ints
    change11: Ints
    change21: Ints
    change: Texts
    parent: Ints

    @property
    def size(self) -> int:
        """Number of LSOAs of 2021."""
        return len(self.code21)

    def icb_number(self, edition: int) -> Ints:
        """ICB number of each LSOA of 2021 in an organisation edition."""
        by_la = np.array([ICB[edition][sub_icb] for sub_icb in SUB_ICB[edition]], dtype=np.int64)
        return by_la[self.la21]


def make_geography(seed: int, scale: float) -> Geography:
    """The country's areas. 400 LSOAs of 2021 up to scale 1, in proportion above it, so LSOAs keep a real size."""
    rng = stream(seed, "geography")
    factor = max(1.0, scale)
    split_2, split_3, merged, complex_ = (round(n * factor) for n in (8, 2, 4, 2))
    unchanged = round(LSOA21_AT_SCALE_1 * factor) - 2 * split_2 - 3 * split_3 - merged - 2 * complex_
    la11 = _spread(unchanged + split_2 + split_3 + 2 * merged + 2 * complex_)
    name11 = _names(la11)
    x11, y11 = _places(rng, la11)
    count11 = len(la11)

    # Neighbouring pairs of one local authority; each kind of change takes its pairs.
    first = np.arange(0, count11 - 1, 2)
    first = rng.permutation(first[la11[first] == la11[first + 1]])
    kinds = ["M"] * merged + ["X"] * complex_ + ["S2"] * split_2 + ["S3"] * split_3
    rows: list[tuple[int, int, str]] = []
    new = 0
    gone = np.zeros(count11, dtype=bool)
    for at, kind in zip(first[: len(kinds)].tolist(), kinds, strict=True):
        made = {"M": 1, "X": 2, "S2": 2, "S3": 3}[kind]
        links = {"M": [(0, 0), (1, 0)], "X": [(0, 0), (1, 0), (1, 1)]}.get(kind, [(0, child) for child in range(made)])
        rows += [(at + parent, new + child, kind[0]) for parent, child in links]
        gone[[at] if kind[0] == "S" else [at, at + 1]] = True
        new += made

    kept = np.flatnonzero(~gone)
    changed = np.array([(parent, child) for parent, child, _ in rows], dtype=np.int64)
    change11 = np.concatenate([kept, changed[:, 0]])
    change21 = np.concatenate([np.arange(len(kept)), changed[:, 1] + len(kept)])
    change = np.array(["U"] * len(kept) + [kind for *_, kind in rows], dtype=object)
    size = len(kept) + new
    code11 = _codes(1, count11)
    parent = np.zeros((size, 2), dtype=np.int64)
    # The first parent is written last, so that it is the one both columns fall back to.
    parent[change21, 0] = parent[change21, 1] = change11
    parent[change21[::-1], 0] = change11[::-1]
    la21 = la11[parent[:, 0]]
    name21 = np.concatenate([name11[kept], _new_names(name11[parent[len(kept) :, 0]])])
    code21 = np.concatenate([code11[kept], _codes(count11 + 1, new)])
    return Geography(
        code11, name11, la11, x11, y11, code21, name21, la21, change11, change21, change, parent
    )  # fmt: skip


def _codes(first: int, count: int) -> Texts:
    return np.array([f"F01{number:06d}" for number in range(first, first + count)], dtype=object)


def _spread(count: int) -> Ints:
    """Local authority of each of ``count`` LSOAs, in order, by the shares of LOCAL_AUTHORITIES."""
    shares = np.array([share for _, share in LOCAL_AUTHORITIES], dtype=np.float64)
    edges = np.round(np.cumsum(shares) / shares.sum() * count).astype(np.int64)
    return np.searchsorted(edges, np.arange(count), side="right").astype(np.int64)


def _names(la: Ints) -> Texts:
    """``Ashmere 001A``: local authority, number of five LSOAs, letter."""
    starts = np.searchsorted(la, np.arange(len(LOCAL_AUTHORITIES)))
    within = np.arange(len(la)) - starts[la]
    return np.array(
        [
            f"{LOCAL_AUTHORITIES[area][0]} {place // 5 + 1:03d}{'ABCDE'[place % 5]}"
            for area, place in zip(la.tolist(), within.tolist(), strict=True)
        ],
        dtype=object,
    )


def _new_names(parents: Texts) -> Texts:
    """Names of the LSOAs made in 2021: the number of the parent and the next free letter from F."""
    used: dict[str, int] = {}
    names = []
    for parent in parents.tolist():
        stem = parent[:-1]
        used[stem] = used.get(stem, 0) + 1
        names.append(f"{stem}{'FGHIJKLMNOP'[used[stem] - 1]}")
    return np.array(names, dtype=object)


def _places(rng: np.random.Generator, la: Ints) -> tuple[Floats, Floats]:
    """A place for each LSOA inside its local authority's cell of a four by three grid."""
    return (la % 4 + rng.random(len(la))) / 4, (la // 4 + rng.random(len(la))) / 3

"""Columns as their distinct values and an index into them.

Belongs here: the one representation every check works on, so that a check costs the distinct values of a column and
not its rows. Does not belong here: the checks themselves (`profile`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # splitmix64, Steele, Lea and Flood 2014
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BLANK = np.uint64(0x6A09E667F3BCC909)

UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Encoded:
    """`distinct` values and, for each row, its `index` into them; a blank row has the index len(distinct).

    `source` is the column as it came, as long as it still is the same.
    """

    distinct: pa.StringArray
    index: npt.NDArray[np.int64]
    source: pa.StringArray | None = None

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Rows of each distinct value; the blank rows come last."""
        return np.bincount(self.index, minlength=len(self.distinct) + 1)

    def where(self, of_distinct: Bools, blank: bool = False) -> Bools:
        """A truth value for each row from one for each distinct value."""
        return np.append(of_distinct, blank)[self.index]

    def with_distinct(self, distinct: pa.StringArray) -> Encoded:
        """The same rows under other values; a value that became NULL becomes a blank row."""
        if distinct.null_count == 0:
            return Encoded(distinct, self.index)
        kept = np.asarray(pc.is_valid(distinct))
        renumbered = np.where(kept, np.cumsum(kept) - 1, int(kept.sum()))
        return Encoded(distinct.drop_null(), np.append(renumbered, int(kept.sum()))[self.index])

    def keep(self, rows: Bools) -> Encoded:
        return Encoded(self.distinct, self.index[rows])

    @property
    def is_blank(self) -> Bools:
        return np.equal(self.index, len(self.distinct))

    def to_array(self) -> pa.StringArray:
        if self.source is not None:
            return self.source
        is_blank = self.is_blank
        return self.distinct.take(pa.array(self.index, mask=is_blank) if is_blank.any() else pa.array(self.index))

    def hashes(self) -> UInt64s:
        """A 64-bit hash of each row's value, the same in every process and on every machine."""
        values = self.distinct.to_numpy(zero_copy_only=False)
        of_distinct = pd.util.hash_array(values, categorize=False) if len(values) else np.empty(0, np.uint64)
        return np.append(of_distinct, _BLANK)[self.index]


def blank(rows: int) -> Encoded:
    """A column of blanks."""
    return Encoded(pa.array([], pa.string()), np.zeros(rows, np.int64))


def encode(column: pa.StringArray) -> Encoded:
    """A text column in distinct form; NULL is blank."""
    encoded = column.dictionary_encode()
    distinct = encoded.dictionary
    indices = encoded.indices if encoded.null_count == 0 else encoded.indices.fill_null(len(distinct))
    return Encoded(distinct, indices.to_numpy(zero_copy_only=False).astype(np.int64), column)


def mix(values: UInt64s) -> UInt64s:
    """Scatter the bits of 64-bit numbers (splitmix64 finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def row_hashes(columns: list[UInt64s]) -> UInt64s:
    """One 64-bit hash of each row over the hashes of its columns, in their order."""
    row_hash = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        row_hash = mix(row_hash + _GOLDEN) + column
    return mix(row_hash)


class ContentHash:
    """What rows say, whatever their order, file name or compression: two 64-bit sums over row hashes and a count."""

    def __init__(self) -> None:
        self._rows = 0
        self._first = np.uint64(0)
        self._second = np.uint64(0)

    def add(self, rows: UInt64s) -> None:
        self._rows += len(rows)
        with np.errstate(over="ignore"):
            self._first += rows.sum(dtype=np.uint64)
            self._second += mix(rows ^ _GOLDEN).sum(dtype=np.uint64)

    @property
    def value(self) -> str:
        return f"{self._rows:x}-{int(self._first):016x}{int(self._second):016x}"

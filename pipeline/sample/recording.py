"""How people's attributes are written down: known, not stated, missing, of the wrong vintage.

Belongs here: what every record feed shares between a person and the cells of a row, and the planted shares of unknown.
Does not belong here: the columns of a feed. The shares are the same for every group, so they are the truths of DQ01
and DQ02, and they lower ethnic and small-area rates by a known factor.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.geography import SUB_ICB, Geography, sub_icb_codes
from pipeline.sample.population import ETHNIC
from pipeline.sample.rates import Mask
from pipeline.sample.streams import Ints, Texts, pick, stream

UNKNOWN_ETHNICITY = {
    "sus_apc": 0.07, "sus_op": 0.07, "ecds": 0.08, "wlmds": 0.06, "gp_extract": 0.04,
    "talking_therapies": 0.07, "msds_birth": 0.07, "msds_booking": 0.07, "tobacco_sdcs": 0.07,
    "mhsds_contact": 0.07, "mhsds_detention": 0.07,
}  # fmt: skip
UNKNOWN_RESIDENCE = {
    "sus_apc": 0.014, "sus_op": 0.014, "ecds": 0.018, "wlmds": 0.012, "gp_extract": 0.006,
    "talking_therapies": 0.015, "msds_birth": 0.015, "msds_booking": 0.015, "tobacco_sdcs": 0.015,
    "mhsds_contact": 0.015, "mhsds_detention": 0.015,
}  # fmt: skip
# Share of records whose NHS number is not verified; of the waiting list it depends on the decile (`waiting`).
NOT_VERIFIED = {
    "sus_apc": 0.02, "sus_op": 0.015, "ecds": 0.05, "talking_therapies": 0.03, "msds_birth": 0.025,
    "msds_booking": 0.025, "mhsds_contact": 0.04, "mhsds_detention": 0.06,
}  # fmt: skip
NOT_VERIFIED_CODES = {"02": 50.0, "03": 25.0, "04": 10.0, "07": 15.0}
_NEWBORN_NOT_TRACED = 0.3  # of those under one year of age
# Share of codes written in the other vintage than the column's name says; unchanged LSOAs read the same in both.
OTHER_VINTAGE = 0.10
NO_FIXED_ABODE = "Z99999999"
NEVER = -1  # a day that is not there
WELSH_LSOA = ("W01000001", "W01000002", "W01000003")


def ethnic_codes(rng: np.random.Generator, ethnic: Ints, unknown: float) -> Texts:
    """Ethnic category codes; a share ``unknown`` is Z (not stated), 99, X or blank."""
    codes = np.array(ETHNIC, dtype=object)[ethnic]
    hidden = np.flatnonzero(rng.random(len(ethnic)) < unknown)
    written = pick(rng, len(hidden), {"Z": 0.6, "99": 0.2, "X": 0.12, "": 0.08})
    written[written == ""] = None
    codes[hidden] = written
    return codes


def lsoa_codes(rng: np.random.Generator, geography: Geography, lsoa: Ints, vintage: int, unknown: float) -> Texts:
    """LSOA codes of the column's vintage (2011 or 2021), a tenth of them of the other, ``unknown`` not usable.

    A merged or complex LSOA of 2021 is written as either of its 2011 parents.
    """
    parent = geography.parent[lsoa, (rng.random(len(lsoa)) < 0.5).astype(np.int64)]
    other = rng.random(len(lsoa)) < OTHER_VINTAGE
    as_2011 = other if vintage == 2021 else ~other
    codes = np.where(as_2011, geography.code11[parent], geography.code21[lsoa])
    hidden = np.flatnonzero(rng.random(len(lsoa)) < unknown)
    codes[hidden] = NO_FIXED_ABODE
    codes[hidden[rng.random(len(hidden)) < 0.4]] = None
    return codes


def sex_codes(rng: np.random.Generator, sex: Ints) -> Texts:
    """Sex 1 or 2; two in a thousand are 9 (not specified)."""
    codes = np.array(["1", "2"], dtype=object)[sex]
    codes[rng.random(len(sex)) < 0.002] = "9"
    return codes


def nhs_number_status(seed: int, feed: str, period: str, rows: int, is_baby: Mask | None = None) -> pa.Array:
    """NHS NUMBER STATUS INDICATOR CODE: 01 where verified; the trace of some babies is postponed (08)."""
    rng = stream(seed, feed, period, "nhs number")
    codes = np.where(rng.random(rows) < NOT_VERIFIED[feed], pick(rng, rows, NOT_VERIFIED_CODES), "01")
    if is_baby is not None:
        codes[is_baby & (rng.random(rows) < _NEWBORN_NOT_TRACED)] = "08"
    return text(codes)


def sub_icb_of(geography: Geography, lsoa: Ints, edition: int) -> Texts:
    """ODS code of the commissioning sub-ICB."""
    by_la = np.array([sub_icb_codes(number)[1] for number in SUB_ICB[edition]], dtype=object)
    return np.asarray(by_la[geography.la21[lsoa]])


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """``prefix`` and a zero-padded number, as text. Persons are ``SYN...``: no number of a real person looks so."""
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, "") if prefix else padded


def days(numbers: Ints) -> pa.Array:
    """Dates from days since 1970-01-01."""
    return pa.array(numbers.astype("int32"), pa.int32()).cast(pa.date32())


def days_or_blank(numbers: Ints) -> pa.Array:
    """Dates from days since 1970-01-01; NEVER is blank."""
    return pa.array(numbers.astype("int32"), pa.int32(), mask=numbers < 0).cast(pa.date32())


def day_number(on: date) -> int:
    """Days since 1970-01-01."""
    return (on - date(1970, 1, 1)).days


def between(rng: np.random.Generator, low: Ints | int, high: Ints | int, count: int) -> Ints:
    """Whole numbers from low to high, both included."""
    return np.asarray(low + np.floor(rng.random(count) * (np.asarray(high) - low + 1)), dtype=np.int64)


def text(values: Any) -> pa.Array:
    """Codes as text; None is blank."""
    return pa.array(values, pa.string(), from_pandas=True)

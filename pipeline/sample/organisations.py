"""Trusts and practices of the fictional country, who treats whom, and who is expected to submit.

Belongs here: organisations, their dates and sizes, the share of each local authority's people a trust treats, the
planted faults by submitter. Does not belong here: the ODS file layouts, the feeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.sample.geography import LOCAL_AUTHORITIES
from pipeline.sample.streams import Floats, Ints, Texts
from pipeline.sample.timeline import MERGER_DATE

PRACTICES_PER_LA = 5
RECORD_FEEDS = ("ecds", "sus_apc", "sus_op", "wlmds")
# Services that the big trusts alone offer, each for the two local authorities around it.
SERVICE_FEEDS = (
    "talking_therapies", "msds_birth", "msds_booking", "msds_contact", "tobacco_sdcs", "mhsds_contact",
    "mhsds_detention",
)  # fmt: skip


@dataclass(frozen=True)
class Trust:
    """An NHS trust; ``home`` is the position of its local authority, ``closed`` its last day."""

    code: str
    name: str
    home: int
    big: bool
    closed: date | None = None


# One big trust for two local authorities, one small trust beside it. Every planted fault sits in a small one, so that
# the country's figures hardly move.
TRUSTS = (
    Trust("ZT1", "ASHMERE UNIVERSITY HOSPITALS NHS TRUST", 0, True),
    Trust("ZT2", "CALDERMOUTH GENERAL NHS TRUST", 2, True),
    Trust("ZT3", "BRACKENFORD COTTAGE HOSPITALS NHS TRUST", 1, False),
    Trust("ZT4", "EASTMARCH HOSPITALS NHS TRUST", 4, True),
    Trust("ZT5", "DUNHOLT INFIRMARY NHS TRUST", 3, False),
    Trust("ZT6", "GILDERSEA BAY NHS FOUNDATION TRUST", 6, True),
    Trust("ZT7", "FENWATER DISTRICT NHS TRUST", 5, False),
    Trust("ZT8", "IRONCROSS TEACHING HOSPITALS NHS FOUNDATION TRUST", 8, True),
    Trust("ZT9", "HARROWMOOR INFIRMARY NHS TRUST", 7, False),
    Trust("ZT10", "KESTRELBY AND LARKHAVEN NHS TRUST", 10, True),
    Trust("ZT11", "JUNIPER VALE HOSPITAL NHS TRUST", 9, False),
    Trust("ZT12", "LARKHAVEN MEMORIAL NHS TRUST", 11, False, MERGER_DATE),
)
CODES: Texts = np.array([trust.code for trust in TRUSTS], dtype=object)
MERGED, SUCCESSOR = "ZT12", "ZT10"

PLANTED_FAULTS = {
    "ecds_nothing_sent": {"feed": "ecds", "submitter": "ZT9", "periods": ["2026-08"], "fault": "sends nothing"},
    "ecds_half_volume": {"feed": "ecds", "submitter": "ZT5", "periods": ["2026-08"], "fault": "half the usual volume"},
    "sus_apc_ethnicity_not_stated": {
        "feed": "sus_apc",
        "submitter": "ZT7",
        "periods": ["2026-07", "2026-08"],
        "fault": "ETHNOS is Z (not stated) on every record",
    },
    "sus_apc_lsoa_blank": {
        "feed": "sus_apc",
        "submitter": "ZT11",
        "periods": ["2026-08"],
        "fault": "LSOA11 is blank on 60 % of records",
    },
    "wlmds_weeks_skipped": {
        "feed": "wlmds",
        "submitter": "ZT3",
        "periods": ["2026-08-23", "2026-08-30"],
        "fault": "sends nothing",
    },
    "sus_apc_restated": {
        "feed": "sus_apc",
        "submitter": "",
        "periods": ["2026-03"],
        "fault": "first delivery lacks 4 % of records and 10 % of the ethnic categories; the revised file is complete",
    },
}


def is_faulty(fault: str, period: str) -> bool:
    """Whether a planted fault strikes in a period."""
    return period in PLANTED_FAULTS[fault]["periods"]


def position(code: str) -> int:
    """Position of a trust in TRUSTS."""
    return int(np.flatnonzero(code == CODES)[0])


def treated_share() -> Floats:
    """Share of each local authority's activity by trust (local authority x trust, rows sum to one)."""
    share = np.zeros((len(LOCAL_AUTHORITIES), len(TRUSTS)))
    for at, trust in enumerate(TRUSTS):
        if trust.big:
            share[trust.home, at] = 0.95
            share[trust.home + 1, at] = 0.80
            # A few people of both areas go to the next big trust.
            share[[(trust.home - 1) % 12, (trust.home - 2) % 12], at] = 0.05
        else:
            share[trust.home, at] = 0.15
    return np.asarray(share / share.sum(axis=1, keepdims=True), dtype=np.float64)


def assign_trust(rng: np.random.Generator, la: Ints, on: date) -> Ints:
    """A trust for each person by local authority, as organisations stand on a day.

    Each trust that is open has at least two records where there are twenty or more, so that at small scales an
    expected submitter is never empty by chance.
    """
    edges = np.cumsum(treated_share(), axis=1)
    edges[:, -1] = 1.0
    trust: Ints = (rng.random(len(la))[:, None] >= edges[la]).sum(axis=1).astype(np.int64)
    ended = np.array([item.closed is not None and item.closed <= on for item in TRUSTS])
    trust[ended[trust]] = position(SUCCESSOR)
    if len(la) >= 20:
        count = np.bincount(trust, minlength=len(TRUSTS))
        for at in np.flatnonzero((count < 2) & ~ended).tolist():
            largest = int(np.bincount(trust, minlength=len(TRUSTS)).argmax())
            trust[np.flatnonzero(trust == largest)[:2]] = at
    return trust


def service_trust(la: Ints) -> Ints:
    """The big trust of each person's part of the country; each has at least one record where there are six or more."""
    big = np.flatnonzero([trust.big for trust in TRUSTS])
    trust = np.asarray(big[la // 2], dtype=np.int64)
    for at in np.setdiff1d(big, trust).tolist():
        trust[np.flatnonzero(trust == np.bincount(trust).argmax())[:1]] = at
    return trust


def practice_codes(rng: np.random.Generator, la: Ints) -> Texts:
    """A practice of the local authority for each person; about one in a hundred has none (blank)."""
    number = la * PRACTICES_PER_LA + (rng.random(len(la)) * PRACTICES_PER_LA).astype(np.int64)
    found = all_practice_codes()[number]
    found[rng.random(len(la)) < 0.01] = None
    return found


def practice_code(at: int) -> str:
    """Code of the practice at a position, from 0."""
    return f"Z{at + 1:05d}"


def all_practice_codes() -> Texts:
    """Codes of all practices, five to a local authority, in the order of local authorities."""
    return np.array([practice_code(at) for at in range(len(LOCAL_AUTHORITIES) * PRACTICES_PER_LA)], dtype=object)

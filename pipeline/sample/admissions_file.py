"""The admitted care files: episodes of a month in the HES layout, with the planted faults and the restated month.

Belongs here: HES columns and their order, file names, which records a faulty submitter spoils. Does not belong here:
which episodes there are (`admissions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.admissions import AdmittedCare, Episodes
from pipeline.sample.files import Written, write_csv, write_manifest
from pipeline.sample.geography import Geography
from pipeline.sample.links import Links, make_links
from pipeline.sample.organisations import CODES, assign_trust, is_faulty, position, practice_codes
from pipeline.sample.population import Population
from pipeline.sample.rates import People
from pipeline.sample.recording import (
    NO_FIXED_ABODE,
    UNKNOWN_ETHNICITY,
    UNKNOWN_RESIDENCE,
    WELSH_LSOA,
    days,
    ethnic_codes,
    lsoa_codes,
    nhs_number_status,
    numbered,
    sex_codes,
    text,
)
from pipeline.sample.streams import Ints, Texts, stream
from pipeline.sample.timeline import RESTATED_MONTH, Month, months

FEED = "sus_apc"
# A subset of the HES columns in HES order (as in NHS England's Artificial HES admitted care files).
COLUMNS = (
    "FYEAR", "PARTYEAR", "EPIKEY", "PSEUDO_HESID", "ADMIDATE", "ADMIMETH", "CAUSE_4", "CLASSPAT", "DIAG_4_01",
    "DIAG_4_02", "DIAG_4_03", "EPIEND", "EPIORDER", "EPISTART", "EPISTAT", "EPITYPE", "ETHNOS", "GPPRAC",
    "OPERTN_4_01", "PROCODE3", "SEX", "LSOA01", "STARTAGE", "LSOA11", "HOMEADD", "NHSNOIND",
)  # fmt: skip
_LOST_AT_FIRST, _UNKNOWN_AT_FIRST = 0.04, 0.10


def write_admissions(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every month, and the restated one twice; yields the period and its files as each is done."""
    care = AdmittedCare(seed, population)
    links = make_links(seed, geography, population)
    for month in months():
        table = _table(seed, geography, month, care.month(month), links)
        name = f"hes_apc_{month.first:%Y%m}"
        if month.key != RESTATED_MONTH:
            yield month.key, [write_csv(folder / f"{name}.csv", table)]
            continue
        rng = stream(seed, FEED, month.key, "first delivery")
        revised = write_csv(folder / f"{name}-revised.csv", table)
        yield (
            month.key,
            [
                write_csv(folder / f"{name}.csv", _as_first_delivered(rng, table)),
                revised,
                write_manifest(revised, month.key, month.last + timedelta(days=92), restates=True),
            ],
        )


def _as_first_delivered(rng: np.random.Generator, table: pa.Table) -> pa.Table:
    """What was sent before the restatement: fewer records, fewer ethnic categories."""
    kept = table.filter(pa.array(rng.random(table.num_rows) >= _LOST_AT_FIRST))
    unknown = pa.array(rng.random(kept.num_rows) < _UNKNOWN_AT_FIRST)
    at = kept.column_names.index("ETHNOS")
    return kept.set_column(at, "ETHNOS", pc.if_else(unknown, pa.scalar("Z"), kept.column("ETHNOS")))


def _table(seed: int, geography: Geography, month: Month, episodes: Episodes, links: Links) -> pa.Table:
    rng = stream(seed, FEED, month.key, "recording")
    # One spell is at one trust and one practice: drawn by person, then spread over that person's episodes.
    persons, first, of_person = np.unique(episodes.person, return_index=True, return_inverse=True)
    one_each = episodes.take(first)
    la = geography.la21[one_each.lsoa]
    trust = assign_trust(rng, la, month.last)[of_person]
    practice = practice_codes(rng, la)[of_person]
    ethnic = ethnic_codes(rng, one_each.ethnic, UNKNOWN_ETHNICITY[FEED])[of_person]
    lsoa = _residence(rng, geography, one_each)[of_person]
    sex = sex_codes(rng, one_each.sex)[of_person]
    if is_faulty("sus_apc_ethnicity_not_stated", month.key):
        ethnic[trust == position("ZT7")] = "Z"
    if is_faulty("sus_apc_lsoa_blank", month.key):
        lsoa[(trust == position("ZT11")) & (rng.random(len(trust)) < 0.6)] = None

    count = len(trust)
    month_number = month.first.year % 100 * 100 + month.first.month
    ids = numbered(f"SYNA{month_number}", persons[of_person] + 1, 9)
    people = People(episodes.lsoa, episodes.age, episodes.sex, episodes.ethnic)
    linked = links.link(f"{FEED} {month.key}", people, episodes.person, ids)
    values = {
        "FYEAR": pa.repeat(pa.scalar(month.financial_year), count),
        "PARTYEAR": pa.repeat(pa.scalar(f"{month.first:%Y%m}"), count),
        "EPIKEY": numbered(str(month_number), np.arange(1, count + 1, dtype=np.int64), 9),
        # Visitors are nobody's neighbours.
        "PSEUDO_HESID": pc.if_else(pa.array(episodes.resident == 1), linked, ids),
        "ADMIDATE": days(episodes.admitted),
        "ADMIMETH": text(episodes.method),
        "CAUSE_4": _first_cause(episodes),
        "CLASSPAT": text(episodes.patient_class),
        "DIAG_4_01": text(episodes.diagnosis),
        "DIAG_4_02": text(episodes.second_diagnosis),
        "DIAG_4_03": text(episodes.third_diagnosis),
        "EPIEND": pc.if_else(pa.array(episodes.ended >= 0), days(episodes.ended), pa.scalar(None, pa.date32())),
        "EPIORDER": pa.array(episodes.order),
        "EPISTART": days(episodes.started),
        "EPISTAT": pa.array(episodes.status),
        "EPITYPE": pa.array(episodes.episode_type),
        "ETHNOS": text(ethnic),
        "GPPRAC": text(practice),
        "OPERTN_4_01": text(episodes.procedure),
        "PROCODE3": text(CODES[trust]),
        "SEX": text(sex),
        "LSOA01": pa.nulls(count, pa.string()),
        "STARTAGE": pa.array(episodes.startage),
        "LSOA11": text(lsoa),
        "HOMEADD": text(_pseudo_postcodes(lsoa, of_person)),
        "NHSNOIND": nhs_number_status(
            seed, FEED, month.key, count, (episodes.startage == 0) | (episodes.startage > 7000)
        ),
    }
    return pa.table([values[name] for name in COLUMNS], names=list(COLUMNS))


def _pseudo_postcodes(lsoa: Texts, of_person: Ints) -> Texts:
    """No fixed abode for every second person of no usable LSOA, address not known for the others."""
    codes = np.full(len(lsoa), None, dtype=object)
    nowhere = np.flatnonzero(lsoa == NO_FIXED_ABODE)
    codes[nowhere] = np.array(["ZZ99 3VZ", "ZZ99 3WZ"], dtype=object)[of_person[nowhere] % 2]
    return codes


def _first_cause(episodes: Episodes) -> pa.Array:
    """The first external cause (V to Y) among the secondary diagnoses, as HES derives its cause field."""
    found = pa.nulls(len(episodes.person), pa.string())
    for codes in (text(episodes.third_diagnosis), text(episodes.second_diagnosis)):
        is_cause = pc.is_in(pc.utf8_slice_codeunits(codes, 0, 1), value_set=pa.array(["V", "W", "X", "Y"]))
        found = pc.if_else(is_cause, codes, found)
    return found


def _residence(rng: np.random.Generator, geography: Geography, people: Episodes) -> Texts:
    codes = lsoa_codes(rng, geography, people.lsoa, 2011, UNKNOWN_RESIDENCE[FEED])
    welsh = np.flatnonzero(people.resident == 0)
    codes[welsh] = np.array(WELSH_LSOA, dtype=object)[rng.integers(0, len(WELSH_LSOA), len(welsh))]
    return codes

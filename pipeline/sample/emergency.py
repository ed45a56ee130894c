"""Emergency care (ecds): monthly attendances as Parquet, with the planted faults of two submitters.

Belongs here: which attendances a month has, the columns and file of the feed. Does not belong here: attendance rates
(`rates`), codes of people and places (`recording`). Attendance categories follow the NHS Data Dictionary item
EMERGENCY CARE ATTENDANCE CATEGORY: 1 unplanned first, 2 and 3 unplanned follow-up, 4 planned follow-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample import rates
from pipeline.sample.files import Written, write_parquet
from pipeline.sample.geography import Geography
from pipeline.sample.links import Links, make_links
from pipeline.sample.organisations import CODES, assign_trust, is_faulty, position, practice_codes
from pipeline.sample.population import AGE_FROM, Population
from pipeline.sample.rates import People, Sampler, combine
from pipeline.sample.recording import (
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
from pipeline.sample.stays import draw_stays
from pipeline.sample.streams import Ints, pick, stream
from pipeline.sample.timeline import Month, month_share, months

FEED = "ecds"
COLUMNS = (
    "EC_Ident", "Der_Pseudo_NHS_Number", "Der_Provider_Code", "EC_Department_Type", "EC_AttendanceCategory",
    "Arrival_Date", "Arrival_Time", "EC_Departure_Date", "EC_Departure_Time", "Age_At_Arrival", "Sex",
    "Ethnic_Category", "Der_Postcode_LSOA_2021_Code", "NHS_Number_Status_Indicator",
    "GP_Practice_Code",
)  # fmt: skip
_UNPLANNED = {"1": 93.0, "2": 4.0, "3": 3.0}
_DEPARTMENT = {"01": 66.0, "02": 2.0, "03": 26.0, "05": 6.0}
# Planned follow-ups for each unplanned attendance, and Welsh residents among all: neither changes the truth of UEC01
# by a measurable amount.
PLANNED_SHARE, WELSH_SHARE = 0.15, 0.0004
_RETURNS = 0.5  # chance that two attendances of the same cell in a month are the same person's


def write_attendances(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every month; yields the period and its file as each is done."""
    sampler = Sampler(rates.expected_events(rates.ATTENDANCE, population))
    links = make_links(seed, geography, population)
    for month in months():
        rng = stream(seed, FEED, month.key)
        share = month_share(month, rates.ATTENDANCE.winter)
        unplanned = sampler.draw(rng, share)
        planned = sampler.draw(rng, share * PLANNED_SHARE)
        table = _table(
            seed, rng, stream(seed, FEED, month.key, "stays"), geography, population, month, unplanned, planned, links
        )
        yield month.key, [write_parquet(folder / f"ecds_{month.key}.parquet", table)]


def _table(
    seed: int,
    rng: np.random.Generator,
    rng_of_stays: np.random.Generator,
    geography: Geography,
    population: Population,
    month: Month,
    unplanned: People,
    planned: People,
    links: Links,
) -> pa.Table:
    people = combine([unplanned, planned])
    count = len(people)
    category = np.concatenate([pick(rng, len(unplanned), _UNPLANNED), pick(rng, len(planned), {"4": 1})])
    person = np.concatenate(
        [_persons(rng, unplanned), len(unplanned) + np.arange(len(planned), dtype=np.int64)]
    )  # fmt: skip
    la = geography.la21[people.lsoa]
    trust = assign_trust(rng, la, month.last)
    lsoa = lsoa_codes(rng, geography, people.lsoa, 2021, UNKNOWN_RESIDENCE[FEED])
    welsh = rng.random(count) < WELSH_SHARE
    lsoa[welsh] = WELSH_LSOA[0]
    first_day = int((np.datetime64(month.first) - np.datetime64("1970-01-01")).astype(np.int64))
    arrived = first_day + np.floor(rng.random(count) * month.days).astype(np.int64)
    stays = draw_stays(rng_of_stays, population, people, arrived)
    month_number = month.first.year % 100 * 100 + month.first.month
    values = {
        "EC_Ident": numbered(f"7{month_number}", np.arange(1, count + 1, dtype=np.int64), 9),
        "Der_Pseudo_NHS_Number": links.link(
            f"{FEED} {month.key}", people, person, numbered(f"SYNE{month_number}", person + 1, 9)
        ),
        "Der_Provider_Code": text(CODES[trust]),
        "EC_Department_Type": text(pick(rng, count, _DEPARTMENT)),
        "EC_AttendanceCategory": text(category),
        "Arrival_Date": days(arrived),
        "Arrival_Time": _times(stays.arrival),
        "EC_Departure_Date": pc.if_else(pa.array(stays.has_departure), days(stays.departure // 1440), None),
        "EC_Departure_Time": pc.if_else(pa.array(stays.has_departure), _times(stays.departure), None),
        "Age_At_Arrival": pa.array(rates.age_in_years(rng, people.age).astype("int16")),
        "Sex": text(sex_codes(rng, people.sex)),
        "Ethnic_Category": text(ethnic_codes(rng, people.ethnic, UNKNOWN_ETHNICITY[FEED])),
        "Der_Postcode_LSOA_2021_Code": text(lsoa),
        "NHS_Number_Status_Indicator": nhs_number_status(seed, FEED, month.key, count, AGE_FROM[people.age] == 0),
        "GP_Practice_Code": text(practice_codes(rng, la)),
    }
    table = pa.table([values[name] for name in COLUMNS], names=list(COLUMNS))
    kept = np.ones(count, dtype=bool)
    if is_faulty("ecds_nothing_sent", month.key):
        kept &= trust != position("ZT9")
    if is_faulty("ecds_half_volume", month.key):
        kept &= (trust != position("ZT5")) | (rng.random(count) < 0.5)
    order = rng.permutation(count)
    return table.take(pa.array(order[kept[order]]))


def _times(clock: Ints) -> pa.Array:
    """Times of day from minutes since 1970-01-01 00:00."""
    written = np.array([f"{minute // 60:02d}:{minute % 60:02d}:00" for minute in range(1440)], dtype=object)
    return text(written[clock % 1440])


def _persons(rng: np.random.Generator, people: People) -> Ints:
    """Person numbers: one each, but some neighbours of the same cell are one person who came twice."""
    if len(people) == 0:
        return np.zeros(0, dtype=np.int64)
    same = np.zeros(len(people), dtype=bool)
    same[1:] = (
        (people.lsoa[1:] == people.lsoa[:-1])
        & (people.age[1:] == people.age[:-1])
        & (people.sex[1:] == people.sex[:-1])
        & (people.ethnic[1:] == people.ethnic[:-1])
        & (rng.random(len(people) - 1) < _RETURNS)
    )
    return np.cumsum(~same).astype(np.int64) - 1

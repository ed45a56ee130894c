"""Outpatients (sus_op): monthly appointments in the HES layout, attended, virtual, not attended and cancelled.

Belongs here: which appointments a month has, how they end, the columns and file of the feed, their expected numbers.
Does not belong here: the rate of appointments (`rates`), codes of people and places (`recording`). Whether a person
comes, and whether by telephone or video, depends on decile and ethnic group alone, so expected numbers are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.sample import rates
from pipeline.sample.files import Written, write_csv
from pipeline.sample.geography import Geography
from pipeline.sample.links import Links, expected_found, make_links
from pipeline.sample.organisations import CODES, assign_trust, practice_codes
from pipeline.sample.persons import share_still_on
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Sampler, combine, decile_factor, ethnic_factor
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
from pipeline.sample.streams import Floats, Texts, pick, stream
from pipeline.sample.timeline import Month, month_share, months

FEED = "sus_op"
# A subset of the HES columns in HES order (as in NHS England's Artificial HES outpatient files).
COLUMNS = (
    "FYEAR", "PARTYEAR", "PSEUDO_HESID", "ATTENDKEY", "APPTAGE", "APPTDATE", "ATTENDED", "ETHNOS", "FIRSTATT",
    "GPPRAC", "MAINSPEF", "PROCODE3", "SEX", "TRETSPEF", "LSOA11",
    "NHSNOIND",
)  # fmt: skip
# Chance that nobody comes, and that who comes does so by telephone or video: middle decile, ratio of decile 1 to decile
# 10, factor by ethnic group.
_MISSED, _MISSED_RATIO = 0.066, 2.4
_MISSED_ETHNIC = {"Black": 1.45, "Asian": 1.2, "Mixed": 1.3, "Other": 1.25}
_VIRTUAL, _VIRTUAL_RATIO = 0.205, 0.75
_VIRTUAL_ETHNIC = {"Black": 0.88, "Asian": 0.82, "Mixed": 0.95, "Other": 0.85}
# Appointments beside those kept or missed: cancelled by patient or provider, arrived too late, still to come.
_OTHER_SHARE, _OTHER = 0.11, {"2": 52.0, "4": 40.0, "7": 5.0, "0": 3.0}
# People with severe mental illness miss more: the odds against those of others in the same place, age, sex and group.
MISSING_REGISTER, MISSED_ODDS = "smi", 2.5
WELSH_SHARE = 0.0004
_VINTAGE = 2021  # of most LSOA codes, in the column that is still named 2011
_IN_PERSON, _BY_TELEPHONE_OR_VIDEO = {"1": 33.0, "2": 66.0, "9": 1.0}, {"3": 30.0, "4": 70.0}
_TREATMENT_FUNCTION = {
    "100": 6, "101": 7, "110": 12, "120": 8, "130": 11, "140": 3, "301": 6, "320": 7, "330": 8, "340": 4, "400": 4,
    "410": 4, "502": 10, "650": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """Expected appointments a year by LSOA x age x sex x ethnic category, of people from the country."""

    attended: Floats
    virtual: Floats
    missed: Floats


def missed_share(population: Population) -> Floats:
    """Chance that an appointment is missed, by LSOA x ethnic category."""
    return _share(_MISSED, _MISSED_RATIO, _MISSED_ETHNIC, population)


def virtual_share(population: Population) -> Floats:
    """Chance that an attended appointment is by telephone or video, by LSOA x ethnic category."""
    return _share(_VIRTUAL, _VIRTUAL_RATIO, _VIRTUAL_ETHNIC, population)


def expected_appointments(population: Population) -> Expected:
    """Complete submissions; whether residence and ethnic category are known does not matter."""
    kept_or_missed = rates.expected_events(rates.APPOINTMENT, population)
    missed = kept_or_missed * missed_share(population)[:, None, None, :]
    attended = kept_or_missed - missed
    return Expected(attended, attended * virtual_share(population)[:, None, None, :], missed)


def expected_missed(population: Population) -> dict[str, float]:
    """Per cent of appointments that people with severe mental illness, and others known to a GP, should miss."""
    expected = expected_appointments(population)
    found, on = expected_found(population), share_still_on(MISSING_REGISTER)[None, :, None, None]
    missed, attended = expected.missed * found, expected.attended * found
    of_members = MISSED_ODDS * float((missed * on).sum()), float((attended * on).sum())
    of_others = float((missed * (1 - on)).sum()), float((attended * (1 - on)).sum())
    return {
        category: 100 * missing / (missing + coming)
        for category, (missing, coming) in (("member", of_members), ("not_member", of_others))
    }


def write_outpatients(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every month; yields the period and its file as each is done."""
    sampler = Sampler(rates.expected_events(rates.APPOINTMENT, population))
    missed, virtual = missed_share(population), virtual_share(population)
    links = make_links(seed, geography, population)
    for month in months():
        rng = stream(seed, FEED, month.key)
        share = month_share(month, rates.APPOINTMENT.winter)
        regular, other = sampler.draw(rng, share), sampler.draw(rng, share * _OTHER_SHARE)
        people = combine([regular, other])
        outcome = np.concatenate(
            [_outcomes(rng, regular, missed), pick(rng, len(other), _OTHER)]
        )  # fmt: skip
        is_virtual = rng.random(len(people)) < virtual[people.lsoa, people.ethnic]
        kind = np.where(
            is_virtual, pick(rng, len(people), _BY_TELEPHONE_OR_VIDEO), pick(rng, len(people), _IN_PERSON)
        )  # fmt: skip
        table = _table(seed, rng, geography, month, people, outcome, kind, links)
        yield month.key, [write_csv(folder / f"hes_op_{month.first:%Y%m}.csv", table)]


def _share(middle: float, ratio: float, ethnic: dict[str, float], population: Population) -> Floats:
    by_lsoa = decile_factor(ratio)[population.decile - 1]
    return np.asarray(middle * by_lsoa[:, None] * ethnic_factor(ethnic)[None, :], dtype=np.float64)


def _outcomes(rng: np.random.Generator, people: People, missed: Floats) -> Texts:
    """ATTENDED: 3 did not attend, 5 seen, 6 arrived late and seen."""
    is_missed = rng.random(len(people)) < missed[people.lsoa, people.ethnic]
    return np.where(is_missed, "3", pick(rng, len(people), {"5": 97.0, "6": 3.0}))


def _table(
    seed: int,
    rng: np.random.Generator,
    geography: Geography,
    month: Month,
    people: People,
    outcome: Texts,
    kind: Texts,
    links: Links,
) -> pa.Table:
    count = len(people)
    la = geography.la21[people.lsoa]
    lsoa = lsoa_codes(rng, geography, people.lsoa, _VINTAGE, UNKNOWN_RESIDENCE[FEED])
    lsoa[rng.random(count) < WELSH_SHARE] = WELSH_LSOA[0]
    first_day = int((np.datetime64(month.first) - np.datetime64("1970-01-01")).astype(np.int64))
    month_number = month.first.year % 100 * 100 + month.first.month
    number = np.arange(1, count + 1, dtype=np.int64)
    specialty = text(pick(rng, count, _TREATMENT_FUNCTION))
    values = {
        "FYEAR": pa.repeat(pa.scalar(month.financial_year), count),
        "PARTYEAR": pa.repeat(pa.scalar(f"{month.first:%Y%m}"), count),
        "PSEUDO_HESID": links.link(
            f"{FEED} {month.key}",
            people,
            number,
            numbered(f"SYNO{month_number}", number, 9),
            (links.persons.is_on(MISSING_REGISTER), np.where(outcome == "3", MISSED_ODDS, 1.0)),
        ),
        "ATTENDKEY": numbered(f"5{month_number}", number, 7),
        "APPTAGE": pa.array(rates.age_in_years(rng, people.age)),
        "APPTDATE": days(first_day + np.floor(rng.random(count) * month.days).astype(np.int64)),
        "ATTENDED": text(outcome),
        "ETHNOS": text(ethnic_codes(rng, people.ethnic, UNKNOWN_ETHNICITY[FEED])),
        "FIRSTATT": text(kind),
        "GPPRAC": text(practice_codes(rng, la)),
        "MAINSPEF": specialty,
        "PROCODE3": text(CODES[assign_trust(rng, la, month.last)]),
        "SEX": text(sex_codes(rng, people.sex)),
        "TRETSPEF": specialty,
        "LSOA11": text(lsoa),
        "NHSNOIND": nhs_number_status(seed, FEED, month.key, count),
    }
    table = pa.table([values[name] for name in COLUMNS], names=list(COLUMNS))
    return table.take(pa.array(rng.permutation(count)))

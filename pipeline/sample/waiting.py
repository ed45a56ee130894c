"""The waiting list (wlmds): long-lived pathways, cut every Sunday into a weekly file with a manifest.

Belongs here: referrals, how long they wait, what a census shows of them, the columns and files of the feed, and the
expected share waiting longer than a number of days. Does not belong here: codes of people and places (`recording`).
Referrals arrive evenly over time and each waits a Weibull time whose length depends on decile and ethnic group, so the
list is stationary and its distribution of waits is known exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample import rates
from pipeline.sample.files import Written, write_csv, write_manifest
from pipeline.sample.geography import Geography
from pipeline.sample.links import expected_pairs, make_links
from pipeline.sample.organisations import CODES, MERGED, SUCCESSOR, TRUSTS, assign_trust, is_faulty, position
from pipeline.sample.population import Population
from pipeline.sample.rates import Mask, People, Planted, Sampler, decile_factor, ethnic_factor
from pipeline.sample.recording import (
    NOT_VERIFIED_CODES,
    UNKNOWN_ETHNICITY,
    UNKNOWN_RESIDENCE,
    day_number,
    days,
    ethnic_codes,
    lsoa_codes,
    numbered,
    sex_codes,
    sub_icb_of,
    text,
)
from pipeline.sample.streams import Floats, Ints, Texts, pick, stream
from pipeline.sample.timeline import (
    FIRST_WEEK,
    LAST_WEEK,
    MERGER_DATE,
    MONTH_END_CENSUSES,
    REORGANISATION_DATE,
    weeks,
)

FEED = "wlmds"
COLUMNS = (
    "PATIENT_PATHWAY_IDENTIFIER", "Pseudo_NHS_Number", "NHS_NUMBER_STATUS_INDICATOR_CODE", "Week_Ending_Date",
    "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER",
    "ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER", "REFERRAL_TO_TREATMENT_PERIOD_START_DATE",
    "ACTIVITY_TREATMENT_FUNCTION_CODE", "Waiting_List_Type", "PRIORITY_TYPE_CODE", "Age",
    "PERSON_STATED_GENDER_CODE", "ETHNIC_CATEGORY", "derLSOA2021",
)  # fmt: skip
REFERRAL = Planted(
    "referral", 6_000, False,
    (0.9, 1.0, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.2, 2.5, 3.0, 3.4, 3.8, 4.2, 4.7, 4.9, 4.4, 3.2, 1.9), ratio=1.1,
)  # fmt: skip
# Share of referrals whose person is referred again, in the middle decile, its ratio of decile 1 to decile 10, and how
# many days later: both may be on the list together, so persons are fewer than pathways, most where it is deprived.
_AGAIN, _AGAIN_RATIO, _LATER = 0.15, 2.5, 21
# Weibull wait: shape, middle scale in days, ratio of scales of decile 1 to decile 10, factor by ethnic group.
_SHAPE, _SCALE_DAYS, _WAIT_RATIO = 1.3, 155.0, 1.45
_WAIT_ETHNIC = {"Asian": 1.06, "Black": 1.1, "Mixed": 1.03, "Other": 1.05}
_LONGEST = 1_200  # days; the chance of a longer wait is below one in a hundred thousand
_TYPES = {"IRTT": 88.0, "ORTT": 5.0, "NONRTT": 4.0, "PLANNED": 3.0}
_IN_RTT = _TYPES["IRTT"] / sum(_TYPES.values())
_TREATMENT_FUNCTION = {
    "100": 8, "101": 8, "110": 14, "120": 10, "130": 12, "140": 4, "142": 1, "300": 5, "301": 9, "320": 7, "330": 8,
    "340": 4, "400": 4, "410": 3, "502": 11,
}  # fmt: skip
# Functions that take longer: who waits more than so many days in all is in one of them as many times more often than
# they are asked for, and others as many times less. The deprived wait longer, so they are in them more often, which is
# a part of their longer wait.
_SLOW, _SLOW_DAYS, _SLOW_ODDS = ("110", "120", "502"), 200, 30.0
# Of referrals at 0 to 10 the share to paediatric dentistry beside those above, in the middle decile, and its ratio of
# decile 1 to decile 10: larger than in England, so that every fifth is shown.
_DENTISTRY, _DENTAL_AGES, _DENTAL_SHARE, _DENTAL_RATIO = "142", (0, 10), 0.3, 2.2
_NO_CLOCK_START, _FUTURE_CLOCK_START = 0.006, 0.004
# NHS numbers that are not verified: their share in decile 10, and what each decile more deprived adds.
_NOT_VERIFIED, _NOT_VERIFIED_STEP = 0.02, 0.006
_WRONG_YEARS = 1_461  # a clock start typed four years late lies in the future of every census
BOUNDARIES = (126, 364, 455)  # over 18, 52 and 65 weeks begin the day after


def wait_scale(population: Population) -> Floats:
    """Weibull scale in days for each LSOA x ethnic category."""
    by_lsoa = decile_factor(_WAIT_RATIO)[population.decile - 1]
    return _SCALE_DAYS * by_lsoa[:, None] * ethnic_factor(_WAIT_ETHNIC)[None, :]


def expected_waiting(population: Population, over_days: int, ages: tuple[int, int] = (0, 120)) -> tuple[Floats, Floats]:
    """Expected pathways at a census and those waiting more than ``over_days``, by LSOA x ethnic category.

    Complete submissions, incomplete RTT pathways with a valid clock start, of people of the ages given.
    """
    inside = rates.ages_within(ages)
    referrals = rates.expected_events(REFERRAL, population)[:, inside].sum(axis=(1, 2)) / 365
    valid = _IN_RTT * (1 - _NO_CLOCK_START - _FUTURE_CLOCK_START)
    return referrals * valid * _days_open(population, 0), referrals * valid * _days_open(population, over_days + 1)


def expected_percentile(population: Population, percent: int) -> Callable[[Mask | None, Mask | None], float]:
    """The days waited that ``percent`` of the expected pathways do not exceed, among LSOAs and ethnic categories.

    The pathways are those of `expected_waiting`; None stands for all.
    """
    referrals = rates.expected_events(REFERRAL, population).sum(axis=(1, 2))
    scales, where = np.unique(wait_scale(population), return_inverse=True)
    where = where.reshape(referrals.shape)
    open_after = np.exp(-((np.arange(_LONGEST)[None, :] / scales[:, None]) ** _SHAPE))

    def value(lsoas: Mask | None, ethnic: Mask | None) -> float:
        rows, columns = slice(None) if lsoas is None else lsoas, slice(None) if ethnic is None else ethnic
        weight = np.bincount(
            where[rows][:, columns].ravel(), weights=referrals[rows][:, columns].ravel(), minlength=len(scales)
        )
        waited = np.cumsum(weight @ open_after)
        return float(np.searchsorted(waited, waited[-1] * percent / 100))

    return value


def expected_gap_within_functions(population: Population) -> Callable[[Mask, Mask], float]:
    """The mean difference of median days between two groups of LSOAs within treatment functions, by their pathways."""
    referrals = rates.expected_events(REFERRAL, population).sum(axis=2)
    sent = referrals[:, rates.ages_within(_DENTAL_AGES)].sum(axis=1) * _sent_to_dentistry(population)[:, None]
    others = referrals.sum(axis=1) - sent
    scales, where = np.unique(wait_scale(population), return_inverse=True)
    where = where.reshape(others.shape)
    open_after = np.exp(-((np.arange(_LONGEST)[None, :] / scales[:, None]) ** _SHAPE))
    open_slow = open_after[:, np.maximum(np.arange(_LONGEST), _SLOW_DAYS)]

    def by_function(lsoas: Mask) -> dict[str, Floats]:
        """Expected pathways of each function by days waited."""
        weight, dental = (
            np.bincount(where[lsoas].ravel(), weights=events[lsoas].ravel(), minlength=len(scales))
            for events in (others, sent)
        )
        long = weight @ open_slow
        short = weight @ open_after - long
        usual, slow = _function_weights(False), _function_weights(True)
        found = {code: usual[code] * short + slow[code] * long for code in _TREATMENT_FUNCTION}
        found[_DENTISTRY] = found[_DENTISTRY] + dental @ open_after
        return found

    def value(most: Mask, least: Mask) -> float:
        pairs = list(zip(by_function(most).values(), by_function(least).values(), strict=True))
        weights = [float(one.sum() + other.sum()) for one, other in pairs]
        return float(np.average([_median(one) - _median(other) for one, other in pairs], weights=weights))

    return value


def _median(by_day: Floats) -> float:
    waited = np.cumsum(by_day)
    return float(np.searchsorted(waited, waited[-1] / 2))


def _function_weights(is_slow: bool) -> dict[str, float]:
    """Share of each treatment function among pathways that take long, or do not."""
    odds = _SLOW_ODDS if is_slow else 1 / _SLOW_ODDS
    weights = {code: number * (odds if code in _SLOW else 1) for code, number in _TREATMENT_FUNCTION.items()}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}


def expected_verified(population: Population) -> tuple[Floats, Floats]:
    """Expected pathways at a census and those with a verified NHS number, by LSOA x ethnic category."""
    everyone, _ = expected_waiting(population, 0)
    return everyone, everyone * (1 - _not_verified(population))[:, None]


def _not_verified(population: Population) -> Floats:
    return np.asarray(_NOT_VERIFIED + _NOT_VERIFIED_STEP * (10 - population.decile), dtype=np.float64)


def _status_codes(seed: int, population: Population, lsoa: Ints) -> Texts:
    """NHS NUMBER STATUS INDICATOR CODE of each pathway, the same every week."""
    rng = stream(seed, FEED, "nhs number")
    other = pick(rng, len(lsoa), NOT_VERIFIED_CODES)
    return np.where(rng.random(len(lsoa)) < _not_verified(population)[lsoa], other, "01")


def expected_on_list(population: Population) -> Floats:
    """Expected incomplete RTT pathways at a census, whatever their clock start, by cell of the population."""
    referrals = rates.expected_events(REFERRAL, population) / 365
    return np.asarray(referrals * _IN_RTT * _days_open(population, 0)[:, None, None, :], dtype=np.float64)


def expected_persons_on_list(population: Population) -> Floats:
    """Expected persons with an incomplete RTT pathway at a census, by cell of the population.

    Of those referred again, less the chance that both pathways are open; and less two that are linked by chance.
    """
    again = _referred_again(population)
    first = rates.expected_events(REFERRAL, population) / (1 + again[:, None, None, None])
    both = again[:, None] * _IN_RTT**2 * _days_both_open(population)
    persons = expected_on_list(population) - first / 365 * both[:, None, None, :]
    return persons - expected_pairs(population, first, persons)


def _referred_again(population: Population) -> Floats:
    return np.asarray(_AGAIN * decile_factor(_AGAIN_RATIO)[population.decile - 1])


def expected_in_dentistry(population: Population) -> Floats:
    """Of `expected_on_list` those of children of 0 to 10 in paediatric dentistry."""
    sent = _sent_to_dentistry(population)[:, None]
    usual, slow = (_function_weights(is_slow)[_DENTISTRY] for is_slow in (False, True))
    # Of those who take long, all days until then and those after; their part of the days on which a pathway is open.
    days_open = _days_open(population, 0)
    long = _days_open(population, _SLOW_DAYS)
    long = (long + _SLOW_DAYS * np.exp(-((_SLOW_DAYS / wait_scale(population)) ** _SHAPE))) / days_open
    share = sent + (1 - sent) * (usual * (1 - long) + slow * long)
    inside = rates.ages_within(_DENTAL_AGES)
    return np.asarray(expected_on_list(population) * share[:, None, None, :] * inside[None, :, None, None])


def _sent_to_dentistry(population: Population) -> Floats:
    return np.asarray(_DENTAL_SHARE * decile_factor(_DENTAL_RATIO)[population.decile - 1])


def _treatment_functions(rng: np.random.Generator, seed: int, population: Population, pathways: _Pathways) -> Texts:
    """Treatment function of each pathway: by how long it will take, and for children who are sent to dentistry."""
    people = pathways.people
    codes, slow = (pick(rng, len(people), _function_weights(is_slow)) for is_slow in (False, True))
    codes = np.where(pathways.is_slow, slow, codes)
    is_child = rates.ages_within(_DENTAL_AGES)[people.age]
    chance = stream(seed, FEED, "dentistry").random(len(people))
    return np.where(is_child & (chance < _sent_to_dentistry(population)[people.lsoa]), _DENTISTRY, codes)


def _days_open(population: Population, first: int) -> Floats:
    """Expected days on which a pathway is open from its day ``first`` on, by LSOA x ethnic category."""
    scale = wait_scale(population)
    scales, where = np.unique(scale, return_inverse=True)
    open_after = np.exp(-((np.arange(_LONGEST)[None, :] / scales[:, None]) ** _SHAPE))
    return np.asarray(open_after[:, first:].sum(axis=1)[where].reshape(scale.shape), dtype=np.float64)


def _days_both_open(population: Population) -> Floats:
    """Expected days on which a pathway and the later one of its person are open, by LSOA x ethnic category."""
    scale = wait_scale(population)
    scales, where = np.unique(scale, return_inverse=True)
    open_after = np.exp(-((np.arange(_LONGEST)[None, :] / scales[:, None]) ** _SHAPE))
    both = open_after[:, _LATER:] * open_after[:, :-_LATER]
    return np.asarray(both.sum(axis=1)[where].reshape(scale.shape), dtype=np.float64)


@dataclass(frozen=True)
class _Pathways:
    """All pathways ever on the list, in random order; days count from 1970-01-01. A pathway is open in [start, end).

    ``owner`` numbers their persons from 0.
    """

    people: People
    owner: Ints
    start: Ints
    end: Floats
    recorded_start: Ints
    counted: np.ndarray[tuple[int], np.dtype[np.bool_]]
    kind: Texts
    is_slow: Mask


def write_waiting_list(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every week; yields the period and its file and manifest as each is done."""
    rng = stream(seed, FEED)
    pathways = _pathways(rng, population)
    fixed = _fixed_columns(rng, seed, geography, population, pathways)
    fixed = fixed.append_column(
        "NHS_NUMBER_STATUS_INDICATOR_CODE", text(_status_codes(seed, population, pathways.people.lsoa))
    )
    trust = assign_trust(rng, geography.la21[pathways.people.lsoa], FIRST_WEEK)
    commissioner = {edition: sub_icb_of(geography, pathways.people.lsoa, edition) for edition in (2024, 2026)}
    for week in weeks():
        if week >= MERGER_DATE:
            trust[trust == position(MERGED)] = position(SUCCESSOR)
        day = day_number(week)
        rows = np.flatnonzero((pathways.start <= day) & (day < pathways.end))
        _keep_every_trust(trust, rows, week)
        if is_faulty("wlmds_weeks_skipped", week.isoformat()):
            rows = rows[trust[rows] != position("ZT3")]
        varying = {
            "Week_Ending_Date": days(np.full(len(rows), day)),
            "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER": text(CODES[trust[rows]]),
            "ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER": text(
                commissioner[2026 if week >= REORGANISATION_DATE else 2024][rows]
            ),
        }
        taken = fixed.take(pa.array(rows))
        table = pa.table(
            [varying.get(name, taken.column(name) if name in taken.column_names else None) for name in COLUMNS],
            names=list(COLUMNS),
        )
        written = write_csv(folder / f"wlmds_{week.isoformat()}.csv", table)
        manifest = write_manifest(written, week.isoformat(), week + timedelta(days=9))
        yield week.isoformat(), [written, manifest]


def _pathways(rng: np.random.Generator, population: Population) -> _Pathways:
    first, last = day_number(FIRST_WEEK) - _LONGEST, day_number(LAST_WEEK)
    span = last - first + 1
    again = _referred_again(population)
    events = rates.expected_events(REFERRAL, population) / (1 + again[:, None, None, None])
    drawn = Sampler(events).draw(rng, span / 365)
    twice = np.flatnonzero(rng.random(len(drawn)) < again[drawn.lsoa])
    order = rng.permutation(len(drawn) + len(twice))
    owner = np.concatenate([np.arange(len(drawn)), twice])[order]
    begun = first + np.floor(rng.random(len(drawn)) * span).astype(np.int64)
    start = begun[owner] + np.where(order < len(drawn), 0, _LATER)
    people = drawn.take(owner)
    count = len(owner)
    scale = wait_scale(population)[people.lsoa, people.ethnic]
    wait = scale * (-np.log1p(-rng.random(count))) ** (1 / _SHAPE)
    end = start + wait
    kind = pick(rng, count, _TYPES)
    fault = rng.random(count)
    counted = (kind == "IRTT") & (fault >= _NO_CLOCK_START + _FUTURE_CLOCK_START)
    for census in MONTH_END_CENSUSES:
        _put_on_boundaries(start, end, counted, day_number(census))
    recorded = np.where(fault < _NO_CLOCK_START, -1, start)
    future = (fault >= _NO_CLOCK_START) & (fault < _NO_CLOCK_START + _FUTURE_CLOCK_START)
    recorded = np.where(future, start + _WRONG_YEARS, recorded)
    return _Pathways(people, owner, start, end, recorded, counted, kind, wait > _SLOW_DAYS)


def _put_on_boundaries(
    start: Ints, end: Floats, counted: np.ndarray[tuple[int], np.dtype[np.bool_]], census: int
) -> None:
    """Moves the start of up to three pathways onto each boundary wait and the day after it, in place.

    Starts move inside a week that ends on a boundary, so at every census each pathway stays on its side of it.
    """
    waited = census - start
    on_list = counted & (waited >= 0) & (census < end)
    for boundary in BOUNDARIES:
        for wait, low in ((boundary, boundary - 6), (boundary + 1, boundary + 1)):
            near = np.flatnonzero(on_list & (waited >= low) & (waited <= low + 6))[:3]
            start[near] = census - wait


def _fixed_columns(
    rng: np.random.Generator, seed: int, geography: Geography, population: Population, pathways: _Pathways
) -> pa.Table:
    """What a pathway shows every week, one row a pathway."""
    people = pathways.people
    links = make_links(seed, geography, population)
    _, one_each, of_owner = np.unique(pathways.owner, return_index=True, return_inverse=True)
    function = _treatment_functions(rng, seed, population, pathways)
    count = len(people)
    number = np.arange(1, count + 1, dtype=np.int64)
    started = pathways.recorded_start
    return pa.table(
        {
            "PATIENT_PATHWAY_IDENTIFIER": numbered("SYNP", number, 10),
            "Pseudo_NHS_Number": links.link(FEED, people, pathways.owner, numbered("SYNW", pathways.owner + 1, 12)),
            "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": pc.if_else(
                pa.array(started >= 0), days(started), pa.scalar(None, pa.date32())
            ),
            "ACTIVITY_TREATMENT_FUNCTION_CODE": text(function),
            "Waiting_List_Type": text(pathways.kind),
            "PRIORITY_TYPE_CODE": text(pick(rng, count, {"1": 82, "2": 13, "3": 5})),
            "Age": pa.array(rates.age_in_years(rng, people.age[one_each])[of_owner]),
            "PERSON_STATED_GENDER_CODE": text(sex_codes(rng, people.sex)),
            "ETHNIC_CATEGORY": text(ethnic_codes(rng, people.ethnic, UNKNOWN_ETHNICITY[FEED])),
            "derLSOA2021": text(lsoa_codes(rng, geography, people.lsoa, 2021, UNKNOWN_RESIDENCE[FEED])),
        }
    )


def _keep_every_trust(trust: Ints, rows: Ints, week: date) -> None:
    """Hands a pathway to each open trust that would have none this week, in place: small scales only."""
    count = np.bincount(trust[rows], minlength=len(TRUSTS))
    for at, item in enumerate(TRUSTS):
        if count[at] == 0 and (item.closed is None or week < item.closed) and len(rows) > len(TRUSTS):
            largest = np.bincount(trust[rows], minlength=len(TRUSTS)).argmax()
            trust[rows[np.flatnonzero(trust[rows] == largest)[-1]]] = at

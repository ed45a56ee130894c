"""Mental health contacts (mhsds_contact): a monthly CSV of the contacts of people who come for some months each.

Belongs here: who comes, for how long, which of their contacts count, the columns of the feed. Does not belong here:
what all monthly feeds share (`monthly`). People arrive evenly over the months and stay one to four, with a contact that
counts in every month they stay, so the number of different people in twelve months is known: those who arrive in them
and those who arrived before and still come.
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
from pipeline.sample.links import Links, make_links
from pipeline.sample.monthly import FEWEST, NHS_NUMBER_STATUS, Who, days_in, same, who
from pipeline.sample.population import Population
from pipeline.sample.rates import Planted, Sampler, combine
from pipeline.sample.recording import days, nhs_number_status, numbered, text
from pipeline.sample.streams import Ints, pick, pick_index, stream
from pipeline.sample.timeline import MENTAL_HEALTH_END, MONTH_COUNT, Month, months_to

FEED = "mhsds_contact"
_CHILDREN = (0.3, 1.2, 3.0, 4.5, *([0.0] * 15))
_ADULTS = (0.0, 0.0, 0.0, 1.0, 1.6, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.8, 0.9, 0.9, 0.8, 0.7)
# Arrivals a year. Children of the second kind have contacts that do not count, and no other.
ACCESS = Planted(
    "access", 6_900, False, _CHILDREN, ages=(0, 17), ratio=0.72,
    ethnic={"Mixed": 0.95, "Asian": 0.62, "Black": 0.75, "Other": 0.8},
)  # fmt: skip
NO_ACCESS = Planted("no_access", 800, False, _CHILDREN, ages=(0, 17))
ADULTS = Planted("adult_contacts", 420, False, _ADULTS, ages=(18, 120), ratio=1.4)
_KINDS = (ACCESS, NO_ACCESS, ADULTS)
_MONTHS = np.array([0.4, 0.3, 0.2, 0.1])  # chance to come for one to four months
# Different people in twelve months for each that arrives in a month.
MONTHS_OF_ARRIVAL = 12 + float((_MONTHS * np.arange(1, 5)).sum()) - 1
_COUNTED = {"01": 0.58, "02": 0.16, "04": 0.02, "11": 0.24}
_NOT_IN_LIST = {"05": 0.4, "09": 0.4, "98": 0.2}
_INDIRECT, _AGAIN = 0.06, 0.3


@dataclass(frozen=True)
class _Arrivals:
    """The people who arrive in a month, and how many months each comes."""

    who: Who
    stay: Ints


def write_contacts(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every month; yields the period and its file as each is done."""
    samplers = [Sampler(rates.expected_events(planted, population)) for planted in _KINDS]
    longest = len(_MONTHS)
    months = months_to(MENTAL_HEALTH_END, MONTH_COUNT + longest - 1)
    links = make_links(seed, geography, population)
    arrived: list[_Arrivals] = []
    for at, month in enumerate(months):
        # People are counted once in twelve months, so nobody arrives in two of them.
        links_now = links.of_turn(at, len(months))
        arrived.append(_arrivals(stream(seed, FEED, month.key, "arrivals"), geography, samplers, month, links_now))
        if len(arrived) < longest:
            continue
        table = _table(seed, month, arrived[: -longest - 1 : -1])
        yield month.key, [write_csv(folder / f"{FEED}_{month.key}.csv", table)]


def _arrivals(
    rng: np.random.Generator, geography: Geography, samplers: list[Sampler], month: Month, links: Links
) -> _Arrivals:
    groups = [sampler.draw(rng, 1 / 12, FEWEST) for sampler in samplers]
    kind = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    people = combine(groups)
    return _Arrivals(
        who(rng, geography, FEED, month, people, kind, 2021, links), 1 + pick_index(rng, len(people), _MONTHS)
    )


def _table(seed: int, month: Month, arrived: list[_Arrivals]) -> pa.Table:
    """Contacts of the month: of who arrives in it, and of who arrived before (``arrived`` is in that order)."""
    rng = stream(seed, FEED, month.key)
    here = [batch.who.take(np.flatnonzero(batch.stay > ago)) for ago, batch in enumerate(arrived)]
    people = here + [some.take(np.flatnonzero(rng.random(len(some.kind)) < _AGAIN)) for some in here]
    kind = np.concatenate([some.kind for some in people])
    count = len(kind)
    is_first = np.arange(count) < sum(len(some.kind) for some in here)
    is_no_access = kind == _KINDS.index(NO_ACCESS)
    counts = ~is_no_access & (is_first | (rng.random(count) < 0.4))
    is_indirect = counts & (rng.random(count) < _INDIRECT)
    is_attended = counts | (rng.random(count) < 0.5)
    status = np.where(is_attended, pick(rng, count, {"5": 90, "6": 10}), pick(rng, count, {"3": 60, "2": 20, "7": 20}))
    # What does not count was missed, or attended by a mechanism that is not in the list.
    outside = is_attended & ~counts
    mechanism = np.where(outside, pick(rng, count, _NOT_IN_LIST), pick(rng, count, _COUNTED))
    status[is_indirect] = mechanism[is_indirect] = None
    columns = {
        "UniqCareContID": numbered(f"MC{month.key.replace('-', '')}", np.arange(1, count + 1, dtype=np.int64), 8),
        "Person_ID": pa.concat_arrays([some.person for some in people]),
        "OrgIDProv": pa.concat_arrays([some.provider for some in people]),
        "ReportingPeriodStartDate": same(month.first.isoformat(), count),
        "Source_Table": text(np.where(is_indirect, "MHS204", "MHS201").astype(object)),
        "CareContDate": days(days_in(rng, month, count)),
        "AttendStatus": text(status),
        "ConsMechanismMH": text(mechanism),
        "AgeCareContDate": pa.array(np.concatenate([some.age for some in people])),
        "Gender": pa.concat_arrays([some.sex for some in people]),
        "EthnicCategory": pa.concat_arrays([some.ethnic for some in people]),
        "LSOA2021": pa.concat_arrays([some.lsoa for some in people]),
        NHS_NUMBER_STATUS[FEED]: nhs_number_status(seed, FEED, month.key, count),
    }
    return pa.table(columns).take(pa.array(rng.permutation(count)))

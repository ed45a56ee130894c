"""The published counts of cancers by month, ICB and stage: rapid registration, and the registry for earlier months.

Belongs here: the counts, what is planted, the files. Does not belong here: persons. The registry finds more early
stages than the proxy, so a mixture of both would show a change that is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from pipeline.sample.files import Written, write_rows
from pipeline.sample.geography import Geography, icb_codes
from pipeline.sample.population import Population
from pipeline.sample.streams import stream
from pipeline.sample.timeline import REORGANISATION_DATE, months_to
from pipeline.sample.truth import Truth

FEED = "rcrd"
# The last month of each state, and how many: registry, then rapid registration (due after 120 days).
STATES = {"ncrd": (date(2024, 5, 31), 12), "rcrd": (date(2026, 5, 31), 24)}
EARLY = {"ncrd": 0.58, "rcrd": 0.54}  # share of staged cancers at stage 1 or 2
UNSTAGED = {"ncrd": 0.06, "rcrd": 0.14}
_CASES_PER_PERSON_AND_YEAR = 0.006
_OF_EARLY_AT_STAGE_1, _OF_LATE_AT_STAGE_3 = 0.6, 0.45


def write_cancers(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """One file of the registry and one of rapid registration, ICBs as they stood in each month."""
    persons = population.persons.sum(axis=(1, 2, 3))
    for state, (last, count) in STATES.items():
        rows: list[tuple[str, str, str, int]] = []
        found = months_to(last, count)
        for month in found:
            rng = stream(seed, FEED, state, month.key)
            icb = geography.icb_number(2024 if month.last < REORGANISATION_DATE else 2026)
            number, at = np.unique(icb, return_inverse=True)
            cases = rng.poisson(np.bincount(at, weights=persons) * _CASES_PER_PERSON_AND_YEAR / 12)
            unstaged = rng.binomial(cases, UNSTAGED[state])
            early = rng.binomial(cases - unstaged, EARLY[state])
            stage_1 = rng.binomial(early, _OF_EARLY_AT_STAGE_1)
            stage_3 = rng.binomial(cases - unstaged - early, _OF_LATE_AT_STAGE_3)
            stage_4 = cases - unstaged - early - stage_3
            groups = {"1": stage_1, "2": early - stage_1, "3": stage_3, "4": stage_4, "unstaged": unstaged}
            rows += [
                (month.key, icb_codes(code)[1], name, counted)
                for name, counts in groups.items()
                for code, counted in zip(number.tolist(), counts.tolist(), strict=True)
            ]
        header = ("diagnosis_month", "icb_code", "stage_group", "cases")
        name = f"{state}_{found[0].key}_to_{found[-1].key}.csv"
        yield found[-1].key, [write_rows(folder / name, header, rows)]


def cancer_truths() -> Iterator[Truth]:
    """Early and unstaged cancers of the last window of each state."""
    for state, (last, _) in STATES.items():
        for indicator, share in (("CAN01", EARLY[state]), ("CAN01_UNSTAGED", UNSTAGED[state])):
            yield Truth(indicator, "proportion", "", "total", "all", "rolling_12m", last, share * 100)

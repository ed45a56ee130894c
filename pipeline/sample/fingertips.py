"""The Fingertips export of the fictional country: emergency admissions by ICB, and by decile for the country.

Belongs here: the counts, values and limits as printed, the file with the rows of the country under two parents. Does
not belong here: admissions as records. Every rate is printed crude, also where the publisher's is standardised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from pipeline.sample.deprivation import Deprivation
from pipeline.sample.files import Written, write_rows
from pipeline.sample.geography import COUNTRY_CODE, COUNTRY_NAME, ICB_NAMES, Geography, icb_codes
from pipeline.sample.population import Population
from pipeline.sample.rates import (
    ASTHMA,
    COPD,
    DIABETES,
    EPILEPSY,
    INFARCTION,
    SELF_HARM,
    STROKE,
    Planted,
    ages_within,
    expected_events,
)
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.truth import Truth

COLUMNS = (
    "Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type", "Sex", "Age",
    "Category Type", "Category", "Time period", "Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit",
    "Lower CI 99.8 limit", "Upper CI 99.8 limit", "Count", "Denominator", "Value note", "Recent Trend",
    "Compared to England value or percentiles", "Compared to percentiles", "Time period Sortable", "New data",
    "Compared to goal", "Time period range",
)  # fmt: skip
YEARS = (2022, 2023, 2024)
# Our indicator, number and name in the export, ages as printed, planted events.
INDICATORS = (
    ("AST01_FINGERTIPS", "90810", "Hospital admissions for asthma (under 19 years)", "<19 yrs", ASTHMA),
    ("RES01_FINGERTIPS", "92302", "Emergency hospital admissions for COPD", "35+ yrs", COPD),
    ("CVD06_FINGERTIPS", "93231", "Emergency admissions for stroke", "All ages", STROKE),
    ("CVD07_FINGERTIPS", "93232", "Emergency admissions for myocardial infarction", "All ages", INFARCTION),
    ("CYD01_FINGERTIPS", "92622", "Admissions for diabetes (under 19 years)", "<19 yrs", DIABETES),
    ("EPI02_FINGERTIPS", "92623", "Admissions for epilepsy (under 19 years)", "<19 yrs", EPILEPSY),
    ("CMH02_FINGERTIPS", "90813", "Hospital admissions as a result of self-harm", "10-24 yrs", SELF_HARM),
)
_DECILES = (
    "Most deprived", "Second most deprived", "Third more deprived", "Fourth more deprived", "Fifth more deprived",
    "Fifth less deprived", "Fourth less deprived", "Third less deprived", "Second least deprived", "Least deprived",
)  # fmt: skip
_Z = 1.959963984540054


@dataclass(frozen=True)
class Exported:
    """One indicator: expected admissions a year and people by LSOA 2021, and the IMD 2019 decile of each."""

    indicator_id: str
    printed: tuple[str, str, str]
    events: Floats
    people: Ints
    decile: Ints


def make_exported(geography: Geography, deprivation: Deprivation, population: Population) -> list[Exported]:
    """What the export counts. An LSOA of 2021 has the decile of the first LSOA of 2011 that it was made from."""
    decile = deprivation.imd2019.decile[0][geography.parent[:, 0]]
    return [_exported(*item, decile, population) for item in INDICATORS]


def _exported(
    indicator: str, number: str, name: str, ages: str, planted: Planted, decile: Ints, population: Population
) -> Exported:
    inside = ages_within(planted.ages)
    return Exported(
        indicator,
        (number, name, ages),
        expected_events(planted, population)[:, inside].sum(axis=(1, 2, 3)),
        population.persons[:, inside].sum(axis=(1, 2, 3)),
        decile,
    )


def write_fingertips(
    folder: Path, seed: int, geography: Geography, exported: list[Exported]
) -> Iterator[tuple[str, list[Written]]]:
    """One export of all years; the country is listed without a parent and under itself."""
    rows = []
    icb = geography.icb_number(2024)
    for year in YEARS:
        for item in exported:
            # The first indicator keeps the stream it had when it was alone.
            extra = () if item.indicator_id == "AST01_FINGERTIPS" else (item.indicator_id,)
            events = stream(seed, "fingertips", str(year), *extra).poisson(item.events)
            country = [_row(item, year, COUNTRY_CODE, COUNTRY_NAME, "England", events, slice(None))]
            for at, name in enumerate(_DECILES, 1):
                one = _row(item, year, COUNTRY_CODE, COUNTRY_NAME, "England", events, item.decile == at)
                one[9:11] = "LSOA11 deprivation deciles in England (IMD2019)", f"{name} decile (IMD2019)"
                country.append(one)
            for parent in (("", ""), (COUNTRY_CODE, COUNTRY_NAME)):
                rows += [[*row[:2], *parent, *row[4:]] for row in country]
            for number in np.unique(icb).tolist():
                name = f"NHS {ICB_NAMES[number]} Integrated Care Board"
                one = _row(item, year, icb_codes(number)[0], name, "ICBs", events, icb == number)
                one[2:4] = COUNTRY_CODE, COUNTRY_NAME
                rows.append(one)
    yield f"FY{YEARS[-1]}-{(YEARS[-1] + 1) % 100}", [write_rows(folder / "fingertips_indicators.csv", COLUMNS, rows)]


def fingertips_truths(exported: list[Exported]) -> Iterator[Truth]:
    """Crude rates of the last year, for the country and by decile of IMD 2019."""
    period = ("financial_year", date(YEARS[-1] + 1, 3, 31))
    for item in exported:
        whole = item.events.sum() / item.people.sum() * 1e5
        yield Truth(item.indicator_id, "crude_rate", "", "total", "all", *period, float(whole))
        for decile in range(1, 11):
            inside = item.decile == decile
            rate = item.events[inside].sum() / item.people[inside].sum() * 1e5
            yield Truth(item.indicator_id, "crude_rate", "2019", "imd_decile", str(decile), *period, float(rate))


def _row(item: Exported, year: int, code: str, name: str, kind: str, events: Ints, where: Ints | slice) -> list[object]:
    count, people = int(events[where].sum()), int(item.people[where].sum())
    period = f"{year}/{(year + 1) % 100:02d}"
    printed = ["", "", ""]
    if people:
        printed = [f"{number / people * 1e5:.5f}" for number in (count, *_byar(count))]
    return [
        *item.printed[:2], "", "", code, name, kind, "Persons", item.printed[2], "", "", period, *printed, "", "",
        count, people, "", "Cannot be calculated", "Not compared", "Not compared", f"{year}0000", "", "", "1y",
    ]  # fmt: skip


def _byar(count: int) -> tuple[float, float]:
    """Byar's 95 % limits of a count (APHO technical briefing 3)."""
    upper = (count + 1) * (1 - 1 / (9 * (count + 1)) + _Z / (3 * (count + 1) ** 0.5)) ** 3
    if count == 0:
        return 0.0, upper
    return count * (1 - 1 / (9 * count) - _Z / (3 * count**0.5)) ** 3, upper

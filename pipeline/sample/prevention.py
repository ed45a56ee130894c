"""The published aggregate (cvdprevent): eight indicators by ICB and deprivation quintile, four quarters.

Belongs here: the counts, how the publisher rounds and prints them, the file. Does not belong here: record feeds.
Country rows show exact counts; below it counts are rounded to 5 while values and limits come from the true counts,
as in the CVDPREVENT export.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.sample.files import Written, write_rows
from pipeline.sample.geography import COUNTRY_CODE, COUNTRY_NAME, ICB_NAMES, Geography, icb_codes
from pipeline.sample.population import AGE_FROM, Population
from pipeline.sample.streams import stream
from pipeline.sample.timeline import QUARTERS

FEED = "cvdprevent"
COLUMNS = (
    "AreaCode", "AreaName", "CategoryAttribute", "Denominator", "Factor", "IndicatorCode", "IndicatorName",
    "IndicatorShortName", "LowerConfidenceLimit", "MetricCategoryName", "MetricCategoryTypeName", "Numerator",
    "TimePeriodName", "UpperConfidenceLimit", "Value", "ValueNote",
)  # fmt: skip
QUINTILES = ("1 - most deprived", "2", "3", "4", "5 - least deprived")
# code, name, short name, patients as a share of people of 40 and over, share treated by quintile 1..5, growth a quarter
_INDICATORS = (
    (
        "CVDP003CHOL",
        "Percentage of patients aged 18 and over with no GP recorded CVD and a GP recorded QRISK score of 20% or more,"
        " on lipid lowering therapy",
        "Cholesterol: QRISK 20% or more treated with LLT",
        0.085,
        (0.655, 0.632, 0.607, 0.588, 0.571),
        0.004,
    ),
    (
        "CVDP009CHOL",
        "Percentage of patients aged 18 and over with GP recorded CVD whose cholesterol is treated to threshold",
        "Cholesterol: CVD treated to threshold",
        0.11,
        (0.388, 0.412, 0.438, 0.455, 0.472),
        0.006,
    ),
    (
        "CVDP007HYP",
        "Percentage of patients aged 18 and over with GP recorded hypertension, in whom the last blood pressure reading"
        " (measured in the preceding 12 months) is below the age appropriate treatment threshold",
        "Hypertension: Treated to appropriate threshold",
        0.24,
        (0.655, 0.674, 0.692, 0.708, 0.722),
        0.004,
    ),
    (
        "CVDP002HYP",
        "Percentage of patients aged 18 to 79 with GP recorded hypertension, treated to the threshold of their age",
        "Hypertension: Treated to threshold, under 80",
        0.19,
        (0.635, 0.656, 0.676, 0.694, 0.71),
        0.004,
    ),
    (
        "CVDP003HYP",
        "Percentage of patients aged 80 and over with GP recorded hypertension, treated to the threshold of their age",
        "Hypertension: Treated to threshold, 80 and over",
        0.05,
        (0.76, 0.773, 0.785, 0.796, 0.806),
        0.003,
    ),
    (
        "CVDP001HYP",
        "Percentage of patients aged 18 and over with GP recorded hypertension",
        "Hypertension: Prevalence",
        0.9,
        (0.262, 0.255, 0.25, 0.245, 0.24),
        0.001,
    ),
    (
        "CVDP005HYP",
        "Percentage of patients aged 18 and over with no GP recorded hypertension whose last blood pressure is high",
        "Hypertension: Undiagnosed",
        0.55,
        (0.176, 0.168, 0.161, 0.155, 0.15),
        -0.001,
    ),
    (
        "CVDP002AF",
        "Percentage of patients aged 18 and over with GP recorded atrial fibrillation and a CHA2DS2-VASc score of 2 or"
        " more who are treated with anticoagulants",
        "AF: High-risk patients treated with anticoagulants",
        0.045,
        (0.892, 0.901, 0.909, 0.916, 0.921),
        0.001,
    ),
)
_Z = 1.959963984540054


def write_prevention(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes the one export with all quarters."""
    rows = [row for quarter in range(len(QUARTERS)) for row in _quarter(seed, geography, population, quarter)]
    yield "2026-03", [write_rows(folder / "cvdprevent_export_to_2026-03.csv", COLUMNS, rows)]


def _quarter(seed: int, geography: Geography, population: Population, quarter: int) -> list[list[object]]:
    rng = stream(seed, FEED, QUARTERS[quarter])
    icb = geography.icb_number(2024)
    quintile = (population.decile + 1) // 2
    adults = population.persons[:, AGE_FROM >= 40].sum(axis=(1, 2, 3))
    rows: list[list[object]] = []
    for code, name, short_name, share, treated, growth in _INDICATORS:
        counts = np.zeros((len(ICB_NAMES) + 1, 5, 2), dtype=np.int64)
        for number in np.unique(icb).tolist():
            for fifth in range(5):
                at_risk = int(adults[(icb == number) & (quintile == fifth + 1)].sum())
                patients = int(rng.binomial(at_risk, share * (1 - 0.03 * (fifth - 2))))
                counts[number, fifth] = rng.binomial(patients, treated[fifth] + growth * quarter), patients
        for number in [0, *np.unique(icb).tolist()]:
            area = counts.sum(axis=0) if number == 0 else counts[number]
            for category, kind, (numerator, denominator) in [
                ("Persons", "Sex", area.sum(axis=0).tolist()),
                *((label, "Deprivation quintile", area[at].tolist()) for at, label in enumerate(QUINTILES)),
            ]:
                if denominator == 0:  # an ICB without an LSOA in the quintile has no row
                    continue
                value, lower, upper = wilson_percent(numerator, denominator)
                shown = (numerator, denominator) if number == 0 else (_to_5(numerator), _to_5(denominator))
                rows.append(
                    [
                        icb_codes(number)[0] if number else COUNTRY_CODE,
                        f"NHS {ICB_NAMES[number]} Integrated Care Board" if number else COUNTRY_NAME,
                        "Persons", shown[1], "", code, name, short_name, lower, category, kind, shown[0],
                        f"To {QUARTERS[quarter]}", upper, value, "",
                    ]
                )  # fmt: skip
    return rows


def wilson_percent(numerator: int, denominator: int) -> tuple[str, str, str]:
    """Proportion and 95 % Wilson limits in per cent with two decimals (APHO technical briefing 3)."""
    middle = 2 * numerator + _Z**2
    width = _Z * (_Z**2 + 4 * numerator * (1 - numerator / denominator)) ** 0.5
    bottom = 2 * (denominator + _Z**2)
    values = (100 * numerator / denominator, 100 * (middle - width) / bottom, 100 * (middle + width) / bottom)
    return f"{values[0]:.2f}", f"{values[1]:.2f}", f"{values[2]:.2f}"


def _to_5(count: int) -> int:
    return (count + 2) // 5 * 5

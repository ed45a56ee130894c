"""The planted inequality of care in general practice: whose care meets an indicator, and how many to expect.

Belongs here: the chance of each outcome by decile, ethnic group and time, who is asked for, and the expected numbers.
Does not belong here: who the persons are (`persons`), how an outcome is written on a record (`general_practice`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from pipeline.sample.persons import ENDED, REFERENCE_MONTH, TYPE_1, WOMEN, expected_persons, share_aged, share_on
from pipeline.sample.population import AGE_FROM, Population
from pipeline.sample.rates import decile_factor, ethnic_factor
from pipeline.sample.streams import Floats
from pipeline.sample.timeline import SNAPSHOTS, month_number

# Share of adults without other checks who have a blood pressure on record, of people with atrial fibrillation whose
# score is high, and of children with asthma who had a reliever in the year.
PRESSURE_KNOWN, HIGH_SCORE, USES_RELIEVER = 0.75, 0.85, 0.85
# Women of child-bearing age, in months, with pregnancies on record: their share, and for how many days of the cycle in
# which they come again they are pregnant by the record.
FERTILE, WITH_PREGNANCIES, CODED_PREGNANT, CYCLE = (15 * 12, 45 * 12 - 1), 0.35, 220, 560
# Share of people from five years on whose latest code of immunosuppression is of each kind.
IMMUNOSUPPRESSED = {
    "IMMDX_COV_COD_DATE": 0.04, "IMMRX_COD_DATE": 0.03, "IMMADM_COD_DATE": 0.004, "DXT_CHEMO_COD_DATE": 0.008,
}  # fmt: skip
# Share of people from 65 who live in a care home by their record.
IN_CARE_HOME = 0.08
# How much of a year's vaccinations and health checks is done by the last day of a month.
_SEASON = {9: 0.3, 12: 0.92, 3: 1.0, 6: 1.0}
_CAMPAIGN = {6: 0.85, 9: 1.0, 12: 0.85, 3: 1.0}
_FINANCIAL_YEAR = {6: 0.15, 9: 0.38, 12: 0.62, 3: 1.0}
_ADULT, _NO_LIMIT = 18 * 12, 200 * 12
_HIGHEST_CHANCE = 0.97


@dataclass(frozen=True)
class Outcome:
    """The chance of an outcome among those asked for, at the last snapshot.

    ``ratio`` is that of decile 1 to decile 10, ``growth`` the change from snapshot to snapshot, ``done`` the share of
    a whole year's outcomes that is there at the end of a month (of the year that month lies in).
    """

    chance: float
    ratio: float
    ethnic: dict[str, float]
    growth: float = 0.0
    done: dict[int, float] = field(default_factory=dict)

    def whole_year(self, population: Population, snapshot: date) -> Floats:
        """Chance by LSOA x ethnic category, before ``done``."""
        steps = len(SNAPSHOTS) - 1 - SNAPSHOTS.index(snapshot)
        by_lsoa = decile_factor(self.ratio)[population.decile - 1]
        chance = (self.chance - self.growth * steps) * by_lsoa[:, None] * ethnic_factor(self.ethnic)[None, :]
        return np.asarray(np.minimum(chance, _HIGHEST_CHANCE), dtype=np.float64)

    def by_place(self, population: Population, snapshot: date) -> Floats:
        """Chance by LSOA x ethnic category at a snapshot."""
        return self.whole_year(population, snapshot) * self.done.get(snapshot.month, 1.0)


OUTCOMES = {
    "CVD01": Outcome(0.70, 0.86, {"Black": 0.9, "Asian": 0.97}, growth=0.004),
    "CVD02": Outcome(0.17, 1.4, {"Black": 1.3, "Other": 1.1}, growth=-0.002),
    "CVD03_GP": Outcome(0.60, 0.84, {"Black": 0.88, "Mixed": 0.95}, growth=0.003),
    "CVD04_GP": Outcome(0.43, 0.80, {"Black": 0.85, "Asian": 1.05}, growth=0.005),
    "CVD05": Outcome(0.84, 0.92, {"Black": 0.92, "Asian": 0.95}, growth=0.002),
    "SMI01_GP": Outcome(0.58, 0.80, {"Black": 0.9, "Mixed": 0.92}, growth=0.005),
    "RES02": Outcome(0.50, 0.68, {"Black": 0.65, "Mixed": 0.8, "Asian": 0.85, "Other": 0.75}, done=_SEASON),
    "DIA01_T1": Outcome(0.45, 0.76, {"Black": 0.9, "Asian": 0.95}, growth=0.003),
    "DIA01_T2": Outcome(0.57, 0.84, {"Black": 0.92, "Asian": 0.97}, growth=0.003),
    "LDA01": Outcome(0.78, 0.87, {"Black": 0.9, "Asian": 0.92}, done=_FINANCIAL_YEAR),
    "AST02": Outcome(0.12, 2.0, {"Black": 1.35, "Asian": 1.25, "Mixed": 1.15}, growth=-0.001),
    "RES02_PNEUMOCOCCAL": Outcome(0.45, 0.72, {"Black": 0.75, "Mixed": 0.85, "Asian": 0.9, "Other": 0.8}),
    "RES02_COVID19": Outcome(0.56, 0.68, {"Black": 0.5, "Mixed": 0.7, "Asian": 0.6, "Other": 0.7}, done=_CAMPAIGN),
}


def year_end_of(snapshot: date) -> int:
    """Month number of the March in which the snapshot's financial year ends."""
    return month_number(snapshot) + (3 - snapshot.month) % 12


def _asked(snapshot: date) -> dict[str, Floats]:
    """Share of persons of each of AGE_FROM who are in the denominator."""
    month = month_number(snapshot)
    adult = share_aged(_ADULT, _NO_LIMIT, month)
    diabetic = share_on("diabetes") * share_aged(12 * 12, _NO_LIMIT, month)
    unchecked = (1 - share_on("smi")) * (1 - share_on("diabetes"))
    still = {name: share_on(name) * (1 - share) for name, share in ENDED.items()}
    return {
        "CVD01": adult * still["hypertension"],
        "CVD02": adult * (1 - share_on("hypertension")) * (1 - unchecked * (1 - PRESSURE_KNOWN)),
        "CVD03_GP": share_aged(25 * 12, 85 * 12 - 1, month) * share_on("high_qrisk") * (1 - share_on("cvd")),
        "CVD04_GP": adult * share_on("cvd"),
        "CVD05": adult * still["atrial_fibrillation"] * HIGH_SCORE,
        "SMI01_GP": still["smi"] * share_aged(0, _NO_LIMIT, month),
        "RES02": share_on("respiratory") * share_aged(6, 65 * 12 - 1, month),
        "DIA01_T1": diabetic * TYPE_1,
        "DIA01_T2": diabetic * (1 - TYPE_1),
        "LDA01": share_on("learning_disability") * share_aged(14 * 12, _NO_LIMIT, year_end_of(snapshot)),
        "AST02": still["asthma"] * share_aged(5 * 12, 18 * 12 - 1, month) * USES_RELIEVER,
        "RES02_PNEUMOCOCCAL": share_on("respiratory") * share_aged(2 * 12, _NO_LIMIT, month),
        "RES02_COVID19": share_aged(75 * 12, _NO_LIMIT, month),
    }


def expected_care(population: Population, snapshot: date) -> Iterator[tuple[str, Floats, Floats]]:
    """Indicator, persons expected in its denominator and in its numerator, both by LSOA x ethnic category."""
    by_sex = expected_persons(population)
    persons = by_sex.sum(axis=2)
    asked = {name: np.einsum("lae,a->le", persons, share) for name, share in _asked(snapshot).items()}
    met = {name: asked[name] * outcome.by_place(population, snapshot) for name, outcome in OUTCOMES.items()}
    types = ("DIA01_T1", "DIA01_T2")
    yield "DIA01", asked[types[0]] + asked[types[1]], met[types[0]] + met[types[1]]
    yield from ((name, asked[name], met[name]) for name in OUTCOMES)
    # Who is not met by AST02 has one to five inhalers, each as likely: three of the five are three and more.
    yield "AST02_3", asked["AST02"], 0.4 * met["AST02"] + 0.6 * asked["AST02"]
    month = month_number(snapshot)
    weak = (AGE_FROM >= 5) * sum(IMMUNOSUPPRESSED.values())
    cohorts = {
        "RES02_COVID19_IMMUNOSUPPRESSED": weak * share_aged(6, 75 * 12 - 1, month),
        "RES02_COVID19_CARE_HOME": (AGE_FROM >= 65) * share_aged(65 * 12, _NO_LIMIT, month) * IN_CARE_HOME,
    }
    for name, share in cohorts.items():
        offered = np.einsum("lae,a->le", persons, share)
        yield name, offered, offered * OUTCOMES["RES02_COVID19"].by_place(population, snapshot)
    old = np.einsum("lae,a->le", persons, share_aged(65 * 12, _NO_LIMIT, month))
    yield "RES02_65", old, old * OUTCOMES["RES02"].by_place(population, snapshot)
    fertile = share_aged(*FERTILE, REFERENCE_MONTH) * WITH_PREGNANCIES * CODED_PREGNANT / CYCLE
    pregnant = np.einsum("lae,a->le", by_sex[:, :, WOMEN, :], fertile)
    yield "RES02_PREGNANT", pregnant, pregnant * OUTCOMES["RES02"].by_place(population, snapshot)

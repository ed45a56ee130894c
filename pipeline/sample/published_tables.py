"""Figures of the fictional country that a publication carries: national audits, adults with a learning disability or
autism in hospital, restrictive interventions.

Belongs here: the counts, what is planted by deprivation, ethnic group and area, how they are printed, the files. Does
not belong here: records, and other published files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from pipeline.sample.deprivation import Deprivation
from pipeline.sample.files import Written, write_rows
from pipeline.sample.geography import COUNTRY_CODE, COUNTRY_NAME, ICB_NAMES, Geography, icb_codes
from pipeline.sample.organisations import TRUSTS
from pipeline.sample.population import AGE_FROM, ETHNIC_GROUPS, Population, group_of_ethnic
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.timeline import HOSPITAL_END, MENTAL_HEALTH_END, REORGANISATION_DATE, months_to
from pipeline.sample.truth import Truth

AUDIT_YEARS = (2022, 2023, 2024)
COPIED = (
    "measure", "area_type", "area_code", "area_name", "breakdown", "imd_edition", "category", "numerator",
    "denominator",
)  # fmt: skip
RESTRICTIVE = (
    "REPORTING_PERIOD_START", "REPORTING_PERIOD_END", "STATUS", "BREAKDOWN",
    *(
        f"LEVEL_{number}{part}"
        for number in ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX")
        for part in ("", "_DESCRIPTION")
    ),
    "METRIC", "METRIC_VALUE",
)  # fmt: skip
# Restrictive interventions per 1,000 bed days by ethnic group in ETHNIC_GROUPS, and of people whose group is not known.
INTERVENTIONS = (15.0, 25.0, 15.0, 30.0, 20.0, 18.0)
PEOPLE = 0.06  # of people in hospital who were subject to any
GROUP_LABELS = ("White", "Mixed", "Asian or Asian British", "Black or Black British", "Other Ethnic Groups", "Unknown")
_BED_DAYS = (60_000, 3_000, 7_000, 9_000, 3_000, 4_000)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Adults in hospital per million: in the ICB of the most deprived people, and elsewhere.
ADULTS = (180.0, 90.0)


@dataclass(frozen=True)
class Audit:
    """A measure: who it is counted out of (share of an age range), the share that has it by fifth, factors by group."""

    indicator_id: str
    measure: str
    ages: tuple[int, int]
    prevalence: float
    share: tuple[float, float, float, float, float]
    factor: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)


AUDITS = (
    Audit("CYD02", "npda_rtcgm", (0, 24), 0.008, (0.42, 0.47, 0.52, 0.57, 0.62), (1.0, 0.95, 0.85, 0.75, 0.9)),
    Audit("CYD02_PUMP", "npda_pump", (0, 24), 0.008, (0.33, 0.37, 0.41, 0.45, 0.49), (1.0, 0.95, 0.85, 0.75, 0.9)),
    Audit("CYD02_T2", "npda_type2_all_processes", (0, 24), 0.002, (0.4, 0.43, 0.46, 0.49, 0.52)),
    Audit("EPI01", "epilepsy12_esn", (0, 24), 0.004, (0.74, 0.76, 0.79, 0.81, 0.84)),
    Audit("EPI01_LDA", "epilepsy12_esn_lda", (0, 24), 0.0015, (0.7, 0.73, 0.76, 0.79, 0.82)),
    Audit("DIA02", "nda_education_referred_type2", (18, 120), 0.06, (0.05, 0.055, 0.06, 0.066, 0.072)),
)


@dataclass(frozen=True)
class Counted:
    """Persons by ICB of 2024, IMD 2019 fifth and ethnic group, of the ages of each audit and of adults."""

    audited: tuple[Floats, ...]
    adults: Ints
    icbs: tuple[int, ...]
    icbs_of_adults: tuple[tuple[int, ...], ...]
    adults_by_edition: tuple[Ints, ...]
    most_deprived_icb: tuple[int, ...]


def make_counted(geography: Geography, deprivation: Deprivation, population: Population) -> Counted:
    """Whom the publications count."""
    icb = geography.icb_number(2024)
    numbers = tuple(np.unique(icb).tolist())
    fifth = (deprivation.imd2019.decile[0][geography.parent[:, 0]] + 1) // 2
    group = group_of_ethnic()
    audited = []
    for audit in AUDITS:
        inside = (audit.ages[0] <= AGE_FROM) & (audit.ages[1] >= AGE_FROM)
        persons = population.persons[:, inside].sum(axis=(1, 2)).astype(np.float64)
        cells = np.zeros((len(numbers), 5, len(ETHNIC_GROUPS)))
        np.add.at(cells, (np.searchsorted(numbers, icb)[:, None], fifth[:, None] - 1, group[None, :]), persons)
        audited.append(cells * audit.prevalence)
    adults = population.persons[:, AGE_FROM >= 18].sum(axis=(1, 2, 3))
    found, by_edition, deprived = [], [], []
    for edition in (2024, 2026):
        numbers_then, at = np.unique(geography.icb_number(edition), return_inverse=True)
        counts = np.bincount(at, weights=adults)
        core20 = np.bincount(at, weights=adults * (population.decile <= 2)) / counts
        found.append(tuple(numbers_then.tolist()))
        by_edition.append(counts.astype(np.int64))
        deprived.append(int(core20.argmax()))
    return Counted(tuple(audited), adults, numbers, tuple(found), tuple(by_edition), tuple(deprived))


def write_audits(folder: Path, seed: int, counted: Counted) -> Iterator[tuple[str, list[Written]]]:
    """One file of all audits and years: the country by fifth and ethnic group, ICBs in total."""
    rows: list[list[object]] = []
    for year in AUDIT_YEARS:
        for audit, expected in zip(AUDITS, counted.audited, strict=True):
            rng = stream(seed, "national_audit", audit.measure, str(year))
            out_of = rng.poisson(expected)
            above = rng.binomial(out_of, _shares(audit))
            cells = np.stack([above, out_of], axis=-1)
            key = [f"{year}-{(year + 1) % 100:02d}", audit.measure]
            country = [*key, "england", COUNTRY_CODE, COUNTRY_NAME]
            if audit.indicator_id != "DIA02":
                rows.append([*country, "total", "", "total", *cells.sum(axis=(0, 1, 2)).tolist()])
                for name, pair in zip(ETHNIC_GROUPS, cells.sum(axis=(0, 1)).tolist(), strict=True):
                    rows.append([*country, "ethnic_group_5", "", name, *pair])
                for number, pair in zip(counted.icbs, cells.sum(axis=(1, 2)).tolist(), strict=True):
                    rows.append([*key, *_icb(number), "total", "", "total", *pair])
            for at, pair in enumerate(cells.sum(axis=(0, 2)).tolist(), 1):
                rows.append([*country, "imd_quintile", "2019", str(at), *pair])
    yield "FY2024-25", [write_rows(folder / "national_audit_2026-04-01.csv", ("financial_year", *COPIED), rows)]


def write_adults(folder: Path, seed: int, counted: Counted) -> Iterator[tuple[str, list[Written]]]:
    """One file of all months: adults in hospital at month end by ICB as it stood, and for the country.

    The printed population grows by an adult a month and ICB, so no two months are the same.
    """
    rows: list[list[object]] = []
    found = months_to(HOSPITAL_END)
    for at, month in enumerate(found):
        edition = int(month.last >= REORGANISATION_DATE)
        people = counted.adults_by_edition[edition] + at
        rng = stream(seed, "lda_inpatient", month.key)
        inside = rng.poisson(people * _adult_rate(counted, edition) / 1e6)
        key = [month.key, "adults_in_hospital"]
        total = ["total", "", "total"]
        rows.append([*key, "england", COUNTRY_CODE, COUNTRY_NAME, *total, int(inside.sum()), int(people.sum())])
        for number, above, below in zip(counted.icbs_of_adults[edition], inside.tolist(), people.tolist(), strict=True):
            rows.append([*key, *_icb(number), *total, above, below])
    name = f"lda_inpatient_{found[-1].key}-20.csv"
    yield found[-1].key, [write_rows(folder / name, ("month", *COPIED), rows)]


def write_restrictive(folder: Path, seed: int) -> Iterator[tuple[str, list[Written]]]:
    """One file a month: counts rounded to 5 (* below 5), rates as whole numbers; the last month is provisional."""
    found = months_to(MENTAL_HEALTH_END)
    providers = [trust for trust in TRUSTS if trust.big]
    for month in found:
        rng = stream(seed, "mhsds_restrictive", month.key)
        days = np.array(_BED_DAYS, dtype=np.int64)
        in_hospital = days // 25
        events = rng.poisson(days * np.array(INTERVENTIONS) / 1000)
        people = np.minimum(rng.binomial(in_hospital, PEOPLE), events)
        provisional = month is found[-1]
        head = [f"{month.first:%d/%m/%Y}", f"{month.last:%d/%m/%Y}", "Provisional" if provisional else "Performance"]
        none = ("NONE", "NONE")
        rows = _printed(head, "England", ("England", "England"), none, (events, people, days, in_hospital))
        for at, label in enumerate(GROUP_LABELS):
            code = str(at + 1) if at < 5 else "UNKNOWN"
            one = tuple(counts[at : at + 1] for counts in (events, people, days, in_hospital))
            rows += _printed(head, "England; Upper Ethnicity", ("England", "England"), (code, label), one)
        weights = np.arange(1, len(providers) + 1) / np.arange(1, len(providers) + 1).sum()
        counted = [rng.multinomial(int(counts.sum()), weights) for counts in (events, people)]
        counted += [np.rint(counts.sum() * weights).astype(np.int64) for counts in (days, in_hospital)]
        for at, trust in enumerate(providers):
            one = tuple(counts[at : at + 1] for counts in counted)
            rows += _printed(head, "Provider", (trust.code, trust.name), none, one)
        label = f"{_MONTHS[month.first.month - 1]}{'Prv' if provisional else 'Prf'}_{month.first.year}"
        name = f"MHSDS_Restrictive_Interventions_{label}.csv"
        yield month.key, [write_rows(folder / name, RESTRICTIVE, rows)]


def published_truths(counted: Counted) -> Iterator[Truth]:
    """Shares and rates of the last period, by the groups each publication prints."""
    year = AUDIT_YEARS[-1]
    for audit, expected in zip(AUDITS, counted.audited, strict=True):
        with_it = expected * _shares(audit)
        end = date(year, 11, 30) if audit.indicator_id.startswith("EPI01") else date(year + 1, 3, 31)
        period = ("cohort_year" if end.month == 11 else "financial_year", end)
        whole = with_it.sum() / expected.sum()
        by_fifth = with_it.sum(axis=(0, 2)) / expected.sum(axis=(0, 2))
        if audit.indicator_id == "DIA02":
            for at, value in enumerate(by_fifth / whole, 1):
                yield Truth("DIA02", "ratio", "2019", "imd_quintile", str(at), *period, float(value))
            continue
        yield Truth(audit.indicator_id, "proportion", "", "total", "all", *period, float(100 * whole))
        for at, value in enumerate(100 * by_fifth, 1):
            yield Truth(audit.indicator_id, "proportion", "2019", "imd_quintile", str(at), *period, float(value))
        by_group = 100 * with_it.sum(axis=(0, 1)) / expected.sum(axis=(0, 1))
        for name, value in zip(ETHNIC_GROUPS, by_group.tolist(), strict=True):
            yield Truth(audit.indicator_id, "proportion", "", "ethnic_group_5", name, *period, value)
        gap = float(100 * (by_fifth[4] - by_fifth[0]))
        yield Truth(audit.indicator_id, "absolute_gap", "2019", "imd_quintile", "1_vs_5", *period, gap)
    people = counted.adults_by_edition[1]
    rate = float((people * _adult_rate(counted, 1)).sum() / people.sum())
    yield Truth("LDA02", "crude_rate", "", "total", "all", "month_end", HOSPITAL_END, rate)
    days = np.array(_BED_DAYS)
    whole = float((days * np.array(INTERVENTIONS)).sum() / days.sum())
    yield Truth("MEN03", "crude_rate", "", "total", "all", "month", MENTAL_HEALTH_END, whole)
    for name, value in zip(ETHNIC_GROUPS, INTERVENTIONS[:5], strict=True):
        yield Truth("MEN03", "crude_rate", "", "ethnic_group_5", name, "month", MENTAL_HEALTH_END, value)
    yield Truth("MEN03_PEOPLE", "proportion", "", "total", "all", "month", MENTAL_HEALTH_END, 100 * PEOPLE)


def _shares(audit: Audit) -> Floats:
    """By fifth and ethnic group."""
    shares: Floats = np.array(audit.share)[:, None] * np.array(audit.factor)[None, :]
    return shares


def _adult_rate(counted: Counted, edition: int) -> Floats:
    rate = np.full(len(counted.icbs_of_adults[edition]), ADULTS[1])
    rate[counted.most_deprived_icb[edition]] = ADULTS[0]
    return rate


def _icb(number: int) -> tuple[str, str, str]:
    return "icb", icb_codes(number)[0], f"NHS {ICB_NAMES[number]} Integrated Care Board"


def _printed(
    head: Sequence[str], breakdown: str, area: tuple[str, str], group: tuple[str, str], counts: tuple[Ints, ...]
) -> list[list[object]]:
    """The four rows of one area and group, as the publisher rounds and hides them."""
    key = [*head, breakdown, *area, *group, *("NONE",) * 8]
    count, persons, days, in_hospital = (int(values.sum()) for values in counts)
    values = (
        ("MHS76", persons, _to_5(persons)),
        ("MHS77", count, _to_5(count)),
        ("MHS96", count, round(1000 * count / days)),
        ("MHS97", persons, round(100 * persons / in_hospital)),
    )
    return [[*key, metric, "*" if behind < 5 else value] for metric, behind, value in values]


def _to_5(count: int) -> int:
    return (count + 2) // 5 * 5

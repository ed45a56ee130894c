"""Published figures of GP practices: who is registered where, QOF registers, and the planted gradient by deprivation.

Belongs here: the lists by LSOA, the fifth of each practice, what is planted by fifth, and the files. Does not belong
here: persons of the GP extract. A practice of each local authority takes the most deprived fifth of its LSOAs, the next
the second fifth and so on, and a few patients from everywhere else in it, so practices differ as widely as they can.
The last practice of the country is on no list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from pipeline.sample.deprivation import Deprivation
from pipeline.sample.files import Written, write_rows
from pipeline.sample.geography import (
    COUNTRY_CODE,
    COUNTRY_NAME,
    ICB,
    ICB_NAMES,
    LOCAL_AUTHORITIES,
    REGION_NAMES,
    REGION_OF_ICB,
    SUB_ICB,
    Geography,
    icb_codes,
    region_codes,
    sub_icb_codes,
)
from pipeline.sample.organisations import PRACTICES_PER_LA, all_practice_codes
from pipeline.sample.population import Population
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.timeline import REORGANISATION_DATE, months
from pipeline.sample.truth import Truth

LIST_DAYS = (date(2026, 4, 1), date(2026, 7, 1))
QOF_YEAR_END = date(2026, 3, 31)
# Recorded hypertension by fifth of practices, the most deprived first, and in the practice that is on no list.
HYPERTENSION = (0.165, 0.155, 0.145, 0.135, 0.125, 0.15)
# Registered with the NHS App, likewise, in the first month of the calendar; and what each month adds.
NHS_APP = (0.44, 0.49, 0.53, 0.56, 0.59, 0.5)
NHS_APP_GROWTH = 0.003
_OTHER = 0.1  # share of an LSOA's people with each of the four other practices; its own has the rest
_OF_13_AND_OVER = 0.85
_NO_LSOA = "NO2011"
_NO_LSOA_SHARE = 0.002
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class Practices:
    """Patients by practice and LSOA 2021, those without an LSOA, and the fifth of each practice (5: on no list)."""

    patients: Ints
    without_lsoa: Ints
    fifth: Ints

    @property
    def list_size(self) -> Ints:
        return np.asarray(self.patients.sum(axis=1) + self.without_lsoa, dtype=np.int64)


def make_practices(geography: Geography, deprivation: Deprivation, population: Population) -> Practices:
    """Lists from the population, and fifths of equal numbers of listed practices by mean IMD 2025 score."""
    persons = population.persons.sum(axis=(1, 2, 3))
    score = deprivation.imd2025.score[0]
    count = len(LOCAL_AUTHORITIES) * PRACTICES_PER_LA
    other = (persons * _OTHER).astype(np.int64)
    patients = np.zeros((count, geography.size), dtype=np.int64)
    for la in range(len(LOCAL_AUTHORITIES)):
        lsoas = np.flatnonzero(geography.la21 == la)
        first = la * PRACTICES_PER_LA
        patients[first : first + PRACTICES_PER_LA, lsoas] = other[lsoas]
        for at, own in enumerate(np.array_split(lsoas[np.argsort(-score[lsoas], kind="stable")], PRACTICES_PER_LA)):
            patients[first + at, own] = persons[own] - (PRACTICES_PER_LA - 1) * other[own]
    listed = np.arange(count - 1)
    mean = (patients[listed] * np.round(score * 1000)).sum(axis=1) / patients[listed].sum(axis=1)
    rank = np.empty(count - 1, dtype=np.int64)
    rank[np.argsort(-mean, kind="stable")] = np.arange(1, count)
    fifth = np.append(-(-rank * 5 // (count - 1)) - 1, 5)
    return Practices(patients, np.round(patients.sum(axis=1) * _NO_LSOA_SHARE).astype(np.int64), fifth)


def write_lists(folder: Path, geography: Geography, practices: Practices) -> Iterator[tuple[str, list[Written]]]:
    """The list of each day, one file a quarter."""
    header = ("PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS")
    codes = all_practice_codes()
    at, lsoa = np.nonzero(practices.patients[:-1])
    listed = np.arange(len(codes) - 1)
    practice = np.concatenate([at, listed])
    home = np.concatenate([geography.code21[lsoa], np.full(len(listed), _NO_LSOA, dtype=object)])
    order = np.lexsort((home.astype(str), practice))
    names = np.array([practice_name(number) for number in range(len(codes))], dtype=object)
    for quarter, day in enumerate(LIST_DAYS):
        # Only those without an LSOA change, so that practices keep their fifths.
        count = np.concatenate([practices.patients[at, lsoa], practices.without_lsoa[:-1] + quarter])
        stamp = f"{day:%d}{_MONTHS[day.month - 1]}{day:%Y}"
        rows = zip(codes[practice][order], names[practice][order], home[order], count[order].tolist(), strict=True)
        yield f"{day:%Y-%m}", [
            write_rows(
                folder / f"gp-reg-pat-prac-lsoa-all-{day:%Y-%m}.csv",
                header,
                (("GP_PRAC_PAT_LIST", stamp, code, name, lsoa_code, "ALL", n) for code, name, lsoa_code, n in rows),
            )
        ]  # fmt: skip


def write_registers(folder: Path, seed: int, practices: Practices) -> Iterator[tuple[str, list[Written]]]:
    """QOF prevalence of one financial year: hypertension of all ages, and a register of adults that is not counted."""
    size = practices.list_size
    with_hypertension = stream(seed, "qof").binomial(size, np.array(HYPERTENSION)[practices.fifth])
    rows = []
    for code, people, found in zip(all_practice_codes(), size.tolist(), with_hypertension.tolist(), strict=True):
        rows += [(code, "HYP", found, "TOTAL", people), (code, "DM", people // 16, "17OV", people * 4 // 5)]
    header = ("PRACTICE_CODE", "GROUP_CODE", "REGISTER", "PATIENT_LIST_TYPE", "PRACTICE_LIST_SIZE")
    yield "FY2025-26", [write_rows(folder / "QOF_PREVALENCE_2526.csv", header, rows)]


def write_app(folder: Path, seed: int, practices: Practices) -> Iterator[tuple[str, list[Written]]]:
    """NHS App registrations of every month."""
    header = (
        "month", "practice_code", "practice_name", "sub_icb_code", "patients_13_and_over", "p9_registrations",
    )  # fmt: skip
    codes = all_practice_codes().tolist()
    people = _of_13_and_over(practices)
    for at, month in enumerate(months()):
        registered = stream(seed, "nhs_app", month.key).binomial(people, _app_share(at)[practices.fifth])
        edition = 2024 if month.last < REORGANISATION_DATE else 2026
        homes = [sub_icb_codes(SUB_ICB[edition][number // PRACTICES_PER_LA])[1] for number in range(len(codes))]
        names = [practice_name(number) for number in range(len(codes))]
        days = [month.last.isoformat()] * len(codes)
        rows = zip(days, codes, names, homes, people.tolist(), registered.tolist(), strict=True)
        yield month.key, [write_rows(folder / f"nhs_app_{month.key}.csv", header, rows)]


def _of_13_and_over(practices: Practices) -> Ints:
    return np.round(practices.list_size * _OF_13_AND_OVER).astype(np.int64)


def _app_share(month: int) -> Floats:
    return np.array(NHS_APP) + NHS_APP_GROWTH * month


def write_locations(folder: Path) -> Iterator[tuple[str, list[Written]]]:
    """The QOF map of practices to the commissioners of the year."""
    header = (
        "NAT_ONS_CODE", "NAT_CODE", "COUNTRY", "REGION_ODS_CODE", "REGION_ONS_CODE", "REGION_NAME", "STP_ODS_CODE",
        "STP_ONS_CODE", "STP_NAME", "CCG_ODS_CODE", "CCG_ONS_CODE", "CCG_NAME", "PCN_ODS_CODE", "PCN_NAME",
        "PRACTICE_CODE", "PRACTICE_NAME",
    )  # fmt: skip
    rows = []
    for at, code in enumerate(all_practice_codes().tolist()):
        sub_icb = SUB_ICB[2024][at // PRACTICES_PER_LA]
        icb = ICB[2024][sub_icb]
        region = REGION_OF_ICB[icb]
        ons, ods = sub_icb_codes(sub_icb)
        rows.append(
            (
                COUNTRY_CODE, "", COUNTRY_NAME, region_codes(region)[1], region_codes(region)[0], REGION_NAMES[region],
                icb_codes(icb)[1], icb_codes(icb)[0], ICB_NAMES[icb], ods, ons, f"{ICB_NAMES[icb]} - {ods}", "", "",
                code, practice_name(at),
            )
        )  # fmt: skip
    yield "FY2025-26", [write_rows(folder / "QOF_MAPPING_NHS_GEOGRAPHIES_2526.csv", header, rows)]


def practice_name(at: int) -> str:
    """Name of the practice at a position."""
    return f"{LOCAL_AUTHORITIES[at // PRACTICES_PER_LA][0].upper()} SURGERY {at % PRACTICES_PER_LA + 1}"


def practice_truths(practices: Practices) -> Iterator[Truth]:
    """What the files hold but for chance: the country, fifths of practices, and the gap of the first and the last."""
    yield from truths_by_fifth(
        "CVD02_QOF", practices, practices.list_size, np.array(HYPERTENSION), "financial_year", QOF_YEAR_END
    )
    last = months()[-1].last
    share = _app_share(len(months()) - 1)
    yield from truths_by_fifth("DIG01", practices, _of_13_and_over(practices), share, "month", last, True)


def truths_by_fifth(
    indicator: str,
    practices: Practices,
    people: Ints,
    share: Floats,
    period_type: str,
    period_end: date,
    higher_is_better: bool = False,
) -> Iterator[Truth]:
    """True values of a share that depends on the fifth of the practice alone."""
    period = (period_type, period_end)
    whole = float((people * share[practices.fifth]).sum() / people.sum() * 100)
    yield Truth(indicator, "proportion", "", "total", "all", *period, whole)
    for fifth, name in enumerate(("1", "2", "3", "4", "5", "unknown")):
        yield Truth(indicator, "proportion", "2025", "practice_imd_quintile", name, *period, float(share[fifth] * 100))
    worse, better = (share[4], share[0]) if higher_is_better else (share[0], share[4])
    for measure, value in (("absolute_gap", (worse - better) * 100), ("relative_gap", worse / better)):
        yield Truth(indicator, measure, "2025", "practice_imd_quintile", "1_vs_5", *period, float(value))

"""The GP extract (gp_extract): the same persons at the end of every quarter, one Parquet file a snapshot.

Belongs here: how an outcome and everything around it is written on a record, the columns and files of the feed. Does
not belong here: who the persons are (`persons`), how often an outcome is met (`care`).
A person has one latent number for each outcome and meets it where the number lies below the chance of the place, the
ethnic group and the snapshot; so care changes slowly, and in the direction of the chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.sample.care import (
    CODED_PREGNANT,
    CYCLE,
    FERTILE,
    HIGH_SCORE,
    OUTCOMES,
    PRESSURE_KNOWN,
    USES_RELIEVER,
    WITH_PREGNANCIES,
)
from pipeline.sample.files import Written, write_parquet
from pipeline.sample.geography import Geography
from pipeline.sample.persons import REFERENCE_MONTH, WOMEN, Persons, make_persons
from pipeline.sample.population import AGE_FROM, Population
from pipeline.sample.rates import Mask
from pipeline.sample.recording import (
    NEVER,
    UNKNOWN_ETHNICITY,
    UNKNOWN_RESIDENCE,
    between,
    day_number,
    days,
    days_or_blank,
    ethnic_codes,
    lsoa_codes,
    sex_codes,
    text,
)
from pipeline.sample.streams import Floats, Ints, stream
from pipeline.sample.timeline import SNAPSHOTS, month_number
from pipeline.sample.vaccination import COHORT_COLUMNS, Cohorts, covid19, pneumococcal

FEED = "gp_extract"
# Days before the snapshot that lie inside twelve, and inside six, whole months whatever the quarter.
_YEAR, _HALF_YEAR = 364, 180
_HOMELESS = 0.06
_BOOKED = 60  # days from the start of a pregnancy to its first code
_SMI_CHECKS = ("BMI_DATE", "BP_DATE", "ALC_DATE", "SMOK_DATE", "CHOL_DATE", "HBA1C_DATE")
_PROCESSES = (
    "HBA1C_DATE", "BP_DATE", "CHOL_DATE", "CREATININE_DATE", "ACR_DATE", "FOOT_EXAM_DATE", "BMI_DATE", "SMOK_DATE",
)  # fmt: skip
_CHECKS = tuple(dict.fromkeys(_SMI_CHECKS + _PROCESSES))
# The check that only one of the two lists asks for, which may be missing whatever the other needs.
_OWN_CHECK = {"SMI01_GP": "ALC_DATE", "DIA01": "ACR_DATE"}
_LAPSED, _INVALID = 0.25, 0.06  # of hypertension not treated to threshold: no recent reading, an impossible one
# Column of the latest code of each register, and of the code that ends it.
_CODES = {
    "HYP_COD_DATE": "hypertension", "AFIB_COD_DATE": "atrial_fibrillation", "MH_COD_DATE": "smi",
    "DM_COD_DATE": "diabetes", "RESP_COD_DATE": "respiratory", "LD_COD_DATE": "learning_disability",
    "AUTISM_COD_DATE": "autism", "AST_COD_DATE": "asthma",
}  # fmt: skip
_ENDS = {
    "HYPRES_COD_DATE": "HYP_COD_DATE", "AFIBRES_COD_DATE": "AFIB_COD_DATE", "MHREM_COD_DATE": "MH_COD_DATE",
    "ASTRES_COD_DATE": "AST_COD_DATE",
}  # fmt: skip
COLUMNS = (
    "SNAPSHOT_DATE", "Pseudo_NHS_Number", "PRACTICE_CODE", "BIRTH_YEAR_MONTH", "SEX", "ETHNIC_CATEGORY", "LSOA11",
    "HYP_COD_DATE", "HYPRES_COD_DATE", "BP_DATE", "BP_SYSTOLIC", "BP_DIASTOLIC", "AFIB_COD_DATE", "AFIBRES_COD_DATE",
    "CHA2DS2VASC", "ANTICOAG_LAST_ISSUE_DATE", "CHD_COD_DATE", "OSTR_COD_DATE", "TIA_COD_DATE", "PAD_COD_DATE",
    "HSTRK_COD_DATE", "QRISK", "LLT_LAST_ISSUE_DATE", "LIPID_DATE", "NON_HDL", "LDL", "MH_COD_DATE", "MHREM_COD_DATE",
    "BMI_DATE", "SMOK_DATE", "ALC_DATE", "CHOL_DATE", "HBA1C_DATE", "GLUCOSE_DATE", "CREATININE_DATE", "ACR_DATE",
    "FOOT_EXAM_DATE", "DM_COD_DATE", "DIABETES_TYPE", "RESP_COD_DATE", "FLUVAC_DATE", "PNEUVAC_DATE", "COVIDVAC_DATE",
    *COHORT_COLUMNS, "PREG_COD_DATE", "PREGDEL_COD_DATE", "LD_COD_DATE", "LDHC_DATE", "AUTISM_COD_DATE",
    "HOMELESS_COD_DATE", "AST_COD_DATE", "ASTRES_COD_DATE", "SABA_ISSUES_12M", "CARER_FLAG", "LOOKED_AFTER_FLAG",
)  # fmt: skip
Columns = dict[str, pa.Array]


def write_general_practice(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every snapshot; yields its day and file as each is done."""
    persons = make_persons(seed, geography, population)
    rng = stream(seed, FEED)
    cohorts = Cohorts(seed, persons)
    fixed = _fixed_columns(rng, geography, persons)
    homeless_on = _homeless(stream(seed, FEED, "homeless"), persons)
    latent = {name: rng.random(len(persons)) for name in OUTCOMES}
    pneumococcal_on = pneumococcal(stream(seed, FEED, "pneumococcal"), persons, population, latent)
    conceived_on = _conceived(stream(seed, FEED, "pregnancies"), persons)
    for snapshot in SNAPSHOTS:
        # The same numbers in every snapshot: what is not about an outcome stays as it was, days move with the snapshot.
        chances = {name: outcome.by_place(population, snapshot) for name, outcome in OUTCOMES.items()}
        people = persons.people
        met = {name: latent[name] < chances[name][people.lsoa, people.ethnic] for name in OUTCOMES}
        columns = {**fixed, **_care_columns(stream(seed, FEED, "care"), persons, met, snapshot)}
        columns |= _once_a_year(seed, persons, population, latent, snapshot, conceived_on >= 0)
        columns |= _pregnancies(conceived_on, day_number(snapshot))
        columns |= cohorts.columns(snapshot)
        columns["COVIDVAC_DATE"] = covid19(seed, persons, population, latent, snapshot, cohorts.is_immunosuppressed)
        for column, day_of in (("HOMELESS_COD_DATE", homeless_on), ("PNEUVAC_DATE", pneumococcal_on)):
            columns[column] = days_or_blank(np.where(day_of <= day_number(snapshot), day_of, NEVER))
        columns["SNAPSHOT_DATE"] = days(np.full(len(persons), day_number(snapshot)))
        table = pa.table([columns[name] for name in COLUMNS], names=list(COLUMNS))
        born = np.flatnonzero(persons.age_in_months(month_number(snapshot)) >= 0)
        day = snapshot.isoformat()
        yield day, [write_parquet(folder / f"gp_extract_{day}.parquet", table.take(pa.array(born)))]


def _number_or_blank(value: Ints | Floats, blank: Mask) -> pa.Array:
    return pa.array(value, mask=blank)


def _fixed_columns(rng: np.random.Generator, geography: Geography, persons: Persons) -> Columns:
    """What a record shows in every snapshot: the person, and diagnoses made before the first."""
    people, count = persons.people, len(persons)
    first = day_number(SNAPSHOTS[0])
    born = np.array([np.datetime64(month - 1970 * 12, "M") for month in range(persons.birth_month.max() + 1)])
    birth_day = born[persons.birth_month].astype("datetime64[D]").astype(np.int64)
    coded: dict[str, Ints] = {}
    for column, register in _CODES.items():
        day = np.maximum(first - between(rng, 400, 1_090, count), birth_day)
        coded[column] = np.where(persons.registers[register], day, NEVER)
    for column, begun in _ENDS.items():
        ended = persons.ended[_CODES[begun]]
        coded[column] = np.where(ended, coded[begun] + between(rng, 1, 390, count), NEVER)
    # One kind of CVD each; haemorrhagic stroke alone is none of them.
    kind = np.where(persons.registers["cvd"], between(rng, 0, 3, count), -1)
    kind = np.where((kind < 0) & (AGE_FROM[people.age] >= 40) & (rng.random(count) < 0.01), 4, kind)
    day = first - between(rng, 400, 1_090, count)
    for at, column in enumerate(("CHD_COD_DATE", "OSTR_COD_DATE", "TIA_COD_DATE", "PAD_COD_DATE", "HSTRK_COD_DATE")):
        coded[column] = np.where(kind == at, day, NEVER)
    diabetes = np.where(persons.has_type_1, "1", np.where(rng.random(count) < 0.04, "9", "2")).astype(object)
    diabetes[~persons.registers["diabetes"]] = None
    child = AGE_FROM[people.age] < 18
    unknown = (UNKNOWN_ETHNICITY[FEED], UNKNOWN_RESIDENCE[FEED])
    return {
        "Pseudo_NHS_Number": persons.ids,
        "PRACTICE_CODE": text(persons.practice),
        "BIRTH_YEAR_MONTH": text(born[persons.birth_month].astype(str)),
        "SEX": text(sex_codes(rng, people.sex)),
        "ETHNIC_CATEGORY": text(ethnic_codes(rng, people.ethnic, unknown[0])),
        "LSOA11": text(lsoa_codes(rng, geography, people.lsoa, 2011, unknown[1])),
        **{column: days_or_blank(day) for column, day in coded.items()},
        "DIABETES_TYPE": text(diabetes),
        "CARER_FLAG": text(np.where(~child & (rng.random(count) < 0.03), "1", "0")),
        "LOOKED_AFTER_FLAG": text(np.where(child & (rng.random(count) < 0.015), "1", "0")),
    }


def _homeless(rng: np.random.Generator, persons: Persons) -> Ints:
    """The day some were recorded as homeless, whoever they are: from a year before the first snapshot on."""
    first, last = day_number(SNAPSHOTS[0]) - _YEAR, day_number(SNAPSHOTS[-1])
    day = between(rng, first, last, len(persons))
    is_coded = (rng.random(len(persons)) < _HOMELESS) & (AGE_FROM[persons.people.age] >= 5)
    return np.where(is_coded, day, NEVER)


def _conceived(rng: np.random.Generator, persons: Persons) -> Ints:
    """The day a pregnancy began, for women who have one after another: the same time after each other."""
    months = persons.age_in_months(REFERENCE_MONTH)
    is_fertile = (persons.people.sex == WOMEN) & (months >= FERTILE[0]) & (months <= FERTILE[1])
    is_mother = is_fertile & (rng.random(len(persons)) < WITH_PREGNANCIES)
    return np.where(is_mother, between(rng, 0, CYCLE - 1, len(persons)), NEVER)


def _pregnancies(conceived_on: Ints, today: int) -> Columns:
    """Latest code of a pregnancy, from its booking on, and latest code of an end, up to the day."""
    since = (today - conceived_on) % CYCLE
    began = today - since
    booked = np.where(since >= _BOOKED, began, began - CYCLE) + _BOOKED
    ended = np.where(since >= _BOOKED + CODED_PREGNANT, began, began - CYCLE) + _BOOKED + CODED_PREGNANT
    is_mother = conceived_on >= 0
    return {
        "PREG_COD_DATE": days_or_blank(np.where(is_mother, booked, NEVER)),
        "PREGDEL_COD_DATE": days_or_blank(np.where(is_mother, ended, NEVER)),
    }


def _care_columns(rng: np.random.Generator, persons: Persons, met: dict[str, Mask], snapshot: date) -> Columns:
    """What is measured, issued and scored, up to the snapshot."""
    count, today, on = len(persons), day_number(snapshot), persons.registers
    checks = _checks(rng, persons, met, today)
    systolic, diastolic = _pressures(rng, persons, met, snapshot, checks)
    # For a fifth of people without diabetes blood glucose stands in for HbA1c.
    in_place = ~on["diabetes"] & (rng.random(count) < 0.2)
    checks["GLUCOSE_DATE"] = np.where(in_place, checks["HBA1C_DATE"], NEVER)
    checks["HBA1C_DATE"] = np.where(in_place, NEVER, checks["HBA1C_DATE"])
    score = np.where(rng.random(count) < HIGH_SCORE, between(rng, 2, 7, count), between(rng, 0, 1, count))
    anticoagulant = _issued(rng, on["atrial_fibrillation"] & met["CVD05"], on["atrial_fibrillation"], today)
    has_score = on["high_qrisk"] | (rng.random(count) < 0.3) & (persons.age_in_months(month_number(snapshot)) > 480)
    tenths = np.where(on["high_qrisk"], between(rng, 200, 620, count), between(rng, 15, 199, count))
    therapy = (on["high_qrisk"] & met["CVD03_GP"]) | (on["cvd"] & ~on["high_qrisk"] & (rng.random(count) < 0.8))
    lipid, non_hdl, ldl, no_ldl = _lipids(rng, on["cvd"], met["CVD04_GP"], today)
    inhalers = np.where(met["AST02"], between(rng, 6, 14, count), between(rng, 1, 5, count))
    inhalers = np.where(rng.random(count) < USES_RELIEVER, inhalers, 0)
    return {
        **{column: days_or_blank(day) for column, day in checks.items()},
        "BP_SYSTOLIC": _number_or_blank(systolic, checks["BP_DATE"] < 0),
        "BP_DIASTOLIC": _number_or_blank(diastolic, checks["BP_DATE"] < 0),
        "CHA2DS2VASC": _number_or_blank(score, ~on["atrial_fibrillation"]),
        "ANTICOAG_LAST_ISSUE_DATE": days_or_blank(anticoagulant),
        "QRISK": _number_or_blank(tenths / 10, ~has_score),
        "LLT_LAST_ISSUE_DATE": days_or_blank(_issued(rng, therapy, on["high_qrisk"] | on["cvd"], today)),
        "LIPID_DATE": days_or_blank(lipid),
        "NON_HDL": _number_or_blank(non_hdl / 10, lipid < 0),
        "LDL": _number_or_blank(ldl / 10, (lipid < 0) | no_ldl),
        "SABA_ISSUES_12M": _number_or_blank(inhalers, ~on["asthma"]),
    }


def _issued(rng: np.random.Generator, is_current: Mask, was_ever: Mask, today: int) -> Ints:
    """Day of the latest issue: in the last six months, or (half of the others) longer ago."""
    count = len(is_current)
    recent, old = today - between(rng, 0, _HALF_YEAR, count), today - between(rng, 190, 900, count)
    before = was_ever & (rng.random(count) < 0.5)
    return np.where(is_current, recent, np.where(before, old, NEVER))


def _checks(rng: np.random.Generator, persons: Persons, met: dict[str, Mask], today: int) -> dict[str, Ints]:
    """Days of the checks: all of a list within the year where it is met, at least one of them not where it is not."""
    count, on = len(persons), persons.registers
    met_diabetes = np.where(persons.has_type_1, met["DIA01_T1"], met["DIA01_T2"])
    lists: list[tuple[str, tuple[str, ...], Mask, Mask]] = [
        ("SMI01_GP", _SMI_CHECKS, on["smi"], met["SMI01_GP"]),
        ("DIA01", _PROCESSES, on["diabetes"], met_diabetes),
    ]
    is_needed = {check: np.zeros(count, dtype=bool) for check in _CHECKS}
    is_missing = {check: np.zeros(count, dtype=bool) for check in _CHECKS}
    for _, checks, members, complete in lists:
        for check in checks:
            is_needed[check] |= members & complete
    # The reading of people with hypertension is about their treatment.
    is_needed["BP_DATE"] |= on["hypertension"]
    for name, checks, members, complete in lists:
        chosen = between(rng, 0, len(checks) - 1, count)
        needed = np.array([is_needed[check] for check in checks])[chosen, np.arange(count)]
        chosen = np.where(needed, checks.index(_OWN_CHECK[name]), chosen)
        for at, check in enumerate(checks):
            is_missing[check] |= members & ~complete & (chosen == at)
    listed = on["smi"] | on["diabetes"]
    found: dict[str, Ints] = {}
    for check in _CHECKS:
        recent, old = today - between(rng, 0, _YEAR, count), today - between(rng, 370, 1_500, count)
        unlisted = rng.random(count)
        is_recent = np.where(listed, ~is_missing[check], unlisted < 0.5)
        found[check] = np.where(is_recent, recent, np.where(listed | (unlisted < 0.8), old, NEVER))
    # Without another reason to measure it, blood pressure is on record within five years or not at all.
    known = listed | (rng.random(count) < PRESSURE_KNOWN)
    spread = np.where(listed, found["BP_DATE"], today - between(rng, 0, 1_700, count))
    found["BP_DATE"] = np.where(known, spread, NEVER)
    lapsed = on["hypertension"] & ~met["CVD01"] & (rng.random(count) < _LAPSED)
    lapsed &= ~(on["smi"] & met["SMI01_GP"]) & ~(on["diabetes"] & met_diabetes)
    treated = np.where(lapsed, today - between(rng, 370, 1_500, count), today - between(rng, 0, _YEAR, count))
    found["BP_DATE"] = np.where(on["hypertension"], treated, found["BP_DATE"])
    return found


def _pressures(
    rng: np.random.Generator, persons: Persons, met: dict[str, Mask], snapshot: date, checks: dict[str, Ints]
) -> tuple[Ints, Ints]:
    """Systolic and diastolic pressure of the latest reading."""
    count, on = len(persons), persons.registers
    is_80 = persons.age_in_months(month_number(snapshot)) >= 80 * 12
    hypertensive = on["hypertension"]
    # People without a diagnosis are measured against 139/89, whatever their age.
    highest = np.where(hypertensive & is_80, 150, np.where(hypertensive, 140, 139))
    highest_diastolic = np.where(hypertensive, 90, 89)
    is_low = np.where(hypertensive, met["CVD01"], ~met["CVD02"])
    by_systolic = rng.random(count) < 0.7
    systolic = np.where(
        is_low | ~by_systolic, between(rng, 104, highest, count), between(rng, highest + 1, highest + 40, count)
    )
    diastolic = np.where(
        is_low | by_systolic,
        between(rng, 58, highest_diastolic, count),
        between(rng, highest_diastolic + 1, highest_diastolic + 20, count),
    )
    impossible = hypertensive & ~met["CVD01"] & (rng.random(count) < _INVALID) & (checks["BP_DATE"] >= 0)
    return np.where(impossible, 14, systolic), diastolic


def _lipids(
    rng: np.random.Generator, has_cvd: Mask, met: Mask, today: int
) -> tuple[Ints, Ints, Ints, Mask]:  # fmt: skip
    """Day of the latest result, non-HDL and LDL cholesterol in tenths of a mmol/l, and who has no LDL."""
    count = len(has_cvd)
    recent, old = today - between(rng, 0, _YEAR, count), today - between(rng, 370, 1_500, count)
    lapsed = has_cvd & ~met & (rng.random(count) < 0.3)
    unasked = ~has_cvd & (rng.random(count) < 0.7)
    day = np.where(unasked, NEVER, np.where(lapsed, old, recent))
    is_low = np.where(has_cvd, met | lapsed, rng.random(count) < 0.3)
    non_hdl = np.where(is_low, between(rng, 14, 26, count), between(rng, 27, 52, count))
    ldl = np.where(is_low, non_hdl - 7, np.maximum(non_hdl - 8, 21))
    # Some reach the threshold by LDL alone.
    by_ldl = is_low & (rng.random(count) < 0.1)
    ldl = np.where(by_ldl, between(rng, 15, 20, count), ldl)
    non_hdl = np.where(by_ldl, between(rng, 27, 30, count), non_hdl)
    return day, non_hdl, ldl, ~by_ldl & (rng.random(count) < 0.2)


def _once_a_year(
    seed: int,
    persons: Persons,
    population: Population,
    latent: dict[str, Floats],
    snapshot: date,
    is_mother: Mask,
) -> Columns:
    """Vaccinations and health checks: on the same day of every year, early where the chance is high."""
    rng = stream(seed, FEED, "once a year")
    found: Columns = {}
    for column, indicator, register, first_month in (
        ("FLUVAC_DATE", "RES02", "respiratory", 9),
        ("LDHC_DATE", "LDA01", "learning_disability", 4),
    ):
        outcome, count = OUTCOMES[indicator], len(persons)
        start = date(snapshot.year - (snapshot.month < first_month), first_month, 1)
        chance = outcome.whole_year(population, snapshot)[persons.people.lsoa, persons.people.ethnic]
        # Share of the year's that is done by each quarter end, against the days from the start.
        ends = sorted(outcome.done, key=lambda month: (month - first_month) % 12)
        reached, day_of = [0.0], [0.0]
        for month in ends:
            if outcome.done[month] > reached[-1]:
                after = date(start.year + (month < first_month or month == 12), month % 12 + 1, 1)
                reached.append(outcome.done[month])
                day_of.append(float((after - start).days))
        part = latent[indicator] / chance
        this_year = day_number(start) + np.floor(np.interp(part, reached, day_of, right=0)).astype(np.int64)
        day = np.where((part < 1) & (this_year <= day_number(snapshot)), this_year, NEVER)
        earlier = np.where(part < 1, this_year - 365, day_number(start) - between(rng, 1, 700, count))
        # Half of those without one this year had one before.
        before = (day < 0) & (rng.random(count) < 0.5) & (earlier < day_number(start))
        day = np.where(before, earlier, day)
        # Influenza vaccine is for everybody from 65, for pregnant women, and for some others.
        offered = np.where(persons.age_in_months(month_number(snapshot)) >= 65 * 12, 1.0, 0.2)
        others = (column == "FLUVAC_DATE") & ((rng.random(count) < offered) | is_mother)
        found[column] = days_or_blank(np.where(persons.registers[register] | others, day, NEVER))
    return found

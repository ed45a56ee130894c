"""Indicators on the GP extract: one person a line, and whether the person is asked for and counts.

The snapshot is that of 31 December 2025 and people are 50 years old (born in December 1975), but for what a line says.
Each line is a practice of its own, whose total is counted. The run is the one of
`test_indicators`.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.spec.cases import World, indicators
from tests.spec.lines import COUNTS, DOES_NOT, IS_NOT_ASKED, Cells, Lines, Tables, found_at, practices_of, wanted
from tests.spec.tiny import PERSON, Tiny

pytestmark = pytest.mark.slow

HYPERTENSIVE: Cells = {"hyp_cod_date": "2015-06-01"}
TREATED: Cells = {**HYPERTENSIVE, "bp_date": "2025-11-03", "bp_systolic": "128", "bp_diastolic": "78"}
CVD01: Lines = {
    "treated": (COUNTS, {}),
    "exactly 140 over 90": (COUNTS, {"bp_systolic": "140", "bp_diastolic": "90"}),
    "systolic above 140": (DOES_NOT, {"bp_systolic": "141"}),
    "diastolic above 90": (DOES_NOT, {"bp_diastolic": "91"}),
    "150 over 90 at 80": (COUNTS, {"bp_systolic": "150", "bp_diastolic": "90", "birth_month": "1945-12"}),
    "150 at 79": (DOES_NOT, {"bp_systolic": "150", "birth_month": "1946-01"}),
    "151 at 80": (DOES_NOT, {"bp_systolic": "151", "birth_month": "1945-12"}),
    "diastolic 91 at 80": (DOES_NOT, {"bp_diastolic": "91", "birth_month": "1945-12"}),
    "read on the first day of the twelve months": (COUNTS, {"bp_date": "2025-01-01"}),
    "read the day before": (DOES_NOT, {"bp_date": "2024-12-31"}),
    "read on the snapshot day": (COUNTS, {"bp_date": "2025-12-31"}),
    "read after the snapshot": (DOES_NOT, {"bp_date": "2026-01-01"}),
    "systolic 50 is valid": (COUNTS, {"bp_systolic": "50"}),
    "systolic 49 is no reading": (DOES_NOT, {"bp_systolic": "49"}),
    "diastolic 20 is valid": (COUNTS, {"bp_diastolic": "20"}),
    "diastolic 19 is no reading": (DOES_NOT, {"bp_diastolic": "19"}),
    "no diastolic": (DOES_NOT, {"bp_diastolic": None}),
    "no reading": (DOES_NOT, {"bp_date": None, "bp_systolic": None, "bp_diastolic": None}),
    "resolved later": (IS_NOT_ASKED, {"hypres_cod_date": "2020-01-01"}),
    "resolved on the day of the diagnosis": (COUNTS, {"hypres_cod_date": "2015-06-01"}),
    "resolved, then diagnosed again": (COUNTS, {"hypres_cod_date": "2014-06-01"}),
    "resolved after the snapshot": (COUNTS, {"hypres_cod_date": "2026-01-01"}),
    "diagnosed after the snapshot": (IS_NOT_ASKED, {"hyp_cod_date": "2026-01-01"}),
    "never diagnosed": (IS_NOT_ASKED, {"hyp_cod_date": None}),
    "18 this month": (COUNTS, {"birth_month": "2007-12"}),
    "18 next month": (IS_NOT_ASKED, {"birth_month": "2008-01"}),
    "age not known": (IS_NOT_ASKED, {"birth_month": None}),
}
HIGH_READING: Cells = {"bp_date": "2025-11-03", "bp_systolic": "152", "bp_diastolic": "85"}
CVD02: Lines = {
    "high": (COUNTS, {}),
    "exactly 140": (COUNTS, {"bp_systolic": "140"}),
    "139 over 89": (DOES_NOT, {"bp_systolic": "139", "bp_diastolic": "89"}),
    "diastolic exactly 90": (COUNTS, {"bp_systolic": "120", "bp_diastolic": "90"}),
    "read on the first day of the five years": (COUNTS, {"bp_date": "2021-01-01"}),
    "read the day before": (IS_NOT_ASKED, {"bp_date": "2020-12-31"}),
    "reading not valid": (IS_NOT_ASKED, {"bp_diastolic": "19"}),
    "no reading": (IS_NOT_ASKED, {"bp_date": None, "bp_systolic": None, "bp_diastolic": None}),
    "diagnosed": (IS_NOT_ASKED, HYPERTENSIVE),
    "diagnosed and resolved": (IS_NOT_ASKED, {**HYPERTENSIVE, "hypres_cod_date": "2020-01-01"}),
    "17": (IS_NOT_ASKED, {"birth_month": "2008-01"}),
}
AT_RISK: Cells = {"qrisk": "24.5", "llt_last_issue_date": "2025-12-01"}
CVD03_GP: Lines = {
    "on a statin": (COUNTS, {}),
    "QRISK exactly 20": (COUNTS, {"qrisk": "20"}),
    "QRISK 19.9": (IS_NOT_ASKED, {"qrisk": "19.9"}),
    "no QRISK": (IS_NOT_ASKED, {"qrisk": None}),
    "last issue on the first day of the six months": (COUNTS, {"llt_last_issue_date": "2025-07-01"}),
    "last issue the day before": (DOES_NOT, {"llt_last_issue_date": "2025-06-30"}),
    "never issued": (DOES_NOT, {"llt_last_issue_date": None}),
    "has CVD": (IS_NOT_ASKED, {"pad_cod_date": "2019-01-01"}),
    "haemorrhagic stroke is not this CVD": (COUNTS, {"hstrk_cod_date": "2019-01-01"}),
    "25": (COUNTS, {"birth_month": "2000-12"}),
    "24": (IS_NOT_ASKED, {"birth_month": "2001-01"}),
    "84": (COUNTS, {"birth_month": "1941-01"}),
    "85": (IS_NOT_ASKED, {"birth_month": "1940-12"}),
}
CVD: Cells = {"chd_cod_date": "2018-05-01", "lipid_date": "2025-05-01", "non_hdl": "2.4", "ldl": "1.9"}
CVD04_GP: Lines = {
    "treated": (COUNTS, {}),
    "non-HDL exactly 2.6, no LDL": (COUNTS, {"non_hdl": "2.6", "ldl": None}),
    "LDL exactly 2.0, no non-HDL": (COUNTS, {"non_hdl": None, "ldl": "2.0"}),
    "LDL at the threshold, non-HDL above": (COUNTS, {"non_hdl": "2.7", "ldl": "2"}),
    "both above": (DOES_NOT, {"non_hdl": "2.7", "ldl": "2.1"}),
    "non-HDL above, no LDL": (DOES_NOT, {"non_hdl": "2.7", "ldl": None}),
    "result of the day before the twelve months": (DOES_NOT, {"lipid_date": "2024-12-31"}),
    "no result": (DOES_NOT, {"lipid_date": None, "non_hdl": None, "ldl": None}),
    "stroke, not haemorrhagic": (COUNTS, {"chd_cod_date": None, "ostr_cod_date": "2018-05-01"}),
    "transient ischaemic attack": (COUNTS, {"chd_cod_date": None, "tia_cod_date": "2018-05-01"}),
    "peripheral arterial disease": (COUNTS, {"chd_cod_date": None, "pad_cod_date": "2018-05-01"}),
    "haemorrhagic stroke only": (IS_NOT_ASKED, {"chd_cod_date": None, "hstrk_cod_date": "2018-05-01"}),
    "17": (IS_NOT_ASKED, {"birth_month": "2008-01"}),
}
FIBRILLATING: Cells = {"afib_cod_date": "2019-03-01", "cha2ds2vasc": "3", "anticoag_last_issue_date": "2025-12-01"}
CVD05: Lines = {
    "anticoagulated": (COUNTS, {}),
    "score exactly 2": (COUNTS, {"cha2ds2vasc": "2"}),
    "score 1": (IS_NOT_ASKED, {"cha2ds2vasc": "1"}),
    "no score": (IS_NOT_ASKED, {"cha2ds2vasc": None}),
    "last issue on the first day of the six months": (COUNTS, {"anticoag_last_issue_date": "2025-07-01"}),
    "last issue the day before": (DOES_NOT, {"anticoag_last_issue_date": "2025-06-30"}),
    "never issued": (DOES_NOT, {"anticoag_last_issue_date": None}),
    "resolved": (IS_NOT_ASKED, {"afibres_cod_date": "2019-03-02"}),
    "fibrillating again": (COUNTS, {"afibres_cod_date": "2019-02-28"}),
    "17": (IS_NOT_ASKED, {"birth_month": "2008-01"}),
}
SIX_CHECKS: Cells = dict.fromkeys(
    ("bmi_date", "bp_date", "alc_date", "smok_date", "chol_date", "hba1c_date"), "2025-01-01"
)
SMI01_GP: Lines = {
    "all six": (COUNTS, {}),
    "glucose in place of HbA1c": (COUNTS, {"hba1c_date": None, "glucose_date": "2025-02-01"}),
    "old HbA1c, recent glucose": (COUNTS, {"hba1c_date": "2023-02-01", "glucose_date": "2025-02-01"}),
    **{f"no {check}": (DOES_NOT, {check: None}) for check in SIX_CHECKS},
    "one of them the day before": (DOES_NOT, {"alc_date": "2024-12-31"}),
    "in remission": (IS_NOT_ASKED, {"mhrem_cod_date": "2022-01-01"}),
    "ill again after remission": (COUNTS, {"mhrem_cod_date": "2009-01-01"}),
    "no such illness": (IS_NOT_ASKED, {"mh_cod_date": None}),
    "all ages": (COUNTS, {"birth_month": "2012-12"}),
}
PROCESSES = (
    "hba1c_date",
    "bp_date",
    "chol_date",
    "creatinine_date",
    "acr_date",
    "foot_exam_date",
    "bmi_date",
    "smok_date",
)
DIABETIC: Cells = {"dm_cod_date": "2012-01-01", "diabetes_type": "2", **dict.fromkeys(PROCESSES, "2025-01-01")}
DIA01: Lines = {
    "all eight": (COUNTS, {}),
    **{f"no {process}": (DOES_NOT, {process: None}) for process in PROCESSES},
    "one of them the day before": (DOES_NOT, {"foot_exam_date": "2024-12-31"}),
    "glucose does not stand for HbA1c": (DOES_NOT, {"hba1c_date": None, "glucose_date": "2025-02-01"}),
    "12": (COUNTS, {"birth_month": "2013-12"}),
    "11": (IS_NOT_ASKED, {"birth_month": "2014-01"}),
    "no diabetes": (IS_NOT_ASKED, {"dm_cod_date": None, "diabetes_type": None}),
}
CHECKED: Cells = {"ld_cod_date": "2001-01-01", "ldhc_date": "2025-04-01"}
LDA01: Lines = {
    "checked on 1 April": (COUNTS, {}),
    "checked on 31 March": (DOES_NOT, {"ldhc_date": "2025-03-31"}),
    "checked on the snapshot day": (COUNTS, {"ldhc_date": "2025-12-31"}),
    "never checked": (DOES_NOT, {"ldhc_date": None}),
    "14 on 31 March 2026": (COUNTS, {"birth_month": "2012-03"}),
    "14 in April 2026": (IS_NOT_ASKED, {"birth_month": "2012-04"}),
    "autistic, no learning disability": (IS_NOT_ASKED, {"ld_cod_date": None, "autism_cod_date": "2010-01-01"}),
}
WHEEZING: Cells = {"ast_cod_date": "2022-01-01", "birth_month": "2015-12", "saba_issues_12m": "6"}
AST02: Lines = {
    "six inhalers": (COUNTS, {}),
    "five": (DOES_NOT, {"saba_issues_12m": "5"}),
    "one": (DOES_NOT, {"saba_issues_12m": "1"}),
    "none": (IS_NOT_ASKED, {"saba_issues_12m": "0"}),
    "not sent": (IS_NOT_ASKED, {"saba_issues_12m": None}),
    "5 years": (COUNTS, {"birth_month": "2020-12"}),
    "4 years": (IS_NOT_ASKED, {"birth_month": "2021-01"}),
    "17 years": (COUNTS, {"birth_month": "2008-01"}),
    "18 years": (IS_NOT_ASKED, {"birth_month": "2007-12"}),
    "asthma resolved": (IS_NOT_ASKED, {"astres_cod_date": "2023-01-01"}),
    "no asthma": (IS_NOT_ASKED, {"ast_cod_date": None}),
}
AST02_3: Lines = {
    "three inhalers": (COUNTS, {"saba_issues_12m": "3"}),
    "two": (DOES_NOT, {"saba_issues_12m": "2"}),
    "none": (IS_NOT_ASKED, {"saba_issues_12m": "0"}),
    "4 years": (IS_NOT_ASKED, {"birth_month": "2021-01"}),
}
# Indicator: what its people have on record but for a line, and the lines.
TABLES: Tables = {
    "CVD01": (TREATED, CVD01),
    "CVD02": (HIGH_READING, CVD02),
    "CVD03_GP": (AT_RISK, CVD03_GP),
    "CVD04_GP": (CVD, CVD04_GP),
    "CVD05": (FIBRILLATING, CVD05),
    "SMI01_GP": ({"mh_cod_date": "2010-01-01", **SIX_CHECKS}, SMI01_GP),
    "DIA01": (DIABETIC, DIA01),
    "LDA01": (CHECKED, LDA01),
    "AST02": (WHEEZING, AST02),
    "AST02_3": (WHEEZING, AST02_3),
}
EXAMPLES = TABLES
USUAL = {indicator: {**PERSON, **usual} for indicator, (usual, _) in TABLES.items()}


@indicators
def general_practice(tiny: Tiny) -> dict[str, dict[str, str]]:
    """The practice of each line."""
    return practices_of(tiny, "P", TABLES)


def lines_of(world: World, indicator: str) -> None:
    """Numerator and denominator of every line, read back at its practice."""
    assert found_at(world, world["general_practice"], indicator) == wanted(TABLES, indicator)


def test_cvd01_latest_reading_of_twelve_months_at_the_threshold_of_the_age(other_world: World) -> None:
    """At most 140/90, from 80 years 150/90; below 50/20 is no reading; resolved hypertension is not asked for."""
    lines_of(other_world, "CVD01")


def test_cvd02_high_reading_of_people_without_any_hypertension_code(other_world: World) -> None:
    """A valid reading in five years; high from 140 systolic or 90 diastolic."""
    lines_of(other_world, "CVD02")


def test_cvd03_gp_lipid_lowering_therapy_at_a_qrisk_of_20_and_over_without_cvd(other_world: World) -> None:
    lines_of(other_world, "CVD03_GP")


def test_cvd04_gp_cholesterol_of_people_with_cvd_at_either_threshold(other_world: World) -> None:
    """Non-HDL at most 2.6 or LDL at most 2.0 mmol/l; a haemorrhagic stroke alone is not this CVD."""
    lines_of(other_world, "CVD04_GP")


def test_cvd05_anticoagulant_in_six_months_at_a_score_of_two_and_over(other_world: World) -> None:
    lines_of(other_world, "CVD05")


def test_smi01_gp_all_six_checks_in_twelve_months(other_world: World) -> None:
    """Glucose may stand for HbA1c. People in remission are not asked for, unless they were ill again later."""
    lines_of(other_world, "SMI01_GP")


def test_dia01_all_eight_care_processes_in_twelve_months_from_12_years(other_world: World) -> None:
    lines_of(other_world, "DIA01")


def test_lda01_health_check_since_1_april_of_people_who_are_14_at_the_year_end(other_world: World) -> None:
    lines_of(other_world, "LDA01")


def test_ast02_six_relievers_of_children_who_use_one(other_world: World) -> None:
    """Aged 5 to 17 with asthma that is not resolved; who had no reliever in the year is not asked for."""
    lines_of(other_world, "AST02")


def test_ast02_3_three_relievers_ask_for_a_review(other_world: World) -> None:
    lines_of(other_world, "AST02_3")


@indicators
def diabetes_types(tiny: Tiny) -> str:
    """Of type 1, 3 of 5 have all processes; of type 2 4 of 9; other 1 of 2; type not sent 0 of 1."""
    place = tiny.place("Diabetes types")
    lsoa = tiny.lsoa(place, 3)
    for kind, complete, others in (("1", 3, 2), ("2", 4, 5), ("9", 1, 1), (None, 0, 1)):
        tiny.registered(complete, lsoa, {**DIABETIC, "diabetes_type": kind})
        tiny.registered(others, lsoa, {**DIABETIC, "diabetes_type": kind, "acr_date": None})
    return place.la


def test_dia01_t1_and_dia01_t2_are_parts_of_dia01(other_world: World) -> None:
    """Other types, and people whose type is not sent, are with type 2, so that the parts sum to everyone."""
    la, numbers = other_world["diabetes_types"], other_world.numbers
    assert (numbers.counts("DIA01_T1", la), numbers.counts("DIA01_T2", la)) == ((3, 5), (5, 12))
    assert numbers.counts("DIA01", la) == (8, 17)


@indicators
def earlier_snapshots(tiny: Tiny) -> str:
    """The same person at 30 September 2025 and at 30 June 2025."""
    place = tiny.place("Earlier snapshots")
    lsoa = tiny.lsoa(place, 3)
    for snapshot in (date(2025, 6, 30), date(2025, 9, 30)):
        checked = {"ld_cod_date": "2001-01-01", "ldhc_date": "2025-05-10", "birth_month": "2012-03"}
        tiny.registered(1, lsoa, checked, snapshot)
    return place.la


def test_lda01_age_is_that_of_the_year_end_whatever_the_snapshot(other_world: World) -> None:
    """Born in March 2012: 13 at the snapshots of June and September 2025, and 14 at the year end they belong to."""
    la, numbers = other_world["earlier_snapshots"], other_world.numbers
    for snapshot in ("2025-06-30", "2025-09-30"):
        assert numbers.counts("LDA01", la, period_end=snapshot) == (1, 1)


@indicators
def everybody_registered(tiny: Tiny) -> str:
    """16 treated of 20 in quintile 1, 18 of 20 in quintile 5, and 9 of 10 whose LSOA is not known."""
    place = tiny.place("Everybody registered")
    for lsoa, treated, others in ((tiny.lsoa(place, 1), 16, 4), (tiny.lsoa(place, 10), 18, 2), (None, 9, 1)):
        tiny.registered(treated, lsoa, {**TREATED, "practice_code": "P99999"})
        tiny.registered(others, lsoa, {**TREATED, "practice_code": "P99999", "bp_systolic": "170"})
    return place.la


def test_a_practice_is_counted_and_stays_internal(other_world: World) -> None:
    """CVD01 has 43 of 50 in one practice, people of unknown residence among them; no figure of a practice goes out."""
    numbers = other_world.numbers
    assert numbers.counts("CVD01", "P99999") == (43, 50)
    assert numbers.groups("CVD01", other_world["everybody_registered"], "imd_quintile") == {
        "1": (16, 20),
        "5": (18, 20),
    }
    published = numbers.query(
        "select distinct indicator_id from publication.pub_indicator_value where area_code like 'P%'"
    )
    assert published.empty


def test_cvd01_counts_below_eight_are_hidden_and_the_rest_is_rounded(other_world: World) -> None:
    """The rule of the GP extract (proposed): 16 of 20 is shown as 15 of 20, 1 of 1 is not shown."""
    la, numbers = other_world["everybody_registered"], other_world.numbers
    shown = numbers.published("CVD01", la, breakdown="imd_quintile", category="1")
    assert (shown["numerator"], shown["denominator"], shown["value"]) == (15, 20, pytest.approx(75))
    hidden = numbers.published("LDA01", other_world["earlier_snapshots"], period_end="2025-09-30")
    assert (hidden["numerator"], hidden["denominator"], hidden["value_status"]) == (None, None, "suppressed")


def test_a_snapshot_is_a_census_of_its_day(other_world: World) -> None:
    """It is no month of events: CVD01 has one period a snapshot, of one day, and no control chart."""
    rows = other_world.numbers.query("""
        select distinct period_type, period_start = period_end as is_a_day, cast(period_end as varchar) as day
        from publication.pub_indicator_value where indicator_id = 'CVD01' order by day""")
    assert rows["day"].tolist() == ["2025-12-31"]
    assert rows.iloc[0].tolist()[:2] == ["month_end", True]
    charts = other_world.numbers.query(
        "select count(mean) as n from publication.pub_indicator_trend where indicator_id = 'CVD01'"
    )
    assert charts["n"].tolist() == [0]

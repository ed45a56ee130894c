"""Vaccination by the GP extract: one person a line, as in `test_general_practice`."""

from __future__ import annotations

from datetime import date

import pytest

from tests.spec.cases import World, indicators
from tests.spec.lines import COUNTS, DOES_NOT, IS_NOT_ASKED, Cells, Lines, Tables, found_at, practices_of, wanted
from tests.spec.tiny import PERSON, Tiny

pytestmark = pytest.mark.slow

VACCINATED: Cells = {"resp_cod_date": "2019-03-01", "fluvac_date": "2025-10-10"}
RES02: Lines = {
    "vaccinated": (COUNTS, {}),
    "on 1 September": (COUNTS, {"fluvac_date": "2025-09-01"}),
    "on 31 August": (DOES_NOT, {"fluvac_date": "2025-08-31"}),
    "after the snapshot": (DOES_NOT, {"fluvac_date": "2026-01-02"}),
    "not vaccinated": (DOES_NOT, {"fluvac_date": None}),
    "no respiratory disease": (IS_NOT_ASKED, {"resp_cod_date": None}),
    "64": (COUNTS, {"birth_month": "1961-01"}),
    "65": (IS_NOT_ASKED, {"birth_month": "1960-12"}),
    "six months": (COUNTS, {"birth_month": "2025-06"}),
    "five months": (IS_NOT_ASKED, {"birth_month": "2025-07"}),
}
RES02_65: Lines = {
    "65, without any disease": (COUNTS, {"birth_month": "1960-12"}),
    "65, not vaccinated since 1 September": (DOES_NOT, {"birth_month": "1960-12", "fluvac_date": "2025-08-31"}),
    "64": (IS_NOT_ASKED, {"birth_month": "1961-01"}),
    "64, at risk": (IS_NOT_ASKED, {"birth_month": "1961-01", "resp_cod_date": "2019-03-01"}),
}
EXPECTING: Cells = {
    "sex_code": "2", "birth_month": "1990-05", "fluvac_date": "2025-10-10", "preg_cod_date": "2025-11-20",
    "pregdel_cod_date": "2022-02-02",
}  # fmt: skip
RES02_PREGNANT: Lines = {
    "pregnant and vaccinated": (COUNTS, {}),
    "not vaccinated since 1 September": (DOES_NOT, {"fluvac_date": "2025-08-31"}),
    "never delivered before": (COUNTS, {"pregdel_cod_date": None}),
    "delivered since": (IS_NOT_ASKED, {"pregdel_cod_date": "2025-12-20"}),
    "delivered after the snapshot": (COUNTS, {"pregdel_cod_date": "2026-01-02"}),
    "coded 36 weeks ago": (COUNTS, {"preg_cod_date": "2025-04-23"}),
    "coded a day earlier": (IS_NOT_ASKED, {"preg_cod_date": "2025-04-22"}),
    "coded after the snapshot": (IS_NOT_ASKED, {"preg_cod_date": "2026-01-02"}),
    "no code": (IS_NOT_ASKED, {"preg_cod_date": None}),
    "49": (COUNTS, {"birth_month": "1976-01"}),
    "50": (IS_NOT_ASKED, {"birth_month": "1975-12"}),
    "recorded as a man": (IS_NOT_ASKED, {"sex_code": "1"}),
}
PROTECTED: Cells = {"resp_cod_date": "2019-03-01", "pneuvac_date": "2011-10-10"}
RES02_PNEUMOCOCCAL: Lines = {
    "vaccinated long ago": (COUNTS, {}),
    "on the snapshot day": (COUNTS, {"pneuvac_date": "2025-12-31"}),
    "after the snapshot": (DOES_NOT, {"pneuvac_date": "2026-01-01"}),
    "never": (DOES_NOT, {"pneuvac_date": None}),
    "no respiratory disease": (IS_NOT_ASKED, {"resp_cod_date": None}),
    "65 and over, too": (COUNTS, {"birth_month": "1950-01"}),
    "two years": (COUNTS, {"birth_month": "2023-12", "pneuvac_date": "2025-03-01"}),
    "one year": (IS_NOT_ASKED, {"birth_month": "2024-01", "pneuvac_date": "2025-03-01"}),
}
OFFERED: Cells = {"birth_month": "1950-12", "covidvac_date": "2025-10-10"}
RES02_COVID19: Lines = {
    "vaccinated in the campaign": (COUNTS, {}),
    "on its first day": (COUNTS, {"covidvac_date": "2025-10-01"}),
    "in the campaign before": (DOES_NOT, {"covidvac_date": "2025-09-30"}),
    "after the snapshot": (DOES_NOT, {"covidvac_date": "2026-01-02"}),
    "never": (DOES_NOT, {"covidvac_date": None}),
    "74": (IS_NOT_ASKED, {"birth_month": "1951-01"}),
}
WEAKENED: Cells = {"immdx_cov_cod_date": "2012-03-01", "covidvac_date": "2025-10-10"}
NO_DISEASE: Cells = {"immdx_cov_cod_date": None}
RES02_COVID19_IMMUNOSUPPRESSED: Lines = {
    "a disease, however long ago": (COUNTS, {}),
    "vaccinated in the campaign before": (DOES_NOT, {"covidvac_date": "2025-09-30"}),
    "never vaccinated": (DOES_NOT, {"covidvac_date": None}),
    "coded after the snapshot": (IS_NOT_ASKED, {"immdx_cov_cod_date": "2026-01-01"}),
    "no code": (IS_NOT_ASKED, NO_DISEASE),
    "a medicine from six months before the campaign": (COUNTS, {**NO_DISEASE, "immrx_cod_date": "2025-04-01"}),
    "a medicine of the day before": (IS_NOT_ASKED, {**NO_DISEASE, "immrx_cod_date": "2025-03-31"}),
    "chemotherapy in the campaign": (COUNTS, {**NO_DISEASE, "dxt_chemo_cod_date": "2025-12-31"}),
    "chemotherapy after the snapshot": (IS_NOT_ASKED, {**NO_DISEASE, "dxt_chemo_cod_date": "2026-01-01"}),
    "chemotherapy long before": (IS_NOT_ASKED, {**NO_DISEASE, "dxt_chemo_cod_date": "2025-03-31"}),
    "an administrative code of three years": (COUNTS, {**NO_DISEASE, "immadm_cod_date": "2022-10-01"}),
    "an administrative code of the day before": (IS_NOT_ASKED, {**NO_DISEASE, "immadm_cod_date": "2022-09-30"}),
    "74 years": (COUNTS, {"birth_month": "1951-01"}),
    "75 years, as everybody": (IS_NOT_ASKED, {"birth_month": "1950-12"}),
    "six months": (COUNTS, {"birth_month": "2025-06", "immdx_cov_cod_date": "2025-07-01"}),
    "five months": (IS_NOT_ASKED, {"birth_month": "2025-07", "immdx_cov_cod_date": "2025-08-01"}),
}
RESIDENT: Cells = {"birth_month": "1950-01", "longres_cod_date": "2024-03-01", "covidvac_date": "2025-10-10"}
RES02_COVID19_CARE_HOME: Lines = {
    "moved in and vaccinated": (COUNTS, {}),
    "vaccinated in the campaign before": (DOES_NOT, {"covidvac_date": "2025-09-30"}),
    "lived elsewhere before": (COUNTS, {"reside_cod_date": "2023-01-01"}),
    "another residence of the same day": (COUNTS, {"reside_cod_date": "2024-03-01"}),
    "moved out since": (IS_NOT_ASKED, {"reside_cod_date": "2024-03-02"}),
    "moves out after the snapshot": (COUNTS, {"reside_cod_date": "2026-01-01"}),
    "moves in after the snapshot": (IS_NOT_ASKED, {"longres_cod_date": "2026-01-01"}),
    "no code": (IS_NOT_ASKED, {"longres_cod_date": None}),
    "65 years": (COUNTS, {"birth_month": "1960-12"}),
    "64 years": (IS_NOT_ASKED, {"birth_month": "1961-01"}),
}
TABLES: Tables = {
    "RES02": (VACCINATED, RES02),
    "RES02_65": ({"fluvac_date": "2025-10-10"}, RES02_65),
    "RES02_PREGNANT": (EXPECTING, RES02_PREGNANT),
    "RES02_COVID19": (OFFERED, RES02_COVID19),
    "RES02_COVID19_CARE_HOME": (RESIDENT, RES02_COVID19_CARE_HOME),
    "RES02_COVID19_IMMUNOSUPPRESSED": (WEAKENED, RES02_COVID19_IMMUNOSUPPRESSED),
    "RES02_PNEUMOCOCCAL": (PROTECTED, RES02_PNEUMOCOCCAL),
}
EXAMPLES = TABLES
USUAL = {indicator: {**PERSON, **usual} for indicator, (usual, _) in TABLES.items()}


@indicators
def vaccination(tiny: Tiny) -> dict[str, dict[str, str]]:
    """The practice of each line."""
    return practices_of(tiny, "V", TABLES)


def lines_of(world: World, indicator: str) -> None:
    """Numerator and denominator of every line, read back at its practice."""
    assert found_at(world, world["vaccination"], indicator) == wanted(TABLES, indicator)


def test_res02_vaccinated_since_1_september_from_six_months_to_64_years(other_world: World) -> None:
    lines_of(other_world, "RES02")


def test_res02_65_everybody_from_65_years(other_world: World) -> None:
    lines_of(other_world, "RES02_65")


def test_res02_pregnant_women_with_a_code_of_the_last_36_weeks_and_no_end_since(other_world: World) -> None:
    lines_of(other_world, "RES02_PREGNANT")


def test_res02_pneumococcal_ever_from_two_years(other_world: World) -> None:
    lines_of(other_world, "RES02_PNEUMOCOCCAL")


def test_res02_covid19_of_the_ages_that_the_campaign_is_for_since_its_first_day(other_world: World) -> None:
    """Autumn 2025: from 1 October 2025, from 75 years. The campaigns are a table with dates."""
    lines_of(other_world, "RES02_COVID19")


def test_res02_covid19_immunosuppressed_by_a_disease_or_a_treatment_until_everybody_is_offered_it(
    other_world: World,
) -> None:
    """Autumn 2025: six months before the campaign is 1 April 2025, three years before it 1 October 2022."""
    lines_of(other_world, "RES02_COVID19_IMMUNOSUPPRESSED")


def test_res02_covid19_care_home_by_the_latest_code_of_residence(other_world: World) -> None:
    lines_of(other_world, "RES02_COVID19_CARE_HOME")


@indicators
def earlier_seasons(tiny: Tiny) -> str:
    """The same people at 30 September 2025 and at 30 June 2025, in extracts of fewer columns; others in March 2025."""
    place = tiny.place("Earlier seasons")
    lsoa = tiny.lsoa(place, 3)
    for snapshot in (date(2025, 6, 30), date(2025, 9, 30)):
        tiny.registered(1, lsoa, {"resp_cod_date": "2019-03-01", "fluvac_date": "2024-10-10"}, snapshot)
        pregnant = {"sex_code": "2", "birth_month": "1990-05", "preg_cod_date": "2025-05-20"}
        tiny.registered(1, lsoa, pregnant, snapshot)
    # Before the first campaign of the table, vaccinated or not.
    for day in ("2025-01-10", None):
        tiny.registered(1, lsoa, {"birth_month": "1930-01", "covidvac_date": day}, date(2025, 3, 31))
    return place.la


def test_res02_a_season_lasts_until_the_next_1_september(other_world: World) -> None:
    """Vaccinated in October 2024: in the season the snapshot of June 2025 looks back on, not in that of September."""
    la, numbers = other_world["earlier_seasons"], other_world.numbers
    assert numbers.counts("RES02", la, period_end="2025-06-30") == (1, 1)
    assert numbers.counts("RES02", la, period_end="2025-09-30") == (0, 1)


def test_res02_covid19_asks_for_nobody_in_a_campaign_that_is_not_in_the_table(other_world: World) -> None:
    """Who is offered a vaccine changes with every campaign, so nobody is guessed."""
    la, numbers = other_world["earlier_seasons"], other_world.numbers
    assert numbers.counts("RES02_65", la, period_end="2025-03-31") == (0, 2)
    assert numbers.counts("RES02_COVID19", la, period_end="2025-03-31") == IS_NOT_ASKED


def test_res02_pneumococcal_and_res02_pregnant_ask_for_nobody_where_the_extract_has_no_such_dates(
    other_world: World,
) -> None:
    """No date of a pneumococcal vaccination and no end of a pregnancy in the whole snapshot: it does not have them."""
    la, numbers = other_world["earlier_seasons"], other_world.numbers
    for indicator in ("RES02_PNEUMOCOCCAL", "RES02_PREGNANT"):
        assert numbers.counts(indicator, la, period_end="2025-06-30") == IS_NOT_ASKED

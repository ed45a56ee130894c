"""Published aggregates: counts as the publisher printed them, on the boundaries of the run (April 2024 here)."""

from __future__ import annotations

import pytest

from tests.faults.listed import fault
from tests.spec.cases import World, indicators
from tests.spec.tiny import MONTH, Place, Tiny

pytestmark = pytest.mark.slow

CHECKS = ("Alcohol", "BMIWeight", "BloodGlucose", "BloodLipid", "BloodPressure", "Smoking")
SMI_QUARTERS = ("2025-12", MONTH)


# SMI physical health checks


def smi(tiny: Tiny, code: str, register: str | None, all_six: str | None, quarter: str = MONTH) -> None:
    """The eight answers of one organisation and quarter."""
    answers = {"SMIRegister": register, "All6PHC": all_six, **dict.fromkeys(CHECKS, register)}
    for question, answer in answers.items():
        tiny.row("gpes_phsmi", quarter, organisation_code=code, question=question, answer=answer)


@indicators
def smi_of_today(tiny: Tiny) -> Place:
    """A sub-ICB location, and two CCGs that were merged into it, one after another, in the quarter before."""
    place = tiny.place("SMI today")
    tiny.lsoa(place, 1)
    tiny.succeeded("09X", "70F")
    tiny.succeeded("70F", place.sub_icb_ods)
    smi(tiny, place.sub_icb_ods, register="200", all_six="150")
    smi(tiny, "09X", register="40", all_six="10", quarter="2025-12")
    smi(tiny, "70F", register="100", all_six="60", quarter="2025-12")
    return place


def test_smi01_is_all_six_checks_of_the_register(other_world: World) -> None:
    place = other_world["smi_of_today"]
    for area in (place.sub_icb, place.icb):
        row = other_world.numbers.published("SMI01", area)
        assert (row["numerator"], row["denominator"], row["value"]) == (150, 200, 75)
        assert (str(row["period_start"])[:10], str(row["period_end"])[:10]) == ("2025-04-01", "2026-03-31")
        assert row["lower_95"] < 75 < row["upper_95"]


def test_smi01_of_merged_ccgs_is_made_from_summed_counts(other_world: World) -> None:
    """10 of 40 and 60 of 100 are 50 %, and not the mean of 25 % and 60 %."""
    row = other_world.numbers.published("SMI01", other_world["smi_of_today"].sub_icb, period_end="2025-12-31")
    assert (row["numerator"], row["denominator"], row["value"]) == (70, 140, 50)


@indicators
def smi_divided(tiny: Tiny) -> tuple[Place, Place]:
    """A CCG whose successors lie in two ICBs of one region."""
    first, second = tiny.place("SMI first heir"), tiny.place("SMI second heir")
    for place in (first, second):
        tiny.lsoa(place, 1)
    tiny.succeeded("10C", first.sub_icb_ods, second.sub_icb_ods)
    smi(tiny, "10C", register="64", all_six="32")
    smi(tiny, first.sub_icb_ods, register="8", all_six="4")
    return first, second


def test_a_divided_ccg_is_a_group_of_its_own_and_stays_in_its_region(other_world: World) -> None:
    numbers = other_world.numbers
    first, second = other_world["smi_divided"]
    assert numbers.counts("SMI01", "divided_sub_icb") == numbers.counts("SMI01", "divided_icb") == (32, 64)
    assert (numbers.counts("SMI01", first.sub_icb), numbers.counts("SMI01", second.sub_icb)) == ((4, 8), (0, 0))
    assert numbers.counts("SMI01", "E40000003", area_type="region") == (150 + 32 + 4 + 0, 200 + 64 + 8 + 16)


@indicators
def smi_not_submitted(tiny: Tiny) -> dict[str, Place]:
    found = {}
    for name, register, all_six in (
        ("blank", None, None),
        ("zero register", "0", "0"),
        ("no numerator", "1000", None),
        ("nobody checked", "16", "0"),
    ):
        place = found[name] = tiny.place(f"SMI {name}")
        tiny.lsoa(place, 1)
        smi(tiny, place.sub_icb_ods, register, all_six)
    smi(tiny, "0ZZ", register="1", all_six="1")
    return found


def test_what_was_not_sent_is_missing_with_a_reason_and_never_zero(other_world: World) -> None:
    places = other_world["smi_not_submitted"]
    for name in ("blank", "zero register", "no numerator"):
        row = other_world.numbers.published("SMI01", places[name].sub_icb)
        assert (row["numerator"], row["denominator"], row["value"]) == (None, None, None), name
        assert (row["value_status"], bool(row["status_reason"])) == ("not_submitted", True), name
    row = other_world.numbers.published("SMI01", places["nobody checked"].sub_icb)
    assert (row["numerator"], row["denominator"], row["value"], row["value_status"]) == (0, 16, 0, "shown")


def test_the_country_is_everyone_who_sent_both_numbers_and_areas_sum_to_it(other_world: World) -> None:
    """An organisation that no list knows is a group of its own, so that nothing is lost."""
    numbers = other_world.numbers
    assert numbers.counts("SMI01", "no_sub_icb") == (1, 1)
    assert numbers.counts("SMI01") == (150 + 32 + 4 + 0 + 1, 200 + 64 + 8 + 16 + 1)
    areas = numbers.query("""
        select area_type, cast(sum(numerator) as bigint) as above, cast(sum(denominator) as bigint) as below
        from marts.fct_indicator_cell where indicator_id = 'SMI01' and period_end = '2026-03-31'
        group by area_type order by area_type""")
    assert areas["area_type"].tolist() == ["england", "icb", "region", "sub_icb"]
    assert set(areas["above"]) == {187} and set(areas["below"]) == {289}


@indicators
def smi_contradiction(tiny: Tiny) -> str:
    """In a quarter of its own: more people with all six checks than with the rarest of them."""
    smi(tiny, "00A", register="10", all_six="5", quarter="2025-09")
    smi(tiny, "00B", register="10", all_six="11", quarter="2025-09")
    return "2025-09"


def test_answers_that_contradict_each_other_are_measured(other_world: World) -> None:
    rows = other_world.numbers.query("""
        select period, violated, expected from quality.quality_feed_measure
        where feed = 'gpes_phsmi' and rule_id = 'control_total' order by period""")
    found = {period: (violated, expected) for period, violated, expected in rows.itertuples(index=False)}
    assert found == {"2025-09": (1, 2), "2025-12": (0, 2), MONTH: (0, 8)}


# NHS Maternity Statistics, yearly

YEARS = {"FY2020-21": "2021-03-31", "FY2021-22": "2022-03-31"}
MISSING = {
    "FY2020-21": "Missing Value / Value outside reporting parameters",
    "FY2021-22": "Missing value / Value outside reporting parameters",
}
GESTATION_MISSING = {**MISSING, "FY2020-21": "Missing Value/Value outside reporting parameters"}


def maternity(
    tiny: Tiny, year: str, level: str, code: str, dimension: str, counts: dict[str, int], of: str = "Deliveries"
) -> None:
    for label, count in counts.items():
        tiny.row(
            "msds_annual", year, dimension=dimension, organisation_level=level, organisation_code=code,
            organisation_name=f"NAME OF {code}", measure_label=label or None, count_of=of, value=str(count),
        )  # fmt: skip


@indicators
def maternity_statistics(tiny: Tiny) -> None:
    """Both years with the labels each writes. England is not the sum of its one region and provider."""
    for year in YEARS:
        decile = "{:02d}" if year == "FY2021-22" else "{}"
        for level, code, size in (
            ("National", "National", 100),
            ("NHS England (Region)", "Y56", 105),
            ("Provider", "RAX", 5),
        ):
            deciles = {"01 - Most deprived": 2 * size} | {decile.format(number): size for number in range(2, 10)}
            deciles |= {
                "10 - Least deprived": size,
                "Pseudo postcode recorded (includes no fixed abode or resident overseas)": 3 * size,
                "Resident Elsewhere in UK, Channel Islands or Isle of Man": 5 * size,
                "Missing value / Value outside reporting parameters": 6 * size,
            }
            maternity(tiny, year, level, code, "DeprivationDecileAtBooking", deciles)
            groups = ("White", "Mixed", "Asian or Asian British", "Black or Black British", "Any other ethnic group")
            ethnic = dict.fromkeys(groups, 3 * size) | {"Not Stated": 4 * size, "Not known": 5 * size}
            ethnic["Missing value / Value outside reporting parameters"] = size
            maternity(tiny, year, level, code, "EthnicCategoryMotherGroup", ethnic)
            weeks = {"<37 weeks": 2 * size, ">=37 weeks": 18 * size, GESTATION_MISSING[year]: 5 * size}
            maternity(tiny, year, level, code, "GestationLengthBirthGroup37", weeks, of="Babies")
            fine = {"27 weeks and under": size, "34 to 36 weeks": size, "39 weeks": 18 * size, MISSING[year]: 5 * size}
            maternity(tiny, year, level, code, "GestationLengthBirth", fine, of="Babies")
            maternity(tiny, year, level, code, "TotalDeliveries", {"": 25 * size})


@pytest.mark.parametrize("year_end", YEARS.values())
@pytest.mark.parametrize(
    ("indicator", "numerator", "denominator"),
    [
        ("MAT02_ANNUAL", 2, 20),  # unknown gestation is in neither
        ("DQ01_MSDS_ANNUAL", 15, 25),  # not stated, not known and missing are not known
        ("DQ02_MSDS_ANNUAL", 11, 20),  # pseudo postcodes are not known; the rest of the UK is not England
    ],
)
def test_maternity_labels_of_both_years_are_read_by_name(
    other_world: World, indicator: str, numerator: int, denominator: int, year_end: str
) -> None:
    for area, size in (("england", 100), ("E40000003", 105), ("RAX", 5)):
        row = other_world.numbers.published(indicator, area, period_end=year_end)
        assert (row["numerator"], row["denominator"]) == (numerator * size, denominator * size), area
        assert row["value"] == pytest.approx(100 * numerator / denominator)
        assert row["lower_95"] < row["value"] < row["upper_95"]
    assert other_world.numbers.published(indicator, "RAX", period_end=year_end)["area_name"] == "NAME OF RAX"
    row = other_world.numbers.published(indicator, period_end=year_end)
    assert str(row["period_start"])[:10] == f"{int(year_end[:4]) - 1}-04-01"


@indicators
def maternity_with_faults(tiny: Tiny) -> None:
    """A year of its own: a label nobody knows, deliveries that do not add up, and gestations that disagree."""
    england = ("FY2022-23", "National", "National")
    maternity(tiny, *england, "DeprivationDecileAtBooking", {"1st decile": 100, "02": 100})
    maternity(tiny, *england, "EthnicCategoryMotherGroup", {"White": 200})
    maternity(tiny, *england, "TotalDeliveries", {"": 210})
    maternity(tiny, *england, "GestationLengthBirthGroup37", {"<37 weeks": 20, ">=37 weeks": 180}, of="Babies")
    maternity(tiny, *england, "GestationLengthBirth", {"39 weeks": 200}, of="Babies")


def test_maternity_labels_and_sums_that_are_not_right_are_measured(other_world: World) -> None:
    """4 sums compared, and 28 labels. 200 for 210 is within the rounding of three counts, and not of two."""
    rows = other_world.numbers.query("""
        select period, violated, expected from quality.quality_feed_measure
        where feed = 'msds_annual' and rule_id = 'control_total' order by period""")
    found = {period: (violated, expected) for period, violated, expected in rows.itertuples(index=False)}
    faults = 1 + 1 + 1  # the label, deliveries by ethnic group, and 0 of 20 preterm
    assert found == {"FY2020-21": (0, 4 + 28), "FY2021-22": (0, 4 + 28), "FY2022-23": (faults, 4 + 6)}


# QOF

QOF_YEAR = "FY2024-25"


def qof(tiny: Tiny, practice: str, group: str, register: int, people: int, ages: str = "TOTAL") -> None:
    counts = {"register": str(register), "practice_list_size": str(people)}
    tiny.row("qof", QOF_YEAR, practice_code=practice, group_code=group, patient_list_type=ages, **counts)


@indicators
def qof_hypertension(tiny: Tiny) -> Place:
    """Three practices: of today's sub-ICB, of a CCG that was merged into it, and of no known place."""
    place = tiny.place("QOF")
    tiny.lsoa(place, 1)
    tiny.succeeded("16X", place.sub_icb_ods)
    for practice, ccg in (("A00001", place.sub_icb_ods), ("A00002", "16X")):
        tiny.row("qof_practice", QOF_YEAR, practice_code=practice, practice_name=f"Dr {practice}", ccg_ods_code=ccg)
    for practice, register, people in (("A00001", 10, 100), ("A00002", 60, 300), ("A00003", 1, 8)):
        qof(tiny, practice, "HYP", register, people)
        qof(tiny, practice, "AF", 1, people)
        qof(tiny, practice, "DM", 5, people - 1, ages="17OV")
    return place


def test_cvd02_qof_is_the_hypertension_register_of_the_whole_list(other_world: World) -> None:
    numbers = other_world.numbers
    place = other_world["qof_hypertension"]
    practice = numbers.published("CVD02_QOF", "A00001")
    assert (practice["area_type"], practice["area_name"]) == ("practice", "Dr A00001")
    assert (practice["numerator"], practice["denominator"], practice["value"]) == (10, 100, 10)
    for area in (place.sub_icb, place.icb):
        row = numbers.published("CVD02_QOF", area)
        assert (row["numerator"], row["denominator"], row["value"]) == (70, 400, 17.5)
    assert numbers.counts("CVD02_QOF", "no_icb") == numbers.counts("CVD02_QOF", "A00003") == (1, 8)
    assert numbers.counts("CVD02_QOF") == (71, 408)
    row = numbers.published("CVD02_QOF")
    assert (str(row["period_start"])[:10], str(row["period_end"])[:10]) == ("2024-04-01", "2025-03-31")


@indicators
def qof_contradiction(tiny: Tiny) -> None:
    """A year of its own: a sound practice, and ones with two lists, with more patients than the list, without HYP."""
    for practice, counts in {
        "A00001": {"HYP": (5, 10), "AF": (1, 10)},
        "A00002": {"HYP": (5, 10), "AF": (1, 11)},
        "A00003": {"HYP": (11, 10), "AF": (1, 10)},
        "A00004": {"AF": (1, 10)},
    }.items():
        for group, (register, people) in counts.items():
            cells = {"register": str(register), "practice_list_size": str(people), "patient_list_type": "TOTAL"}
            tiny.row("qof", "FY2023-24", practice_code=practice, group_code=group, **cells)


@fault(
    "content: numerator over denominator",
    "more patients than the list",
    "the control fails, which holds",
    "not green",
)
def test_lists_and_registers_that_contradict_each_other_are_measured(other_world: World) -> None:
    rows = other_world.numbers.query("""
        select period, violated, expected from quality.quality_feed_measure
        where feed = 'qof' and rule_id = 'control_total' and period > 'FY2023' order by period""")
    assert rows.values.tolist() == [["FY2023-24", 3, 4], [QOF_YEAR, 0, 3]]

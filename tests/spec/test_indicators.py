"""Each published indicator, a few rows in, numerator and denominator out, with the edge that matters.

One run, by IMD 2025 alone, on the boundaries of April 2024. Admissions and attendances have a module of their own.
"""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.catalogue.indicators import load_indicators
from tests.spec.cases import World, indicators
from tests.spec.tiny import CENSUS, MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow


# Waiting


@indicators
def waiting_by_deprivation(tiny: Tiny) -> str:
    """In quintile 1, 60 of 100 wait over 18 weeks, 20 over 52; in quintile 5, 30 and 10 of 100."""
    place = tiny.place("Waiting")
    for decile, over_18, over_52 in ((1, 40, 20), (10, 20, 10)):
        lsoa = tiny.lsoa(place, decile)
        tiny.waiting(over_18, lsoa, days=127)
        tiny.waiting(over_52, lsoa, days=365)
        tiny.waiting(100 - over_18 - over_52, lsoa, days=126)
    return place.la


def test_ele02_and_ele03_shares_of_incomplete_pathways_and_their_gaps(other_world: World) -> None:
    la = other_world["waiting_by_deprivation"]
    numbers = other_world.numbers
    assert numbers.groups("ELE02", la, "imd_quintile") == {"1": (60, 100), "5": (30, 100)}
    assert numbers.groups("ELE03", la, "imd_quintile") == {"1": (20, 100), "5": (10, 100)}
    gap = numbers.gap("ELE02", la, "imd_quintile_1_and_5", "absolute_gap")
    assert (gap["value"], gap["unit"]) == (pytest.approx(30), "%")
    # Newcombe for 60/100 and 30/100: Wilson limits are 50.20 to 69.06 and 21.89 to 39.58 per cent.
    assert gap["lower_95"] == pytest.approx(30 - ((60 - 50.20) ** 2 + (39.58 - 30) ** 2) ** 0.5, abs=0.02)
    assert gap["upper_95"] == pytest.approx(30 + ((69.06 - 60) ** 2 + (30 - 21.89) ** 2) ** 0.5, abs=0.02)
    ratio = numbers.gap("ELE03", la, "core20_and_rest", "relative_gap")
    assert ratio["value"] == pytest.approx(2)
    assert ratio["lower_95"] < 2 < ratio["upper_95"]


@indicators
def waiting_by_ethnic_group(tiny: Tiny) -> str:
    """Over 18 weeks: 50 of 100 Black, 20 of 100 White, and 15 of 25 whose group is not stated."""
    place = tiny.place("Waiting ethnicity")
    lsoa = tiny.lsoa(place, 5)
    for code, over_18, others in (("N", 50, 50), ("A", 20, 80), ("Z", 15, 10)):
        tiny.waiting(over_18, lsoa, days=127, ethnic_category_code=code)
        tiny.waiting(others, lsoa, days=126, ethnic_category_code=code)
    return place.la


def test_an_ethnic_gap_says_how_far_it_could_move_if_every_group_were_known(other_world: World) -> None:
    la = other_world["waiting_by_ethnic_group"]
    gap = other_world.numbers.gap("ELE02", la, "ethnic_group_5_black_and_white", "absolute_gap", "not_used")
    assert gap["value"] == pytest.approx(50 - 20)
    assert gap["bound_lower"] == pytest.approx(50 - 100 * (20 + 15) / (100 + 25))  # all unknown people are White
    assert gap["bound_upper"] == pytest.approx(100 * (50 + 15) / (100 + 25) - 20)  # all unknown people are Black
    assert gap["is_robust"]
    nobody = other_world.numbers.gap("ELE02", la, "ethnic_group_5_asian_and_white", "absolute_gap", "not_used")
    assert (nobody["value"], nobody["value_status"], nobody["is_robust"]) == (None, "not_evaluable", None)


@indicators
def waiting_in_every_fifth(tiny: Tiny) -> str:
    """100 people in each fifth; 40, 35, 30, 25 and 20 of them wait over 18 weeks."""
    place = tiny.place("Waiting fifths")
    for fifth, over_18 in enumerate((40, 35, 30, 25, 20), start=1):
        lsoa = tiny.lsoa(place, 2 * fifth)
        tiny.waiting(over_18, lsoa, days=127)
        tiny.waiting(100 - over_18, lsoa, days=126)
    return place.la


def test_the_slope_runs_from_the_most_to_the_least_deprived_and_is_positive_when_they_are_worse_off(
    other_world: World,
) -> None:
    """Five equal fifths, 5 points apart: over the whole population the difference is about 25 points."""
    la = other_world["waiting_in_every_fifth"]
    numbers = other_world.numbers
    slope = numbers.gap("ELE02", la, "imd_quintile", "slope_index")
    assert slope["value"] == pytest.approx(25, abs=0.6)  # straight on the logit, so not 25 itself
    assert slope["lower_95"] < 25 < slope["upper_95"]
    relative = numbers.gap("ELE02", la, "imd_quintile", "relative_index")
    assert relative["value"] == pytest.approx(42.5 / 17.5, abs=0.1)
    # Weights 0.2 and places -0.8, -0.4, 0, 0.4, 0.8 around the middle; the sign is turned, for waiting is bad.
    index = numbers.gap("ELE02", la, "imd_quintile", "concentration_index_absolute")
    assert index["value"] == pytest.approx(0.2 * (0.8 * (40 - 20) + 0.4 * (35 - 25)))
    number = numbers.gap("ELE02", la, "imd_quintile", "population_attributable_number")
    assert number["value"] == pytest.approx(150 - 500 * 0.20)  # had all waited as the least deprived do


def test_an_area_without_one_of_the_fifths_has_no_index(other_world: World) -> None:
    la = other_world["waiting_by_deprivation"]
    for measure in ("slope_index", "concentration_index_absolute", "population_attributable_number"):
        row = other_world.numbers.gap("ELE02", la, "imd_quintile", measure)
        assert (row["value"], row["value_status"]) == (None, "not_evaluable")


# Completeness


@indicators
def completeness(tiny: Tiny) -> dict[str, tuple[str, str]]:
    """40 records with a known ethnic category, 10 not stated; of them, in quintile 1, 30 known of 40."""
    found = {}
    for feed, add in (
        ("SUS_APC", tiny.admissions),
        ("SUS_OP", tiny.appointments),
        ("ECDS", tiny.attendances),
        ("WLMDS", tiny.waiting),
    ):
        place = tiny.place(feed)
        poor, rich = tiny.lsoa(place, 1), tiny.lsoa(place, 10)
        provider = f"R{feed[-3:]}"
        month: dict[str, Any] = {} if feed == "WLMDS" else {"month": MONTHS[-2]}
        for count, lsoa, code in (
            (30, poor, "B"),
            (10, poor, "Z"),
            (10, rich, "N"),
            (25, None, "A"),
            (8, "W01000001", "A"),
        ):
            add(count, lsoa, ethnic_category_code=code, provider_code=provider, **month)
        found[feed] = (place.la, provider)
    return found


@pytest.mark.parametrize("feed", ["SUS_APC", "SUS_OP", "ECDS", "WLMDS"])
def test_dq01_known_ethnic_category_of_all_records(other_world: World, feed: str) -> None:
    la, provider = other_world["completeness"][feed]
    when = {} if feed == "WLMDS" else {"period_end": "2026-02-28"}
    assert other_world.numbers.counts(f"DQ01_{feed}", la, **when) == (40, 50)
    assert other_world.numbers.counts(f"DQ01_{feed}", provider, **when) == (73, 83)


@pytest.mark.parametrize("feed", ["SUS_APC", "SUS_OP", "ECDS", "WLMDS"])
def test_dq02_usable_lsoa_of_all_but_residents_of_other_nations(other_world: World, feed: str) -> None:
    la, provider = other_world["completeness"][feed]
    when = {} if feed == "WLMDS" else {"period_end": "2026-02-28"}
    assert other_world.numbers.counts(f"DQ02_{feed}", provider, **when) == (50, 75)
    assert other_world.numbers.counts(f"DQ02_{feed}", la, **when) == (50, 50)


def test_a_gap_is_positive_where_the_most_deprived_are_worse_off(other_world: World) -> None:
    """Complete data are better: 75 % known in quintile 1 and 100 % in 5 are a gap of +25 and a ratio of 4/3."""
    la, _ = other_world["completeness"]["WLMDS"]
    absolute = other_world.numbers.gap("DQ01_WLMDS", la, "imd_quintile_1_and_5", "absolute_gap")
    relative = other_world.numbers.gap("DQ01_WLMDS", la, "imd_quintile_1_and_5", "relative_gap")
    assert absolute["value"] == pytest.approx(25)
    assert absolute["lower_95"] < 25 < absolute["upper_95"]
    assert relative["value"] == pytest.approx(4 / 3)
    assert relative["lower_95"] < 4 / 3 < relative["upper_95"]


# Published aggregates


@indicators
def cvdprevent(tiny: Tiny) -> str:
    place = tiny.place("CVDPREVENT")
    tiny.lsoa(place, 1)
    people = {"category_attribute": "Persons", "area_code": place.icb, "area_name": "As printed", "factor": ""}
    for code in (
        "CVDP009CHOL", "CVDP003CHOL", "CVDP007HYP", "CVDP002HYP", "CVDP003HYP", "CVDP001HYP", "CVDP005HYP", "CVDP002AF",
        "CVDP001AF",
    ):  # fmt: skip
        for name, kind, above, value in (
            ("1 - most deprived", "Deprivation quintile", "40", "41.20"),
            ("5 - least deprived", "Deprivation quintile", "60", "58.90"),
            ("Persons", "Sex", "500", "50.05"),
        ):
            tiny.row(
                "cvdprevent", MONTH, **people, indicator_code=code, metric_category_name=name,
                metric_category_type_name=kind, numerator=above, denominator="1000" if kind == "Sex" else "100",
                value=value, lower_confidence_limit="31.00", upper_confidence_limit="69.00",
            )  # fmt: skip
        men = {**people, "category_attribute": "Male", "metric_category_name": "Male"}
        men |= {"metric_category_type_name": "Sex", "numerator": "1", "denominator": "2"}
        tiny.row("cvdprevent", MONTH, **men, indicator_code=code)
    return place.icb


@pytest.mark.parametrize(
    "indicator",
    [
        "CVD03", "CVD04", "CVD01_CVDPREVENT", "CVD01_CVDPREVENT_U80", "CVD01_CVDPREVENT_80", "CVD02_CVDPREVENT",
        "CVD02_CVDPREVENT_PREVALENCE", "CVD05_CVDPREVENT",
    ],
)  # fmt: skip
def test_cvd_values_are_the_publishers_own_and_not_made_from_rounded_counts(other_world: World, indicator: str) -> None:
    """Below England the export rounds its counts: 40 of 100 is printed as 41.20 %, and so is it here."""
    icb = other_world["cvdprevent"]
    row = other_world.numbers.published(indicator, icb)
    assert (row["numerator"], row["denominator"], row["value"]) == (500, 1000, 50.05)
    row = other_world.numbers.published(indicator, icb, breakdown="imd_quintile", category="1", imd_edition="2019")
    assert (row["numerator"], row["value"], row["lower_95"], row["upper_95"]) == (40, 41.2, 31, 69)
    assert (str(row["period_start"])[:10], str(row["period_end"])[:10]) == ("2025-04-01", "2026-03-31")
    assert row["area_name"] == "As printed"


def test_cvd04_is_a_gap_that_is_worse_for_the_most_deprived(other_world: World) -> None:
    icb = other_world["cvdprevent"]
    gap = other_world.numbers.gap("CVD04", icb, "imd_quintile_1_and_5", "absolute_gap", imd_edition="2019")
    assert gap["value"] == pytest.approx(58.9 - 41.2)


@indicators
def rtt(tiny: Tiny) -> str:
    place = tiny.place("RTT")
    tiny.lsoa(place, 1)
    tiny.row(
        "rtt", MONTH, provider_code="RRT", provider_name="Trust", rtt_part_type="Part_2",
        treatment_function_code="C_999", commissioner_parent_code=place.icb_ods, gt_00_to_01_weeks="70",
        gt_17_to_18_weeks="10", gt_18_to_19_weeks="12", gt_52_to_53_weeks="8", total_all="100",
    )  # fmt: skip
    tiny.row(
        "rtt", MONTH, provider_code="RRT", rtt_part_type="Part_2", treatment_function_code="C_999",
        commissioner_parent_code="X24", gt_00_to_01_weeks="10", total_all="10",
    )  # fmt: skip
    return place.icb


def test_ele02_rtt_and_ele03_rtt_by_commissioner_and_provider(other_world: World) -> None:
    """Pathways commissioned outside ICBs are a group of their own and in the country's total."""
    numbers = other_world.numbers
    icb = other_world["rtt"]
    assert (numbers.counts("ELE02_RTT", icb), numbers.counts("ELE03_RTT", icb)) == ((20, 100), (8, 100))
    assert numbers.counts("ELE02_RTT", "no_icb") == (0, 10)
    assert numbers.counts("ELE02_RTT", "RRT") == (20, 110)
    assert numbers.counts("ELE02_RTT") == (20, 110)
    row = numbers.published("ELE02_RTT", "RRT")
    assert (row["area_name"], row["value"]) == ("Trust", pytest.approx(100 * 20 / 110))


# The run


def test_a_run_by_one_edition_of_the_index_publishes_no_other(other_world: World) -> None:
    """Groups of CVDPREVENT, Fingertips and audits are the publisher's, of IMD 2019, whatever the run asks for."""
    rows = other_world.numbers.query("""
        select distinct imd_edition as edition from publication.pub_indicator_value
        where indicator_id not in (
            select indicator_id from run.indicator where feed in ('cvdprevent', 'fingertips', 'national_audit')
        )
        order by 1""")
    assert rows["edition"].tolist() == ["2025", "not_used"]


@indicators
def frimley(tiny: Tiny) -> dict[str, str]:
    frimley = tiny.place("Frimley")
    after = [tiny.place("Hampshire"), tiny.place("Surrey")]
    for count, place in zip((3, 5), after, strict=True):
        tiny.waiting(count, tiny.lsoa(place, 4, in_2024=frimley))
    return {place.name: place.icb for place in (frimley, *after)}


def test_a_run_on_the_boundaries_of_2024_shows_the_icb_of_its_time(other_world: World) -> None:
    """The same LSOAs as in rule 9, before the split, and again nothing is lost."""
    counts = {name: other_world.numbers.counts("ELE02", code)[1] for name, code in other_world["frimley"].items()}
    assert counts == {"Frimley": 8, "Hampshire": 0, "Surrey": 0}
    totals = other_world.numbers.query(
        "select sum(denominator) as n from marts.fct_indicator_cell "
        "where indicator_id = 'ELE02' and breakdown = 'total' and area_type = 'icb' and period_end = ?",
        [CENSUS],
    )
    assert int(totals["n"].iloc[0]) == other_world.numbers.counts("ELE02")[1]


def test_every_indicator_of_the_catalogue_is_published(other_world: World) -> None:
    rows = other_world.numbers.query(
        "select distinct indicator_id as id from publication.pub_indicator_value order by 1"
    )
    assert rows["id"].tolist() == sorted(load_indicators())

"""Rules 9 to 12 of the twelve that public code gets wrong: organisations, versions, release states, disclosure.

The rules are those of the domain design, each run through the product's own SQL.
Every case has a place of its own, so that its numbers are nobody else's.

With them: parts sum to the total, silent submitters, control totals.
"""

from __future__ import annotations

import pytest

from pipeline.catalogue.indicators import load_indicators
from tests.faults.listed import fault
from tests.spec.cases import World, domain_rules
from tests.spec.tiny import MONTH, MONTHS, YEAR_END, Tiny

pytestmark = pytest.mark.slow

ASTHMA = {"primary_diagnosis_code": "J459", "age_at_start": "8"}

# 9


@domain_rules
def frimley(tiny: Tiny) -> dict[str, str]:
    """A sub-ICB of 2024 that was split three ways."""
    frimley = tiny.place("Frimley")
    after = [
        tiny.place(name, icb_ods=ods) for name, ods in (("Hampshire", "QRL"), ("Surrey", "Z1A"), ("Thames", "N2B"))
    ]
    for count, place in zip((3, 5, 9), after, strict=True):
        tiny.waiting(count, tiny.lsoa(place, 4, in_2024=frimley), provider_code="RFRIM")
    return {place.name: place.icb for place in (frimley, *after)}


@domain_rules
def rtt_of_an_icb_whose_code_does_not_start_with_q(tiny: Tiny) -> str:
    place = tiny.place("New ICB", icb_ods="K1Z")
    tiny.lsoa(place, 1)
    tiny.row(
        "rtt", "2026-02", rtt_part_type="Part_2", treatment_function_code="C_999", provider_code="RRT",
        commissioner_parent_code="K1Z", gt_00_to_01_weeks="9", total_all="9",
    )  # fmt: skip
    return place.icb


@fault(
    "content: merged ICBs", "a sub-ICB is split between merged ICBs", "figures go where its LSOAs went, nothing is lost"
)
def test_rule_09_a_split_sub_icb_goes_where_its_lsoas_went_and_nothing_is_lost(world: World) -> None:
    """On the boundaries of April 2026. The same on those of 2024: test_indicators, where the run asks for them."""
    icbs = world["frimley"]
    counts = {name: world.numbers.counts("ELE02", code)[1] for name, code in icbs.items()}
    assert counts == {"Frimley": 0, "Hampshire": 3, "Surrey": 5, "Thames": 9}
    for level in ("region", "icb", "sub_icb", "la"):
        totals = world.numbers.query(
            "select sum(denominator) as n from marts.fct_indicator_cell where indicator_id = 'ELE02' "
            "and breakdown = 'total' and area_type = ?",
            [level],
        )
        assert int(totals["n"].iloc[0]) == world.numbers.counts("ELE02")[1]
    editions = world.numbers.query(
        "select distinct organisation_edition as edition from publication.pub_indicator_value "
        "where indicator_id = 'ELE02'"
    )
    assert editions["edition"].tolist() == ["2026"]


def test_rule_09_an_icb_code_need_not_start_with_q(world: World) -> None:
    icb = world["rtt_of_an_icb_whose_code_does_not_start_with_q"]
    assert world.numbers.counts("ELE02_RTT", icb, period_end="2026-02-28") == (0, 9)


# 10


def test_rule_10_definitions_code_lists_and_targets_are_dated(world: World) -> None:
    """Versions of indicators and code lists, the days a code is in its list, and the date of each target.

    A code that comes or goes within a series: test_dbt_unit_tests.
    """
    codes = world.numbers.query("select code_list_id, version, valid_from, valid_to from codes.code_list")
    assert codes[["valid_from", "valid_to"]].dtypes.astype(str).str.startswith("datetime64").all()
    parts = world.numbers.query("select count(distinct period) as n from run.part")
    always = world.numbers.query(
        "select count(distinct source_period) as n from intermediate.int_code_list__member where code = '21'"
    )
    assert always["n"].tolist() == parts["n"].tolist()
    assert codes["version"].str.fullmatch(r"\d{4}-\d{2}").all()
    rows = world.numbers.query("select indicator_id, indicator_version, target from publication.pub_indicator")
    assert rows["indicator_version"].str.fullmatch(r"\d+\.\d+\.\d+").all()
    targets = rows.set_index("indicator_id")["target"]
    catalogue = load_indicators()
    dated = {name: target for name in targets.index for target in catalogue[name].targets}
    assert len(dated) >= 3
    for name, target in dated.items():
        assert target.by or "standing" in target.status, name
        assert f"by {target.by or 'no date'}" in targets[name]
    listed = {name for item in catalogue.values() for name in item.code_lists}
    assert listed and listed <= set(codes["code_list_id"])


# 11


@domain_rules
def one_provisional_month(tiny: Tiny) -> str:
    place = tiny.place("One provisional month")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for month in (MONTHS[2], MONTH):
        tiny.admissions(20, lsoa, month=month)
        tiny.attendances(20, lsoa, month=month)
    tiny.release_states["sus_apc", MONTHS[2]] = "provisional"
    return place.la


def test_rule_11_release_states_are_stamped_and_never_mixed(world: World) -> None:
    """A rolling year with one provisional month is provisional; one made of final months is final.

    Months of both states in one series are two charts: test_dbt_unit_tests.
    """
    la = world["one_provisional_month"]
    assert world.numbers.published("CVD06", la)["release_state"] == "provisional"
    assert world.numbers.published("UEC01", la)["release_state"] == "final"
    monthly = {
        end: world.numbers.published("DQ01_SUS_APC", la, period_end=end) for end in ("2025-06-30", str(YEAR_END))
    }
    assert [row["release_state"] for row in monthly.values()] == ["provisional", "final"]


@domain_rules
def year_file_beside_its_months(tiny: Tiny) -> str:
    place = tiny.place("The same year twice")
    lsoa = tiny.lsoa(place, 1)
    tiny.attendances(12, lsoa, month=MONTHS[3])
    tiny.attendances(12, lsoa, month="FY2025-26")
    return place.la


def test_rule_11_a_year_file_and_its_twelve_months_are_not_added(world: World) -> None:
    """HES sends months, then the final year (PARTYEAR 99): the same attendances, once."""
    la = world["year_file_beside_its_months"]
    assert world.numbers.counts("DQ01_ECDS", la, period_type="financial_year") == (12, 12)


# 12


@domain_rules
def small_counts(tiny: Tiny) -> dict[int, str]:
    found = {}
    for count in (0, 1, 7, 8, 12, 13, 22, 23):
        place = tiny.place(f"{count} asthma admissions")
        lsoa = tiny.lsoa(place, 1)
        tiny.people(lsoa, 1000)
        tiny.admissions(count, lsoa, **ASTHMA)
        found[count] = place.la
    return found


@domain_rules
def small_shares(tiny: Tiny) -> dict[str, str]:
    found = {}
    for name, late, others in (("hidden numerator", 7, 93), ("hidden total", 0, 7), ("none late", 0, 42)):
        place = tiny.place(name)
        lsoa = tiny.lsoa(place, 1)
        tiny.waiting(late, lsoa, days=200)
        tiny.waiting(others, lsoa, days=20)
        found[name] = place.la
    return found


@domain_rules
def rtt_with_three_pathways(tiny: Tiny) -> str:
    place = tiny.place("Three pathways")
    tiny.lsoa(place, 1)
    cells = {"rtt_part_type": "Part_2", "treatment_function_code": "C_999", "provider_code": "RRT"}
    tiny.row("rtt", "2026-01", **cells, commissioner_parent_code=place.icb_ods, gt_30_to_31_weeks="3", total_all="3")
    return place.icb


def test_rule_12_hospital_counts_of_1_to_7_are_hidden_and_the_rest_rounded_to_5(world: World) -> None:
    """A hidden number is NULL with a reason, never 0; a true 0 is shown as 0."""
    shown = {}
    for count, la in world["small_counts"].items():
        row = world.numbers.published("AST01", la)
        shown[count] = row["numerator"]
        hidden = 1 <= count <= 7
        assert row["value_status"] == ("suppressed" if hidden else "shown")
        assert (row["value"] is None) == hidden
        assert (row["status_reason"] is None) == (not hidden)
        if not hidden:  # what is shown follows from what is shown: no rate gives the true count away
            assert row["value"] == pytest.approx(row["numerator"] / 3800 * 1e5)
    assert shown == {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 22: 20, 23: 25}


def test_rule_12_shares_are_made_from_what_is_shown(world: World) -> None:
    found = world["small_shares"]
    row = world.numbers.published("ELE02", found["hidden numerator"])
    assert (row["numerator"], row["denominator"], row["value"], row["value_status"]) == (None, 100, None, "suppressed")
    row = world.numbers.published("ELE02", found["hidden total"])
    assert (row["numerator"], row["denominator"], row["value"], row["value_status"]) == (None, None, None, "suppressed")
    row = world.numbers.published("ELE02", found["none late"])
    assert (row["numerator"], row["denominator"], row["value"], row["lower_95"]) == (0, 40, 0, 0)


def test_rule_12_published_aggregates_keep_their_own_control(world: World) -> None:
    row = world.numbers.published(
        "ELE02_RTT", world["rtt_with_three_pathways"], period_end="2026-01-31"
    )  # fmt: skip
    assert (row["numerator"], row["denominator"], row["value"]) == (3, 3, 100)


# Breakdowns and areas: parts sum to the total


def test_parts_always_sum_to_the_total(world: World) -> None:
    """In every indicator of counts, in every period, area and breakdown, for numerator and denominator."""
    broken = world.numbers.query("""
        with part as (
            select indicator_id, period_type, period_end, area_type, area_code, breakdown, imd_edition,
                sum(numerator) as above, sum(denominator) as below
            from marts.fct_indicator_cell where breakdown <> 'total' group by all
        )
        select part.*, total.numerator, total.denominator
        from part
        inner join marts.fct_indicator_cell as total
            on part.indicator_id = total.indicator_id and part.period_type = total.period_type
            and part.period_end = total.period_end and part.area_type = total.area_type
            and part.area_code = total.area_code and total.breakdown = 'total'
        where part.above <> total.numerator or part.below <> total.denominator""")
    assert broken.to_dict("records") == []
    compared = world.numbers.query("select count(distinct breakdown) as n from marts.fct_indicator_cell")
    assert compared["n"].iloc[0] == 9 + 1 + 6  # with that of practices, and the PLUS groups of these cases


# Submitters and control totals


@domain_rules
def expected_submitters(tiny: Tiny) -> None:
    tiny.waiting(30, tiny.lsoa(tiny.place("Trust that sends"), 1), provider_code="RSENDS")
    tiny.expect("wlmds", "RSENDS")
    tiny.expect("wlmds", "RSILENT")


@domain_rules
def monthly_emergency_care(tiny: Tiny) -> None:
    tiny.row("ae_monthly", MONTH, org_code="RAA", org_name="A", **_ae(100))
    tiny.row("ae_monthly", MONTH, org_code="RBB", org_name="B", **_ae(50))
    tiny.row("ae_monthly", MONTH, org_code="TOTAL", org_name="TOTAL", **_ae(150))
    tiny.row("ae_monthly", MONTHS[-2], org_code="RAA", org_name="A", **_ae(100))
    tiny.row("ae_monthly", MONTHS[-2], org_code="Total", org_name="TOTAL", **_ae(101))


def _ae(count: int) -> dict[str, str]:
    columns = [f"{what}_{kind}" for what in ("attendances", "over_4hrs") for kind in ("type_1", "type_2", "other")]
    columns += [f"emergency_admissions_{kind}" for kind in ("type_1", "type_2", "other")]
    return dict.fromkeys([*columns, "dta_4_12_hours", "dta_12_plus_hours", "other_emergency_admissions"], str(count))


def test_an_expected_submitter_that_is_silent_is_measured(world: World) -> None:
    """A provider that sends nothing is 0 % complete, not absent."""
    rows = world.numbers.query("""
        select submitter_code, status from publication.pub_data_quality
        where feed = 'wlmds' and rule_id = 'submitter_present' order by submitter_code""")
    assert rows.values.tolist() == [["RSENDS", "passed"], ["RSILENT", "failed"]]


@fault(
    "content: submitter silent",
    "an expected submitter has no record",
    "it is published as missing with a reason, never as 0",
    "not green",
)
def test_an_expected_submitter_that_is_silent_is_published_as_missing(world: World) -> None:
    row = world.numbers.published("ELE02", "RSILENT")
    assert (row["value"], row["value_status"]) == (None, "not_submitted")


def test_the_total_row_of_monthly_emergency_care_is_a_control_and_not_a_provider(world: World) -> None:
    rows = world.numbers.query("""
        select period, violated, expected from quality.quality_feed_measure
        where feed = 'ae_monthly' and rule_id = 'control_total' order by period""")
    assert rows.values.tolist() == [[MONTHS[-2], 12, 12], [MONTH, 0, 12]]
    parts = world.numbers.query(
        "select sum(attendances_type_1) as n from staging.stg_ae_monthly__attendances where not is_total "
        "and source_period = ?",
        [MONTH],
    )
    assert int(parts["n"].iloc[0]) == 150

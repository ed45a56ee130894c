"""Rules 1 to 4 of the twelve that public code gets wrong: deprivation, LSOAs, ethnic categories.

The rules are those of the domain design, each run through the product's own SQL.
Every case has a place of its own, so that its numbers are nobody else's.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.listed import fault
from tests.spec.cases import World, domain_rules
from tests.spec.tiny import Tiny

pytestmark = pytest.mark.slow

# Last rank of each decile, as published (IoD2019 File 7, IoD2025 File 7).
CUTOFFS = {
    2019: [3284, 6568, 9853, 13137, 16422, 19706, 22990, 26275, 29559, 32844],
    2025: [3375, 6751, 10126, 13502, 16877, 20253, 23628, 27004, 30379, 33755],
}
OTHER_ILLNESS = "N390"

# 1


@domain_rules
def ten_deciles(tiny: Tiny) -> str:
    place = tiny.place("Ten deciles")
    for decile in range(1, 11):
        tiny.admissions(decile, tiny.lsoa(place, decile), primary_diagnosis_code=OTHER_ILLNESS)
    return place.la


@domain_rules
def tied_ranks(tiny: Tiny) -> list[str]:
    place = tiny.place("Tie at the last rank of decile 3")
    return [tiny.lsoa(place, 3, rank_2019=9853) for _ in range(2)]


def test_rule_01_decile_is_the_ceiling_of_rank_times_ten_over_n(world: World) -> None:
    """At every cut-off of both editions: 3284 is decile 1 and 3285 decile 2 in 2019; 3375 and 3376 in 2025."""
    deciles = world.numbers.query("select imd_edition, imd_rank, imd_decile from intermediate.int_lsoa__decile")
    for edition, cutoffs in CUTOFFS.items():
        of_rank = deciles[deciles["imd_edition"] == edition].set_index("imd_rank")["imd_decile"]
        assert len(of_rank) == cutoffs[-1]
        for decile, last in enumerate(cutoffs, 1):
            assert set(of_rank.loc[[last]]) == {decile}
            if last + 1 in of_rank.index:
                assert of_rank[last + 1] == decile + 1


def test_rule_01_ties_share_their_decile_and_are_no_error(world: World) -> None:
    """IMD 2019 has tied ranks: both LSOAs at a cut-off belong to the better-off side of neither."""
    tied = ", ".join(f"'{code}'" for code in world["tied_ranks"])
    rows = world.numbers.query(
        f"select imd_decile from intermediate.int_lsoa__decile where imd_edition = 2019 and lsoa_code in ({tied})"
    )
    assert rows["imd_decile"].tolist() == [3, 3]


def test_rule_01_quintile_and_core20_follow_from_the_decile(world: World) -> None:
    """As many admissions as the number of the decile: quintile 1 has 1 + 2, quintile 5 has 9 + 10."""
    counts = world.numbers.groups("DQ01_SUS_APC", world["ten_deciles"], "imd_quintile")
    assert {name: below for name, (_, below) in counts.items()} == {"1": 3, "2": 7, "3": 11, "4": 15, "5": 19}
    counts = world.numbers.groups("DQ01_SUS_APC", world["ten_deciles"], "core20")
    assert {name: below for name, (_, below) in counts.items()} == {"core20": 3, "rest": 52}
    counts = world.numbers.groups("DQ01_SUS_APC", world["ten_deciles"], "imd_decile")
    assert {name: below for name, (_, below) in counts.items()} == {str(tenth): tenth for tenth in range(1, 11)}


# 2


@domain_rules
def moved_out_of_core20(tiny: Tiny) -> str:
    place = tiny.place("Core20 in 2019 and no longer in 2025")
    tiny.admissions(9, tiny.lsoa(place, decile=3, decile_2019=2), primary_diagnosis_code=OTHER_ILLNESS)
    return place.la


def test_rule_02_each_edition_is_published_and_stamped_with_its_own_vintage(world: World) -> None:
    """One place, two editions: the same people are Core20 by 2019 and the rest by 2025, and the rows say which."""
    la = world["moved_out_of_core20"]
    groups = {
        edition: world.numbers.groups("DQ01_SUS_APC", la, "core20", imd_edition=edition) for edition in ("2019", "2025")
    }
    assert groups == {"2019": {"core20": (9, 9)}, "2025": {"rest": (9, 9)}}
    for edition, vintage, category in (("2019", "2011", "core20"), ("2025", "2021", "rest")):
        row = world.numbers.published(
            "DQ01_SUS_APC", la, breakdown="core20", category=category, imd_edition=edition
        )  # fmt: skip
        assert row["lsoa_vintage"] == vintage
    assert world.numbers.published("DQ01_SUS_APC", la)["imd_edition"] == "not_used"


def test_rule_02_the_churn_between_editions_is_counted_side_by_side(world: World) -> None:
    """The place that was Core20 by 2019 and the rest by 2025 is in the cell of both deciles; no LSOA is lost."""
    la = world["moved_out_of_core20"]
    of_place = (
        "select imd_decile_2019 <= 2, imd_decile_2025 <= 2, lsoas from publication.pub_imd_churn where area_code = ?"
    )
    assert world.numbers.query(of_place, [la]).to_numpy().tolist() == [[True, False, 1]]
    lsoas = "select count(distinct lsoa21_code) from reference.lsoa21_area"
    in_england = world.numbers.query(lsoas).to_numpy()[0, 0]
    sums = world.numbers.query(
        "select area_type, sum(lsoas) as lsoas from publication.pub_imd_churn group by area_type"
    )
    assert dict(zip(sums["area_type"], sums["lsoas"], strict=True)) == dict.fromkeys(
        ("england", "region", "icb", "sub_icb", "la"), in_england
    )


# 3


@domain_rules
def split_lsoa(tiny: Tiny) -> dict[str, Any]:
    """A 2011 LSOA in decile 2 became one in decile 3 with few people and one in decile 9 with most."""
    place = tiny.place("Split")
    parent, (small, large) = tiny.split_lsoa(place, decile_2019=2, deciles_2025=[3, 9])
    tiny.people(small, 100)
    tiny.people(large, 300)
    tiny.waiting(11, parent)  # a 2011 code in a column named 2021
    tiny.waiting(4, small)
    same, _ = tiny.split_lsoa(place, decile_2019=7, deciles_2025=[6, 6])
    return {"la": place.la, "parent": parent, "small": small, "large": large, "same": same}


@domain_rules
def merged_lsoa(tiny: Tiny) -> dict[str, Any]:
    """Two LSOAs of 2011 in deciles 1 and 4 became one in decile 2."""
    place = tiny.place("Merged")
    (first, second), merged = tiny.merged_lsoa(place, deciles_2019=[1, 4], decile_2025=2)
    tiny.waiting(5, second)
    tiny.waiting(8, merged)
    return {"la": place.la, "first": first, "second": second, "merged": merged}


@domain_rules
def homes_that_are_no_lsoa_of_england(tiny: Tiny) -> str:
    for lsoa in ("Z99999999", None, "", "E01999999", "W01000001", "S01000001", "95AA01S1"):
        tiny.waiting(2, lsoa, provider_code="RWALES")
    tiny.waiting(3, tiny.lsoa(tiny.place("Somewhere"), 1), provider_code="RWALES")
    return "RWALES"


def quality(world: World, lsoa: str, edition: int) -> str:
    rows = world.numbers.query(
        f"select imd{edition}_match_quality as q from intermediate.int_lsoa__residence where lsoa_code = ?", [lsoa]
    )
    return str(rows["q"].iloc[0])


@fault(
    "content: LSOA vintages mixed",
    "LSOA 2011 codes stand in the 2021 column",
    "found by membership; those of a merged LSOA have a stated rule",
)
def test_rule_03_a_2011_code_in_a_2021_column_is_found_by_membership(world: World) -> None:
    """A split LSOA stands for the part with most people; its own decile of 2019 is exact, and so is a child's."""
    found = world["split_lsoa"]
    by_2025 = world.numbers.groups("ELE02", found["la"], "imd_decile", imd_edition="2025")
    by_2019 = world.numbers.groups("ELE02", found["la"], "imd_decile", imd_edition="2019")
    assert by_2025 == {"9": (0, 11), "3": (0, 4)}
    assert by_2019 == {"2": (0, 15)}
    assert (quality(world, found["parent"], 2025), quality(world, found["parent"], 2019)) == ("best_fit", "exact")
    assert (quality(world, found["small"], 2025), quality(world, found["small"], 2019)) == ("exact", "exact")
    assert quality(world, found["same"], 2025) == "same_decile"


def test_rule_03_a_merged_lsoa_has_a_stated_rule(world: World) -> None:
    """Into 2021 a merger is exact; back to 2011 the partner with most people, else the first code, stands for it."""
    found = world["merged_lsoa"]
    assert world.numbers.groups("ELE02", found["la"], "imd_decile", imd_edition="2025") == {"2": (0, 13)}
    assert world.numbers.groups("ELE02", found["la"], "imd_decile", imd_edition="2019") == {"4": (0, 5), "1": (0, 8)}
    assert (quality(world, found["second"], 2025), quality(world, found["second"], 2019)) == ("exact", "exact")
    assert (quality(world, found["merged"], 2025), quality(world, found["merged"], 2019)) == ("exact", "best_fit")


@fault(
    "content: Welsh and unknown",
    "people of Wales, pseudo postcodes and blank homes",
    "groups of their own, never dropped",
)
def test_rule_03_other_nations_and_unknown_homes_are_groups_and_never_dropped(world: World) -> None:
    """Z99999999, blank and codes of no list are not known; Wales, Scotland and Northern Ireland are outside England."""
    provider = world["homes_that_are_no_lsoa_of_england"]
    assert world.numbers.counts("ELE02", provider) == (0, 17)
    for breakdown, home in (("imd_decile", "1"), ("imd_quintile", "1"), ("core20", "core20")):
        groups = world.numbers.groups("ELE02", provider, breakdown)
        assert groups == {"unknown": (0, 8), "outside_england": (0, 6), home: (0, 3)}
    assert world.numbers.counts("DQ02_WLMDS", provider) == (3, 11)


# 4


KNOWN = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKL", "Black": "MNP", "Other": "RS"}
NOT_KNOWN = ("Z", "99", "9", "X", "0", "", None, "T")


@domain_rules
def every_ethnic_category(tiny: Tiny) -> str:
    place = tiny.place("Every ethnic category")
    lsoa = tiny.lsoa(place, 1)
    for code in (*"".join(KNOWN.values()), *NOT_KNOWN):
        tiny.admissions(10, lsoa, ethnic_category_code=code, primary_diagnosis_code=OTHER_ILLNESS)
    tiny.admissions(10, lsoa, ethnic_category_code="a ", primary_diagnosis_code=OTHER_ILLNESS)
    return place.la


@domain_rules
def letters_of_no_category(tiny: Tiny) -> str:
    place = tiny.place("Letters between A and S that are no ethnic category")
    lsoa = tiny.lsoa(place, 1)
    for code in "IOQ":
        tiny.admissions(10, lsoa, ethnic_category_code=code, primary_diagnosis_code=OTHER_ILLNESS)
    return place.la


def test_rule_04_five_groups_of_the_2001_categories_and_an_unknown_group(world: World) -> None:
    """Z is valid but not known; Chinese (R) is in Other, as in 2001; unknown is published with its share."""
    la = world["every_ethnic_category"]
    groups = world.numbers.groups("DQ02_SUS_APC", la, "ethnic_group_5")
    expected = {name: (10 * len(codes),) * 2 for name, codes in KNOWN.items()}
    expected["White"] = (40, 40)  # and the lower-case a with a blank
    expected["unknown"] = (10 * len(NOT_KNOWN),) * 2
    assert groups == expected
    assert world.numbers.counts("DQ02_SUS_APC", la) == (250, 250)
    single = world.numbers.groups("DQ02_SUS_APC", la, "ethnic_category")
    assert set(single) == {*"ABCDEFGHJKLMNPRS", "unknown"}
    row = world.numbers.published("DQ02_SUS_APC", la, breakdown="ethnic_group_5", category="Asian")
    assert row["unknown_share"] == pytest.approx(80 / 250)


def test_rule_04_not_stated_is_not_counted_as_known(world: World) -> None:
    assert world.numbers.counts("DQ01_SUS_APC", world["every_ethnic_category"]) == (170, 250)


@fault(
    "content: defaults", "letters of no ethnic category, defaults and blanks", "in the unknown group, and not complete"
)
def test_rule_04_letters_of_no_category_are_in_the_unknown_group(world: World) -> None:
    la = world["letters_of_no_category"]
    assert world.numbers.groups("DQ02_SUS_APC", la, "ethnic_group_5") == {"unknown": (30, 30)}


def test_rule_04_letters_of_no_category_are_not_complete(world: World) -> None:
    assert world.numbers.counts("DQ01_SUS_APC", world["letters_of_no_category"]) == (0, 30)

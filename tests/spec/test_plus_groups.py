"""PLUS groups: who is a member on which day, across feeds, and what is published of a group.

A record belongs to the groups its person was in on the last day of the part it came in: the Sunday of a weekly list,
the last day of a month. Groups of the GP extract come from its snapshots, others from a list with first and last days,
inclusion health from what any record says.
Every case has a place of its own, so that its numbers are nobody else's.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from pipeline.catalogue.feeds import load_feeds
from pipeline.landing.pseudonym import Pseudonymiser
from tests.spec.cases import World, domain_rules
from tests.spec.services import SERVICES
from tests.spec.tiny import CENSUS, Tiny

pytestmark = pytest.mark.slow

SEPTEMBER, DECEMBER = date(2025, 9, 30), date(2025, 12, 31)
STANDARD = {"autism", "learning_disability", "multiple_long_term_conditions", "severe_mental_illness"}
LD, AUTISM = {"ld_cod_date": "2001-05-01"}, {"autism_cod_date": "2003-05-01"}
ON_THE_DAY = CENSUS.isoformat()
# first day, last day -> member on the day of the census (29 March 2026)
STAYS = {
    "joined the day after": ("2026-03-30", None, False),
    "joined on the day": (ON_THE_DAY, None, True),
    "joined the day before": ("2026-03-28", None, True),
    "left the day before": ("2020-01-01", "2026-03-28", False),
    "left on the day": ("2020-01-01", ON_THE_DAY, True),
    "leaves the day after": ("2020-01-01", "2026-03-30", True),
    "left before joining": ("2026-03-28", "2026-03-27", False),
    "last day cannot be read": ("2020-01-01", "next spring", False),
    "first day cannot be read": ("last spring", None, False),
}
# record in general practice -> member of multiple long-term conditions
CONDITIONS = {
    "two": ({"hyp_cod_date": "2015-01-01", "dm_cod_date": "2016-01-01"}, True),
    "one": ({"hyp_cod_date": "2015-01-01"}, False),
    "one resolved": (
        {"hyp_cod_date": "2015-01-01", "hypres_cod_date": "2019-01-01", "dm_cod_date": "2016-01-01"}, False,
    ),
    "asthma and the group it is part of": ({"ast_cod_date": "2015-01-01", "resp_cod_date": "2015-01-01"}, False),
    "asthma and diabetes": ({"ast_cod_date": "2015-01-01", "dm_cod_date": "2016-01-01"}, True),
    "two cardiovascular diseases": ({"chd_cod_date": "2015-01-01", "pad_cod_date": "2016-01-01"}, False),
}  # fmt: skip


@domain_rules
def stays_in_a_group(tiny: Tiny) -> dict[str, str]:
    """Every stay at a place of its own."""
    areas = {}
    for words, (first, last, _) in STAYS.items():
        place = tiny.place(words)
        areas[words] = place.icb
        tiny.member("boat_people", words, first, last)
        tiny.waiting(1, tiny.lsoa(place), person_id=words)
    return areas


@domain_rules
def months_of_a_stay(tiny: Tiny) -> str:
    """In the group from the last day of February to the last but one of March."""
    place = tiny.place("Months")
    tiny.member("boat_people", "sailor", "2026-02-28", "2026-03-30")
    for month in ("2026-01", "2026-02", "2026-03"):
        tiny.attendances(1, tiny.lsoa(place), month, person_id="sailor")
    return place.icb


@domain_rules
def people_of_all_kinds(tiny: Tiny) -> str:
    """On the waiting list: two in two groups, one registered and in none, one nobody knows, one unnamed."""
    place = tiny.place("All kinds")
    lsoa = tiny.lsoa(place)
    for person, cells in (("both", LD | AUTISM), ("also both", LD | AUTISM), ("in none", {})):
        tiny.registered(1, lsoa, {**cells, "person_id": person}, DECEMBER)
    on_list: list[str | None] = ["both", "also both", "in none", "not registered", None]
    for on in on_list:
        tiny.waiting(1, lsoa, person_id=on)
    tiny.attendances(1, lsoa, person_id="both")
    return place.icb


@domain_rules
def in_every_feed(tiny: Tiny) -> str:
    """One autistic person with a record in each feed that names persons."""
    place = tiny.place("Every feed")
    lsoa = tiny.lsoa(place)
    tiny.registered(1, lsoa, {**AUTISM, "person_id": "everywhere"}, DECEMBER)
    tiny.admissions(1, lsoa, person_id="everywhere")
    tiny.attendances(1, lsoa, person_id="everywhere")
    tiny.appointments(1, lsoa, person_id="everywhere")
    tiny.waiting(1, lsoa, person_id="everywhere")
    for feed in SERVICES:
        tiny.records(feed, 1, lsoa, person_id="everywhere")
    return place.icb


@domain_rules
def listed_with_a_learning_disability(tiny: Tiny) -> str:
    """Not on the register; on the system's own list of the same group."""
    place = tiny.place("Own register")
    tiny.member("learning_disability", "known locally")
    tiny.waiting(1, tiny.lsoa(place), person_id="known locally")
    return place.icb


@domain_rules
def snapshots(tiny: Tiny) -> str:
    """One who moved away after September, one who was diagnosed before December."""
    place = tiny.place("Snapshots")
    lsoa = tiny.lsoa(place)
    tiny.registered(1, lsoa, {**LD, "person_id": "moved away"}, SEPTEMBER)
    tiny.registered(1, lsoa, {"person_id": "diagnosed"}, SEPTEMBER)
    tiny.registered(1, lsoa, {"ld_cod_date": "2025-12-01", "person_id": "diagnosed"}, DECEMBER)
    for month in ("2025-04", "2025-11", "2025-12", "2026-02"):
        for person in ("moved away", "diagnosed"):
            tiny.attendances(1, lsoa, month, person_id=person)
    return place.icb


@domain_rules
def conditions(tiny: Tiny) -> dict[str, str]:
    areas = {}
    for words, (cells, _) in CONDITIONS.items():
        place = tiny.place(words)
        areas[words] = place.icb
        lsoa = tiny.lsoa(place)
        tiny.registered(1, lsoa, {**cells, "person_id": f"has {words}"}, DECEMBER)
        tiny.waiting(1, lsoa, person_id=f"has {words}")
    return areas


@domain_rules
def a_newer_list(tiny: Tiny) -> str:
    """On the list of December, not on that of March."""
    place = tiny.place("Newer list")
    tiny.member("boat_people", "taken off", period="2025-12")
    tiny.waiting(1, tiny.lsoa(place), person_id="taken off")
    return place.icb


# feed, what the record says -> member of inclusion health
HOMELESS: dict[str, tuple[str, dict[str, str], bool]] = {
    "no fixed abode": ("wlmds", {"pseudo_postcode": "ZZ99 3VZ"}, True),
    "no fixed abode, written otherwise": ("wlmds", {"pseudo_postcode": " zz993vz"}, True),
    "address not known": ("wlmds", {"pseudo_postcode": "ZZ99 3WZ"}, False),
    "lives in India": ("wlmds", {"pseudo_postcode": "ZZ99 6CZ"}, False),
    "homelessness is a diagnosis": ("sus_apc", {"diagnosis_04_code": "Z59.0"}, True),
    "problem of housing next to it": ("sus_apc", {"diagnosis_04_code": "Z59.1"}, False),
    "rough sleeper": ("mhsds_contact", {"accommodation_code": "HM01"}, True),
    "lodger with support": ("mhsds_contact", {"accommodation_code": "MH02"}, False),
    "homeless in the emergency department": ("ecds", {"accommodation_code": "32911000"}, True),
    "coded by the GP a year ago": ("gp_extract", {"homeless_cod_date": "2025-03-29"}, True),
    "coded by the GP a year and a day ago": ("gp_extract", {"homeless_cod_date": "2025-03-28"}, False),
}


@domain_rules
def recorded_as_homeless(tiny: Tiny) -> dict[str, str]:
    """Each on the waiting list, and recorded once in one feed in the month of the census."""
    areas = {}
    tiny.waiting(1, "Z99999999", person_id="of no usable LSOA")
    for words, (feed, cells, _) in HOMELESS.items():
        place = tiny.place(words)
        areas[words] = place.icb
        lsoa = tiny.lsoa(place)
        who = f"person: {words}"
        if feed == "wlmds":
            tiny.waiting(1, lsoa, person_id=who, **cells)  # type: ignore[arg-type]
            continue
        tiny.waiting(1, lsoa, person_id=who)
        if feed == "gp_extract":
            tiny.registered(1, lsoa, {**cells, "person_id": who}, DECEMBER)
        elif feed == "sus_apc":
            tiny.admissions(1, lsoa, person_id=who, **cells)
        elif feed == "ecds":
            tiny.attendances(1, lsoa, person_id=who, **cells)
        else:
            tiny.records(feed, 1, lsoa, **{**cells, "person_id": who})
    return areas


@domain_rules
def homeless_since_february(tiny: Tiny) -> str:
    place = tiny.place("Since February")
    for month in ("2026-01", "2026-02", "2026-03"):
        postcode = "ZZ99 3VZ" if month == "2026-02" else None
        tiny.attendances(1, tiny.lsoa(place), month, person_id="of no fixed abode", pseudo_postcode=postcode)
    return place.icb


@domain_rules
def waits_of_a_group(tiny: Tiny) -> str:
    """Of 40 members 20 have waited over a year, of 60 others 15; and strokes of the same members."""
    place = tiny.place("Waits")
    lsoa = tiny.lsoa(place)
    tiny.people(lsoa, 100)
    for at in range(40):
        tiny.member("boat_people", f"member {at}")
        tiny.waiting(1, lsoa, days=400 if at < 20 else 10, person_id=f"member {at}")
        tiny.admissions(1, lsoa, person_id=f"member {at}")
    tiny.waiting(15, lsoa, days=400, person_id="somebody")
    tiny.waiting(45, lsoa, person_id="somebody else")
    return place.icb


def membership(world: World, area: str, group: str, indicator: str = "ELE02", **where: str) -> dict[str, int]:
    """How many records of an area are counted as members, not members and unknown."""
    found = world.numbers.groups(indicator, area, f"plus_{group}", **where)
    return {category: below for category, (_, below) in found.items()}


def test_membership_starts_and_ends_on_its_days(world: World) -> None:
    """A first or last day that cannot be read is no open end."""
    areas = world["stays_in_a_group"]
    found = {words: membership(world, area, "boat_people") for words, area in areas.items()}
    assert found == {words: {"member" if stays else "not_member": 1} for words, (*_, stays) in STAYS.items()}


def test_a_month_looks_at_its_last_day(world: World) -> None:
    found = {
        day: membership(
            world, world["months_of_a_stay"], "boat_people", "UEC02", period_type="month", period_end=day
        )
        for day in ("2026-01-31", "2026-02-28", "2026-03-31")
    }  # fmt: skip
    assert found == {"2026-01-31": {"not_member": 1}, "2026-02-28": {"member": 1}, "2026-03-31": {"not_member": 1}}


def test_a_person_in_two_groups_counts_in_both_and_nobody_known_to_the_gp_extract_is_dropped(world: World) -> None:
    """Who is in no snapshot is unknown. A supplied list is whole: who is not on it is no member."""
    area = world["people_of_all_kinds"]
    for group in ("autism", "learning_disability"):
        assert membership(world, area, group) == {"member": 2, "not_member": 1, "unknown": 2}
    assert membership(world, area, "severe_mental_illness") == {"not_member": 3, "unknown": 2}
    assert membership(world, area, "boat_people") == {"not_member": 4, "unknown": 1}


def test_flags_of_the_gp_extract_apply_to_every_feed_the_person_is_in(world: World) -> None:
    area = world["people_of_all_kinds"]
    assert membership(world, area, "autism", "UEC02", period_type="month") == {"member": 1}
    # On the snapshot itself as well.
    december = {"period_type": "month_end", "period_end": "2025-12-31"}
    assert membership(world, area, "autism", "DQ01_GP_EXTRACT", **december) == {"member": 2, "not_member": 1}


def test_a_group_applies_to_every_record_feed(world: World) -> None:
    """Care activities of maternity have no DQ01 of their own: their women are those of the bookings."""
    feeds = {feed.feed for feed in load_feeds().values() if feed.kind == "record" and "person_id" in feed.field_names}
    feeds.remove("msds_contact")
    assert len(feeds) == 11
    for feed in feeds:
        when = {"wlmds": "2026-03-29", "gp_extract": "2025-12-31"}.get(feed)
        period = {"period_end": when or "2026-03-31", "period_type": "month_end" if when else "month"}
        indicator = f"DQ01_{feed.upper()}"
        assert membership(world, world["in_every_feed"], "autism", indicator, **period) == {"member": 1}, feed


def test_a_person_keeps_one_pseudonym_across_feeds() -> None:
    """Every feed that names persons hashes the same identifier with the same key, and spaces do not count."""
    feeds = [feed for feed in load_feeds().values() if "person_id" in feed.field_names]
    assert len(feeds) >= 6
    for feed in feeds:
        assert next(field for field in feed.fields if field.name == "person_id").is_pseudonymised, feed.feed
    first, again, other = Pseudonymiser("k" * 32).apply(pa.array(["P1", " P1 ", "P2"])).to_pylist()
    assert first == again != other


def test_a_supplied_list_may_add_to_a_group_of_the_gp_extract(world: World) -> None:
    assert membership(world, world["listed_with_a_learning_disability"], "learning_disability") == {"member": 1}


def test_a_snapshot_holds_until_the_next_one_and_the_first_also_before(world: World) -> None:
    """Who moved away stays a member in the time of the snapshot, and is unknown after the next."""
    found = {
        day: membership(
            world, world["snapshots"], "learning_disability", "UEC02", period_type="month", period_end=day
        )
        for day in ("2025-04-30", "2025-11-30", "2025-12-31", "2026-02-28")
    }  # fmt: skip
    before, after = {"member": 1, "not_member": 1}, {"unknown": 1, "member": 1}
    assert found == {"2025-04-30": before, "2025-11-30": before, "2025-12-31": after, "2026-02-28": after}


def test_multiple_long_term_conditions_are_two_registers(world: World) -> None:
    """Asthma and the chronic respiratory risk group overlap in their codes, so together they are one condition."""
    areas = world["conditions"]
    found = {words: membership(world, area, "multiple_long_term_conditions") for words, area in areas.items()}
    assert found == {words: {"member" if is_in else "not_member": 1} for words, (_, is_in) in CONDITIONS.items()}


def test_inclusion_health_is_who_was_recorded_as_homeless_within_a_year(world: World) -> None:
    """A pseudo postcode of another meaning, or an LSOA that cannot be used, is no homelessness."""
    areas = world["recorded_as_homeless"]
    found = {words: membership(world, area, "inclusion_health") for words, area in areas.items()}
    assert found == {words: {"member" if is_in else "not_member": 1} for words, (*_, is_in) in HOMELESS.items()}
    homeless = world.numbers.query("select person_pseudonym from intermediate.int_person__homeless")
    assert "of no usable LSOA" not in set(homeless["person_pseudonym"])


def test_a_homeless_person_is_one_from_the_month_that_says_so(world: World) -> None:
    found = {
        day: membership(
            world, world["homeless_since_february"], "inclusion_health", "UEC02", period_type="month", period_end=day
        )
        for day in ("2026-01-31", "2026-02-28", "2026-03-31")
    }  # fmt: skip
    assert found == {"2026-01-31": {"not_member": 1}, "2026-02-28": {"member": 1}, "2026-03-31": {"member": 1}}


def test_the_newest_list_is_the_whole_list(world: World) -> None:
    assert membership(world, world["a_newer_list"], "boat_people") == {"not_member": 1}


def test_a_supplied_group_is_published_beside_those_of_the_gp_extract(world: World) -> None:
    """One CSV is all it takes: ELE03 of its members and of everybody else, and the gap between them."""
    found = world.numbers.query(
        "select distinct breakdown from publication.pub_indicator_value where indicator_id = 'ELE03' "
        "and breakdown like 'plus%'"
    )
    assert set(found["breakdown"]) == {f"plus_{group}" for group in (*STANDARD, "boat_people", "inclusion_health")}
    area = world["waits_of_a_group"]
    row = world.numbers.published("ELE03", area, breakdown="plus_boat_people", category="member")
    assert (row["numerator"], row["denominator"], row["value"], row["value_status"]) == (20, 40, 50.0, "shown")
    row = world.numbers.published("ELE03", area, breakdown="plus_boat_people", category="not_member")
    assert (row["numerator"], row["denominator"], row["value"]) == (15, 60, 25.0)
    gap = world.numbers.gap("ELE03", area, "plus_boat_people", "absolute_gap", imd_edition="not_used")
    assert (gap["value"], gap["is_robust"]) == (25.0, True)  # worse is above zero, and nobody is unknown
    ratio = world.numbers.gap("ELE03", area, "plus_boat_people", "relative_gap", imd_edition="not_used")
    assert ratio["value"] == 2.0 and "members" in str(ratio["method"])


def test_without_a_supplied_list_and_anyone_homeless_there_are_the_groups_of_the_gp_extract(other_world: World) -> None:
    found = other_world.numbers.query("select distinct plus_group_id from intermediate.dim_plus_group")
    assert set(found["plus_group_id"]) == STANDARD


def test_numbers_of_events_have_no_rate_by_plus_group(world: World) -> None:
    """CVD06: how many strokes is known, out of how many residents is not."""
    area = world["waits_of_a_group"]
    row = world.numbers.published("CVD06", area, breakdown="plus_boat_people", category="member")
    found = (row["numerator"], row["denominator"], row["value"], row["value_status"])
    assert found == (40, None, None, "no_population")
    gaps = world.numbers.query(
        "select count(*) as n from publication.pub_indicator_inequality as gap "
        "inner join run.indicator using (indicator_id) where dimension like 'plus%' and denominator_type = 'population'"
    )
    assert gaps["n"].iloc[0] == 0

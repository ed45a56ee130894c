"""The best known ethnic category of a person: which feed is asked first, and what a release counts by.

The same people are counted twice: by what their records say, which is the default, and by the best known category of
each. Every person of a table is named by the words that say what is special.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.spec.cases import World, best_known, domain_rules
from tests.spec.tiny import Tiny

pytestmark = pytest.mark.slow

SEPTEMBER, DECEMBER = date(2025, 9, 30), date(2025, 12, 31)
# what is recorded, (feed, when, category) -> best known category, and the feed it comes from
PEOPLE: dict[str, tuple[list[tuple[str, str, str]], tuple[str, str] | None]] = {
    "the GP record is asked before hospital": (
        [("gp", "September", "A"), ("admission", "2026-03", "C")], ("A", "gp_extract"),
    ),
    "hospital where the GP record says not stated": (
        [("gp", "December", "Z"), ("admission", "2026-03", "C")], ("C", "sus_apc"),
    ),
    "not stated later takes nothing away": ([("gp", "September", "B"), ("gp", "December", "Z")], ("B", "gp_extract")),
    "the newest of one feed": ([("admission", "2026-01", "A"), ("admission", "2026-03", "C")], ("C", "sus_apc")),
    "admissions before attendances before appointments": (
        [("attendance", "2026-01", "E"), ("appointment", "2026-03", "D")], ("E", "ecds"),
    ),
    "two at once say nothing, so the next feed is asked": (
        [("attendance", "2026-03", "N"), ("attendance", "2026-03", "P"), ("appointment", "2026-01", "M")],
        ("M", "sus_op"),
    ),
    "two at once and nobody else to ask": ([("attendance", "2026-03", "N"), ("attendance", "2026-03", "P")], None),
    "the waiting list where no other feed knows": (
        [("gp", "December", "Z"), ("attendance", "2026-03", "99"), ("wait", "2026-03", "H")], ("H", "wlmds"),
    ),
    "known to nobody": ([("gp", "December", "99"), ("attendance", "2026-03", "X")], None),
}  # fmt: skip


@best_known
def recorded_people(tiny: Tiny) -> None:
    lsoa = tiny.lsoa(tiny.place("People"))
    for person, (records, _) in PEOPLE.items():
        for kind, when, code in records:
            cells = {"person_id": person, "ethnic_category_code": code}
            if kind == "gp":
                tiny.registered(1, lsoa, cells, SEPTEMBER if when == "September" else DECEMBER)
            elif kind == "wait":
                tiny.waiting(1, lsoa, person_id=person, ethnic_category_code=code)
            elif kind == "admission":
                tiny.admissions(1, lsoa, when, **cells)
            elif kind == "attendance":
                tiny.attendances(1, lsoa, when, **cells)
            else:
                tiny.appointments(1, lsoa, when, **cells)


@best_known
@domain_rules
def waits_of_people(tiny: Tiny) -> str:
    """Sixty wait: the GP record knows 20 of those not stated and calls 10 of those White British Indian."""
    place = tiny.place("Waits of people")
    lsoa = tiny.lsoa(place)
    waits = [
        (20, "Z", "Pakistani", 400), (10, "A", "Indian", 10), (10, "A", "White British", 400),
        (10, "99", None, 10), (10, "Z", "asked, not stated", 10),
    ]  # fmt: skip
    recorded_by_gp = {"Pakistani": "J", "Indian": "H", "White British": "A", "asked, not stated": "Z"}
    for count, code, known_as, days in waits:
        for number in range(count):
            person = f"{known_as} {number}" if known_as else None
            tiny.waiting(1, lsoa, days=days, person_id=person, ethnic_category_code=code)
            if known_as:
                tiny.registered(
                    1, lsoa, {"person_id": person, "ethnic_category_code": recorded_by_gp[known_as]}, DECEMBER
                )
    return place.icb


def test_feeds_are_asked_in_a_stated_order(best_known_world: World) -> None:
    found = best_known_world.numbers.query("select * from intermediate.int_person__ethnicity")
    of = {row.person_pseudonym: (row.ethnic_category_code, row.feed) for row in found.itertuples()}
    assert {person: of.get(person) for person in PEOPLE} == {person: best for person, (_, best) in PEOPLE.items()}
    assert len(of) == len(found)  # one row a person


def test_the_order_names_every_record_feed_once(best_known_world: World) -> None:
    order = best_known_world.numbers.query("select feed from codes.ethnicity_source order by feed_order")["feed"]
    assert list(order[:4]) == ["gp_extract", "sus_apc", "ecds", "sus_op"]
    counted = best_known_world.numbers.query("select distinct feed from publication.pub_ethnicity_origin")["feed"]
    assert order.is_unique and set(counted) <= set(order)


def test_as_recorded_is_the_default_and_nothing_is_taken_from_elsewhere(world: World) -> None:
    area = world["waits_of_people"]
    found = world.numbers.groups("ELE03", area, "ethnic_category")
    assert found == {"A": (10, 20), "unknown": (20, 40)}
    assert world.numbers.query("select * from intermediate.int_person__ethnicity").empty


def test_numerator_and_denominator_use_the_best_known_category(best_known_world: World) -> None:
    """Who has no identifier, or is known nowhere, stays not known. A record that says otherwise is overruled."""
    found = best_known_world.numbers.groups("ELE03", best_known_world["waits_of_people"], "ethnic_category")
    assert found == {"A": (10, 10), "H": (0, 10), "J": (20, 20), "unknown": (0, 20)}


def test_dq01_stays_on_what_was_recorded(world: World, best_known_world: World) -> None:
    found = [item.numbers.counts("DQ01_WLMDS", item["waits_of_people"]) for item in (world, best_known_world)]
    assert found == [(20, 60), (20, 60)]


def test_rows_by_ethnic_group_and_the_release_say_which_it_is(world: World, best_known_world: World) -> None:
    for item, asked in ((world, "recorded"), (best_known_world, "best_known")):
        numbers, area = item.numbers, item["waits_of_people"]
        assert numbers.published("ELE03", area, breakdown="ethnic_category", category="A")["ethnicity"] == asked
        assert numbers.published("ELE03", area)["ethnicity"] == "not_used"
        by_group = numbers.query(
            "select distinct ethnicity from publication.pub_indicator_inequality where dimension like 'ethnic%' "
            "and indicator_id = 'ELE03' union all select ethnicity from publication.pub_release"
        )
        assert set(by_group["ethnicity"]) == {asked}


def test_where_the_categories_came_from_is_shown(best_known_world: World) -> None:
    """Of the sixty that wait: counts are rounded to five. Another person of the list above brings his own category."""
    found = best_known_world.numbers.query(
        "select ethnicity_origin, records from publication.pub_ethnicity_origin where feed = 'wlmds'"
    )
    records = dict(zip(found["ethnicity_origin"], found["records"], strict=True))
    assert records == {"own_record": 10, "replaced": 10, "other_record": 20, "not_known": 20}


def test_every_record_feed_has_every_origin_and_what_is_missing_says_why(world: World) -> None:
    """Also feeds that are not of the run: a table without rows would be nothing to judge."""
    found = world.numbers.query("select * from publication.pub_ethnicity_origin")
    assert set(found.groupby("feed")["ethnicity_origin"].nunique()) == {4}
    missing = found["records"].isna()
    assert set(found.loc[missing, "value_status"]) <= {"suppressed", "not_submitted"}
    assert found.loc[missing, "status_reason"].notna().all()
    assert set(found.loc[~missing, "value_status"]) == {"shown"}
    assert set(world.numbers.query("select feed from codes.ethnicity_source")["feed"]) == set(found["feed"])

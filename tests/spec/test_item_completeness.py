"""Completeness of items by submitter, and who is expected: records in, counts out.

Belongs here: what received, valid, default and known mean, and where the list of submitters comes from. Does not belong
here: the quality score (`dbt_project/models/publication/quality_unit_tests.yml`), thresholds.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.spec.cases import World, domain_rules
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow


@domain_rules
def appointments_with_gaps(tiny: Tiny) -> None:
    """Forty records; of each item ten are as they should be, ten are missing, and the rest is of another kind."""
    lsoa = tiny.lsoa(tiny.place("Appointments with gaps"), 3)
    for month in MONTHS[-4:-1]:
        tiny.appointments(20, lsoa, month, provider_code="RQUIET")
        tiny.appointments(20, lsoa, month, provider_code="RITEMS")
    items: dict[str, list[str | None]] = {
        "ethnic_category_code": ["A", "Z", "99", None],
        "sex_code": ["1", "9", "M", None],
        "age_at_appointment": ["40", "41", "forty", None],
        "appointment_date": ["2026-03-10", "2026-03-11", "1801-01-01", None],
        "nhs_number_status_code": ["01", "02", "99", None],
    }
    for number, residence in enumerate((lsoa, "W01000001", "Z99999999", None)):
        cells = {name: values[number] for name, values in items.items()}
        cells |= {"person_id": "somebody", "provider_code": "RITEMS"}
        tiny.appointments(10, residence, MONTH, **cells)
    for submitter in ("RITEMS", "RQUIET"):
        tiny.expect("sus_op", submitter)


def counts(world: World, submitter: str, feed: str = "sus_op", period: str = MONTH) -> dict[str, Any]:
    rows = world.numbers.query(
        "select item, expected, received, valid, defaults, known, value_status from publication.pub_data_quality_item "
        "where feed = ? and submitter_code = ? and period = ?",
        [feed, submitter, period],
    )
    return {row[0]: tuple(row[1:]) for row in rows.itertuples(index=False)}


def test_received_valid_default_and_known_are_four_counts(world: World) -> None:
    """Not stated is valid and not known; a code of no list was received and is not valid."""
    assert counts(world, "RITEMS") == {
        "ethnicity": (40, 30, 20, 10, 10, "shown"),  # Z is the default; 99 is no national code
        "residence": (40, 30, 30, 10, 20, "shown"),  # Wales is known; Z99999999 is a pseudo code
        "sex": (40, 30, 20, 10, 10, "shown"),  # 9 is valid, and no group of a breakdown
        "age": (40, 30, 20, 0, 20, "shown"),
        "date": (40, 30, 20, 0, 20, "shown"),  # 1801-01-01 is how HES writes a date that was not valid
        "nhs_number": (40, 30, 20, 0, 10, "shown"),  # present is not verified
    }


def test_a_submitter_that_sent_nothing_is_measured_against_what_it_usually_sends(world: World) -> None:
    found = counts(world, "RQUIET")
    assert found["ethnicity"] == (20, 0, 0, 0, 0, "not_submitted")
    reasons = world.numbers.query(
        "select distinct status_reason from publication.pub_data_quality_item where submitter_code = 'RQUIET' "
        "and period = ?",
        [MONTH],
    )
    assert reasons["status_reason"].notna().all()


def test_of_an_item_no_file_has_nothing_is_asked(world: World) -> None:
    """In the months before, no record of the feed came with the status of an NHS number."""
    assert "nhs_number" not in counts(world, "RITEMS", period=MONTHS[-2])


@domain_rules
def practices_send_to_the_gp_extract(tiny: Tiny) -> None:
    tiny.registered(5, tiny.lsoa(tiny.place("Practice of forty-five"), 3), {"practice_code": "A81099"})
    tiny.registered(40, tiny.lsoa(tiny.place("Practice of forty-five, well off"), 9), {"practice_code": "A81099"})


def test_single_practices_stay_inside_and_are_in_the_whole(world: World) -> None:
    published = world.numbers.query(
        "select distinct submitter_code as code from publication.pub_data_quality_item where feed = 'gp_extract'"
    )
    inside = world.numbers.query(
        "select expected from quality.quality_item where feed = 'gp_extract' and submitter_code = 'A81099' "
        "and item = 'ethnicity'"
    )
    assert published["code"].tolist() == ["all"]
    assert inside["expected"].tolist() == [45]


def test_a_small_count_is_missing_with_a_reason_and_never_zero(world: World) -> None:
    rows = world.numbers.query("""
        select item.*, true_counts.known as true_known
        from publication.pub_data_quality_item as item
        inner join quality.quality_item as true_counts
            on item.feed = true_counts.feed and item.submitter_code = true_counts.submitter_code
            and item.period = true_counts.period and item.item = true_counts.item
        where true_counts.known between 1 and 4""")
    assert len(rows) > 0
    maternity = rows["feed"].str.startswith("msds")  # one to seven are shown as five
    assert rows.loc[~maternity, "known"].isna().all() and set(rows.loc[maternity, "known"]) <= {5}
    assert set(rows.loc[~maternity, "value_status"]) == {"suppressed"}
    assert rows.loc[~maternity, "status_reason"].notna().all()


# Who is expected


@domain_rules
def submitters_of_no_list(tiny: Tiny) -> None:
    lsoa = tiny.lsoa(tiny.place("Submitters of no list"), 3)
    for month in MONTHS[5:8]:
        for submitter in ("RSTOPS", "RSHUT"):
            tiny.records("tobacco_sdcs", 10, lsoa, month, provider_code=submitter)
    for month in MONTHS[6:8]:
        tiny.records("tobacco_sdcs", 10, lsoa, month, provider_code="RTWICE")
    tiny.trust("RSHUT", closed=date(2026, 2, 1))


@domain_rules
def submitters_of_ods(tiny: Tiny) -> None:
    tiny.expect("mhsds_detention", "ods:trust")
    tiny.trust("ROPEN")


def expected(world: World, feed: str, *submitters: str) -> dict[str, dict[str, str]]:
    rows = world.numbers.query(
        "select submitter_code, period, list_origin from quality.quality_submitter_period where feed = ? "
        "and is_expected order by period",
        [feed],
    )
    return {
        name: dict(rows.loc[rows["submitter_code"] == name, ["period", "list_origin"]].itertuples(index=False))
        for name in submitters
    }


def test_without_a_list_who_sent_in_three_of_six_periods_is_expected(world: World) -> None:
    found = expected(world, "tobacco_sdcs", "RSTOPS", "RTWICE", "RSHUT")
    assert found["RSTOPS"] == dict.fromkeys(MONTHS[8:12], "history")
    assert found["RTWICE"] == {}
    assert found["RSHUT"] == dict.fromkeys(MONTHS[8:10], "history")  # closed on the first of February


def test_a_list_may_name_every_organisation_of_ods(world: World) -> None:
    """April 2025 to March 2026; the one that closed on the first of February is not expected for February."""
    found = expected(world, "mhsds_detention", "ROPEN", "RSHUT")
    assert found["ROPEN"] == dict.fromkeys(MONTHS, "ods")
    assert found["RSHUT"] == dict.fromkeys(MONTHS[:10], "ods")


def test_a_list_that_names_the_feed_is_taken_as_it_is(world: World) -> None:
    assert expected(world, "sus_op", "RQUIET")["RQUIET"] == dict.fromkeys(MONTHS, "supplied")

"""Continuity of carer as received: a pregnancy and its care activities in, numerator and denominator out.

Every line is a woman who reached 29+0 weeks on 14 November 2025, was placed on a pathway on 10 September and was
discharged on 20 February 2026; March 2026 reports on her. The run is the one of `test_indicators`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.spec.cases import World, indicators
from tests.spec.lines import COUNTS, DOES_NOT, IS_NOT_ASKED, Cells, Counts
from tests.spec.rebuilt import rebuilt
from tests.spec.services import PREGNANCY
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

BOOKED = "2025-11"
WOMAN: Cells = {
    **PREGNANCY, "booking_date": "2025-07-04", "care_plan_date": "2025-09-10", "period_start_date": "2025-11-01",
}  # fmt: skip
OTHERS: Cells = {"care_professional_id": "M9", "care_team_id": "T9"}
LABOUR: Cells = {"source_table": "MSD302", "contact_id": None, "attend_code": None, "contact_date": "2026-01-30"}
DISCHARGE: Cells = {"contact_date": "2026-02-20", "discharge_date": "2026-02-20"}
SEEN = ["2025-10-01", "2025-10-15", "2025-11-03", "2025-11-17", "2025-12-01", "2025-12-15", "2026-01-05", "2026-01-19",
        "2026-02-10"]  # fmt: skip


def met(with_plan: int, with_others: int) -> list[Cells]:
    """So many contacts in all, the first with others; the last is on the day of discharge."""
    cells: list[Cells] = [{**OTHERS} for _ in range(with_others)] + [{} for _ in range(with_plan)]
    for contact, day in zip(cells[:-1], SEEN, strict=False):
        contact["contact_date"] = day
    cells[-1] |= DISCHARGE
    return cells


# One contact with others among three is one too many, so that a line shows whether it counts.
TWO = met(2, 0)
THREE_ACTIVITIES: list[Cells] = [OTHERS, {"care_professional_id": "M9"}, OTHERS]
SIX_ACTIVITIES: list[Cells] = [{"contact_date": SEEN[3], "contact_id": "first"}] * 6
Woman = tuple[Counts, tuple[Cells, list[Cells]]]
LINES: dict[str, Woman] = {
    "every contact is with the professional and the team of the plan": (COUNTS, ({}, met(3, 0))),
    "seven contacts of ten are": (COUNTS, ({}, met(7, 3))),
    "two contacts of three are": (DOES_NOT, ({}, met(2, 1))),
    "none of the contacts is": (DOES_NOT, ({}, met(0, 3))),
    "every contact is with others of the team": (
        COUNTS, ({}, [{**cells, "care_professional_id": "M9"} for cells in met(3, 0)])),
    "every contact is with the professional, in no team": (
        COUNTS, ({}, [{**cells, "care_team_id": None} for cells in met(3, 0)])),
    "no contact at all, and a discharge": (DOES_NOT, ({"discharge_date": "2026-02-20"}, [])),
    "a third contact with others, on the day of the plan": (
        DOES_NOT, ({}, [*TWO, {**OTHERS, "contact_date": "2025-09-10"}])),
    "a third contact with others, on the day before the plan": (
        COUNTS, ({}, [*TWO, {**OTHERS, "contact_date": "2025-09-09"}])),
    "a third contact with others, on the day of discharge": (DOES_NOT, ({}, [*TWO, {**OTHERS, **DISCHARGE}])),
    "a third contact with others, on the day after discharge": (
        COUNTS, ({}, [*TWO, {**OTHERS, "contact_date": "2026-02-21"}])),
    "a third contact with others, who were late (6)": (
        DOES_NOT, ({}, [*TWO, {**OTHERS, "contact_date": SEEN[3], "attend_code": "6"}])),
    "a third contact with others, to which nobody came (3)": (
        COUNTS, ({}, [*TWO, {**OTHERS, "contact_date": SEEN[3], "attend_code": "3"}])),
    "a third contact with others, of staff group 07": (
        DOES_NOT, ({}, [*TWO, {**OTHERS, "contact_date": SEEN[3], "staff_group_code": "07"}])),
    "a third contact with others, of staff group 01": (
        COUNTS, ({}, [*TWO, {**OTHERS, "contact_date": SEEN[3], "staff_group_code": "01"}])),
    "one contact, and another of three activities, one of them with the team": (
        COUNTS, ({}, [*met(1, 0), *({**cells, "contact_date": SEEN[3], "contact_id": "third"}
                              for cells in THREE_ACTIVITIES)])),
    "two contacts with the team, and two activities of a third with others": (
        DOES_NOT, ({}, [*TWO, *({**OTHERS, "contact_date": SEEN[3], "contact_id": "third"} for _ in range(2))])),
    "six activities of one contact with the team, and one contact with others": (
        DOES_NOT, ({}, [*SIX_ACTIVITIES, {**OTHERS, **DISCHARGE}])),
    "no discharge": (DOES_NOT, ({}, [{**cells, "discharge_date": None} for cells in met(3, 0)])),
    "a discharge that the booking tells": (
        COUNTS, ({"discharge_date": "2026-02-20"}, [{**cells, "discharge_date": None} for cells in met(3, 0)])),
    "a discharge before the plan": (
        DOES_NOT, ({}, [{**cells, "discharge_date": "2025-09-09"} for cells in met(3, 0)])),
    "a labour with the team": (COUNTS, ({}, [*TWO, {**LABOUR, "care_professional_id": "M9"}])),
    "a labour with others, one activity of it with the professional": (
        COUNTS, ({}, [*TWO, {**LABOUR, **OTHERS}, {**LABOUR, "care_team_id": "T9"}])),
    "a labour with others": (DOES_NOT, ({}, [*TWO, {**LABOUR, **OTHERS}])),
    "a labour without an activity": (
        DOES_NOT, ({}, [*TWO, {**LABOUR, "care_professional_id": None, "care_team_id": None}])),
    "on no pathway": (DOES_NOT, ({"continuity_pathway_indicator": "N"}, met(3, 0))),
    "a plan of day 203": (DOES_NOT, ({"care_plan_date": "2025-11-14"}, met(3, 0))),
    "contacts of another woman under the same pregnancy": (
        DOES_NOT, ({}, [{**cells, "person_id": "somebody else"} for cells in met(3, 0)])),
    "without an identifier of the woman in both files": (
        COUNTS, ({"person_id": None}, [{**cells, "person_id": None} for cells in met(3, 0)])),
    "discharged on day 202": (IS_NOT_ASKED, ({"discharge_date": "2025-11-13"}, met(3, 0))),
    "203 days on 1 December": (IS_NOT_ASKED, ({"booking_date": "2025-07-21"}, met(3, 0))),
}  # fmt: skip
USUAL = {"MAT01_RECEIVED": WOMAN}
EXAMPLES: dict[str, tuple[Cells, dict[str, Woman]]] = {"MAT01_RECEIVED": (WOMAN, LINES)}


def sends(tiny: Tiny, provider: str, months: Iterable[str], **cells: str | None) -> None:
    """A contact of nobody who is asked for, with a midwife, in each of the months."""
    for month in months:
        day = f"{month}-08"
        usual: dict[str, str | None] = {
            "pregnancy_id": f"another {provider}", "person_id": f"another {provider}", "provider_code": provider,
            "period_start_date": f"{month}-01", "contact_date": day, "contact_id": f"{provider} {day}",
            "discharge_date": day,
        }  # fmt: skip
        tiny.records("msds_contact", 1, None, month, **{**usual, **cells})


def reaches(
    tiny: Tiny, name: str, booking: Mapping[str, str | None], activities: Iterable[Cells], month: str = BOOKED
) -> str:
    """A woman with her activities, in an area of her own, whose code comes back."""
    place = tiny.place(name)
    lsoa = tiny.lsoa(place, 1)
    woman = {**WOMAN, "record_id": name, "person_id": name, **booking, "period_start_date": f"{month}-01"}
    tiny.records("msds_booking", 1, lsoa, month, **woman)
    provider = woman["provider_code"]
    for number, cells in enumerate(activities):
        sent = cells.get("period_start_date") or f"{str(cells['contact_date'])[:7]}-01"
        usual = {"pregnancy_id": name, "person_id": name, "provider_code": provider, "contact_id": f"contact {number}"}
        tiny.records("msds_contact", 1, lsoa, sent[:7], **{**usual, **cells, "period_start_date": sent})
    return place.la


@indicators
def women_at_29_weeks(tiny: Tiny) -> dict[str, str]:
    sends(tiny, "RMW", MONTHS)
    return {
        words: reaches(tiny, words, {"provider_code": "RMW", **booking}, activities)
        for words, (_, (booking, activities)) in LINES.items()
    }


def test_mat01_received_is_70_per_cent_of_contacts_with_midwives_and_the_labour_as_planned(other_world: World) -> None:
    """Of all who reached 29 weeks four months before; the share is of contacts from the plan to the discharge."""
    areas = other_world["women_at_29_weeks"]
    found = {words: other_world.numbers.counts("MAT01_RECEIVED", la) for words, la in areas.items()}
    assert found == {words: counts for words, (counts, _) in LINES.items()}


# Provider -> the woman's counts in March, months it sends in, and what its contacts are like. Her plan is of September.
PROVIDERS: dict[str, tuple[Counts, list[str], Cells]] = {
    "RALL": (COUNTS, MONTHS, {}),
    "RSEP": (COUNTS, MONTHS[5:], {}),  # from the month of the first plan on
    "ROCT": (IS_NOT_ASKED, [*MONTHS[:5], *MONTHS[6:]], {}),  # all but the month of the plan
    "RGAP": (IS_NOT_ASKED, [*MONTHS[:8], *MONTHS[9:]], {}),  # all but December
    "REND": (IS_NOT_ASKED, MONTHS[:-1], {}),  # all but the month that reports
    "RNONE": (IS_NOT_ASKED, [], {}),
    "RTEAM": (COUNTS, MONTHS, {"care_professional_id": None}),
    "RNOBODY": (IS_NOT_ASKED, MONTHS, {"care_professional_id": None, "care_team_id": None}),
    "RSTAFF": (IS_NOT_ASKED, MONTHS, {"staff_group_code": None}),
    "RSTAY": (IS_NOT_ASKED, MONTHS, {"discharge_date": None}),
}


@indicators
def women_of_providers(tiny: Tiny) -> dict[str, str]:
    """Each woman has a contact in September and one in October, and a discharge told at booking."""
    found = {}
    for provider, (_, months, cells) in PROVIDERS.items():
        sends(tiny, provider, months, **cells)
        booking = {"provider_code": provider, "discharge_date": "2026-02-20"}
        days = [day for day in ("2025-09-20", "2025-10-20") if day[:7] in months]
        found[provider] = reaches(
            tiny, f"Woman of {provider}", booking, [{**cells, "contact_date": day} for day in days]
        )
    return found


def test_mat01_received_asks_nobody_of_a_provider_whose_contacts_are_missing(other_world: World) -> None:
    """Its contacts with named midwives are needed in every month from its first plan on, and discharges: not 0 %."""
    areas = other_world["women_of_providers"]
    found = {provider: other_world.numbers.counts("MAT01_RECEIVED", la) for provider, la in areas.items()}
    assert found == {provider: counts for provider, (counts, _, _) in PROVIDERS.items()}


# February reports on who reached 29 weeks in October: what is sent in March comes too late for it.
LATE: dict[str, Woman] = {
    "a contact with others, sent in March": (
        COUNTS, ({}, [*met(2, 0), {**OTHERS, "contact_date": SEEN[3], "period_start_date": "2026-03-01"}])),
    "the same, sent in February": (
        DOES_NOT, ({}, [*met(2, 0), {**OTHERS, "contact_date": SEEN[3], "period_start_date": "2026-02-01"}])),
    "a discharge told of in March": (
        DOES_NOT, ({}, [*met(2, 0)[:1], {"contact_date": SEEN[4], "discharge_date": "2026-02-20",
                                         "period_start_date": "2026-03-01"}])),
    "a labour told of in March": (
        COUNTS, ({}, [*met(2, 0), {**LABOUR, **OTHERS, "period_start_date": "2026-03-01"}])),
}  # fmt: skip


@indicators
def women_of_october(tiny: Tiny) -> dict[str, Any]:
    sends(tiny, "RLATE", MONTHS)
    booking = {"provider_code": "RLATE", "booking_date": "2025-06-04"}
    return {
        words: reaches(tiny, f"October: {words}", {**booking, **cells}, activities, "2025-10")
        for words, (_, (cells, activities)) in LATE.items()
    }


def test_mat01_received_counts_what_was_sent_up_to_the_reporting_month(other_world: World) -> None:
    areas = other_world["women_of_october"]
    month = {"period_type": "month", "period_end": "2026-02-28"}
    found = {words: other_world.numbers.counts("MAT01_RECEIVED", la, **month) for words, la in areas.items()}
    assert found == {words: counts for words, (counts, _) in LATE.items()}


# Month of 29 weeks, booking and plan of women of providers that send in every month there is, from April 2025 on.
EARLY: dict[str, tuple[Counts, str, Cells]] = {
    "planned in March, reported on in September": (
        IS_NOT_ASKED, "2025-05", {"booking_date": "2025-01-02", "care_plan_date": "2025-03-20"}),
    "planned in May elsewhere, reported on in September": (
        IS_NOT_ASKED, "2025-05",
        {"booking_date": "2025-01-02", "care_plan_date": "2025-05-02", "provider_code": "RMAY"}),
    "planned in April, reported on in October": (
        COUNTS, "2025-06", {"booking_date": "2025-02-02", "care_plan_date": "2025-04-20"}),
}  # fmt: skip


@indicators
def women_of_the_first_months(tiny: Tiny) -> dict[str, str]:
    for provider in ("REARLY", "RMAY"):
        sends(tiny, provider, MONTHS)
    seen: list[Cells] = [{"contact_date": "2025-06-10", "discharge_date": "2025-09-09"}]
    return {
        words: reaches(tiny, f"Early: {words}", {"provider_code": "REARLY", **cells}, seen, month)
        for words, (_, month, cells) in EARLY.items()
    }


def test_mat01_received_reports_on_no_month_whose_first_contacts_no_file_has(other_world: World) -> None:
    """The first file is of April: what was met in March is not known, of whoever was planned then or later."""
    areas = other_world["women_of_the_first_months"]
    found = {
        words: other_world.numbers.counts("MAT01_RECEIVED", la, period_type="month", period_end=f"2025-{end}")
        for end in ("09-30", "10-31")
        for words, la in areas.items()
        if words in EARLY and (EARLY[words][1] == "2025-05") == (end == "09-30")
    }
    assert found == {words: counts for words, (counts, _, _) in EARLY.items()}


def test_mat01_received_of_a_provider_that_is_not_asked_is_missing_with_a_reason(other_world: World) -> None:
    """It sent contacts, and so is expected to have a figure; it has none, and that is not 0 %."""
    for provider in ("RGAP", "RNOBODY", "RSTAY"):
        row = other_world.numbers.published("MAT01_RECEIVED", provider)
        assert (row["numerator"], row["value"], row["value_status"]) == (None, None, "not_submitted"), provider
        assert row["status_reason"]
    assert other_world.numbers.published("MAT01_RECEIVED", "RALL")["value_status"] == "shown"


def test_mat01_received_has_values_where_bookings_of_four_months_before_are_there(other_world: World) -> None:
    periods = other_world.numbers.query(
        "select distinct cast(period_end as varchar) as period_end from publication.pub_indicator_value "
        "where indicator_id = 'MAT01_RECEIVED' and denominator is not null order by period_end"
    )
    assert periods["period_end"].tolist() == ["2025-10-31", "2026-02-28", f"{MONTH}-31"]


def test_an_area_lacks_the_women_of_a_provider_that_mat01_received_does_not_ask(other_world: World) -> None:
    """The rule on areas withholds a figure that lacks a tenth of its women, whichever month of contacts is missing."""
    areas = other_world["women_of_providers"]
    rows = other_world.numbers.query(
        "select area_code, violated, expected from quality.quality_area_represented "
        "where feed = 'msds_contact' and period = ?",
        [MONTH],
    )
    found = {row.area_code: (row.violated, row.expected) for row in rows.itertuples()}
    not_asked = [provider for provider, (counts, _, _) in PROVIDERS.items() if counts == IS_NOT_ASKED]
    assert {provider: found.get(areas[provider]) for provider in PROVIDERS} == {
        provider: (1, 1) if provider in not_asked else None for provider in PROVIDERS
    }
    women = len(PROVIDERS) + sum(counts != IS_NOT_ASKED for counts, _ in LINES.values())
    assert found["all"] == (len(not_asked), women)


def test_without_the_feed_mat01_received_is_not_there(
    other_world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An extract without contacts is not one in which nobody received: no figure, and so none of 0 %."""
    parts = [
        {str(name): value for name, value in row.items()}
        for row in other_world.numbers.query("select * from run.part where feed <> 'msds_contact'").to_dict("records")
    ]
    models = ("int_period__member", "int_indicator__part", "int_continuity__cube", "ind_mat01_received")
    home = tmp_path_factory.mktemp("no contacts") / "home"
    without = rebuilt(other_world.numbers, home, {"run.part": parts}, *models)
    rows = "select count(*) as n from indicators.ind_mat01_received"
    assert other_world.numbers.query(rows)["n"].iloc[0] > 0
    assert without.query(rows)["n"].iloc[0] == 0

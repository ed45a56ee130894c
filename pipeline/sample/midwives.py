"""Midwives' contacts and labours of the pregnancies of `maternity`: monthly CSVs of care activities (msds_contact).

Belongs here: who of the women placed on a pathway receives continuity of carer, why the others do not, activities that
must not count, the columns of the feed. Does not belong here: the pregnancies, their plans and their pathways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample import rates
from pipeline.sample.files import Written, write_csv
from pipeline.sample.geography import Geography
from pipeline.sample.links import make_links
from pipeline.sample.maternity import (
    BOOKINGS,
    MIDWIVES,
    MOTHER,
    PATHWAY,
    TEAMS,
    WEEKS_29,
    bookings,
    midwife,
    team,
)
from pipeline.sample.monthly import Chance, Share, drawn, expected_people, same, where
from pipeline.sample.population import Population
from pipeline.sample.rates import Mask, Sampler
from pipeline.sample.recording import day_number, days, numbered, text
from pipeline.sample.streams import Floats, Ints, Texts, pick, pick_index, stream
from pipeline.sample.timeline import MATERNITY_END, MONTH_COUNT, Month, months_to

FEED = "msds_contact"
# Of the women who were placed on a pathway before 29 weeks.
RECEIVED = Chance(0.62, 0.7, {"Mixed": 0.95, "Asian": 0.9, "Black": 0.85, "Other": 0.92})
# Contacts of a pregnancy lie between five months before that of its 29 weeks and four after it.
_MONTHS_BEFORE, _MONTHS_AFTER = 5, 4
# Why a woman on a pathway did not receive: others too often, others in labour, seen by no midwife, no discharge told.
_TOO_FEW, _LABOUR, _UNSEEN, _NOT_ENDED = range(4)
_WHY_NOT = (55.0, 20.0, 10.0, 15.0)
_LEAST, _MOST, _OUTSIDE = 3, 10, 3  # contacts of a woman on a pathway, the most of another woman
_FIRST_END, _END_DAYS = 45, 72  # days from 29 weeks to the end of care
_MIDWIFE_GROUPS = {"05": 70.0, "06": 22.0, "07": 8.0}
_ATTENDED, _MISSED = {"5": 92.0, "6": 8.0}, {"3": 55.0, "2": 25.0, "7": 20.0}
_WITH_PLAN = {"both": 50.0, "team": 30.0, "midwife": 20.0}


@dataclass(frozen=True)
class _Activities:
    """Activities: the position of the woman, the contact, the day, and with whom (of the plan or others)."""

    woman: Ints
    contact: Texts
    day: Ints
    attend: Texts
    staff: Texts
    is_midwife_of_plan: Mask
    is_team_of_plan: Mask

    def take(self, rows: Ints) -> _Activities:
        return _Activities(*(getattr(self, item.name)[rows] for item in fields(self)))


def expected_shares(population: Population) -> Iterator[Share]:
    """The planted proportion of those who received, among all pregnancies and not only those on a pathway."""
    mothers = expected_people(MOTHER, population)
    received = mothers * PATHWAY.by_cell(population) * RECEIVED.by_cell(population)
    yield Share("MAT01_RECEIVED", True, "month", MATERNITY_END, mothers, received)


def write_activities(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes every month; yields the period and its file as each is done."""
    samplers = [Sampler(rates.expected_events(MOTHER, population))]
    links = make_links(seed, geography, population)
    last = MATERNITY_END + timedelta(days=30 * _MONTHS_AFTER)
    tables = []
    for month in months_to(last, MONTH_COUNT + _MONTHS_BEFORE + _MONTHS_AFTER):
        # The same stream as in the feed of bookings: the same women.
        rng = stream(seed, BOOKINGS, month.key)
        people, booked = drawn(rng, geography, BOOKINGS, month, samplers, 2011, links, population, bookings)
        received = RECEIVED.of(population, people)
        tables.append(_of_pregnancies(stream(seed, FEED, month.key), month, booked, received))
    table = pa.concat_tables(tables)
    number = np.asarray(pc.cast(table["CContactDate"], pa.int32()))
    for month in months_to(MATERNITY_END):
        rng = stream(seed, FEED, month.key, "order")
        rows = np.flatnonzero((number >= day_number(month.first)) & (number <= day_number(month.last)))
        here = table.take(pa.array(rng.permutation(rows)))
        yield month.key, [write_csv(folder / f"{FEED}_{month.key}.csv", _as_of(month, here))]


def _as_of(month: Month, rows: pa.Table) -> pa.Table:
    """The columns of a month: a discharge is told of from its month on."""
    is_over = np.asarray(pc.less_equal(rows["discharge"], pa.scalar(month.last)).fill_null(False))
    columns = {
        "CareActivityID": numbered(
            f"MSC{month.key.replace('-', '')}", np.arange(1, rows.num_rows + 1, dtype=np.int64), 8
        ),
        **{name: rows[name] for name in ("Person_ID_Mother", "OrgCodeProvider")},
        "RPStartDate": same(month.first.isoformat(), rows.num_rows),
        **{name: rows[name] for name in (
            "UniqPregID", "Source_Table", "CareConID", "CContactDate", "AttendCode", "StaffGroup", "CareProfLID",
            "TeamLocalID",
        )},
        "DischargeDateMatService": where(is_over, rows["discharge"].combine_chunks()),
        **{name: rows[name] for name in ("AgeAtBookingMother", "EthnicCategoryMother", "LSOAMother2011")},
    }  # fmt: skip
    return pa.table(columns)


def _numbers(dates: pa.Array) -> Ints:
    """Days since 1970-01-01; -1 where there is no date."""
    return np.asarray(pc.cast(dates, pa.int32()).fill_null(-1)).astype(np.int64)


def _of_pregnancies(rng: np.random.Generator, month: Month, booked: dict[str, pa.Array], chance: Floats) -> pa.Table:
    """Every activity of the pregnancies that reach 29 weeks in a month, in whichever month it falls."""
    count = len(chance)
    at_booking = np.asarray(pc.fill_null(booked["GestAgeBooking"], 0)).astype(np.int64)
    first_booked, plan, left = (
        _numbers(booked[name]) for name in ("AntenatalAppDate", "CarePlanDate", "DischargeDateMatService")
    )
    # Where the gestation is not known nobody can tell the day; any will do.
    turning = np.where(at_booking > 0, first_booked + WEEKS_29 - at_booking, first_booked + 120)
    is_placed = np.ones(count, dtype=bool)
    for name, wanted in (("CarePlanType", "05"), ("ContCarePathInd", "Y")):
        is_placed &= np.asarray(pc.equal(booked[name], wanted).fill_null(False))
    for name in ("CareProfLID", "TeamLocalID"):
        is_placed &= np.asarray(pc.is_valid(booked[name]))
    start = np.where(plan >= 0, plan, turning - 30)
    ended = turning + _FIRST_END + np.floor(rng.random(count) * _END_DAYS).astype(np.int64)
    end = np.maximum(np.where(left >= 0, left, ended), start)
    receives = rng.random(count) < chance
    why_not = np.where(receives, -1, pick_index(rng, count, np.array(_WHY_NOT)))
    # Who left before labour has none, and her leaving is known.
    why_not = np.where((left >= 0) & np.isin(why_not, (_LABOUR, _NOT_ENDED)), _TOO_FEW, why_not)
    parts = [
        _contacts(rng, is_placed, why_not, start, end),
        _others(rng, is_placed, plan, turning, end),
        _labours(rng, np.flatnonzero(left < 0), why_not, end),
    ]
    found = _Activities(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(_Activities)))
    number = np.arange(1, count + 1, dtype=np.int64)
    rows = len(found.woman)
    another = np.floor(rng.random(rows) * 20).astype(np.int64)
    is_discharge_told = why_not != _NOT_ENDED
    discharge = where(is_discharge_told | (left >= 0), days(end))
    woman = pa.array(found.woman)
    is_labour = found.attend == ""
    is_blank = is_labour & (found.staff == "")
    return pa.table(
        {
            **{name: booked[name].take(woman) for name in (
                "Person_ID_Mother", "OrgCodeProvider", "UniqPregID", "AgeAtBookingMother", "EthnicCategoryMother",
                "LSOAMother2011",
            )},
            "Source_Table": text(np.where(is_labour, "MSD302", "MSD202").astype(object)),
            "CareConID": where(~is_labour, pc.binary_join_element_wise(
                pa.scalar(f"CC{month.key.replace('-', '')}"), text(found.contact), ""
            )),
            "CContactDate": days(found.day),
            "AttendCode": where(~is_labour, text(found.attend)),
            "StaffGroup": where(~is_blank, text(found.staff)),
            "CareProfLID": where(~is_blank, pc.if_else(
                pa.array(found.is_midwife_of_plan), midwife(number).take(woman),
                numbered("MW", MIDWIVES + 1 + another, 3),
            )),
            "TeamLocalID": where(~is_blank, pc.if_else(
                pa.array(found.is_team_of_plan), team(number).take(woman), numbered("TEAM", TEAMS + 1 + another % 4, 2)
            )),
            "discharge": discharge.take(woman),
        }
    )  # fmt: skip


def _contacts(rng: np.random.Generator, is_placed: Mask, why_not: Ints, start: Ints, end: Ints) -> _Activities:
    """Attended contacts with midwives from the plan to the end of care, some of them of two activities."""
    women = len(start)
    contacts = _LEAST + np.floor(rng.random(women) * (_MOST - _LEAST + 1)).astype(np.int64)
    contacts = np.where(is_placed, contacts, 1 + np.floor(rng.random(women) * _OUTSIDE).astype(np.int64))
    least = (7 * contacts + 9) // 10  # 70 per cent, rounded up
    luck = rng.random(women)
    enough = least + np.floor(luck * (contacts - least + 1)).astype(np.int64)
    too_few = np.floor(luck * least).astype(np.int64)
    as_planned = np.where(why_not == _TOO_FEW, too_few, enough)
    woman = np.repeat(np.arange(women), contacts)
    rows = len(woman)
    place = np.arange(rows) - np.repeat(np.cumsum(contacts) - contacts, contacts)
    day = start[woman] + np.floor(rng.random(rows) * (end - start + 1)[woman]).astype(np.int64)
    # On the first and on the last day that count.
    day = np.where((place == 0) & (rng.random(rows) < 0.3), start[woman], day)
    day = np.where(place == contacts[woman] - 1, end[woman], day)
    how = pick(rng, rows, _WITH_PLAN)
    is_planned = place < as_planned[woman]
    is_missed = (why_not == _UNSEEN)[woman]
    found = _Activities(
        woman=woman,
        contact=np.asarray(numbered("", woman * 100 + place, 8).to_pylist(), dtype=object),
        day=day,
        attend=np.where(is_missed, pick(rng, rows, _MISSED), pick(rng, rows, _ATTENDED)),
        staff=pick(rng, rows, _MIDWIFE_GROUPS),
        is_midwife_of_plan=is_planned & (how != "team"),
        is_team_of_plan=is_planned & (how != "midwife"),
    )
    again = found.take(np.flatnonzero(rng.random(rows) < 0.12))
    nobody = np.zeros(len(again.woman), dtype=bool)
    second = _Activities(again.woman, again.contact, again.day, again.attend, again.staff, nobody, nobody)
    return _Activities(*(np.concatenate([getattr(found, item.name), getattr(second, item.name)])
                         for item in fields(_Activities)))  # fmt: skip


def _others(rng: np.random.Generator, is_placed: Mask, plan: Ints, turning: Ints, end: Ints) -> _Activities:
    """Activities that must not count: of consultants, missed, before the plan and after the end of care."""
    women = len(end)
    everyone = np.arange(women)
    missed = np.flatnonzero(rng.random(women) < 0.4)
    before = np.flatnonzero(is_placed & (rng.random(women) < 0.4))
    after = np.flatnonzero(rng.random(women) < 0.2)
    some = (everyone, missed, before, after)
    kind = np.repeat(np.arange(4), [len(part) for part in some])
    woman = np.concatenate(some)
    rows = len(woman)
    luck = rng.random(rows)
    away = 1 + np.floor(luck * 25).astype(np.int64)
    day = np.select(
        [kind == 0, kind == 1, kind == 2], [turning[woman], end[woman] - away, plan[woman] - away], end[woman] + away
    )
    return _Activities(
        woman=woman,
        contact=np.asarray(numbered("", woman * 100 + 50 + kind, 8).to_pylist(), dtype=object),
        day=day,
        attend=np.where(kind == 1, pick(rng, rows, _MISSED), pick(rng, rows, _ATTENDED)),
        staff=np.where(kind == 0, "01", pick(rng, rows, _MIDWIFE_GROUPS)),
        # The missed ones would have been with the midwife of the plan.
        is_midwife_of_plan=kind == 1,
        is_team_of_plan=kind == 1,
    )


def _labours(rng: np.random.Generator, women: Ints, why_not: Ints, end: Ints) -> _Activities:
    """Labours ten days before the end of care; some are not recorded, and some without an activity."""
    is_other = why_not[women] == _LABOUR
    recorded = women[is_other | (rng.random(len(women)) < 0.85)]
    is_other = why_not[recorded] == _LABOUR
    is_blank = is_other & (rng.random(len(recorded)) < 0.3)
    # The second activity of a labour is with somebody else.
    twice = np.flatnonzero(~is_blank & (rng.random(len(recorded)) < 0.4))
    woman = np.concatenate([recorded, recorded[twice]])
    is_first = np.arange(len(woman)) < len(recorded)
    is_planned = is_first & ~np.concatenate([is_other, is_other[twice]])
    blank = np.concatenate([is_blank, is_blank[twice]])
    by_team = rng.random(len(woman)) < 0.7
    return _Activities(
        woman=woman,
        contact=np.full(len(woman), "", dtype=object),
        day=end[woman] - 10,
        attend=np.full(len(woman), "", dtype=object),
        staff=np.where(blank, "", pick(rng, len(woman), _MIDWIFE_GROUPS)).astype(object),
        is_midwife_of_plan=is_planned & ~by_team,
        is_team_of_plan=is_planned & by_team,
    )

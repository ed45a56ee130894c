"""A warehouse of a few rows, built with the product's own code and SQL: rows in, numbers out.

Belongs here: the made-up places, people and records of a specification, and how the published numbers are read back.
Does not belong here: what is right (the specifications), any formula of the product.

Both editions of the index have their real number of LSOAs, so that deciles are cut where they are in England; LSOAs
that no specification names are filler without residents.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.feeds import load_feeds
from pipeline.landing.ledger import ActivePart
from pipeline.landing.periods import period_of_key
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import PUBLICATION, build_models, dbt_environment, manifest_path
from pipeline.orchestration.inputs import RunInputs, write_inputs
from pipeline.orchestration.supplied import ExpectedSubmitter
from pipeline.orchestration.timeliness import ExpectedPeriod
from pipeline.quality.judge import Judgement
from pipeline.quality.tables import write_verdict
from pipeline.quality.verdict import measure_statuses, withholdings
from pipeline.reference.tables import SCHEMA
from pipeline.settings import FeedSource, Settings
from pipeline.warehouse.database import connect
from tests.spec.numbers import Numbers
from tests.spec.services import SERVICES

LSOAS = {2019: 32_844, 2025: 33_755}
MONTHS = [str(month) for month in pd.period_range("2025-04", "2026-03", freq="M")]
MONTH = MONTHS[-1]
CENSUS = date(2026, 3, 29)  # a Sunday, and the night the clocks go forward
YEAR_END = date(2026, 3, 31)
SNAPSHOT = date(2025, 12, 31)
SINGLE_YEARS = tuple(range(20))
FIVE_YEARS = tuple(range(20, 95, 5))
CONTRACTS = load_feeds()
FEEDS = tuple(CONTRACTS)
# Feeds that send every month, and so have whole rolling years.
MONTHLY = (
    "sus_apc", "sus_op", "ecds", "talking_therapies", "msds_birth", "msds_booking", "msds_contact", "tobacco_sdcs",
    "mhsds_contact", "mhsds_detention",
)  # fmt: skip

ADMISSION = {
    "provider_code": "RAA", "admission_date": "2026-03-10", "episode_end_date": "2026-03-15",
    "admission_method_code": "21", "patient_classification_code": "1", "episode_order": "1", "episode_status": "3",
    "age_at_start": "70", "sex_code": "1", "ethnic_category_code": "A", "primary_diagnosis_code": "I639",
    "primary_procedure_code": "-",
}  # fmt: skip
ATTENDANCE = {
    "provider_code": "RAA", "department_type_code": "01", "attendance_category_code": "1",
    "arrival_date": "2026-03-10", "arrival_time": "10:00:00", "departure_date": "2026-03-10",
    "departure_time": "12:00:00", "age_at_arrival": "40", "sex_code": "1", "ethnic_category_code": "A",
}  # fmt: skip
APPOINTMENT = {
    "provider_code": "RAA", "part_year": "202603", "appointment_date": "2026-03-10", "attended_code": "5",
    "first_attendance_code": "2", "age_at_appointment": "40", "sex_code": "1", "ethnic_category_code": "A",
}  # fmt: skip
PATHWAY = {
    "provider_code": "RAA", "commissioner_code": "00A", "treatment_function_code": "110", "waiting_list_type": "IRTT",
    "age": "40", "sex_code": "1", "ethnic_category_code": "A",
}  # fmt: skip

PERSON = {"practice_code": "A81001", "birth_month": "1975-12", "sex_code": "1", "ethnic_category_code": "A"}


@dataclass(frozen=True)
class Place:
    """A local authority that is also a sub-ICB and an ICB of its own, so that its numbers are nobody else's."""

    name: str
    la: str
    sub_icb: str
    icb: str
    icb_ods: str
    sub_icb_ods: str


@dataclass
class Tiny:
    """What goes in. Places, people and records are added; `build` runs every model on them."""

    home: Path
    imd_editions: tuple[Any, ...] = (2019, 2025)
    organisation_edition: Any = 2026
    ethnicity: Any = "recorded"
    population_vintage: str = "mid-2024"
    judged_rules: tuple[str, ...] = ()
    submitters: list[ExpectedSubmitter] = field(default_factory=list)
    due: list[ExpectedPeriod] = field(default_factory=list)
    release_states: dict[tuple[str, str], str] = field(default_factory=dict)
    organisations: list[tuple[Any, ...]] = field(default_factory=list)
    _records: dict[tuple[str, str], list[dict[str, str | None]]] = field(default_factory=dict)
    _layouts: dict[tuple[str, str], str] = field(default_factory=dict)
    _scores: dict[tuple[int, str], float] = field(default_factory=dict)
    _ranks: dict[int, dict[str, int]] = field(default_factory=lambda: {2019: {}, 2025: {}})
    _change: list[tuple[str, str, str]] = field(default_factory=list)
    _area: dict[int, list[tuple[Any, ...]]] = field(default_factory=lambda: {2024: [], 2026: []})
    _successors: list[tuple[Any, ...]] = field(default_factory=list)
    _people: list[tuple[Any, ...]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # Places and people

    def place(self, name: str, icb_ods: str | None = None) -> Place:
        """A new area of every kind. `icb_ods` is the ODS code of its ICB (default: one that starts with Q)."""
        at = next(self._number)
        icb_ods = icb_ods or f"Q{at:02d}"
        return Place(name, f"E07{at:06d}", f"E38{at:06d}", f"E54{at:06d}", icb_ods, f"{at:02d}A")

    def lsoa(
        self,
        place: Place,
        decile: int = 5,
        decile_2019: int | None = None,
        rank_2019: int | None = None,
        in_2024: Place | None = None,
    ) -> str:
        """An LSOA that both vintages share, in a decile of both editions. `in_2024`: where it was before April 2026."""
        code = self._code()
        self._rank(2025, code, decile)
        self._rank(2019, code, decile_2019 or decile, rank_2019)
        self._change.append((code, code, "U"))
        self._locate(code, place, in_2024)
        return code

    def split_lsoa(self, place: Place, decile_2019: int, deciles_2025: Sequence[int]) -> tuple[str, list[str]]:
        """A 2011 LSOA that was split: its code, and the codes of 2021 it became."""
        parent = self._code()
        self._rank(2019, parent, decile_2019)
        children = []
        for decile in deciles_2025:
            child = self._code()
            self._rank(2025, child, decile)
            self._change.append((parent, child, "S"))
            self._locate(child, place, None)
            children.append(child)
        return parent, children

    def merged_lsoa(self, place: Place, deciles_2019: Sequence[int], decile_2025: int) -> tuple[list[str], str]:
        """LSOAs of 2011 that were merged: their codes, and the one of 2021."""
        merged = self._code()
        self._rank(2025, merged, decile_2025)
        self._locate(merged, place, None)
        parents = []
        for decile in deciles_2019:
            parent = self._code()
            self._rank(2019, parent, decile)
            self._change.append((parent, merged, "M"))
            parents.append(parent)
        return parents, merged

    def succeeded(self, predecessor: str, *successors: str) -> None:
        """An organisation that ended, and what followed it."""
        self._successors += [(predecessor, successor, "2020-04-01") for successor in successors]

    def people(
        self, lsoa: str, persons_in_each_band: int, without_ages: Sequence[int] = (), sex: str = "1", ethnic: str = "A"
    ) -> None:
        """Residents: the same number in each of the 19 five-year bands, evenly over the single years under 20."""
        rows = [(age, persons_in_each_band // 5) for age in SINGLE_YEARS]
        rows += [(age, persons_in_each_band) for age in FIVE_YEARS]
        self._people += [
            (self.population_vintage, 2021, lsoa, age, sex, ethnic, count)
            for age, count in rows
            if age not in without_ages
        ]

    # Records

    def admissions(self, count: int, lsoa: str | None, month: str = MONTH, **cells: str | None) -> None:
        """Finished first episodes of emergency stroke admissions at 70, but for what `cells` say otherwise."""
        self._add("sus_apc", month, count, {**ADMISSION, "lsoa11_code": lsoa, **cells})

    def attendances(
        self, count: int, lsoa: str | None, month: str = MONTH, layout: str = "ecds", **cells: str | None
    ) -> None:
        """First unplanned attendances at 40."""
        self._add("ecds", month, count, {**ATTENDANCE, "lsoa_code": lsoa, **cells}, layout)

    def appointments(self, count: int, lsoa: str | None, month: str = MONTH, **cells: str | None) -> None:
        """Follow-up appointments at 40 that were attended in person."""
        self._add("sus_op", month, count, {**APPOINTMENT, "lsoa11_code": lsoa, **cells})

    def waiting(
        self, count: int, lsoa: str | None, days: int | None = 10, census: date = CENSUS, **cells: str | None
    ) -> None:
        """Incomplete pathways that have waited so many days at the census; None: no clock start was sent."""
        start = None if days is None else (census - timedelta(days=days)).isoformat()
        dates = {"week_ending_date": census.isoformat(), "rtt_start_date": start}
        self._add("wlmds", census.isoformat(), count, {**PATHWAY, **dates, "lsoa_code": lsoa, **cells})

    def registered(
        self, count: int, lsoa: str | None, cells: Mapping[str, str | None], snapshot: date = SNAPSHOT
    ) -> None:
        """People of 50 registered with a GP on the snapshot day, with nothing on record but what `cells` say."""
        day = {"snapshot_date": snapshot.isoformat(), "lsoa_code": lsoa}
        self._add("gp_extract", f"{snapshot:%Y-%m}", count, {**PERSON, **day, **cells})

    def member(
        self, group: str, person: str, first: str = "2020-01-01", last: str | None = None, period: str = "2026-03"
    ) -> None:
        """A line of the list of PLUS groups that a quarter's end came with."""
        named = {"plus_group_id": group, "plus_group_name": f"People of {group}", "person_id": person}
        self._add("plus_group", period, 1, {**named, "valid_from": first, "valid_to": last})

    def records(self, feed: str, count: int, lsoa: str | None, month: str = MONTH, **cells: str | None) -> None:
        """Records of a monthly feed of services, the usual one of `tests.spec.services` but for what `cells` say."""
        self._add(feed, month, count, {**SERVICES[feed], "lsoa_code": lsoa, **cells})

    def row(self, feed: str, period: str, **cells: str | None) -> None:
        """One row of a published aggregate."""
        self._add(feed, period, 1, cells)

    def expect(self, feed: str, submitter: str) -> None:
        """A submitter that must send in every period, or `ods:` and a type of organisation that must."""
        self.submitters.append(ExpectedSubmitter(feed, submitter, date(2000, 1, 1), None))

    def trust(self, code: str, closed: date | None = None) -> None:
        """An NHS trust of ODS that was always there; `closed` is the first day it is no more."""
        self.organisations.append((code, f"Trust {code}", "trust", None, None, date(2000, 1, 1), closed))

    # The build

    def build(self) -> Numbers:
        """Run every model, with the verdict of `judged_rules` between the two builds as in a night."""
        manifest_path()
        settings = Settings(
            home=self.home,
            source="files",
            feeds={name: FeedSource(folder=self.home) for name in FEEDS},
            imd_editions=self.imd_editions,
            organisation_edition=self.organisation_edition,
            ethnicity=self.ethnicity,
            as_of=date(2026, 6, 1),
            memory_limit="1GB",
        )
        context = RunContext(settings)
        parts = tuple(self._part(context, feed, period) for feed, period in self._periods())
        periods = {
            (part.feed, part.period): period_of_key(part.period, context.feeds[part.feed].period_grain)
            for part in parts
        }
        inputs = RunInputs(parts, periods, tuple(self.due), tuple(self.submitters), (), "accepted", "inputs", "spec")
        with connect(settings) as connection:
            self._write_reference(connection)
            write_inputs(connection, context, inputs, [])
        with _environment(dbt_environment(settings)):
            build_models(settings, "--exclude", PUBLICATION)
            self._judge(context)
            build_models(settings, "--select", PUBLICATION)
        return Numbers(settings.build_database)

    def _judge(self, context: RunContext) -> None:
        with connect(context.settings) as connection:
            measures = connection.execute("select * from quality.quality_feed_measure").df()
            measures = measures[measures["rule_id"].isin(self.judged_rules)].reset_index(drop=True)
            results = pd.concat(
                measure_statuses(measures[measures["feed"] == feed], self._judgements(feed, context), context.policy)
                for feed in FEEDS
            )
            withheld = [
                item for feed in FEEDS for item in withholdings(feed, results[results["feed"] == feed], context.policy)
            ]
            write_verdict(connection, results, withheld, ("spec", "published", "spec", "inputs", "spec"))

    @staticmethod
    def _judgements(feed: str, context: RunContext) -> list[Judgement]:
        """That every rule the policy applies to the feed was judged; the measures say with what result."""
        return [
            Judgement(feed, rule.rule_id, "passed", 0, 0, 0, 0, 0) for rule in context.policy.rules_for("feed", feed)
        ]

    def _periods(self) -> list[tuple[str, str]]:
        always = {(feed, month) for feed in MONTHLY for month in MONTHS}
        return sorted(always | set(self._records) | {("wlmds", CENSUS.isoformat())})

    def _part(self, context: RunContext, feed: str, period: str) -> ActivePart:
        contract = context.feeds[feed]
        rows = self._records.get((feed, period), [])
        schema = pa.schema([(name, pa.string()) for name in contract.field_names])
        unknown = {name for row in rows for name in row} - set(contract.field_names)
        if unknown:
            raise KeyError(f"{feed} has no field {', '.join(sorted(unknown))}")
        path = self.home / "parts" / feed / f"{period}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        full = [{name: row.get(name) for name in contract.field_names} for row in rows]
        pq.write_table(pa.Table.from_pylist(full, schema), path)
        whole = period_of_key(period, contract.period_grain)
        return ActivePart(
            feed=feed,
            period=period,
            layout=self._layouts.get((feed, period), contract.layouts[0].layout),
            sha256=f"{feed}{period}".ljust(64, "0"),
            path=path,
            rows=len(rows),
            release_state=self.release_states.get((feed, period), "final"),
            received_on=date(2026, 5, 1),
            submitted_on=None,
            file_name=path.name,
            period_start=whole.first,
            period_end=whole.last,
        )

    def _write_reference(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(SCHEMA)
        for edition, ranks in self._ranks.items():
            vintage = {2019: 2011, 2025: 2021}[edition]
            # The published decile is nonsense on purpose: the models make their own from the rank.
            connection.executemany(
                f"insert into reference.imd values ({edition}, {vintage}, ?, '', '', '', ?, 99, ?)",
                [[code, rank, self._scores[edition, code]] for code, rank in ranks.items()],
            )
            connection.execute(
                f"""insert into reference.imd
                with named as (
                    select imd_rank, count(*) as lsoas from reference.imd
                    where imd_edition = {edition} group by imd_rank
                )
                select {edition}, {vintage}, 'filler' || rank, '', '', '', rank, 99, 0
                from range(1, ? + 1) as every_rank(rank)
                where rank not in (select imd_rank from named)
                -- After a tie the next rank is left out, as in any ranking.
                order by rank - 1 in (select imd_rank from named where lsoas > 1), rank limit ?""",
                [LSOAS[edition], LSOAS[edition] - len(ranks)],
            )
        connection.executemany(
            "insert into reference.lsoa_change values (?, ?, ?)", [list(row) for row in self._change]
        )
        # ONS lists Wales too; the lookup to ICBs does not.
        connection.execute("insert into reference.lsoa_change values ('W01000001', 'W01000001', 'U')")
        for edition, rows in self._area.items():
            connection.executemany(
                f"insert into reference.lsoa21_area values ({edition}, ?, ?, ?, ?, ?, ?, ?, "
                "'E40000003', 'Y56', 'London', ?, ?)",
                [list(row) for row in rows],
            )
        written = {"organisation": self.organisations, "organisation_successor": self._successors}
        for table, found in (written | {"population": self._people}).items():
            for row in found[:1]:
                places = ", ".join("?" * len(row))
                connection.executemany(f"insert into reference.{table} values ({places})", [list(row) for row in found])

    def _add(
        self, feed: str, period: str, count: int, cells: Mapping[str, str | None], layout: str | None = None
    ) -> None:
        rows = self._records.setdefault((feed, period), [])
        if layout is not None:
            self._layouts[feed, period] = layout
        key = next((item.name for item in CONTRACTS[feed].with_role("key") if CONTRACTS[feed].kind == "record"), None)
        rows += [{**({key: f"R{next(self._number)}"} if key else {}), **cells} for _ in range(count)]

    def _code(self) -> str:
        return f"E01{next(self._number):06d}"

    def _rank(self, edition: int, code: str, decile: int, rank: int | None = None) -> None:
        """The rank given, or a free one in the middle of the decile. Scores are 100 in decile 1, 10 in decile 10."""
        self._scores[edition, code] = 110.0 - 10 * decile
        taken = set(self._ranks[edition].values())
        middle = LSOAS[edition] * (2 * decile - 1) // 20
        self._ranks[edition][code] = rank or next(free for free in itertools.count(middle) if free not in taken)

    def _locate(self, code: str, place: Place, in_2024: Place | None) -> None:
        for edition, where in ((2024, in_2024 or place), (2026, place)):
            names = (where.sub_icb, where.sub_icb_ods, where.name, where.icb, where.icb_ods, where.name)
            self._area[edition].append((code, *names, where.la, where.name))


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

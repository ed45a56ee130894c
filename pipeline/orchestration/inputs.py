"""Prepare the build database of a run and name its inputs.

Belongs here: the facts a run's models read (schema `run`), empty verdict tables, and the hash that says whether two
runs have the same inputs. Does not belong here: landing, reference files, transformation.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipeline.catalogue.feeds import Feed
from pipeline.catalogue.indicators import ALL_FEEDS
from pipeline.landing.ledger import ActivePart, active_parts, deliveries, first_arrivals, repeated_arrivals
from pipeline.landing.periods import FINANCIAL_YEAR_PREFIX, Period, period_of_key
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.submitters import LateSubmitter, late_submitters
from pipeline.orchestration.supplied import ExpectedSubmitter, due_dates, expected_submitters
from pipeline.orchestration.timeliness import Arrival, Calendar, ExpectedPeriod, expected_periods
from pipeline.quality.tables import create_verdict_tables
from pipeline.reference import LoadedSource
from pipeline.settings import DBT_PROJECT, EXPECTATIONS, PROJECT_ROOT, REFERENCE_DATA, SettingsError
from pipeline.warehouse.tables import RawPart, create_raw_view, write_table

ENGLAND = ("E92000001", "England")
FICTIONAL_COUNTRY = ("F92000001", "Fictional country (synthetic)")


@dataclass(frozen=True)
class RunInputs:
    """Everything a run rests on, found before the models run."""

    parts: tuple[ActivePart, ...]
    periods: dict[tuple[str, str], Period]
    timeliness: tuple[ExpectedPeriod, ...]
    submitters: tuple[ExpectedSubmitter, ...]
    late_submitters: tuple[LateSubmitter, ...]
    accepted_sha256: str
    inputs_sha256: str
    release_id: str


def find_inputs(
    context: RunContext, reference_files: Sequence[tuple[str, str]], rejections: Sequence[tuple[str, str, str]]
) -> RunInputs:
    """The inputs of a run, from the ledger, the settings and the files of the project.

    `reference_files` is (dataset, sha256) of the reference copies that are loaded, `rejections` is (feed, sha256,
    reason) of the deliveries that were not taken. Those change what a release says, so they are part of
    `inputs_sha256`, but they are not news to publish, so `accepted_sha256` is without them.
    """
    settings = context.settings
    parts = tuple(part for part in active_parts(settings.ledger) if part.feed in context.feeds)
    periods = {
        (part.feed, part.period): period_of_key(part.period, context.feeds[part.feed].period_grain) for part in parts
    }
    timeliness: list[ExpectedPeriod] = []
    supplied = due_dates(context)
    seen, came = deliveries(settings.ledger), first_arrivals(settings.ledger)
    again = repeated_arrivals(settings.ledger)
    late: list[LateSubmitter] = []
    for name, feed in context.feeds.items():
        arrivals = [
            Arrival(periods[name, part.period], _grain(part, feed) == feed.period_grain, *came[name, part.period])
            for part in parts
            if part.feed == name
        ]
        first_seen = min((item.received_on for item in seen if item.feed == name), default=None)
        calendar = Calendar(feed, supplied.get(name, {}), context.publisher_calendars)
        timeliness += expected_periods(calendar, arrivals, first_seen, settings.today)
        late += late_submitters(calendar, periods, again, first_seen)
    submitters = expected_submitters(context)
    facts: dict[str, Any] = {
        "parts": [[part.feed, part.period, part.sha256, part.layout, part.rows, part.release_state] for part in parts],
        "timeliness": [
            [
                *(row.feed, row.period.key, str(row.due_date), row.due_source),
                *(str(row.received_date), row.days_late, row.status),
            ]
            for row in timeliness
        ],
        "late_submitters": [astuple(row) for row in late],
        "submitters": [[row.feed, row.submitter_code, str(row.valid_from), str(row.valid_to)] for row in submitters],
        "waivers": [item.model_dump(mode="json") for item in context.waivers.in_force],
        "reference": sorted(reference_files),
        "project": _project_sha256(),
        "engines": {name: version(name) for name in ("duckdb", "dbt-core", "great-expectations", "pyarrow")},
        "settings": {
            "source": settings.source,
            "feeds": sorted(context.feeds),
            "imd_editions": sorted(settings.imd_editions),
            "organisation_edition": settings.organisation_edition,
            "ethnicity": settings.ethnicity,
        },
    }
    accepted = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    digest = hashlib.sha256(json.dumps([accepted, *rejections]).encode()).hexdigest()
    newest = max((period.last for period in periods.values()), default=date.min)
    release_id = f"{newest:%Y%m%d}-{digest[:12]}"
    return RunInputs(parts, periods, tuple(timeliness), submitters, tuple(late), accepted, digest, release_id)


def write_inputs(
    connection: duckdb.DuckDBPyConnection,
    context: RunContext,
    inputs: RunInputs,
    deliveries_found: Sequence[Mapping[str, Any]],
) -> None:
    """Write the raw views, schema `run` and empty verdict tables into the build database.

    `deliveries_found` are the outcomes of landing: feed, file_name, verdict and reason of each file.
    """
    for name, feed in context.contracts.items():
        raw = [
            RawPart(f"{part.feed}/{part.period}/{part.sha256[:16]}", part.period, part.layout, part.path)
            for part in inputs.parts
            if part.feed == name
        ]
        create_raw_view(connection, name, feed.field_names, raw)
    _write_setting(connection, context)
    _write_feeds(connection, context, inputs)
    write_table(
        connection,
        "run.late_submitter",
        {
            "feed": "varchar",
            "submitter_code": "varchar",
            "period": "varchar",
            "timeliness_status": "varchar",
            "days_late": "integer",
        },
        [astuple(row) for row in inputs.late_submitters],
    )
    write_table(
        connection,
        "run.delivery",
        {"feed": "varchar", "file_name": "varchar", "verdict": "varchar", "reason_code": "varchar"},
        [(item["feed"], item["file_name"], item["verdict"], item["reason"]) for item in deliveries_found],
    )
    _write_indicators(connection, context)
    create_verdict_tables(connection)


def reference_files(loaded: Sequence[LoadedSource]) -> list[tuple[str, str]]:
    """What `find_inputs` needs to know of the reference files."""
    return [(source.dataset, source.sha256) for source in loaded]


def _write_setting(connection: duckdb.DuckDBPyConnection, context: RunContext) -> None:
    settings = context.settings
    code, name = FICTIONAL_COUNTRY if settings.is_synthetic else ENGLAND
    vintages = connection.execute("select distinct population_vintage from reference.population order by 1").fetchall()
    years = [int(year) for row in vintages for year in re.findall(r"\d{4}", row[0])]
    if len(years) > 1:
        raise SettingsError("reference: population estimates of several years are loaded; keep one in the source table")
    population_year = years[0] if years else None
    write_table(
        connection,
        "run.setting",
        {
            "organisation_edition": "smallint",
            "ethnicity": "varchar",
            "is_synthetic": "boolean",
            "country_code": "varchar",
            "country_name": "varchar",
            "population_vintage": "varchar",
            "population_year": "smallint",
            "pipeline_version": "varchar",
        },
        [
            (
                settings.organisation_edition,
                settings.ethnicity,
                settings.is_synthetic,
                code,
                name,
                ", ".join(row[0] for row in vintages) or "none",
                population_year,
                version("core20"),
            )
        ],
    )
    write_table(
        connection, "run.imd_edition", {"imd_edition": "smallint"}, [(item,) for item in sorted(settings.imd_editions)]
    )


def _write_feeds(connection: duckdb.DuckDBPyConnection, context: RunContext, inputs: RunInputs) -> None:
    write_table(
        connection,
        "run.part",
        {
            "feed": "varchar",
            "period": "varchar",
            "period_grain": "varchar",
            "period_start": "date",
            "period_end": "date",
            "sha256": "varchar",
            "layout": "varchar",
            "rows_loaded": "bigint",
            "release_state": "varchar",
        },
        [
            (
                part.feed,
                part.period,
                _grain(part, context.feeds[part.feed]),
                inputs.periods[part.feed, part.period].first,
                inputs.periods[part.feed, part.period].last,
                part.sha256,
                part.layout,
                part.rows,
                part.release_state,
            )
            for part in inputs.parts
        ],
    )
    write_table(
        connection,
        "run.feed",
        {
            "feed": "varchar",
            "name": "varchar",
            "kind": "varchar",
            "disclosure_profile": "varchar",
            "licence": "varchar",
            "submitter_area_type": "varchar",
        },
        [
            (feed.feed, feed.name, feed.kind, feed.disclosure_profile, feed.licence, feed.submitter_area_type)
            for feed in context.feeds.values()
        ],
    )
    write_table(
        connection,
        "run.expected_period",
        {
            "feed": "varchar",
            "period": "varchar",
            "period_start": "date",
            "period_end": "date",
            "due_date": "date",
            "due_source": "varchar",
            "received_date": "date",
            "days_late": "integer",
            "timeliness_status": "varchar",
        },
        [
            (
                row.feed,
                row.period.key,
                row.period.first,
                row.period.last,
                row.due_date,
                row.due_source,
                row.received_date,
                row.days_late,
                row.status,
            )
            for row in inputs.timeliness
        ],
    )
    write_table(
        connection,
        "run.expected_submitter",
        {"feed": "varchar", "submitter_code": "varchar", "valid_from": "date", "valid_to": "date"},
        [(row.feed, row.submitter_code, row.valid_from, row.valid_to) for row in inputs.submitters],
    )


def _write_indicators(connection: duckdb.DuckDBPyConnection, context: RunContext) -> None:
    wanted = [item for item in context.indicators.values() if item.feed in (*context.feeds, ALL_FEEDS)]
    write_table(
        connection,
        "run.indicator",
        {
            "indicator_id": "varchar",
            "version": "varchar",
            "name": "varchar",
            "framework": "varchar",
            "clinical_area": "varchar",
            "feed": "varchar",
            "measure_type": "varchar",
            "denominator_type": "varchar",
            "counted_over": "varchar",
            "first_age": "smallint",
            "last_age": "smallint",
            "unit": "varchar",
            "multiplier": "double",
            "polarity": "varchar",
            "method": "varchar",
            "numerator_definition": "varchar",
            "denominator_definition": "varchar",
            "exclusions": "varchar",
            "disclosure_profile": "varchar",
            "target": "varchar",
            "evidence": "varchar",
            "reference_url": "varchar",
            "owner": "varchar",
            "review_date": "date",
        },
        [
            (
                item.id,
                item.version,
                item.name,
                item.framework,
                item.clinical_area,
                item.feed,
                item.measure_type,
                item.denominator_type,
                item.counted_over,
                item.first_age,
                item.last_age,
                item.unit,
                item.multiplier,
                item.polarity,
                item.method,
                item.numerator,
                item.denominator,
                "; ".join(item.exclusions),
                item.disclosure_profile,
                item.target_text,
                item.evidence_text,
                item.reference_url,
                item.owner,
                item.review_date,
            )
            for item in wanted
        ],
    )
    write_table(
        connection,
        "run.indicator_period",
        {"indicator_id": "varchar", "feed": "varchar", "period_type": "varchar"},
        [(item.id, item.feed, kind) for item in wanted for kind in item.period_types],
    )
    write_table(
        connection,
        "run.indicator_code_list",
        {"indicator_id": "varchar", "code_list_id": "varchar"},
        [(item.id, name) for item in wanted for name in item.code_lists],
    )
    write_table(
        connection,
        "run.indicator_breakdown",
        {"indicator_id": "varchar", "breakdown": "varchar"},
        [(item.id, name) for item in wanted for name in item.breakdowns],
    )


def _grain(part: ActivePart, feed: Feed) -> str:
    """Grain of a part: its feed's, unless the file was a whole financial year of a monthly feed."""
    return "financial_year" if part.period.startswith(FINANCIAL_YEAR_PREFIX) else feed.period_grain


def _project_sha256() -> str:
    """Hash over every file that can change a published number."""
    digest = hashlib.sha256()
    for folder, patterns in (
        (DBT_PROJECT, ("models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "dbt_project.yml")),
        (REFERENCE_DATA, ("**/*.csv", "**/*.yml")),
        (EXPECTATIONS, ("**/*.json",)),
        (PROJECT_ROOT / "pipeline", ("**/*.py",)),
    ):
        files: set[Path] = set()
        for pattern in patterns:
            files.update(folder.glob(pattern))
        for path in sorted(files):
            digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

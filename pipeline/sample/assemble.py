"""Puts the fictional country together in ``home/sample``: everything or nothing.

Belongs here: the order of generation, when a sample that is there can be kept, the record of what was made. Does not
belong here: any fact about the country or its feeds.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.sample import timeline
from pipeline.sample.admissions_file import write_admissions
from pipeline.sample.cancer import cancer_truths, write_cancers
from pipeline.sample.contacts import write_contacts
from pipeline.sample.deprivation import make_deprivation
from pipeline.sample.detentions import write_detentions
from pipeline.sample.emergency import write_attendances
from pipeline.sample.files import Written, write_rows
from pipeline.sample.fingertips import fingertips_truths, make_exported, write_fingertips
from pipeline.sample.general_practice import FEED as GP_EXTRACT
from pipeline.sample.general_practice import write_general_practice
from pipeline.sample.geography import make_geography
from pipeline.sample.maternity import write_births, write_bookings
from pipeline.sample.midwives import write_activities
from pipeline.sample.organisations import PLANTED_FAULTS, RECORD_FEEDS, SERVICE_FEEDS, TRUSTS, all_practice_codes
from pipeline.sample.outpatients import write_outpatients
from pipeline.sample.plus_groups import write_plus_groups
from pipeline.sample.population import make_population
from pipeline.sample.practices import (
    make_practices,
    practice_truths,
    write_app,
    write_lists,
    write_locations,
    write_registers,
)
from pipeline.sample.prevention import write_prevention
from pipeline.sample.published_tables import (
    make_counted,
    published_truths,
    write_adults,
    write_audits,
    write_restrictive,
)
from pipeline.sample.reference_files import write_reference
from pipeline.sample.talking_therapies import write_courses
from pipeline.sample.tobacco import write_smokers
from pipeline.sample.truth import COLUMNS as TRUTH_COLUMNS
from pipeline.sample.truth import truths
from pipeline.sample.waiting import write_waiting_list
from pipeline.settings import Settings

# Raise it with every change that alters a byte of what is generated: a sample of another version is made anew.
GENERATOR_VERSION = "19"
RECORD = "sample.json"
Progress = Callable[[str], None]


def generate(settings: Settings, progress: Progress | None = None) -> Path:
    """The sample folder of the settings' seed and scale, made when it is not there yet. Returns ``settings.sample``.

    A sample of the same seed, scale and generator version whose files all have their recorded sizes is kept as it is.
    Otherwise a new one is written beside it and put in its place at the end. ``progress`` is called with a line of
    text for every feed and month. Raises OSError when the folder cannot be written.
    """
    target = settings.sample
    if is_current(target, settings.sample_seed, settings.sample_scale):
        return target
    settings.home.mkdir(mode=0o750, parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.new")
    old = target.with_name(f".{target.name}.old")
    for left_over in (building, old):
        shutil.rmtree(left_over, ignore_errors=True)
    building.mkdir(mode=0o700)
    try:
        _write(building, settings.sample_seed, settings.sample_scale, progress or (lambda _: None))
        if target.exists():
            target.rename(old)
        building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return target


def is_current(folder: Path, seed: int, scale: float) -> bool:
    """Whether the folder holds a complete sample of this seed, scale and generator version, judged by file sizes."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        wanted = {"seed": seed, "scale": scale, "generator_version": GENERATOR_VERSION}
        return all(record[key] == value for key, value in wanted.items()) and all(
            (folder / name).stat().st_size == facts["bytes"] for name, facts in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _write(folder: Path, seed: int, scale: float, progress: Progress) -> None:
    geography = make_geography(seed, scale)
    deprivation = make_deprivation(seed, geography)
    population = make_population(seed, scale, geography, deprivation)
    progress(f"sample country: {geography.size:,} LSOAs, {int(population.persons.sum()):,} persons")
    written = write_reference(folder / "reference", geography, deprivation, population)
    for feed, write in (
        ("sus_apc", write_admissions),
        ("ecds", write_attendances),
        ("sus_op", write_outpatients),
        ("wlmds", write_waiting_list),
        (GP_EXTRACT, write_general_practice),
        ("plus_group", write_plus_groups),
        ("cvdprevent", write_prevention),
        ("rcrd", write_cancers),
        ("talking_therapies", write_courses),
        ("msds_birth", write_births),
        ("msds_booking", write_bookings),
        ("msds_contact", write_activities),
        ("tobacco_sdcs", write_smokers),
        ("mhsds_contact", write_contacts),
        ("mhsds_detention", write_detentions),
    ):
        for period, files in write(folder / "landing" / feed, seed, geography, population):
            written += files
            progress(f"sample {feed} {period}: {files[0].rows:,} rows")
    practices = make_practices(geography, deprivation, population)
    exported = make_exported(geography, deprivation, population)
    counted = make_counted(geography, deprivation, population)
    landing = folder / "landing"
    for feed, found in (
        ("fingertips", write_fingertips(landing / "fingertips", seed, geography, exported)),
        ("gp_list_lsoa", write_lists(landing / "gp_list_lsoa", geography, practices)),
        ("lda_inpatient", write_adults(landing / "lda_inpatient", seed, counted)),
        ("mhsds_restrictive", write_restrictive(landing / "mhsds_restrictive", seed)),
        ("national_audit", write_audits(landing / "national_audit", seed, counted)),
        ("nhs_app", write_app(landing / "nhs_app", seed, practices)),
        ("qof", write_registers(landing / "qof", seed, practices)),
        ("qof_practice", write_locations(landing / "qof_practice")),
    ):
        for period, files in found:
            written += files
            progress(f"sample {feed} {period}: {files[0].rows:,} rows")
    submitters = [
        [feed, trust.code, "2020-04-01", _last_day(trust.closed)] for feed in RECORD_FEEDS for trust in TRUSTS
    ]
    submitters += [[GP_EXTRACT, code, "2020-04-01", ""] for code in all_practice_codes()]
    submitters += [[feed, trust.code, "2020-04-01", ""] for feed in SERVICE_FEEDS for trust in TRUSTS if trust.big]
    true_values = (
        item.row()
        for item in (
            *truths(population),
            *practice_truths(practices),
            *cancer_truths(),
            *fingertips_truths(exported),
            *published_truths(counted),
        )
    )
    header = ["feed", "submitter_code", "valid_from", "valid_to"]
    written.append(write_rows(folder / "expected_submitters.csv", header, submitters))
    written.append(write_rows(folder / "truth.csv", TRUTH_COLUMNS, true_values))
    record = _record(folder, seed, scale, written)
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _last_day(closed: date | None) -> str:
    """The last day a trust is expected to submit for: the day before it closed."""
    return (closed - timedelta(days=1)).isoformat() if closed else ""


def _record(folder: Path, seed: int, scale: float, written: list[Written]) -> dict[str, Any]:
    files = {
        item.path.relative_to(folder).as_posix(): {"sha256": item.sha256, "bytes": item.bytes, "rows": item.rows}
        for item in written
    }
    return {
        "is_synthetic": True,
        "seed": seed,
        "scale": scale,
        "generator_version": GENERATOR_VERSION,
        "as_of": timeline.AS_OF.isoformat(),
        "months": [month.key for month in timeline.months()],
        "weeks": [week.isoformat() for week in timeline.weeks()],
        "planted": PLANTED_FAULTS,
        "files": dict(sorted(files.items())),
    }

"""The steps of a night, in order, without Dagster: land, prepare, judge feeds, judge publication, publish.

Belongs here: what each step reads and leaves behind for the next, in files of the build folder. Does not belong here:
how steps are scheduled (`assets`), and the transformation between them, which is dbt's.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.catalogue.policy import Stage
from pipeline.files import private_folder, shared_folder
from pipeline.landing import LandingReport, land
from pipeline.landing.ledger import ActivePart, active_parts, period_changes
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.inputs import RunInputs, find_inputs, reference_files, write_inputs
from pipeline.orchestration.progress import say
from pipeline.quality.ahead import NIGHT_JUDGE
from pipeline.quality.candidate import PUBLISHED_TABLES, check_fingerprints, write_candidate
from pipeline.quality.judge import Judgement
from pipeline.quality.receipt import verify_receipt, write_receipt
from pipeline.quality.rejudge import keep_measures, policy_changes, read_measures
from pipeline.quality.tables import write_verdict
from pipeline.quality.verdict import Verdict, decide, judged_measures, withholdings
from pipeline.reference import LoadedSource, fetch_reference, load_reference
from pipeline.release import Release, ReleaseNotes, list_releases, publish, receipt_before
from pipeline.sample import generate
from pipeline.settings import Settings
from pipeline.warehouse.database import connect

# Verdicts of landing under which a delivery is not part of what is published.
NOT_TAKEN = ("rejected", "conflict")


class StepMissing(RuntimeError):
    """A step was started by hand before the one it needs; the message says what to run."""


@dataclass(frozen=True)
class Prepared:
    """What the prepare step found: the inputs, the reference files, and whether anything is new."""

    inputs: RunInputs
    reference: tuple[LoadedSource, ...]
    is_new: bool
    current_release: str | None


@dataclass(frozen=True)
class FeedGate:
    """What the gate said of the feeds."""

    judgements: tuple[Judgement, ...]
    results: pd.DataFrame
    verdict: Verdict


def land_feeds(context: RunContext) -> LandingReport:
    """Make the sample if it is asked for, then land what lies in the landing folders of the run's feeds."""
    settings = context.settings
    shared_folder(settings.home)
    if settings.is_synthetic:
        generate(settings, progress=say)
    # Files of others may still be growing; the sample's are whole.
    now = None if settings.is_synthetic else time.time()
    report = land(settings, context.feeds, progress=say, now=now)
    write_note(settings, "landing", {"outcomes": [_plain(asdict(outcome)) for outcome in report.outcomes]})
    return report


def prepare(context: RunContext) -> Prepared:
    """Fetch and load the reference files, find the inputs, and lay the build database out for the models.

    When a whole release was already made from these inputs, `is_new` is false and the build database is left alone.
    """
    settings = context.settings
    outcomes = read_note(settings, "landing")["outcomes"]
    rejections = sorted(
        (item["feed"], item["sha256"], item["reason"]) for item in outcomes if item["verdict"] in NOT_TAKEN
    )
    if not settings.is_synthetic:
        for item in fetch_reference(settings):
            say(f"reference: {item.sentence}")
    fresh = settings.build / "build.new.duckdb"
    _remove_database(fresh)
    with connect(settings, path=fresh) as connection:
        loaded = load_reference(connection, settings)
        inputs = find_inputs(context, reference_files(loaded), rejections)
        known = {release.accepted_sha256: release.release_id for release in list_releases(settings)}
        is_new = inputs.accepted_sha256 not in known
        if is_new:
            write_inputs(connection, context, inputs, outcomes)
    if is_new:
        settings.receipt.unlink(missing_ok=True)
        _remove_database(settings.build_database)
        fresh.replace(settings.build_database)
    else:
        _remove_database(fresh)
    write_note(
        settings,
        "inputs",
        {
            "release_id": inputs.release_id,
            "inputs_sha256": inputs.inputs_sha256,
            "accepted_sha256": inputs.accepted_sha256,
            "feeds": sorted(context.feeds),
            "is_new": is_new,
        },
    )
    return Prepared(inputs, tuple(loaded), is_new, known.get(inputs.accepted_sha256))


def prepare_judging() -> None:
    """Start the process that judges, long before it is asked."""
    NIGHT_JUDGE.start()


def judge_feeds_ahead(context: RunContext) -> None:
    """Begin to judge the feeds beside the steps that come before the gate; the gate takes over what came of it."""
    NIGHT_JUDGE.begin("feed", _feed_measures(context), context.policy)


def judge_feeds(context: RunContext) -> FeedGate:
    """Judge every feed, write the verdict tables that publication reads, and note the verdict so far."""
    settings, policy = context.settings, context.policy
    inputs = read_note(settings, "inputs")
    measures = _feed_measures(context)
    waivers = context.waivers
    for sentence in waivers.refused:
        say(sentence)
    judgements, all_results = judged_measures(
        measures, NIGHT_JUDGE.take("feed", measures, policy), policy, waivers.in_force
    )
    verdict = decide(judgements, policy)
    if verdict.state == "held":
        NIGHT_JUDGE.end()
    withheld = [
        item
        for feed in context.feeds
        for item in withholdings(feed, all_results[all_results["feed"] == feed], policy, waivers.in_force)
    ]
    release = (inputs["release_id"], verdict.state, verdict.reason, inputs["inputs_sha256"], policy.version)
    keep_measures(all_results, settings.measures)
    with connect(settings) as connection:
        write_verdict(connection, all_results, withheld, release)
    write_note(
        settings,
        "feed_judgements",
        {"inputs_sha256": inputs["inputs_sha256"], "judgements": [asdict(item) for item in judgements]},
    )
    _note_verdict(settings, verdict, inputs)
    return FeedGate(tuple(judgements), all_results, verdict)


def _feed_measures(context: RunContext) -> dict[str, pd.DataFrame]:
    with connect(context.settings, read_only=True) as connection:
        measures = connection.execute("select * from quality.quality_feed_measure").df()
    return _by_subject(measures, "feed", context.feeds)


def _by_subject(measures: pd.DataFrame, column: str, subjects: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The measures of each subject, by name; a subject without any has none."""
    return {subject: measures[measures[column] == subject].reset_index(drop=True) for subject in subjects}


def judge_publication(context: RunContext) -> tuple[tuple[Judgement, ...], Verdict]:
    """Judge the published tables, export the candidate, and write the receipt that binds the two."""
    settings, policy = context.settings, context.policy
    inputs = read_note(settings, "inputs")
    feeds_judged = read_note(settings, "feed_judgements")
    if feeds_judged["inputs_sha256"] != inputs["inputs_sha256"]:
        raise StepMissing("the feeds were judged for other inputs than tonight's; run the nightly from the start")
    feed_judgements = [Judgement(**item) for item in feeds_judged["judgements"]]
    with connect(settings) as connection:
        check_fingerprints(connection)
        measures = connection.execute("select * from quality.quality_publication_measure").df()
        # The candidate is written by the database while Great Expectations looks at the measures.
        by_table = _by_subject(measures, "table_name", PUBLISHED_TABLES)
        NIGHT_JUDGE.begin("publication", by_table, policy)
        content = write_candidate(connection, settings)
        judgements = NIGHT_JUDGE.take("publication", by_table, policy)
        NIGHT_JUDGE.end()
    verdict = decide([*feed_judgements, *judgements], policy)
    by_stage: dict[Stage, Sequence[Judgement]] = {"feed": feed_judgements, "publication": judgements}
    changes = _policy_changes(context, inputs)
    if verdict.state != "held":
        shutil.copy(settings.measures, private_folder(settings.kept_measures) / f"{inputs['release_id']}.parquet")
    write_receipt(
        settings, policy, list(context.feeds), by_stage, verdict, inputs, content, context.waivers.in_force, changes
    )
    _note_verdict(settings, verdict, inputs)
    return tuple(judgements), verdict


def _policy_changes(context: RunContext, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How the policy differs from the one of the release before, measured on the candidate's counts."""
    path = context.settings.measures
    if not path.is_file():
        raise StepMissing(f"{path}: an earlier step has not run; run the nightly from the start")
    before = receipt_before(context.settings, inputs["release_id"])
    return policy_changes(before.get("policy"), context.policy, read_measures(path))


def active(context: RunContext, feed: str) -> list[ActivePart]:
    """Active raw parts of one feed."""
    return [part for part in active_parts(context.settings.ledger) if part.feed == feed]


def reference_metadata(context: RunContext, table: str, prepared: Prepared) -> dict[str, Any]:
    """Rows of a reference table, and publisher, licence, vintage and sha256 of the files behind it."""
    with connect(context.settings, read_only=True) as connection:
        rows = connection.execute(f"select count(*) from reference.{table}").fetchall()[0][0]
    files = [item for item in prepared.reference if item.sha256]
    return {
        "dagster/row_count": int(rows),
        "files": len(files),
        "licence": "; ".join(sorted({item.licence for item in files})),
        "sha256": {item.dataset: item.sha256 for item in files},
        "vintages": {item.dataset: item.vintage for item in files},
    }


def findings(context: RunContext) -> list[dict[str, Any]]:
    """Rules that did not pass in the night under way; none where the gate has not spoken."""
    try:
        verdict, inputs = read_note(context.settings, "verdict"), read_note(context.settings, "inputs")
    except StepMissing:
        return []
    found: list[dict[str, Any]] = verdict["findings"] if verdict["inputs_sha256"] == inputs["inputs_sha256"] else []
    return found


def publish_release(context: RunContext) -> Release:
    """Publish the candidate. Raises PublicationRefused unless the receipt proves that the gate judged it."""
    settings = context.settings
    inputs = read_note(settings, "inputs")

    def verify() -> None:
        changes = _policy_changes(context, inputs)
        verify_receipt(settings, context.policy, list(context.feeds), inputs, context.waivers.in_force, changes)

    return publish(settings, verify, ReleaseNotes(lines=_note_lines(settings)))


def write_note(settings: Settings, name: str, values: Mapping[str, Any]) -> None:
    """Leave facts for a later step in `build/<name>.json`, whole or not at all."""
    path = private_folder(settings.build) / f"{name}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(values, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")
    fresh.replace(path)


def read_note(settings: Settings, name: str) -> dict[str, Any]:
    """Facts an earlier step left. Raises StepMissing where it has not run."""
    path = settings.build / f"{name}.json"
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StepMissing(f"{path}: an earlier step has not run; run the nightly from the start") from None
    return values


def _note_verdict(settings: Settings, verdict: Verdict, inputs: Mapping[str, Any]) -> None:
    write_note(
        settings,
        "verdict",
        {
            "inputs_sha256": inputs["inputs_sha256"],
            "state": verdict.state,
            "reason": verdict.reason,
            "findings": [asdict(finding) for finding in verdict.findings],
        },
    )


def _note_lines(settings: Settings) -> tuple[str, ...]:
    verdict = read_note(settings, "verdict")
    outcomes = read_note(settings, "landing")["outcomes"]
    lines = [finding["sentence"] for finding in verdict["findings"]]
    lines += [
        f"{outcome['feed']}: a delivery was not taken ({outcome['reason']})."
        for outcome in outcomes
        if outcome["verdict"] in NOT_TAKEN
    ]
    replaced = sorted({(change.feed, change.period) for change in period_changes(settings.ledger)})
    lines += [f"{feed}: period {period} was replaced by a restatement." for feed, period in replaced]
    return tuple(lines)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}


def _remove_database(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)

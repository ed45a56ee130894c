"""Assets of the night that are not dbt models: landing, reference, inputs, the gate and the release.

Belongs here: thin Dagster wrappers around `nightly`, with the metadata a monitor reads. Does not belong here: logic.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    asset,
    multi_asset,
)

from pipeline.catalogue.feeds import Feed
from pipeline.catalogue.policy import Stage
from pipeline.landing import LandingReport
from pipeline.orchestration import nightly
from pipeline.orchestration.checks import check_results, check_specs
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.monitor_metadata import data_quality_metadata
from pipeline.orchestration.monitoring import report_address
from pipeline.orchestration.progress import say
from pipeline.orchestration.resources import Writer
from pipeline.orchestration.transform import OWNER
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.quality.verdict import Verdict

REFERENCE_TABLES = {
    "imd": "Index of Multiple Deprivation by LSOA, one row an edition and LSOA.",
    "lsoa_change": "ONS exact fit of LSOA 2011 to LSOA 2021.",
    "lsoa21_area": "LSOA 2021 to sub-ICB, ICB, region and local authority, one row an edition and LSOA.",
    "organisation": "NHS trusts and practices of ODS, with dates.",
    "organisation_successor": "Organisations and what followed them.",
    "population": "Mid-year population estimates by LSOA and age.",
    "source": "Every reference file that was read, with publisher, licence and hash.",
}
RELEASE = AssetKey(["release", "current"])
DATA_QUALITY = AssetKey(["quality", "data_quality"])
_CADENCE = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "annual": 366}


def delivery_specs(night: RunContext) -> list[AssetSpec]:
    """One asset a feed that is materialised only when something new was landed, with the feed's freshness policy."""
    return [
        AssetSpec(
            AssetKey(["landing", feed.feed]),
            description=f"{feed.name}: deliveries in the landing folder. Materialised when new content was accepted.",
            group_name="landing",
            owners=[OWNER],
            kinds={"file"},
            metadata={
                "publisher": feed.publisher,
                "licence": feed.licence,
                "cadence": feed.cadence,
                "url": MetadataValue.url(feed.url),
            },
            freshness_policy=_freshness(feed),
        )
        for feed in night.feeds.values()
    ]


def night_assets(night: RunContext) -> list[AssetsDefinition]:
    """Every asset around the dbt models, for the feeds of the run."""
    return [_landing(night), _inputs(night), _feed_gate(night), _publication_gate(night), _release(night)]


def declared_checks(night: RunContext) -> list[AssetCheckKey]:
    """The check of every rule that the policy declares for the run's feeds and the published tables."""
    subjects: list[tuple[Stage, str, AssetKey]] = [
        *(("feed", name, key) for name, key in _feed_gate_keys(night).items()),
        *(("publication", name, key) for name, key in _table_gate_keys().items()),
    ]
    return [
        AssetCheckKey(key, rule.rule_id)
        for stage, name, key in subjects
        for rule in night.policy.rules_for(stage, name)
    ]


def _feed_gate_keys(night: RunContext) -> dict[str, AssetKey]:
    return {name: AssetKey(["gate", f"feed_{name}"]) for name in night.feeds}


def _table_gate_keys() -> dict[str, AssetKey]:
    return {name: AssetKey(["gate", f"table_{name}"]) for name in PUBLISHED_TABLES}


def _freshness(feed: Feed) -> FreshnessPolicy:
    """A feed is stale when nothing new came for its cadence and the days its contract allows after that."""
    cadence = _CADENCE[feed.cadence]
    return FreshnessPolicy.time_window(
        fail_window=timedelta(days=cadence + max(feed.red_grace, 1)),
        warn_window=timedelta(days=cadence + feed.amber_grace),
    )


def _landing(night: RunContext) -> AssetsDefinition:
    @multi_asset(
        name="land",
        specs=[
            AssetSpec(
                AssetKey(["raw", feed.feed]),
                deps=[AssetKey(["landing", feed.feed])] if feed.feed in night.feeds else [],
                description=f"{feed.name}: what landed, as text, hashed, one Parquet file a period and content.",
                group_name="raw",
                owners=[OWNER],
                kinds={"parquet"},
                tags={"kind_of_feed": feed.kind},
            )
            # The models read every known feed; one that is no feed of this run is there and empty.
            for feed in night.contracts.values()
        ],
    )
    def land(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("land: " + ", ".join(night.feeds))
        report = nightly.land_feeds(night)
        for name, feed in night.contracts.items():
            outcomes = [item for item in report.outcomes if item.feed == name]
            loaded = [item for item in outcomes if item.verdict == "loaded"]
            if loaded:
                context.log_event(
                    AssetMaterialization(AssetKey(["landing", name]), metadata={"deliveries_accepted": len(loaded)})
                )
            yield MaterializeResult(asset_key=AssetKey(["raw", name]), metadata=_raw_metadata(night, feed, report))

    return land


def _raw_metadata(night: RunContext, feed: Feed, report: LandingReport) -> dict[str, Any]:
    parts = nightly.active(night, feed.feed)
    outcomes = [item for item in report.outcomes if item.feed == feed.feed]
    newest = max(parts, key=lambda part: part.period, default=None)
    return {
        "dagster/row_count": sum(part.rows for part in parts),
        "periods": len(parts),
        "newest_period": newest.period if newest else "none",
        "newest_sha256": newest.sha256 if newest else "none",
        "licence": feed.licence,
        "publisher": feed.publisher,
        **{
            f"deliveries_{verdict}": sum(item.verdict == verdict for item in outcomes)
            for verdict in ("loaded", "duplicate", "rejected", "conflict", "deferred")
        },
    }


def _inputs(night: RunContext) -> AssetsDefinition:
    raw = [AssetKey(["raw", name]) for name in night.feeds]

    @multi_asset(
        name="prepare",
        specs=[
            *(
                AssetSpec(
                    AssetKey(["reference", table]),
                    description=text,
                    group_name="reference",
                    owners=[OWNER],
                    kinds={"duckdb"},
                    skippable=True,
                )
                for table, text in REFERENCE_TABLES.items()
            ),
            AssetSpec(
                AssetKey(["run", "inputs"]),
                deps=raw,
                skippable=True,
                group_name="run",
                owners=[OWNER],
                kinds={"duckdb"},
                description="What this night rests on. Not materialised when a release was already made from it.",
            ),
        ],
    )
    def prepare(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("prepare: reference files and inputs")
        prepared = nightly.prepare(night)
        if not prepared.is_new:
            say(f"nothing new: release {prepared.current_release} was made from the same inputs")
            context.log.info("Nothing new: a release was already made from the same inputs.")
            return
        for table in REFERENCE_TABLES:
            yield MaterializeResult(
                asset_key=AssetKey(["reference", table]), metadata=nightly.reference_metadata(night, table, prepared)
            )
        yield MaterializeResult(
            asset_key=AssetKey(["run", "inputs"]),
            metadata={
                "release_id": prepared.inputs.release_id,
                "inputs_sha256": prepared.inputs.inputs_sha256,
                "parts": len(prepared.inputs.parts),
                "rows": sum(part.rows for part in prepared.inputs.parts),
            },
        )

    return prepare


def _feed_gate(night: RunContext) -> AssetsDefinition:
    keys = _feed_gate_keys(night)

    @multi_asset(
        name="judge_feeds",
        specs=[
            *(
                AssetSpec(
                    key,
                    deps=[AssetKey(["quality", "quality_feed_measure"])],
                    group_name="gate",
                    owners=[OWNER],
                    kinds={"greatexpectations"},
                    description=f"{night.feeds[name].name}: judged by every rule of the policy.",
                )
                for name, key in keys.items()
            ),
            AssetSpec(
                AssetKey(["gate", "feed_verdict"]),
                deps=list(keys.values()),
                group_name="gate",
                owners=[OWNER],
                kinds={"json"},
                description="What is withheld from the publication, and the state of the release so far.",
            ),
            AssetSpec(
                DATA_QUALITY,
                deps=list(keys.values()),
                group_name="quality",
                owners=[OWNER],
                kinds={"greatexpectations"},
                description=(
                    "For monitors: which feed is late, who fails which rule since when, and what to do; charts of "
                    "completeness and lateness by submitter; numbers of failures that plot over the nights."
                ),
            ),
        ],
        check_specs=[spec for name, key in keys.items() for spec in check_specs(night.policy, "feed", name, key)],
    )
    def judge_feeds(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("gate: judging the feeds")
        gate = nightly.judge_feeds(night)
        report = report_address(night.settings, nightly.read_note(night.settings, "inputs")["release_id"])
        for name, key in keys.items():
            own = [item for item in gate.judgements if item.subject == name]
            results = gate.results[gate.results["feed"] == name]
            yield MaterializeResult(
                asset_key=key,
                metadata={"measures": len(results), "failed": int((results["status"] == "failed").sum())},
                check_results=check_results(night.policy, own, key, report, results),
            )
        yield MaterializeResult(asset_key=DATA_QUALITY, metadata=data_quality_metadata(night, gate.judgements, report))
        _stop_if_held(gate.verdict)
        yield MaterializeResult(asset_key=AssetKey(["gate", "feed_verdict"]), metadata=_verdict_metadata(gate.verdict))

    return judge_feeds


def _publication_gate(night: RunContext) -> AssetsDefinition:
    keys = _table_gate_keys()

    @multi_asset(
        name="judge_publication",
        specs=[
            *(
                AssetSpec(
                    key,
                    deps=[
                        AssetKey(["publication", f"pub_{name}"]),
                        AssetKey(["quality", "quality_publication_measure"]),
                        AssetKey(["quality", "quality_publication_fingerprint"]),
                    ],
                    group_name="gate",
                    owners=[OWNER],
                    kinds={"greatexpectations"},
                    description=f"Published table {name}: judged by every rule of the policy.",
                )
                for name, key in keys.items()
            ),
            AssetSpec(
                AssetKey(["gate", "receipt"]),
                deps=list(keys.values()),
                group_name="gate",
                owners=[OWNER],
                kinds={"json"},
                description="Which rules ran on which candidate, with what result. Without it nothing is published.",
            ),
        ],
        check_specs=[
            spec for name, key in keys.items() for spec in check_specs(night.policy, "publication", name, key)
        ],
    )
    def judge_publication(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("gate: judging the publication")
        judgements, verdict = nightly.judge_publication(night)
        report = report_address(night.settings, nightly.read_note(night.settings, "inputs")["release_id"])
        for name, key in keys.items():
            own = [item for item in judgements if item.subject == name]
            yield MaterializeResult(asset_key=key, check_results=check_results(night.policy, own, key, report))
        _stop_if_held(verdict)
        yield MaterializeResult(asset_key=AssetKey(["gate", "receipt"]), metadata=_verdict_metadata(verdict))

    return judge_publication


def _release(night: RunContext) -> AssetsDefinition:
    @asset(
        key=RELEASE,
        deps=[AssetKey(["gate", "receipt"])],
        group_name="release",
        owners=[OWNER],
        kinds={"duckdb", "parquet", "csv"},
        description="The release analysts read. Publishing verifies the receipt again and refuses without it.",
    )
    def publish_release(context: AssetExecutionContext, writer: Writer) -> MaterializeResult[None]:
        release = nightly.publish_release(night)
        say(f"release: {release.release_id} is current")
        return MaterializeResult(
            metadata={
                "release_id": release.release_id,
                "state": release.verdict,
                "sha256": release.content_sha256,
                "dagster/row_count": sum(release.rows.values()),
                "folder": MetadataValue.path(str(release.path)),
            }
        )

    return publish_release


def _stop_if_held(verdict: Verdict) -> None:
    if verdict.state == "held":
        raise Failure(description=f"Held: {verdict.reason}", allow_retries=False)


def _verdict_metadata(verdict: Verdict) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "findings": MetadataValue.md(
            "\n".join(f"- {item.sentence}" for item in verdict.findings) or "Every rule passed."
        ),
    }

"""The dbt models as Dagster assets, in two builds: up to the measures of feeds, and the publication.

Belongs here: which models belong to which build, their keys, groups and owners, and running dbt. Does not belong here:
SQL.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, MaterializeResult
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from pipeline.orchestration.context import RunContext
from pipeline.orchestration.progress import say
from pipeline.orchestration.resources import Writer
from pipeline.settings import DBT_PROJECT, REFERENCE_DATA, Settings
from pipeline.warehouse.database import connect

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
PARSED = DBT_PROJECT / "target" / "partial_parse.msgpack"
PUBLICATION = "tag:publication"
OWNER = "team:core20"


class ManifestMissing(RuntimeError):
    """The dbt manifest has not been made; the message says how."""


class TransformationFailed(RuntimeError):
    """dbt could not build a model. Names models only: dbt's own messages may quote data."""


def manifest_path() -> Path:
    """The manifest that `make prepare` writes. Raises ManifestMissing with what to run."""
    if not MANIFEST.is_file() or not PARSED.is_file():
        raise ManifestMissing("the dbt manifest is missing: run `make prepare`")
    sources = [path for folder in ("models", "macros") for path in (DBT_PROJECT / folder).rglob("*.*")]
    sources += [*(REFERENCE_DATA / "codes").glob("*"), DBT_PROJECT / "dbt_project.yml"]
    if max(path.stat().st_mtime for path in sources) > MANIFEST.stat().st_mtime:
        raise ManifestMissing("the dbt manifest is older than the models: run `make prepare`")
    return MANIFEST


class LayerTranslator(DagsterDbtTranslator):
    """Keys are [layer, name]; groups are the layers, indicators by clinical area."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        return spec.replace_attributes(key=layer_key(node), group_name=layer_group(node), owners=[OWNER])


def layer_key(node: Mapping[str, Any]) -> AssetKey:
    """Asset key of a dbt node: [layer, name]. Facts of the run and of the verdict are one asset each."""
    if node["resource_type"] == "source":
        source = node["source_name"]
        if source == "run":
            return AssetKey(["run", "inputs"])
        if source == "verdict":
            return AssetKey(["gate", "feed_verdict"])
        return AssetKey([source, node["name"]])
    if node["resource_type"] == "seed":
        return AssetKey(["codes", node["name"]])
    return AssetKey([node["fqn"][1], node["name"]])


def layer_group(node: Mapping[str, Any]) -> str:
    """Group of a dbt node: its layer; indicators are grouped by clinical area."""
    if node["resource_type"] == "source":
        return str(node["source_name"])
    if node["resource_type"] == "seed":
        return "codes"
    layer, *rest = node["fqn"][1:]
    return f"indicators_{rest[0]}" if layer == "indicators" and len(rest) > 1 else str(layer)


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What the dbt profile reads, and that dbt sends nothing out."""
    return {
        "CORE20_BUILD_DATABASE": str(settings.build_database),
        "CORE20_THREADS": str(settings.threads),
        "CORE20_MEMORY_LIMIT": settings.memory_limit,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def transformation_assets(night: RunContext, manifest: Path) -> list[AssetsDefinition]:
    """The two builds: `transform` from raw to the measures of feeds, `publication` after the gate judged them."""

    @dbt_assets(manifest=manifest, exclude=PUBLICATION, name="transform", dagster_dbt_translator=LayerTranslator())
    def transform(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("transform: staging, cubes, indicators, marts")
        yield from _build(context, night.settings)

    @dbt_assets(manifest=manifest, select=PUBLICATION, name="publication", dagster_dbt_translator=LayerTranslator())
    def publication(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("publication: withholding, disclosure control, values, gaps")
        yield from _build(context, night.settings)

    return [transform, publication]


def _build(context: AssetExecutionContext, settings: Settings) -> Iterator[MaterializeResult[None]]:
    """One `dbt build` of the selected models in this process, from the parsed project; a result a model.

    In this process, because a dbt process of its own imports and parses again for eleven seconds a night. Nothing is
    logged or written but the models: messages of a failing query may quote data.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    names = sorted(key.path[-1] for key in context.selected_asset_keys)
    try:
        outcome = dbtRunner(manifest=Manifest.from_msgpack(PARSED.read_bytes())).invoke(
            [
                "build",
                "--select",
                *names,
                "--exclude-resource-type",
                "unit_test",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
                "--log-level",
                "none",
                "--log-level-file",
                "none",
                "--no-write-json",
                "--no-use-colors",
            ]
        )
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    results = list(getattr(outcome.result, "results", None) or [])
    failed = sorted(item.node.name for item in results if item.status in ("error", "fail"))
    if not outcome.success:
        what = ", ".join(failed) or "the project"
        raise TransformationFailed(f"dbt could not build {what}; see it with `dbt build` on {settings.build_database}")
    counts = _row_counts(settings, [item.node.relation_name for item in results])
    for item in results:
        yield MaterializeResult(
            asset_key=layer_key(item.node.to_dict()),
            metadata={
                "dagster/row_count": counts[item.node.relation_name],
                "dagster/relation_identifier": item.node.relation_name,
                "seconds": round(item.execution_time, 3),
            },
        )


def _row_counts(settings: Settings, relations: list[str]) -> dict[str, int]:
    with connect(settings, read_only=True) as connection:
        return {name: int(connection.execute(f"select count(*) from {name}").fetchall()[0][0]) for name in relations}

"""The dbt models as Dagster assets, in three builds: up to the measures of feeds, the marts, and the publication.

Belongs here: which models belong to which build, their keys, groups and owners. Does not belong here: SQL,
running dbt (`dbt`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, MaterializeResult
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from pipeline.orchestration import nightly
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import MARTS, PUBLICATION, build_models, import_dbt
from pipeline.orchestration.progress import say
from pipeline.orchestration.resources import Writer
from pipeline.settings import Settings
from pipeline.warehouse.database import connect

OWNER = "team:core20"


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


def transformation_assets(night: RunContext, manifest: Path) -> list[AssetsDefinition]:
    """The three builds: `transform` from raw to the measures of feeds, `marts` while the gate judges these, and
    `publication` after it has.
    """

    @dbt_assets(
        manifest=manifest,
        exclude=f"{MARTS} {PUBLICATION}",
        name="transform",
        dagster_dbt_translator=LayerTranslator(),
    )
    def transform(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("transform: staging, cubes, indicators")
        import_dbt()
        nightly.prepare_judging()
        yield from _build(context, night.settings, "--exclude", MARTS, PUBLICATION)
        nightly.judge_feeds_ahead(night)

    @dbt_assets(
        manifest=manifest,
        select=MARTS,
        name="marts",
        dagster_dbt_translator=LayerTranslator(),
        # Before the gate of the feeds, which judges meanwhile.
        op_tags={"dagster/priority": "1"},
    )
    def marts(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("marts: counts by area and group, cells")
        import_dbt()
        yield from _build(context, night.settings, "--select", MARTS)

    @dbt_assets(manifest=manifest, select=PUBLICATION, name="publication", dagster_dbt_translator=LayerTranslator())
    def publication(context: AssetExecutionContext, writer: Writer) -> Iterator[Any]:
        say("publication: withholding, disclosure control, values, gaps")
        yield from _build(context, night.settings, "--select", PUBLICATION)

    return [transform, marts, publication]


def _build(context: AssetExecutionContext, settings: Settings, *whole: str) -> Iterator[MaterializeResult[None]]:
    """Build the selected models, `whole` if all are; a result with seconds a model, and rows where it has its own."""
    is_whole = context.selected_asset_keys == set(context.assets_def.keys)
    names = sorted(key.path[-1] for key in context.selected_asset_keys)
    built = build_models(settings, *(whole if is_whole else ("--select", *names)))
    counts = _row_counts(settings, [item.relation for item in built if item.node["config"]["materialized"] != "view"])
    for item in built:
        rows = {"dagster/row_count": counts[item.relation]} if item.relation in counts else {}
        yield MaterializeResult(
            asset_key=layer_key(item.node),
            metadata={
                **rows,
                "dagster/relation_identifier": item.relation,
                "seconds": round(item.seconds, 3),
            },
        )


def _row_counts(settings: Settings, relations: list[str]) -> dict[str, int]:
    with connect(settings, read_only=True) as connection:
        return {name: int(connection.execute(f"select count(*) from {name}").fetchall()[0][0]) for name in relations}

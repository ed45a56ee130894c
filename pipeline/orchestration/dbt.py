"""Run dbt in this process, from the parsed project.

Belongs here: one `dbt build` of named models and what came of it. Does not belong here: Dagster, SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import DBT_PROJECT, REFERENCE_DATA, Settings

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
PARSED = DBT_PROJECT / "target" / "partial_parse.msgpack"
MARTS = "tag:marts"
PUBLICATION = "tag:publication"


class ManifestMissing(RuntimeError):
    """The dbt manifest has not been made; the message says how."""


class TransformationFailed(RuntimeError):
    """dbt could not build a model. Names models only: dbt's own messages may quote data."""


@dataclass(frozen=True)
class BuiltModel:
    """One model or seed that was built. `node` is dbt's own description of it."""

    name: str
    layer: str
    relation: str
    seconds: float
    node: dict[str, Any]


def manifest_path() -> Path:
    """The manifest that `make prepare` writes. Raises ManifestMissing with what to run."""
    if not MANIFEST.is_file() or not PARSED.is_file():
        raise ManifestMissing("the dbt manifest is missing: run `make prepare`")
    # Folders too: a model that was moved keeps its own time.
    sources = [path for folder in ("models", "macros") for path in (DBT_PROJECT / folder).rglob("*")]
    sources += [*(REFERENCE_DATA / "codes").glob("*"), DBT_PROJECT / "dbt_project.yml"]
    if max(path.stat().st_mtime for path in sources) > MANIFEST.stat().st_mtime:
        raise ManifestMissing("the dbt manifest is older than the models: run `make prepare`")
    return MANIFEST


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What the dbt profile reads, and that dbt sends nothing out."""
    return {
        "CORE20_BUILD_DATABASE": str(settings.build_database),
        "CORE20_THREADS": str(settings.threads),
        "CORE20_MEMORY_LIMIT": settings.memory_limit,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def import_dbt() -> None:
    """Import dbt here and now, so that nothing else is imported beside it: two threads in one circle may deadlock."""
    import dbt.adapters.duckdb.connections
    import dbt.cli.main  # noqa: F401


def build_models(settings: Settings, *selection: str) -> list[BuiltModel]:
    """One `dbt build` of the selected models, in this process; what was built, in order.

    In this process, because a dbt process of its own imports and parses again for eleven seconds a night. Nothing is
    logged or written but the models: messages of a failing query may quote data. `dbt_environment` must be set.
    Raises TransformationFailed naming the models.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    arguments = ["build", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    arguments += ["--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-use-colors"]
    # Compiled SQL and the like go to the build folder: a night writes nothing where the project is installed.
    arguments += ["--target-path", str(settings.build / "dbt"), "--log-path", str(settings.build / "dbt")]
    arguments += ["--exclude-resource-type", "unit_test", *selection]
    try:
        outcome = dbtRunner(manifest=Manifest.from_msgpack(PARSED.read_bytes())).invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    results = list(getattr(outcome.result, "results", None) or [])
    if not outcome.success:
        failed = sorted(item.node.name for item in results if item.status in ("error", "fail"))
        what = ", ".join(failed) or "the project"
        raise TransformationFailed(f"dbt could not build {what}; see it with `dbt build` on {settings.build_database}")
    return [
        BuiltModel(item.node.name, item.node.fqn[1], item.node.relation_name, item.execution_time, item.node.to_dict())
        for item in results
    ]

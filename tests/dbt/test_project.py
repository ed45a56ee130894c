"""The dbt project itself: it parses without a warning, published models keep contracts and say what they mean.

Belongs here: properties of the parsed project. Does not belong here: numbers (tests/spec), formulas (tests/golden).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.settings import DBT_PROJECT, REFERENCE_DATA

pytestmark = pytest.mark.slow


def is_published(node: dict[str, Any]) -> bool:
    return node["resource_type"] == "model" and str(node["name"]).startswith("pub_")


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[str]]:
    """The manifest of a parse from nothing, and its warnings."""
    from dbt.cli.main import dbtRunner

    target = tmp_path_factory.mktemp("target")
    warnings: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            warnings.append(f"{event.info.name}: {event.info.msg}")

    outcome = dbtRunner(callbacks=[listen]).invoke(
        ["parse", "--no-partial-parse", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
         "--target-path", str(target), "--log-path", str(target), "--log-level", "none", "--quiet"]
    )  # fmt: skip
    assert outcome.success, outcome.exception
    return json.loads((target / "manifest.json").read_text(encoding="utf-8")), warnings


@pytest.fixture(scope="module")
def nodes(parsed: tuple[dict[str, Any], list[str]]) -> list[dict[str, Any]]:
    return list(parsed[0]["nodes"].values())


def test_the_project_parses_without_a_warning(parsed: tuple[dict[str, Any], list[str]]) -> None:
    assert parsed[1] == []


def test_the_published_tables_are_the_models_of_publication(nodes: list[dict[str, Any]]) -> None:
    published = {str(node["name"]).removeprefix("pub_") for node in nodes if is_published(node)}
    assert published == set(PUBLISHED_TABLES)


def test_contracts_of_published_models_are_enforced_and_complete(nodes: list[dict[str, Any]]) -> None:
    """Every column has a type, so that a changed column fails the build and not the analyst."""
    for node in filter(is_published, nodes):
        assert node["config"]["contract"]["enforced"] is True, node["name"]
        assert node["columns"], node["name"]
        untyped = [column["name"] for column in node["columns"].values() if not column["data_type"]]
        assert untyped == [], node["name"]


def test_every_published_model_and_column_is_described(nodes: list[dict[str, Any]]) -> None:
    for node in filter(is_published, nodes):
        assert "Grain:" in node["description"] or node["name"] == "pub_release", node["name"]
        blank = [column["name"] for column in node["columns"].values() if not column["description"].strip()]
        assert blank == [], node["name"]
        assert node["config"]["persist_docs"] == {"relation": True, "columns": True}


def undescribed(nodes: list[dict[str, Any]], kind: str) -> list[str]:
    return [node["name"] for node in nodes if node["resource_type"] == kind and not node["description"].strip()]


def test_every_model_is_described(nodes: list[dict[str, Any]]) -> None:
    assert undescribed(nodes, "model") == []


def test_every_seed_is_described(nodes: list[dict[str, Any]]) -> None:
    assert undescribed(nodes, "seed") == []


def test_every_model_is_written_down_where_its_sql_is(nodes: list[dict[str, Any]]) -> None:
    """A description in another folder would be lost when the model is moved."""
    for node in nodes:
        if node["resource_type"] == "model":
            described_in = str(node["patch_path"]).split("://", maxsplit=1)[1]
            assert Path(described_in).parent == Path(node["original_file_path"]).parent, node["name"]


def test_models_of_a_layer_read_only_the_layers_before(nodes: list[dict[str, Any]]) -> None:
    """Raw is read by staging alone; nothing before publication reads the verdict of the gate."""
    by_id = {node["unique_id"]: node for node in nodes}
    for node in nodes:
        if node["resource_type"] != "model":
            continue
        layer = node["fqn"][1]
        sources = {name.split(".")[2] for name in node["depends_on"]["nodes"] if name.startswith("source.")}
        assert "raw" not in sources or layer == "staging", node["name"]
        after_the_gate = "publication" in node["tags"]
        assert "verdict" not in sources or after_the_gate, node["name"]
        if not after_the_gate and layer != "quality":
            upstream = {by_id[name]["fqn"][1] for name in node["depends_on"]["nodes"] if name in by_id}
            assert not upstream & {"publication", "quality"}, node["name"]


def test_models_do_not_depend_on_variables_of_the_command_line() -> None:
    """A number must follow from files and settings that are hashed, not from how dbt was called."""
    files = [
        *(DBT_PROJECT / "models").rglob("*"),
        *(DBT_PROJECT / "macros").rglob("*"),
        DBT_PROJECT / "dbt_project.yml",
    ]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files if path.suffix in (".sql", ".yml")}
    assert len(texts) > 80
    # Time and chance would change the bytes of a rebuild just as well.
    other = (
        r"\bvar\s*\(|\benv_var\s*\(|\brun_started_at\b|\binvocation_id\b|\b(now|today|current_date|random|uuid)\s*\("
    )
    assert [name for name, text in texts.items() if re.search(other, text)] == []
    assert [name for name, text in texts.items() if re.search(r"(?m)^vars:|current_timestamp", text)] == []


def test_code_lists_carry_their_evidence(nodes: list[dict[str, Any]]) -> None:
    seeds = [node for node in nodes if node["resource_type"] == "seed"]
    assert {node["name"] for node in seeds} == {path.stem for path in (REFERENCE_DATA / "codes").glob("*.csv")}

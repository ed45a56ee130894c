"""The unit tests that lie beside the models: rows in, rows out, run by dbt in a copy of a tiny warehouse.

They hold cases of the peers in the shape the models have; the golden tests hold the rest at its tolerance.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.orchestration.dbt import dbt_environment
from pipeline.settings import DBT_PROJECT, Settings
from tests.spec.cases import World

pytestmark = pytest.mark.slow

# Models that hold a family of statistics, disclosure control, or the rules of periods and of dated codes.
WITH_UNIT_TESTS = {
    "ind_ast01",
    "int_code_list__member",
    "int_period__member",
    "int_publication__cell",
    "int_publication__gap",
    "int_publication__index",
    "int_publication__trend",
    "int_publication__value",
}


def test_the_unit_tests_of_the_models_pass(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.cli.main import dbtRunner

    settings = Settings(home=tmp_path)
    settings.build_database.parent.mkdir(parents=True)
    shutil.copy(world.numbers.database, settings.build_database)
    for name, value in dbt_environment(settings).items():
        monkeypatch.setenv(name, value)
    target = str(tmp_path / "target")
    outcome = dbtRunner().invoke(
        ["test", "--select", "test_type:unit", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
         "--target-path", target, "--log-path", target, "--log-level", "none", "--quiet"]
    )  # fmt: skip
    found = list(getattr(outcome.result, "results", []))
    statuses = {item.node.name: str(item.status) for item in found}
    assert set(statuses.values()) == {"pass"}, statuses
    assert {item.node.tested_node_unique_id.split(".")[-1] for item in found} == WITH_UNIT_TESTS

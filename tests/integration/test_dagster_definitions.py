"""The night as a monitor finds it in Dagster: graph, checks, schedule, sensor.

When the graph was changed on purpose, `python -m tests.integration.test_dagster_definitions` writes asset_graph.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    FreshnessPolicy,
    RunRequest,
    ScheduleDefinition,
    SkipReason,
    build_sensor_context,
)
from dagster._utils.schedules import schedule_execution_time_iterator

from pipeline.catalogue.policy import load_policy
from pipeline.orchestration.context import SAMPLE_FEEDS, RunContext
from pipeline.orchestration.dbt import dbt_environment
from pipeline.orchestration.job import NIGHTLY, build_definitions
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.settings import PROJECT_ROOT, FeedSource, Settings
from tests.integration.nights import environment, require_manifest

GRAPH = Path(__file__).with_name("asset_graph.txt")
REFRESH = "python -m tests.integration.test_dagster_definitions"


def definitions_in(home: Path) -> Definitions:
    settings = Settings(home=home)
    os.environ.update(dbt_environment(settings))
    return build_definitions(settings)


def graph_text(definitions: Definitions) -> str:
    """One line an asset: its key, and the keys it depends on, all sorted."""
    lines = []
    for spec in definitions.resolve_all_asset_specs():
        upstream = sorted("/".join(dep.asset_key.path) for dep in spec.deps)
        lines.append(f"{'/'.join(spec.key.path)} <- {', '.join(upstream) or 'nothing'}")
    return "\n".join(sorted(lines)) + "\n"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    require_manifest()
    with pytest.MonkeyPatch.context() as patch:
        for name in dbt_environment(Settings()):
            patch.setenv(name, os.environ.get(name, ""))
        return definitions_in(tmp_path_factory.mktemp("definitions"))


@pytest.mark.slow
def test_the_workspace_validates(tmp_path: Path) -> None:
    require_manifest()
    program = Path(sys.executable).with_name("dagster")
    done = subprocess.run(
        [str(program), "definitions", "validate", "-w", str(PROJECT_ROOT / "workspace.yaml")],
        cwd=PROJECT_ROOT,
        env=environment(
            CORE20_HOME=str(tmp_path / "home"), DAGSTER_HOME=str(tmp_path), DAGSTER_DISABLE_TELEMETRY="yes"
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Validation successful for code location core20" in done.stdout
    assert not (tmp_path / "home").exists(), "loading the definitions writes nothing"


def test_the_graph_is_the_one_that_was_agreed(definitions: Definitions) -> None:
    agreed = GRAPH.read_text(encoding="utf-8") if GRAPH.is_file() else ""
    found = graph_text(definitions)
    new, gone = (sorted(set(a.splitlines()) - set(b.splitlines())) for a, b in ((found, agreed), (agreed, found)))
    assert found == agreed, (
        f"the asset graph changed.\nNew:\n{chr(10).join(new)}\nGone:\n{chr(10).join(gone)}\n"
        f"If that is what you meant, run `{REFRESH}` and commit {GRAPH.name}."
    )


def test_every_upstream_is_an_asset_of_ours(definitions: Definitions) -> None:
    specs = list(definitions.resolve_all_asset_specs())
    known = {spec.key for spec in specs}
    assert {dep.asset_key for spec in specs for dep in spec.deps} - known == set()


def test_everything_leads_to_the_release(definitions: Definitions) -> None:
    """No asset is a loose end but those a monitor reads for themselves."""
    specs = list(definitions.resolve_all_asset_specs())
    used = {dep.asset_key for spec in specs for dep in spec.deps}
    ends = {spec.key for spec in specs} - used - {AssetKey(["quality", "data_quality"])}
    assert AssetKey(["release", "current"]) in ends
    assert {key.path[0] for key in ends} <= {"release", "reference", "codes"}


def test_the_gate_stands_between_publication_and_release(definitions: Definitions) -> None:
    upstream = {spec.key: {dep.asset_key for dep in spec.deps} for spec in definitions.resolve_all_asset_specs()}
    assert upstream[AssetKey(["release", "current"])] == {AssetKey(["gate", "receipt"])}
    assert upstream[AssetKey(["gate", "receipt"])] == {AssetKey(["gate", f"table_{name}"]) for name in PUBLISHED_TABLES}
    assert upstream[AssetKey(["gate", "feed_verdict"])] == {AssetKey(["gate", f"feed_{n}"]) for n in SAMPLE_FEEDS}
    for name in PUBLISHED_TABLES:
        assert AssetKey(["publication", f"pub_{name}"]) in upstream[AssetKey(["gate", f"table_{name}"])]


def test_every_asset_has_a_group_an_owner_a_kind_and_a_description(definitions: Definitions) -> None:
    lacking = {
        "/".join(spec.key.path): lacks
        for spec in definitions.resolve_all_asset_specs()
        if (
            lacks := [
                what
                for what, there in (
                    ("group", spec.group_name not in (None, "default")),
                    ("owner", bool(spec.owners)),
                    ("kind", bool(spec.kinds)),
                    ("description", len(spec.description or "") > 15),
                )
                if not there
            ]
        )
    }
    assert lacking == {}


def test_groups_are_the_layers(definitions: Definitions) -> None:
    groups = {spec.group_name or "" for spec in definitions.resolve_all_asset_specs()}
    layers = {"landing", "raw", "reference", "run", "codes", "staging", "intermediate", "indicators", "marts",
              "quality", "gate", "publication", "release"}  # fmt: skip
    assert {group for group in groups if not group.startswith("indicators_")} == layers
    assert sum(group.startswith("indicators_") for group in groups) >= 5, "indicators are grouped by clinical area"


def test_every_landing_asset_has_the_freshness_of_its_contract(definitions: Definitions, tmp_path: Path) -> None:
    feeds = RunContext(Settings(home=tmp_path)).feeds
    cadence = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "annual": 366}
    for spec in definitions.resolve_all_asset_specs():
        if spec.key.path[0] != "landing":
            assert spec.freshness_policy is None
            continue
        feed = feeds[spec.key.path[1]]
        days = cadence[feed.cadence]
        assert spec.freshness_policy == FreshnessPolicy.time_window(
            fail_window=timedelta(days=days + feed.red_days - feed.expected_lag_days),
            warn_window=timedelta(days=days + feed.amber_days - feed.expected_lag_days),
        )
        assert {"publisher", "licence", "cadence", "url"} <= set(spec.metadata)


def test_there_is_one_check_a_rule_and_subject_and_critical_ones_block(definitions: Definitions) -> None:
    policy = load_policy()
    wanted = {
        (f"gate/feed_{feed}", rule.rule_id, rule.severity == "critical")
        for feed in SAMPLE_FEEDS
        for rule in policy.rules_for("feed", feed)
    } | {
        (f"gate/table_{table}", rule.rule_id, rule.severity == "critical")
        for table in PUBLISHED_TABLES
        for rule in policy.rules_for("publication", table)
    }
    graph = definitions.resolve_asset_graph()
    found = {
        ("/".join(key.asset_key.path), key.name, graph.get_check_spec(key).blocking) for key in graph.asset_check_keys
    }
    assert found == wanted
    assert any(is_blocking for _, _, is_blocking in found)


def test_the_night_is_at_three_in_london(definitions: Definitions) -> None:
    (schedule,) = definitions.schedules or []
    assert isinstance(schedule, ScheduleDefinition)
    assert schedule.job_name == NIGHTLY
    assert schedule.cron_schedule == "0 3 * * *"
    assert schedule.execution_timezone == "Europe/London"
    assert schedule.default_status is DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize("first", [date(2026, 3, 26), date(2026, 10, 22)], ids=["spring", "autumn"])
def test_nights_on_which_clocks_change_run_once(definitions: Definitions, first: date) -> None:
    (schedule,) = definitions.schedules or []
    assert isinstance(schedule, ScheduleDefinition)
    ticks = schedule_execution_time_iterator(
        datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp(),
        schedule.cron_schedule,
        schedule.execution_timezone,
    )
    nights = [next(ticks) for _ in range(7)]
    assert [night.date() for night in nights] == [first + timedelta(days=number) for number in range(7)]
    assert {night.hour for night in nights} == {3}
    assert len({night.utcoffset() for night in nights}) == 2


def test_the_job_does_everything_and_says_why_it_fails(definitions: Definitions) -> None:
    job = definitions.resolve_job_def(NIGHTLY)
    assert {hook.name for hook in job.hook_defs} == {"say_why", "tell"}
    materializable = {spec.key for spec in definitions.resolve_all_asset_specs() if spec.key.path[0] != "landing"}
    assert materializable - set(job.asset_layer.executable_asset_keys) == set()


def test_no_run_configuration_has_a_place_for_a_secret(definitions: Definitions) -> None:
    """Run configuration is kept in Dagster's database and shown in its UI."""
    job = definitions.resolve_job_def(NIGHTLY)
    schemas = [(name, resource.config_schema) for name, resource in job.resource_defs.items()]
    schemas += [(node.name, node.definition.config_schema) for node in job.nodes if node.definition.config_schema]
    asked = {name: set(getattr(schema.config_type, "fields", {})) for name, schema in schemas}
    assert {name: fields for name, fields in asked.items() if fields} == {
        "writer": {"home"},
        "io_manager": {"base_dir"},
    }


def test_the_landing_sensor_is_off_and_asks_for_a_night_only_when_files_change(tmp_path: Path) -> None:
    require_manifest()
    folder = tmp_path / "in"
    folder.mkdir()
    settings = Settings(home=tmp_path / "var", source="files", feeds={"rtt": FeedSource(folder=folder)})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dbt_environment(settings).items():
            patch.setenv(name, value)
        watch = build_definitions(settings).resolve_sensor_def("landing_watch")
    assert watch.default_status is DefaultSensorStatus.STOPPED
    assert watch.job_name == NIGHTLY

    with DagsterInstance.ephemeral() as instance:
        cursor: str | None = None

        def look() -> RunRequest | SkipReason:
            nonlocal cursor
            context = build_sensor_context(instance=instance, cursor=cursor)
            answer = watch(context)
            cursor = context.cursor
            assert isinstance(answer, RunRequest | SkipReason)
            return answer

        first = look()
        assert isinstance(look(), SkipReason), "nothing changed"
        (folder / "one.csv").write_text("a\n")
        came = look()
        assert isinstance(came, RunRequest)
        assert isinstance(look(), SkipReason)
        (folder / "one.csv").write_text("a\nb\n")
        changed = look()
        assert isinstance(changed, RunRequest)
        (folder / "one.csv.manifest.json").write_text("{}")
        keys = {answer.run_key for answer in (first, came, changed) if isinstance(answer, RunRequest)}
        assert len(keys) == len([item for item in (first, came, changed) if isinstance(item, RunRequest)])


def main() -> None:
    """Write the graph as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        GRAPH.write_text(graph_text(definitions_in(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()

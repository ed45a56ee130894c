"""What must hold after every fault that a night met, in one function.

Belongs here: the invariants of `listed.INVARIANTS`, each noted for the report when it was checked. Does not belong
here: planting faults.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Collection

import duckdb

from pipeline.orchestration.dbt import MANIFEST
from pipeline.release import verify
from pipeline.release.verify import read_release
from pipeline.settings import Settings
from tests.faults.plugin import note_invariant
from tests.faults.sweep import sweep
from tests.integration.nights import DEGRADED, HELD, INFRASTRUCTURE, PUBLISHED, Night, Ran


def incidents(night: Night) -> list[dict[str, object]]:
    """Every incident the home remembers, oldest first."""
    path = night.home / "incidents.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def hold(
    night: Night, ran: Ran, codes: Collection[int], current: str, parts: dict[str, str], canaries: Collection[str],
    new_incidents: list[dict[str, object]],
) -> None:  # fmt: skip
    """Check every invariant after a night that met a fault.

    `codes`: exit codes that are right. `current`, `parts`: the release that must be current, and its bytes.
    `new_incidents`: what this night added to the incidents, which must be one record when it was held or failed.
    """
    assert ran.code in codes, ran.output
    assert "Traceback" not in ran.output
    note_invariant("exit code")

    settings = Settings(home=night.home)
    assert night.current_id == current
    assert verify(settings).release_id == current
    note_invariant("pointer")

    assert night.parts == parts
    with duckdb.connect(str(night.current / "core20.duckdb"), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        seen = {
            row for name in tables for row in connection.execute(f"select distinct release_id from {name}").fetchall()
        }
        (rows,) = connection.execute("select count(*) from indicator_value").fetchall()[0]
    assert seen == {(current,)}
    note_invariant("no mixture")
    assert rows > 0
    note_invariant("queryable")

    release = read_release(settings.releases / current, current)
    assert ran.code != PUBLISHED or release.verdict == "published"
    assert ran.code != DEGRADED or release.verdict == "degraded"
    assert not any(path.name.startswith(".staging") for path in night.releases.iterdir())
    note_invariant("not green")

    if ran.code in (HELD, INFRASTRUCTURE):
        (incident,) = new_incidents
        assert incident["state"] == ("held" if ran.code == HELD else "failed")
        assert incident["current_release"] == current
    else:
        assert new_incidents == []
    note_invariant("one incident")

    leaked(night, ran, canaries)


def leaked(night: Night, ran: Ran, canaries: Collection[str]) -> None:
    """No canary in the console or in any file but the quarantine, which is its owner's alone."""
    assert not [canary for canary in canaries if canary in ran.output]
    quarantine = night.home / "quarantine"
    assert sweep([night.home, MANIFEST.parent.parent], canaries, spared=[quarantine]) == []
    private = [night.home, *(night.home / name for name in ("raw", "build", "dagster", "quarantine", "letters"))]
    assert [path.name for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007] == []
    assert not quarantine.exists() or stat.S_IMODE(quarantine.stat().st_mode) == 0o700
    note_invariant("no canary")

"""Fixtures that every kind of test uses.

Belongs here: where real files are found, and which files of tests begin. Does not belong here: fixtures of one package
(its own conftest).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.settings import PROJECT_ROOT

# The files that take minutes, the longest first: two processes share the tests by files, and one that begins last would
# be waited for. Of the first two only one asks for the night on the small sample, which the others then find made.
FIRST = (
    "spec/test_recomputation.py",
    "faults/gate/test_gate_bypasses.py",
    "faults/night/test_kill.py",
    "integration/test_night.py",
    "faults/night/test_infrastructure.py",
    "faults/night/test_content.py",
    "integration/test_night_held.py",
    "faults/gate/test_gate_waivers.py",
    "integration/test_real_main_job.py",
    "faults/night/test_daemon.py",
    "faults/gate/test_gate_empty.py",
    "spec/test_nhs_numbers.py",
    "faults/test_release_kill.py",
    "deploy/test_loopback.py",
    "spec/test_dbt_unit_tests.py",
)

pytest_plugins = ["tests.integration.night_fixtures", "tests.faults.plugin"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real open files; the test is skipped, saying so, where there is none."""
    folder = Path(os.environ.get("CORE20_REAL_DATA") or PROJECT_ROOT.parent / "shared" / "data")
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(f"no real files in {folder}; set CORE20_REAL_DATA to the folder that holds them")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of FIRST before all others, each file's own order kept."""
    place = {str(Path(__file__).parent / name): at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(str(item.path), len(FIRST)))

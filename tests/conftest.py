"""Fixtures that every kind of test uses.

Belongs here: where real files are found. Does not belong here: fixtures of one package (its own conftest).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.settings import PROJECT_ROOT

pytest_plugins = ["tests.integration.night_fixtures", "tests.faults.plugin"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real open files; the test is skipped, saying so, where there is none."""
    folder = Path(os.environ.get("CORE20_REAL_DATA") or PROJECT_ROOT.parent / "shared" / "data")
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(f"no real files in {folder}; set CORE20_REAL_DATA to the folder that holds them")
    return folder

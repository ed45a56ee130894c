"""Nights that several tests look at. They are run once, whichever process asks first; who changes one copies it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration import nights
from tests.integration.nights import Night


@pytest.fixture(scope="session")
def nights_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    # Where tests are spread over several processes, each has a folder of its own below that of the test run.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "nights"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sample_night(nights_folder: Path) -> Night:
    return nights.sample_night(nights_folder)


@pytest.fixture(scope="session")
def files_night(nights_folder: Path) -> Night:
    return nights.files_night(nights_folder)


@pytest.fixture(scope="session")
def restated_night(nights_folder: Path) -> Night:
    return nights.restated_night(nights_folder)

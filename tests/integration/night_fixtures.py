"""Nights that several tests look at. They are run once a session; a test that changes one copies it first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration import nights
from tests.integration.nights import Night


@pytest.fixture(scope="session")
def nights_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "nights"
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

"""One real night of the small fictional country, judged and not yet published, copied for each test.

Belongs here: making it once a session. Does not belong here: assertions. Below the copy an older release is current, so
that a test sees whether the pointer moved.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.orchestration.command import run_nightly
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import ManifestMissing, manifest_path
from pipeline.quality import receipt as receipt_module
from pipeline.quality.judge import SUITES, suite_path
from pipeline.release import history
from pipeline.release.store import current_id
from pipeline.settings import Settings
from tests.unit.release.release_candidate import make, published

OLDER = "20200131-000000000000"
SCALE = 0.02


class Night:
    """A judged night. `is_untouched` tells whether what readers see is what it was."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, sample_scale=SCALE)
        self.context = RunContext(self.settings)
        self._before = self._seen()

    def _seen(self) -> tuple[str | None, list[str], int]:
        folders = sorted(path.name for path in self.settings.releases.iterdir() if not path.name.startswith("."))
        return current_id(self.settings), folders, len(history(self.settings))

    @property
    def is_untouched(self) -> bool:
        return self._seen() == self._before


@pytest.fixture(scope="session")
def prepared_manifest() -> Path:
    """The dbt manifest; without it nothing of this folder can run, and that is a failure, not a skip."""
    try:
        return manifest_path()
    except ManifestMissing as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def judged_home(prepared_manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a whole night, its release taken away and an older one put in its place."""
    folder = tmp_path_factory.mktemp("gate")
    settings = Settings(home=folder / "home", sample_scale=SCALE)
    with pytest.MonkeyPatch.context() as environment:
        for name in ("CORE20_BUILD_DATABASE", "CORE20_THREADS", "CORE20_MEMORY_LIMIT", "DAGSTER_HOME"):
            environment.setenv(name, "set by the night")  # so that what the night sets is put back afterwards
        night = run_nightly(settings, None, lambda line: None)
    assert night.release is not None, night.lines
    shutil.rmtree(settings.releases)
    older = make(folder / "older", release_id=OLDER)
    published(older)
    shutil.copytree(older.releases, settings.releases, symlinks=True)
    return settings.home


@pytest.fixture
def night(judged_home: Path, tmp_path: Path) -> Iterator[Night]:
    """A copy of the judged night without its build database, which publishing does not read."""
    home = tmp_path / "home"
    shutil.copytree(
        judged_home, home, symlinks=True, ignore=shutil.ignore_patterns("*.duckdb", "dagster", "raw", "sample")
    )
    made = Night(home)
    yield made
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def whole_night(judged_home: Path, tmp_path: Path) -> Iterator[Night]:
    """A copy of everything, to judge again."""
    home = tmp_path / "home"
    shutil.copytree(judged_home, home, symlinks=True, ignore=shutil.ignore_patterns("dagster"))
    made = Night(home)
    yield made
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the suites that the gate judges by and verifies."""
    folder = tmp_path / "suites"
    shutil.copytree(SUITES, folder)

    def path_of(subject: str, _: Path = folder) -> Path:
        return suite_path(subject, folder)

    monkeypatch.setattr("pipeline.quality.judge.suite_path", path_of)
    monkeypatch.setattr(receipt_module, "suite_path", path_of)
    return folder

"""One real night of the small fictional country, judged and not yet published, copied for each test.

Belongs here: making it once a session, and judging the same thing once. Does not belong here: assertions. Below the
copy an older release is current, so that a test sees whether the pointer moved.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import SecretStr

from pipeline.orchestration import nightly
from pipeline.orchestration.context import RunContext
from pipeline.quality import judge
from pipeline.quality import receipt as receipt_module
from pipeline.quality.ahead import JudgedAhead
from pipeline.quality.judge import SUITES, suite_path
from pipeline.release import history
from pipeline.release.store import current_id
from pipeline.settings import Settings
from tests.integration import nights
from tests.unit.release.release_candidate import make, published

OLDER = "20200131-000000000000"


class Night:
    """A judged night. `is_untouched` tells whether what readers see is what it was."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, sample_scale=nights.SCALE, pseudonym_key=SecretStr(nights.KEY))
        self.context = RunContext(self.settings)
        self._before = self._seen()

    def _seen(self) -> tuple[str | None, list[str], int]:
        folders = sorted(path.name for path in self.settings.releases.iterdir() if not path.name.startswith("."))
        return current_id(self.settings), folders, len(history(self.settings))

    @property
    def is_untouched(self) -> bool:
        return self._seen() == self._before


def to_publish(home: Path, target: Path) -> Night:
    """A copy of a judged night without what publishing does not read."""
    left_out = shutil.ignore_patterns("*.duckdb", "raw", "sample")
    return Night(shutil.copytree(home, target, symlinks=True, ignore=left_out))


def to_judge(home: Path, target: Path) -> Night:
    """A copy of everything, to judge again."""
    return Night(shutil.copytree(home, target, symlinks=True))


@pytest.fixture(scope="package", autouse=True)
def same_question_judged_once() -> Iterator[None]:
    """Great Expectations is asked once in all these nights about the same measures, as it is once in each night."""
    answers: dict[tuple[str, bytes], Any] = {}
    ask = judge._ask

    def remembered(
        batches: Any, name: str, expectation: dict[str, Any], measures: pd.DataFrame, thresholds: dict[str, float]
    ) -> Any:
        question = (judge._asked(expectation, thresholds), measures.to_numpy().tobytes())
        if question not in answers:
            answers[question] = ask(batches, name, expectation, measures, thresholds)
        return answers[question]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judge, "_ask", remembered)
        yield


@pytest.fixture(scope="session")
def judged_home(sample_night: nights.Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a whole night, its release taken away and an older one put in its place."""
    assert sample_night.ran.code == nights.DEGRADED, sample_night.ran.output
    folder = tmp_path_factory.mktemp("gate")
    home = folder / "home"
    shutil.copytree(sample_night.home, home, symlinks=True, ignore=shutil.ignore_patterns("dagster", "releases"))
    older = make(folder / "older", release_id=OLDER)
    published(older)
    shutil.copytree(older.releases, home / "releases", symlinks=True)
    return home


@pytest.fixture
def night(judged_home: Path, tmp_path: Path) -> Iterator[Night]:
    """The judged night, to publish."""
    yield to_publish(judged_home, tmp_path / "home")
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


@pytest.fixture
def whole_night(judged_home: Path, tmp_path: Path) -> Iterator[Night]:
    """The judged night, to judge again."""
    yield to_judge(judged_home, tmp_path / "home")
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the suites that the gate judges by and verifies, in this process and in the one that judges ahead."""
    folder = tmp_path / "suites"
    shutil.copytree(SUITES, folder)

    def path_of(subject: str, _: Path = folder) -> Path:
        return suite_path(subject, folder)

    monkeypatch.setattr("pipeline.quality.judge.suite_path", path_of)
    monkeypatch.setattr(receipt_module, "suite_path", path_of)
    ahead = JudgedAhead(folder)
    monkeypatch.setattr(nightly, "NIGHT_JUDGE", ahead)
    yield folder
    ahead.end()

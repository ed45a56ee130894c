"""What the comparisons found, kept for the page of figures when `make figures` asks for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.golden.cases import COMPARED


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write test -> (values compared, largest relative difference) to the file named by CORE20_FIGURES."""
    target = os.environ.get("CORE20_FIGURES")
    if target and session.testscollected:
        Path(target).write_text(json.dumps(COMPARED, sort_keys=True), encoding="utf-8")

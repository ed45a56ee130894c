"""Samples of several sizes, made once for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sample import generate
from pipeline.settings import Settings


@pytest.fixture(scope="session")
def tiny_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at a fiftieth of its size: every structure, few records."""
    return generate(Settings(home=tmp_path_factory.mktemp("tiny"), sample_scale=0.02))


@pytest.fixture(scope="session")
def fifth_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at a fifth of its size: small submitters have enough records to show their faults."""
    return generate(Settings(home=tmp_path_factory.mktemp("fifth"), sample_scale=0.2))

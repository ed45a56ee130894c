"""The tiny warehouses of the specifications, each built once a session from the cases of all of them."""

from __future__ import annotations

import pytest

from tests.spec.cases import World, best_known, domain_rules, indicators
from tests.spec.tiny import Tiny


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The domain rules: both editions of the index, boundaries of April 2026."""
    return domain_rules.build(Tiny(tmp_path_factory.mktemp("rules"), judged_rules=("submitter_present",)))


@pytest.fixture(scope="session")
def other_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The indicators: IMD 2025 only, boundaries of April 2024."""
    return indicators.build(
        Tiny(tmp_path_factory.mktemp("indicators"), imd_editions=(2025,), organisation_edition=2024)
    )


@pytest.fixture(scope="session")
def best_known_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A few people, by their best known ethnic category."""
    return best_known.build(Tiny(tmp_path_factory.mktemp("best_known"), imd_editions=(2025,), ethnicity="best_known"))

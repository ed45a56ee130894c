"""Read a reference case, run the product's SQL on it, compare with the peer's answer.

Belongs here: what every family of cases needs. Does not belong here: any formula, any expected value.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from tests.golden.macros import statistics_macros

VECTORS = Path(__file__).parent / "vectors"
CODES = Path(__file__).resolve().parents[2] / "reference_data" / "codes"
RELATIVE = 1e-9
LEVELS = ("95", "998")
SIDES = ("lower", "upper")
# How the peers name the levels in their columns.
PEER_LEVEL = {"95": "95_0", "998": "99_8"}

COMPARED: dict[str, tuple[int, float]] = {}

macros: Any = statistics_macros()


def case(name: str) -> tuple[str, pd.DataFrame]:
    """SQL that reads the case's input, and the peer's answer."""
    return f"read_csv('{VECTORS / name}.input.csv')", pd.read_csv(VECTORS / f"{name}.expected.csv")


def run(sql: str, threads: int | None = None) -> pd.DataFrame:
    """The rows of a query, on a given number of threads."""
    with duckdb.connect(config={} if threads is None else {"threads": threads}) as connection:
        return connection.execute(sql).df()


def assert_equal(
    found: pd.Series[Any], expected: pd.Series[Any], relative: float = RELATIVE, level: float = 0.0
) -> None:
    """Equal at the tolerance; a missing value must be missing on both sides.

    `level` is a size in the unit of the values, for values near zero: the difference is then compared with the larger
    of the expected value and the level.
    """
    pairs = pd.DataFrame({"found": found.astype(float).to_numpy(), "expected": expected.astype(float).to_numpy()})
    assert len(pairs) > 0
    assert (pairs["found"].isna() == pairs["expected"].isna()).all(), pairs
    shown = pairs.dropna()
    difference = (shown["found"] - shown["expected"]).abs()
    size = shown["expected"].abs().clip(lower=max(level, 1e-12))
    assert (difference <= relative * size).all(), difference.max()
    _remember(len(shown), float((difference / size).max()) if len(shown) else 0.0)


def _remember(values: int, largest: float) -> None:
    """What the page of figures shows: how many values each test compared, and the largest relative difference."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    before = COMPARED.get(test, (0, 0.0))
    COMPARED[test] = (before[0] + values, max(before[1], largest))


def assert_within(found: pd.Series[Any], expected: pd.Series[Any], error: pd.Series[Any]) -> None:
    """Within five Monte-Carlo standard errors of a limit that the peer simulated."""
    errors = (found.astype(float).to_numpy() - expected.astype(float).to_numpy()) / error.astype(float).to_numpy()
    assert len(errors) > 0
    assert found.notna().all()
    assert (abs(errors) <= 5).all(), abs(errors).max()


def exact_join(events: str) -> str:
    """Join of the exact Poisson limits on a count."""
    return f"left join read_csv('{CODES / 'poisson_exact.csv'}') as exact on {events} = exact.events"

"""The page of figures: `python -m tests.golden.figures` (or `make figures`) writes docs/reference/statistics.md.

Belongs here: running the reference cases, timing each statistic on 100,000 groups beside a plain sum of the same rows,
and the page. Does not belong here: cases and formulas.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import duckdb

from tests.golden.cases import case
from tests.golden.test_determinism import STATISTICS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "statistics.md"
GROUPS = 100_000
FAMILIES = {
    "test_proportion_rate": "Proportions and rates",
    "test_standardised": "Standardised rates and ratios",
    "test_gap": "Gaps and bounds",
    "test_slope": "Slope and relative index of inequality, new SII",
    "test_concentration_attributable": "Concentration index, attributable risk, gradient",
    "test_quantile_mean": "Quantiles, means and medians",
    "test_funnel": "Funnels",
    "test_trend": "Recent trend",
    "test_spc": "Control charts",
}


def compared() -> dict[str, tuple[int, int, float]]:
    """Family -> tests, values compared, largest relative difference. Raises RuntimeError when a case fails."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/golden"],
            cwd=ROOT,
            env={**os.environ, "CORE20_FIGURES": str(target)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError("a reference case fails; run `pytest tests/golden`")
        found: dict[str, list[float]] = json.loads(target.read_text(encoding="utf-8"))
    families: dict[str, list[list[float]]] = defaultdict(list)
    for test, numbers in found.items():
        families[Path(test.split("::")[0]).stem].append(numbers)
    return {
        FAMILIES[name]: (len(rows), int(sum(row[0] for row in rows)), max(row[1] for row in rows))
        for name, rows in sorted(families.items(), key=lambda item: list(FAMILIES).index(item[0]))
    }


def timed() -> dict[str, tuple[int, float, float]]:
    """Statistic -> rows, seconds for 100,000 groups, and that as a multiple of counting the rows of each group."""
    found: dict[str, tuple[int, float, float]] = {}
    for name, (case_name, group, sql) in STATISTICS.items():
        source, _ = case(case_name)
        with duckdb.connect(config={"threads": 2}) as connection:
            groups = connection.execute(f"select count(distinct {group}) from {source}")
            copies = GROUPS // max(1, int(groups.fetchall()[0][0]))
            connection.execute(f"create table input as from {source} cross join range({copies}) as copies (copy)")
            rows = int(connection.execute("select count(*) from input").fetchall()[0][0])
            plain = _seconds(connection, f"select copy, {group}, count(*) from input group by all")
            own = _seconds(connection, sql)
        found[name] = (rows, own, own / plain)
    return found


def _seconds(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    started = time.perf_counter()
    connection.execute(f"create or replace table result as {sql}")
    return time.perf_counter() - started


def page() -> str:
    """The page, in Markdown."""
    lines = [
        "# The statistics beside their peers",
        "",
        "Made by `make figures`, which runs every reference case through the product's own macros. The reference",
        "values are what implementations that nobody here wrote return (OHID PHEindicatormethods, statsmodels,",
        "WHO healthequal, NHSRplotthedots). Known faults of the peers, and what differs on purpose, stand in the",
        "tests.",
        "",
        "| statistics | tests | values compared | largest relative difference |",
        "|---|---|---|---|",
        *(
            f"| {name} | {tests} | {values:,} | {largest:.1e} |"
            for name, (tests, values, largest) in compared().items()
        ),
        "",
        f"Time for {GROUPS:,} groups on two threads, and as a multiple of grouping the same rows and counting them.",
        "",
        "| statistic | rows | seconds | times a plain grouping |",
        "|---|---|---|---|",
        *(f"| {name} | {rows:,} | {seconds:.1f} | {ratio:.0f} |" for name, (rows, seconds, ratio) in timed().items()),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")


if __name__ == "__main__":
    main()

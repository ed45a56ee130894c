"""The reference pages of the indicators: `make pages` (`python -m tests.spec.pages`) writes docs/reference/indicators
and docs/reference/statement.md.

Belongs here: what an indicator means (its metadata) beside the specifications that pin it down, in words. Does not
belong here: definitions and assertions.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections.abc import Collection
from functools import cache
from pathlib import Path

from pipeline.catalogue.handbook import describe
from pipeline.catalogue.indicators import Indicator, load_indicators
from tests.spec.examples import Row, examples

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference" / "indicators"
STATEMENT = ROOT / "docs" / "reference" / "statement.md"
STATEMENT_INDICATORS = ROOT / "reference_data" / "statement_13sa.csv"
SPECIFICATIONS = ROOT / "tests" / "spec"
_NAMES = {"wales": "Wales"}
_STATEMENT_TEXT = (
    "NHS bodies publish these indicators by deprivation, ethnicity, age and sex (NHS England's Statement on",
    "information on health inequalities, NHS Act 2006, section 13SA, first given in November 2023). The wording and",
    "the numbers are ours (evidence K). An indicator counts here by its `catalogue_id`, so its variants and published",
    "files are listed too.",
)
_NOTE = "Written by `make pages` from the metadata and the specifications; change those, not this page."


def pages() -> dict[Path, str]:
    """File -> text of every page: one an indicator, and the list of them."""
    indicators = load_indicators()
    named = {indicator_id: _specifications(item, indicators) for indicator_id, item in indicators.items()}
    tables = examples()
    found = {
        PAGES / f"{indicator_id.lower()}.md": _page(
            describe(item), named[indicator_id], *tables.get(indicator_id, ("", []))
        )
        for indicator_id, item in indicators.items()
    }
    rows = [
        f"| [{item.id}]({item.id.lower()}.md) | {item.name} | {item.feed} | {item.measure_type} | "
        f"{item.statement_13sa or ''} | {item.evidence_text} |"
        for item in indicators.values()
    ]
    head = ["| id | name | feed | measure | statement under section 13SA | evidence |", "|---|---|---|---|---|---|"]
    found[PAGES / "README.md"] = "\n".join(["# Indicators", "", _NOTE, "", *head, *rows, ""])
    found[STATEMENT] = _statement(indicators)
    return found


def _statement(indicators: dict[str, Indicator]) -> str:
    """Which indicators carry each of those the Statement under section 13SA names, and how."""
    with STATEMENT_INDICATORS.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    rows = []
    for item in wanted:
        # A variant may be about something that the Statement does not name.
        carried = [
            found
            for found in indicators.values()
            if found.catalogue_id in item["catalogue_ids"].split() and found.statement_13sa is not None
        ]
        links = "; ".join(
            f"[{found.id}](indicators/{found.id.lower()}.md) {found.name}, from `{found.feed}`" for found in carried
        )
        needs = f"needs {item['what_is_needed']}" if item["what_is_needed"] else ""
        home = "; ".join(text for text in (links or "not published", needs) if text)
        rows.append(f"| {item['number']} | {item['domain']} | {item['statement_indicator']} | {home} |")
    head = ["| no. | domain | indicator of the Statement | where it is, and what is missing |", "|---|---|---|---|"]
    return "\n".join(["# The Statement under section 13SA", "", _NOTE, "", *_STATEMENT_TEXT, "", *head, *rows, ""])


def _page(facts: list[str], specifications: list[str], usual: str, table: list[Row]) -> str:
    lines = [f"# {facts[0]}", "", _NOTE, "", "## Definition", ""]
    for fact in facts[1:]:
        name, _, text = fact.strip().partition(":")
        lines.append(f"- {name}: {text.strip()}" if text else f"- {name}")
    lines += ["", "## What is specified", ""]
    said = [f"- {sentence}" for sentence in specifications]
    lines += said or (["The examples below."] if table else ["Only what holds for every indicator."])
    if table:
        header, *rows = (f"| {' | '.join(row)} |" for row in table)
        lines += ["", "## Examples", "", f"A record of the specification: {usual}.", ""]
        lines += [header, f"|{'---|' * len(table[0])}", *rows]
    return "\n".join([*lines, ""])


@cache
def _tests() -> list[tuple[str, ast.FunctionDef]]:
    """Every specification test: its name, text and decorators; and its tree. In the order of files and lines."""
    found: list[tuple[str, ast.FunctionDef]] = []
    for path in sorted(SPECIFICATIONS.glob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
                found.append(("\n".join(lines[first - 1 : node.end_lineno]), node))
    return found


def _specifications(indicator: Indicator, every: Collection[str]) -> list[str]:
    """Specification tests that name the indicator, as sentences with their explanation.

    Those of one feed among several (DQ01_ECDS) have the tests of all of them, too (`test_dq01_...`), and those of a
    publication (RES01_FINGERTIPS) the tests that name the two apart.
    """
    words = set(indicator.id.lower().split("_")) if "_" in indicator.id else set()
    named = re.compile(rf"(?<![A-Z0-9]){indicator.id}(?![A-Z0-9_])", re.IGNORECASE)
    shared = indicator.catalogue_id if indicator.id == f"{indicator.catalogue_id}_{indicator.feed.upper()}" else ""
    others = [name.lower() for name in every if name.startswith(shared)]

    def is_of_all(name: str) -> bool:
        return name.startswith(f"test_{shared.lower()}_") and not any(other in name for other in others)

    return [
        _sentence(node)
        for text, node in _tests()
        if named.search(text) or (shared and is_of_all(node.name)) or (words and words <= set(node.name.split("_")))
    ]


def _sentence(node: ast.FunctionDef) -> str:
    words = node.name.removeprefix("test_").replace("_", " ")
    words = re.sub(r"\b[a-z]{2,4}[0-9]{2}\b|\bwales\b", lambda found: _NAMES.get(found[0], found[0].upper()), words)
    explanation = " ".join((ast.get_docstring(node) or "").split())
    return f"{words[0].upper()}{words[1:]}." + (f" {explanation}" if explanation else "")


def main() -> None:
    """Write every page, and remove those of indicators that are no more."""
    wanted = pages()
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in set(PAGES.glob("*.md")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(wanted)} pages are written\n")


if __name__ == "__main__":
    main()

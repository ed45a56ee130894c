"""The reference pages say what the metadata and the specifications say."""

from __future__ import annotations

import csv

from tests.spec.pages import PAGES, STATEMENT, STATEMENT_INDICATORS, pages


def test_every_indicator_has_its_page_and_every_page_is_fresh() -> None:
    wanted = pages()
    assert {*PAGES.glob("*.md"), STATEMENT} == wanted.keys(), "run `make pages`"
    stale = [path.name for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make pages`"


def test_every_page_says_what_is_specified_of_its_indicator() -> None:
    silent = [path.name for path, text in pages().items() if "Only what holds for every indicator." in text]
    assert silent == [], "a specification names these in no test and no table of examples"


def test_every_indicator_of_the_statement_has_a_home_or_says_what_it_needs() -> None:
    with STATEMENT_INDICATORS.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    assert [int(item["number"]) for item in wanted] == list(range(1, 25))
    text = STATEMENT.read_text(encoding="utf-8").splitlines()
    for item in wanted:
        line = next(line for line in text if line.startswith(f"| {item['number']} |"))
        assert "indicators/" in line or item["what_is_needed"], f"number {item['number']} has no home and no reason"

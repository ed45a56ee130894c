"""The reference pages say what the metadata and the specifications say."""

from __future__ import annotations

from tests.spec.pages import PAGES, pages


def test_every_indicator_has_its_page_and_every_page_is_fresh() -> None:
    wanted = pages()
    assert {path.name for path in PAGES.glob("*.md")} == {path.name for path in wanted}, "run `make pages`"
    stale = [path.name for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make pages`"

"""The page of each rule, as letters, reports and checks quote it.

Belongs here: reading a page and its parts. Does not belong here: what a rule measures and its threshold (the policy).
"""

from __future__ import annotations

import re

from pipeline.catalogue.policy import RULE_PAGES


def rule_page(rule_id: str) -> str:
    """The rule's page in Markdown, blank where it has none."""
    path = RULE_PAGES / f"{rule_id}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def rule_title(rule_id: str) -> str:
    """The first line of the rule's page; its name where it has none."""
    return (rule_page(rule_id).splitlines() or [rule_id])[0].lstrip("# ").strip()


def rule_meaning(rule_id: str) -> str:
    """What the rule means."""
    found = re.search(r"^## Meaning\n+(.*?)\n+## ", rule_page(rule_id), re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


def rule_advice(rule_id: str, reader: str) -> str:
    """What a `reader` (Monitor or Submitter) does about the rule."""
    found = re.search(rf"\*\*{reader}:\*\*\s*(.*?)\s*(?:\n\n|\Z)", rule_page(rule_id), re.DOTALL)
    return found.group(1) if found else ""

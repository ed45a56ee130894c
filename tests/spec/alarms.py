"""The page of false alarms: `python -m tests.spec.alarms` (or `make alarms`) writes docs/reference/false-alarms.md.

It reads the current release of the fictional country and what was planted in it, and writes the same figures into the
page of each rule. Belongs here: counting alarms. Does not belong here: rules, thresholds, planting.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.catalogue.policy import RULE_PAGES, load_policy
from pipeline.settings import PROJECT_ROOT, load_settings

PAGE = PROJECT_ROOT / "docs" / "reference" / "false-alarms.md"
LINE = re.compile(r"^False alarms on the fictional country: .*$", re.MULTILINE)
HEAD = """# False alarms of the rules of plausibility

Made by `make alarms` from the release of the fictional country; not written by hand. A measure is one submitter
(or feed) and period that could be judged. An alarm is a measure beyond the threshold of the policy. It is
explained where a fault was planted in that submitter and period, or, for a rule that looks at several periods, in
one of the two before. What is left is false. The fictional country is one draw (seed {seed}, scale {scale}); a
rule without a false alarm in n measures has a rate of at most about 3 / n (the upper 95 per cent limit).

| rule | measures judged | alarms | explained | false | false-alarm rate, % |
|---|---:|---:|---:|---:|---:|
"""


def rules() -> list[str]:
    """Rules of plausibility, in the order of the policy."""
    return [rule.rule_id for rule in load_policy().rules if rule.dimension == "plausibility"]


def counted(measures: pd.DataFrame, planted: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """Rule -> measures judged, alarms, alarms explained. `measures` has the columns of data_quality."""
    judged = measures[measures["status"].isin(["passed", "failed"])]
    failed = judged[judged["status"] == "failed"]
    found = {}
    for rule in rules():
        explained = {
            (fault["feed"], fault["submitter"], period)
            for fault in planted
            if fault["submitter"]
            for first in fault["periods"]
            for period in _from(measures, fault["feed"], first, 3 if rule == "level_shift" else 1)
        }
        own = failed[failed["rule_id"] == rule]
        alarms = list(zip(own["feed"], own["submitter_code"], own["period"], strict=True))
        found[rule] = (int((judged["rule_id"] == rule).sum()), len(alarms), sum(key in explained for key in alarms))
    return found


def sentence(judged: int, alarms: int, explained: int) -> str:
    """The line of a rule's page."""
    return (
        f"False alarms on the fictional country: {alarms - explained} in {judged:,} measures "
        f"(and {explained} of planted faults)."
    )


def table(found: dict[str, tuple[int, int, int]]) -> str:
    """The rows of the page."""
    lines = [
        f"| `{rule}` | {judged:,} | {alarms} | {explained} | {alarms - explained} | "
        f"{100 * (alarms - explained) / max(judged, 1):.2f} |"
        for rule, (judged, alarms, explained) in found.items()
    ]
    return "\n".join(lines) + "\n"


def _from(measures: pd.DataFrame, feed: str, first: str, count: int) -> list[str]:
    periods = sorted({str(period) for period in measures.loc[measures["feed"] == feed, "period"]} | {first})
    at = periods.index(first)
    return periods[at : at + count]


def write(release: Path, record: Path) -> None:
    """The page and the line of every rule, from a release and the record of the sample it was made from."""
    made = json.loads(record.read_text(encoding="utf-8"))
    with duckdb.connect(str(release / "core20.duckdb"), read_only=True) as connection:
        measures = connection.execute("select * from data_quality").df()
    if not measures["is_synthetic"].all():
        raise SystemExit("the current release is not of the fictional country: run `make run` without a configuration")
    found = counted(measures, list(made["planted"].values()))
    PAGE.write_text(HEAD.format(seed=made["seed"], scale=made["scale"]) + table(found), encoding="utf-8")
    for rule, figures in found.items():
        path = RULE_PAGES / f"{rule}.md"
        path.write_text(LINE.sub(sentence(*figures), path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    settings = load_settings()
    write(settings.releases / "current", settings.sample / "sample.json")

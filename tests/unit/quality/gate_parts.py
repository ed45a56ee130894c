"""Small policies, suites, measures and candidates for tests of the gate.

Belongs here: making them. Does not belong here: assertions.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.catalogue.policy import Policy
from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.quality.judge import Judgement, Status

MEASURE_COLUMNS = ["rule_id", "violated", "expected", "pct"]


def rule(rule_id: str = "a_rule", **changes: Any) -> dict[str, Any]:
    """A critical rule of the feed ecds with a threshold of 10 %, as the policy file would hold it."""
    values = {
        "rule_id": rule_id,
        "stage": "feed",
        "dimension": "validity",
        "severity": "critical",
        "threshold_pct": 10,
        "reason": "Because the test says so.",
        "evidence": "I",
        "applies_to": ["ecds"],
    }
    return values | changes


def policy(*rules: dict[str, Any]) -> Policy:
    return Policy.model_validate({"version": "1", "rules": list(rules) or [rule()]})


def waiver(**changes: Any) -> dict[str, Any]:
    """A waiver of a rule for one submitter and month of ecds, as the file of waivers would hold it."""
    values = {
        "waiver_id": "W-1",
        "rule_id": "a_rule",
        "feed": "ecds",
        "submitter_code": "ZT1",
        "periods": ["2026-05"],
        "owner": "Head of analysis",
        "reason": "The trust moved its system.",
        "start": date(2026, 5, 20),
        "expiry": date(2026, 6, 1),
    }
    return values | changes


def expectation(rule_id: str = "a_rule", **kwargs: Any) -> dict[str, Any]:
    """The expectation of a rule as the suites hold it; keywords replace arguments, None removes one."""
    arguments = {
        "column": "pct",
        "min_value": 0,
        "max_value": {"$PARAMETER": f"threshold_{rule_id}"},
    } | kwargs
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {name: value for name, value in arguments.items() if value is not None},
        "meta": {"rule_id": rule_id},
    }


def write_suite(folder: Path, *expectations: dict[str, Any], subject: str = "ecds", name: str | None = None) -> Path:
    """Write `<subject>.json` into the folder and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"name": name or subject, "expectations": copy.deepcopy(list(expectations))}
    (folder / f"{subject}.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def measures(*rows: tuple[str, int, int]) -> pd.DataFrame:
    """Measures (rule, violated, expected) with their per cent, NULL where nothing was expected."""
    values = [(name, bad, of, 100.0 * bad / of if of else None) for name, bad, of in rows]
    return pd.DataFrame(values, columns=MEASURE_COLUMNS).astype({"pct": "float64"})


def judgement(status: Status = "passed", rule_id: str = "a_rule", subject: str = "ecds") -> Judgement:
    """A judgement whose counts fit its status."""
    judged = 3 if status in ("passed", "failed") else 0
    return Judgement(subject, rule_id, status, judged, int(status == "failed"), 3 - judged, 5 * judged, 100 * judged)


def publication(connection: duckdb.DuckDBPyConnection, rows: int = 500, seed: int | None = None) -> None:
    """Every published table with its key, a number and comments; `seed` shuffles the order of insertion."""
    connection.execute("create schema publication")
    for table, key in PUBLISHED_TABLES.items():
        names = [*key, "number"]
        declared = ", ".join(f"{name} varchar" for name in key)
        connection.execute(f"create table publication.pub_{table} ({declared}, number double)")
        values = [_row(key, n) for n in range(rows)]
        if seed is not None:
            random.Random(seed).shuffle(values)  # noqa: S311 - not a secret
        connection.register("rows_of_table", pd.DataFrame(values, columns=names))
        connection.execute(f"insert into publication.pub_{table} select {', '.join(names)} from rows_of_table")
        connection.unregister("rows_of_table")
        connection.execute(f"comment on table publication.pub_{table} is 'One row a thing.'")
        for name in names:
            connection.execute(f"comment on column publication.pub_{table}.{name} is 'The {name}.'")


def _row(key: Sequence[str], number: int) -> tuple[object, ...]:
    """Keys that are NULL now and then, as imd_edition is, and still name one row each."""
    parts = [None if at and (number + at) % 3 == 0 else f"{name}{number % 7}" for at, name in enumerate(key)]
    return (f"{key[0]}{number:05d}", *parts[1:], number / 3)

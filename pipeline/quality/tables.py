"""The verdict tables of the build database: what publication models read of the gate.

Belongs here: creating and filling them. Does not belong here: deciding what goes in.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from pipeline.quality.verdict import Withholding
from pipeline.warehouse.tables import write_table

_RULE_RESULT = {
    "feed": "varchar",
    "submitter_code": "varchar",
    "period": "varchar",
    "rule_id": "varchar",
    "dimension": "varchar",
    "violated": "bigint",
    "expected": "bigint",
    "pct": "double",
    "threshold_pct": "double",
    "severity": "varchar",
    "status": "varchar",
    "waiver_id": "varchar",
    "counts": "varchar",
}
_WITHHOLDING = {
    "feed": "varchar",
    "submitter_code": "varchar",
    "period": "varchar",
    "breakdown_family": "varchar",
    "rule_id": "varchar",
    "is_waived": "boolean",
    "caution": "varchar",
}
_RELEASE = {
    "release_id": "varchar",
    "state": "varchar",
    "state_reason": "varchar",
    "inputs_sha256": "varchar",
    "policy_version": "varchar",
}


def create_verdict_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables of schema `verdict`: publication from them gives nothing, so a gate that did not run shows."""
    write_table(connection, "verdict.rule_result", _RULE_RESULT, [])
    write_table(connection, "verdict.withholding", _WITHHOLDING, [])
    write_table(connection, "verdict.release", _RELEASE, [])


def write_verdict(
    connection: duckdb.DuckDBPyConnection,
    results: pd.DataFrame,
    withheld: Sequence[Withholding],
    release: tuple[str, str, str, str, str],
) -> None:
    """Fill the verdict tables. `results` has the columns of verdict.rule_result, `release` those of verdict.release."""
    rows = results[list(_RULE_RESULT)].sort_values(["feed", "submitter_code", "period", "rule_id"])
    connection.register("results_of_rules", rows)
    connection.execute("delete from verdict.rule_result")
    connection.execute(f"insert into verdict.rule_result select {', '.join(_RULE_RESULT)} from results_of_rules")
    connection.unregister("results_of_rules")
    write_table(
        connection,
        "verdict.withholding",
        _WITHHOLDING,
        [tuple(vars(item).values()) for item in withheld],
    )
    write_table(connection, "verdict.release", _RELEASE, [release])

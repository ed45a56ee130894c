"""A small candidate with its receipt, as the gate leaves them, for tests of the release package.

Belongs here: making one. Does not belong here: assertions. Run as a program
(`release_candidate.py HOME`) it publishes what lies in HOME, for tests that kill it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.release import Release, ReleaseNotes, publish
from pipeline.settings import Settings

NOTES = ReleaseNotes(lines=("rtt: period 2026-05 was replaced by a restatement.",))


def values(rows: int, version: int) -> pa.Table:
    """`rows` cells: every fifth is withheld; `version` changes one number in all of them."""
    at = range(rows)
    withheld = [n % 5 == 0 for n in at]
    return pa.table(
        {
            "indicator_id": [f"I{n % 7}" for n in at],
            "area_code": [f"F0700{n:05d}" for n in at],
            "numerator": pa.array([None if hide else n * 3 + version for n, hide in enumerate(withheld)], pa.int64()),
            "value": pa.array([None if hide else n / 3 for n, hide in enumerate(withheld)], pa.float64()),
            "value_status": ["suppressed" if hide else "published" for hide in withheld],
            "note": [hashlib.md5(str(n).encode()).hexdigest() for n in at],  # noqa: S324 - varied text
        }
    )


def release_table() -> pa.Table:
    return pa.table({"release_id": ["R1"], "verdict": ["degraded"]})


ORDER = {"indicator_value": ["indicator_id"], "release": ["release_id"]}  # the first is not a whole key: ties
TYPES = {"int64": "BIGINT", "double": "DOUBLE", "string": "VARCHAR"}


def make(
    home: Path, release_id: str = "R1", version: int = 1, rows: int = 300, threads: int = 1, **receipt: Any
) -> Settings:
    """Write candidate and receipt below `home`. Extra keywords change the receipt."""
    settings = Settings(home=home, threads=threads)
    settings.candidate.mkdir(parents=True, exist_ok=True)
    tables: dict[str, Any] = {}
    for name, table in {"indicator_value": values(rows, version), "release": release_table()}.items():
        path = settings.candidate / f"{name}.parquet"
        pq.write_table(table, path, row_group_size=1000)
        tables[name] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": table.num_rows,
            "comment": f"One row a thing: {name}. It's quoted.",
            "columns": [
                {"name": field.name, "type": TYPES[str(field.type)], "comment": f"The {field.name}"}
                for field in table.schema
            ],
            "order_by": ORDER[name],
        }
    content = hashlib.sha256(f"{version} {rows}".encode()).hexdigest()
    document = {"content_sha256": content, "tables": tables}
    (settings.candidate / "tables.json").write_text(json.dumps(document))
    write_receipt(settings, release_id=release_id, content_sha256=content, **receipt)
    return settings


def write_receipt(settings: Settings, **changes: Any) -> None:
    rule = {"rule_id": "completeness", "subject": "ecds", "status": "failed", "failed": 2, "judged": 40}
    receipt = {
        "release_id": "R1",
        "content_sha256": "",
        "verdict": "degraded",
        "is_synthetic": True,
        "accepted_sha256": "a" * 64,
        "inputs_sha256": "b" * 64,
        "reason": "ecds: rule completeness failed for 2 of 40 measures.",
        "rules": [rule, {**rule, "rule_id": "validity", "status": "passed"}],
        "waivers": [],
    }
    settings.receipt.write_text(json.dumps(receipt | changes, sort_keys=True))


def allow() -> None:
    """A receipt verification that finds nothing wrong."""


def published(settings: Settings) -> Release:
    return publish(settings, allow, NOTES)


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file of a release by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    published(Settings(home=Path(sys.argv[1])))

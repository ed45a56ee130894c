"""The documents of a release: manifest, checksums, certificate and notes.

Belongs here: their content, made from the candidate, the receipt and the parts on disk and from nothing else (no clock,
no machine). Does not belong here: data parts (`parts`), checking a release (`verify`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from pipeline.files import files_sha256
from pipeline.release.candidate import Candidate
from pipeline.release.model import CHECKSUMS, MANIFEST, MANIFEST_VERSION, Receipt, ReleaseNotes

_VERDICTS = {
    "published": "Published: every rule of the gate passed.",
    "degraded": "Published, degraded: some rules did not pass. What they concern is withheld or carries a caution.",
}


def canonical_json(document: dict[str, Any]) -> bytes:
    """The one way a document of ours is spelled in JSON."""
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def part_names(folder: Path) -> list[str]:
    """Every file of a release folder but the manifest and the checksums, relative, in name order."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name not in (MANIFEST, CHECKSUMS))


def manifest(candidate: Candidate, receipt: Receipt, is_synthetic: bool, folder: Path) -> dict[str, Any]:
    """The manifest of the parts in `folder`: identity, tables with rows and columns, sha256 and bytes of every part."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "release_id": receipt.release_id,
        "verdict": receipt.verdict,
        "is_synthetic": is_synthetic,
        "content_sha256": candidate.content_sha256,
        "accepted_sha256": receipt.accepted_sha256,
        "inputs_sha256": receipt.inputs_sha256,
        "tables": {
            name: {
                "rows": table.rows,
                "comment": table.comment,
                "columns": [column.model_dump() for column in table.columns],
            }
            for name, table in candidate.tables.items()
        },
        "parts": {
            name: {"sha256": sha256, "bytes": (folder / name).stat().st_size}
            for name, sha256 in files_sha256(folder, part_names(folder)).items()
        },
    }


def checksums(parts: dict[str, Any], manifest_sha256: str) -> str:
    """SHA256SUMS in the format of `sha256sum --check`: every part, then the manifest."""
    lines = [f"{parts[name]['sha256']}  {name}" for name in sorted(parts)]
    return "\n".join([*lines, f"{manifest_sha256}  {MANIFEST}"]) + "\n"


def certificate(candidate: Candidate, receipt: Receipt, is_synthetic: bool, folder: Path) -> str:
    """What the gate said of this release, in plain words."""
    lines = [f"# Certificate of release {receipt.release_id}", "", _VERDICTS[receipt.verdict]]
    if receipt.reason:
        lines += ["", receipt.reason]
    if is_synthetic:
        lines += ["", "**Synthetic.** Every figure describes a fictional country. None may be quoted as a fact."]
    lines += ["", "## Rules", "", *_rules(receipt.rules), "", "## Waivers", "", *_waivers(receipt.waivers)]
    lines += ["", "## Policy", "", *_policy(receipt)]
    lines += ["", "## Published and withheld cells", "", *_cells(candidate, folder)]
    lines += ["", "## What this certificate is bound to", "", f"Content sha256: `{candidate.content_sha256}`", ""]
    return "\n".join(lines)


def _rules(rules: Iterable[dict[str, Any]]) -> list[str]:
    rules = list(rules)
    if not rules:
        return ["The receipt lists no rules."]
    counts = Counter(str(rule.get("status", "unknown")) for rule in rules)
    lines = [f"{len(rules)} rules ran: " + ", ".join(f"{counts[name]} {_words(name)}" for name in sorted(counts)) + "."]
    other = [rule for rule in rules if rule.get("status") != "passed"]
    if other:
        lines += ["", "| rule | of | status | failed | judged |", "|---|---|---|---|---|"]
        rows = [
            [_cell(rule.get(key, "")) for key in ("rule_id", "subject", "status", "failed", "judged")] for rule in other
        ]
        lines += [f"| {' | '.join([*row[:2], _words(row[2]), *row[3:]])} |" for row in sorted(rows)]
    return lines


def _waivers(waivers: Iterable[dict[str, Any]]) -> list[str]:
    names = ("waiver_id", "rule_id", "feed", "submitter_code", "periods", "owner", "reason", "start", "expiry")
    rows = ["| " + " | ".join(_cell(waiver.get(name, "")) for name in names) + " |" for waiver in waivers]
    if not rows:
        return ["None."]
    return ["| " + " | ".join(map(_words, names)) + " |", "|" + "---|" * len(names), *sorted(rows)]


def _policy(receipt: Receipt) -> list[str]:
    """Its version, and every change since the release before, with what each means for tonight's measures."""
    lines = [f"Version {_cell(receipt.policy.get('version', 'not recorded'))}."]
    if not receipt.policy_changes:
        return [*lines, "Nothing that decides was changed since the release before."]
    lines += ["Changed since the release before. The last columns are tonight's measures beyond each threshold.", ""]
    lines += ["| rule | what | before | after | failed by it before | now |", "|---|---|---|---|---:|---:|"]
    names = ("rule_id", "key", "before", "after", "failed_before", "failed_after")
    return lines + [
        "| " + " | ".join(_cell(change.get(name, "")) for name in names) + " |" for change in receipt.policy_changes
    ]


def _cells(candidate: Candidate, folder: Path) -> list[str]:
    """Counts of rows by value_status for every table that has one. A withheld cell is NULL with a reason, never 0."""
    lines = []
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in sorted(candidate.tables.items()):
            if "value_status" not in {column.name for column in table.columns}:
                continue
            path = str(folder / "parquet" / f"{name}.parquet").replace("'", "''")
            found = connection.execute(f"""
                select coalesce(value_status, 'no status'), count(*) from read_parquet('{path}') group by 1 order by 1
            """).fetchall()
            counted = ", ".join(f"{status} {number:,}" for status, number in found) or "none"
            lines.append(f"- `{name}`: {table.rows:,} cells; by status: {counted}")
    return lines or ["No published table has cells with a status."]


def notes(release_notes: ReleaseNotes, receipt: Receipt) -> str:
    """notes.md: one bullet a line."""
    lines = [f"- {' '.join(line.split())}" for line in release_notes.lines]
    return "\n".join([f"# Notes to release {receipt.release_id}", "", *(lines or ["Nothing to note."]), ""])


def _words(status: str) -> str:
    return status.replace("_", " ")


def _cell(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return " ".join(str(value).replace("|", "/").split())

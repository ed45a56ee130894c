"""Stored counts under another policy, and what a changed policy means for tonight's.

Belongs here: judging measures that were counted before. Does not belong here: counting, and publishing: nothing that is
said here changes a release.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.policy import DECIDES, Policy, PolicyError
from pipeline.catalogue.waivers import Waiver
from pipeline.files import file_sha256, private_folder
from pipeline.quality.judge import Judgement, judge_all
from pipeline.quality.verdict import Verdict, decide, judged_measures

_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("feed", "submitter_code", "period", "rule_id")]
    + [("violated", pa.int64()), ("expected", pa.int64()), ("pct", pa.float64())]
    + [("status", pa.string()), ("waiver_id", pa.string())]
)
_KEPT = _SCHEMA.names


@dataclass(frozen=True)
class Rejudged:
    """What another policy says of a release; for each feed and rule, how many measures failed before and do so now."""

    verdict: Verdict
    failures: tuple[tuple[str, str, int, int], ...]


def rejudge(release: Path, kept: Path, policy: Policy) -> Rejudged:
    """Judge the counts of a release by another policy, with the suites as they are.

    The waivers of the release count where this policy lets their rules be waived.

    `kept` has the true counts of that release, for those in it are after disclosure control. A rule that was not
    measured for it is an error, as in a night. Counts of published tables are not kept: their rules stand as they were
    judged. Raises PolicyError where the policy has another threshold for one of those, or the counts are not there.
    """
    receipt = json.loads((release / "receipt.json").read_text(encoding="utf-8"))
    if "policy" not in receipt or not kept.is_file() or file_sha256(kept) != receipt["measures_sha256"]:
        raise PolicyError(f"release {release.name}: {kept} is not there with the counts it was judged by")
    rules = receipt["policy"]["rules"]
    moved = [
        rule.rule_id
        for rule in policy.rules
        if rule.stage == "publication" and rules.get(rule.rule_id, {}).get("threshold_pct") != rule.threshold_pct
    ]
    if moved:
        raise PolicyError(
            f"{', '.join(moved)}: only rules about feeds can be judged again, for only their counts are in a release"
        )
    measures = read_measures(kept)
    by_feed = {feed: measures[measures["feed"] == feed].reset_index(drop=True) for feed in receipt["feeds"]}
    may_be_waived = {rule.rule_id for rule in policy.rules if rule.may_be_waived}
    granted = [Waiver.model_validate(item) for item in receipt["waivers"]]
    waivers = [waiver for waiver in granted if waiver.rule_id in may_be_waived]
    judgements, _ = judged_measures(by_feed, judge_all("feed", by_feed, policy), policy, waivers)
    stored = [
        (item["stage"], {key: value for key, value in item.items() if key != "stage"}) for item in receipt["rules"]
    ]
    before = {(item["subject"], item["rule_id"]): item["failed"] for stage, item in stored if stage == "feed"}
    now = {(item.subject, item.rule_id): item.failed for item in judgements}
    tables = [
        Judgement(**{key: value for key, value in item.items() if key != "stage"})
        for item in receipt["rules"]
        if item["stage"] == "publication"
    ]
    return Rejudged(
        decide([*judgements, *tables], policy),
        tuple((*key, before.get(key, 0), now.get(key, 0)) for key in sorted(before.keys() | now.keys())),
    )


def keep_measures(results: pd.DataFrame, path: Path) -> str:
    """Write the measures of feeds with true counts and statuses, in one order, to a private file; its sha256."""
    rows = results[_KEPT].sort_values(_KEPT[:4])
    fresh = private_folder(path.parent) / f"{path.name}.new"
    pq.write_table(pa.Table.from_pandas(rows, _SCHEMA, preserve_index=False), fresh)
    fresh.replace(path)
    return file_sha256(path)


def read_measures(path: Path) -> pd.DataFrame:
    """What `keep_measures` wrote: feed, submitter_code, period, rule_id, violated, expected, pct, status, waiver_id."""
    measures: pd.DataFrame = pq.read_table(path).to_pandas()
    return measures


def policy_record(policy: Policy) -> dict[str, Any]:
    """What a receipt keeps of the policy: its version, and of each rule what decides."""
    rules = {rule.rule_id: rule.model_dump(mode="json", include=set(DECIDES)) for rule in policy.rules}
    return {"version": policy.version, "rules": rules}


def policy_changes(before: Mapping[str, Any] | None, policy: Policy, measures: pd.DataFrame) -> list[dict[str, Any]]:
    """What changed in the policy since the release before, and how many of tonight's measures fail by each.

    `before` is the `policy_record` of that release, None where there is none to compare with. One entry a rule and key,
    with rule_id, key, before, after, failed_before and failed_after; a rule that came or went has the key `rule`.
    """
    if before is None:
        return []
    was, now = before["rules"], policy_record(policy)["rules"]
    changes: list[dict[str, Any]] = []
    for rule_id in sorted(was.keys() | now.keys()):
        old, new = was.get(rule_id), now.get(rule_id)
        if old is None or new is None:
            pairs = [("rule", "absent" if old is None else "there", "absent" if new is None else "there")]
        else:
            pairs = [(key, old.get(key), new.get(key)) for key in DECIDES if old.get(key) != new.get(key)]
        failed = {"failed_before": _failing(measures, rule_id, old), "failed_after": _failing(measures, rule_id, new)}
        changes += [{"rule_id": rule_id, "key": key, "before": a, "after": b, **failed} for key, a, b in pairs]
    if changes and before["version"] == policy.version:
        changes.append({"rule_id": "policy", "key": "version", "before": policy.version, "after": "not moved"})
    return changes


def _failing(measures: pd.DataFrame, rule_id: str, rule: Mapping[str, Any] | None) -> int:
    if rule is None:
        return 0
    own = measures[(measures["rule_id"] == rule_id) & measures["feed"].isin(rule["applies_to"])]
    return int((own["pct"] > rule["threshold_pct"]).sum())

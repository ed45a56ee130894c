"""The receipt: which rules ran on which candidate, with what result; and its verification before anything is published.

Belongs here: writing and re-verifying the receipt. Does not belong here: deciding (`verdict`), exporting (`candidate`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.catalogue.policy import Policy, Stage
from pipeline.catalogue.waivers import Waiver
from pipeline.quality.candidate import PUBLISHED_TABLES, CandidateError, read_candidate
from pipeline.quality.judge import Judgement, suite_path
from pipeline.quality.rejudge import policy_record, read_measures
from pipeline.quality.verdict import Verdict, decide
from pipeline.settings import Settings

RECEIPT_VERSION = 2


class PublicationRefused(RuntimeError):
    """The candidate may not be published; the message says why and what to do. Nothing was changed."""


def required_rules(policy: Policy, feeds: Sequence[str]) -> list[tuple[Stage, str, str]]:
    """Every (stage, subject, rule) that has to have run for the feeds of this run, whatever the suites say."""
    wanted: list[tuple[Stage, str, str]] = []
    for feed in sorted(feeds):
        wanted += [("feed", feed, rule.rule_id) for rule in policy.rules_for("feed", feed)]
    for table in sorted(PUBLISHED_TABLES):
        wanted += [("publication", table, rule.rule_id) for rule in policy.rules_for("publication", table)]
    return wanted


def suites_sha256(policy: Policy) -> str:
    """Hash over every suite file of the policy's subjects: a suite edited after judging makes the receipt stale."""
    subjects = sorted({subject for rule in policy.rules for subject in rule.applies_to})
    digest = hashlib.sha256()
    for subject in subjects:
        path = suite_path(subject)
        digest.update(subject.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"missing") + b"\0")
    return digest.hexdigest()


def write_receipt(
    settings: Settings,
    policy: Policy,
    feeds: Sequence[str],
    judgements: Mapping[Stage, Sequence[Judgement]],
    verdict: Verdict,
    release: Mapping[str, str],
    content_sha256: str,
    waivers: Sequence[Waiver] = (),
    policy_changes: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write `build/receipt.json` for the candidate of that content hash; `release` has its id and the input hashes."""
    document = {
        "receipt_version": RECEIPT_VERSION,
        "release_id": release["release_id"],
        "inputs_sha256": release["inputs_sha256"],
        "accepted_sha256": release["accepted_sha256"],
        "is_synthetic": settings.is_synthetic,
        "content_sha256": content_sha256,
        "measures_sha256": measures_sha256(settings),
        "policy_version": policy.version,
        "policy_sha256": policy.sha256,
        "policy": policy_record(policy),
        "policy_changes": list(policy_changes),
        "suites_sha256": suites_sha256(policy),
        "feeds": sorted(feeds),
        "verdict": verdict.state,
        "reason": verdict.reason,
        "findings": [asdict(finding) for finding in verdict.findings],
        "waivers": [waiver.model_dump(mode="json") for waiver in waivers],
        "rules": [{"stage": stage, **asdict(item)} for stage, items in sorted(judgements.items()) for item in items],
    }
    fresh = settings.receipt.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(settings.receipt)


def measures_sha256(settings: Settings) -> str:
    """Hash of the measures of feeds that the night keeps; blank where there are none."""
    return hashlib.sha256(settings.measures.read_bytes()).hexdigest() if settings.measures.is_file() else ""


def read_receipt(settings: Settings) -> dict[str, Any]:
    """The receipt as written. Raises PublicationRefused when there is none that can be read."""
    try:
        document: dict[str, Any] = json.loads(settings.receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise PublicationRefused(
            f"{settings.receipt}: there is no receipt, so the gate has not judged this candidate; run the nightly"
        ) from None
    return document


def verify_receipt(
    settings: Settings,
    policy: Policy,
    feeds: Sequence[str],
    release: Mapping[str, str],
    waivers: Sequence[Waiver] = (),
    policy_changes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Check the receipt against the candidate, the policy, the suites and the waivers as they are now; return it.

    `release` has the release id and the input hashes of the night under way.

    Raises PublicationRefused when a required rule is missing, errored, vacuous or judged by another policy or suite,
    when the verdict does not follow from the judgements, when the candidate changed, when the inputs are other ones, or
    when something is waived that no waiver of today covers.
    """
    receipt = read_receipt(settings)
    try:
        candidate = read_candidate(settings)
        judgements = [
            (str(item["stage"]), Judgement(**{key: value for key, value in item.items() if key != "stage"}))
            for item in receipt["rules"]
        ]
        _require(receipt["receipt_version"] == RECEIPT_VERSION, "the receipt has another version")
        _require(
            receipt["content_sha256"] == candidate["content_sha256"], "the candidate is not the one that was judged"
        )
        _require(receipt["measures_sha256"] == measures_sha256(settings), "the measures are not those that were judged")
        for name in ("inputs_sha256", "accepted_sha256", "release_id"):
            _require(receipt[name] == release[name], "the receipt is of other inputs: it is stale")
        _require(receipt["policy_sha256"] == policy.sha256, "the policy changed after the candidate was judged")
        _require(receipt["suites_sha256"] == suites_sha256(policy), "a suite changed after the candidate was judged")
        _require(receipt["is_synthetic"] == settings.is_synthetic, "synthetic and real runs are mixed")
        ran = [(stage, item.subject, item.rule_id) for stage, item in judgements]
        _require(len(ran) == len(set(ran)), "a rule is in the receipt twice")
        missing = [name for name in required_rules(policy, feeds) if name not in set(ran)]
        _require(not missing, "rules did not run: " + ", ".join(f"{subject}.{rule}" for _, subject, rule in missing))
        for _, item in judgements:
            _require(_is_coherent(item), f"{item.subject}.{item.rule_id} contradicts its own numbers")
        verdict = decide([item for _, item in judgements], policy)
        _require(receipt["verdict"] == verdict.state, "the verdict does not follow from the rules")
        _require(receipt["reason"] == verdict.reason, "the reason does not follow from the rules")
        _require(receipt["findings"] == [asdict(item) for item in verdict.findings], "findings are missing or changed")
        _require(receipt["feeds"] == sorted(feeds), "the receipt is of other feeds")
        granted = [waiver.model_dump(mode="json") for waiver in waivers]
        _require(receipt["waivers"] == granted, "its waivers are not those of today: one expired or was changed")
        _require(receipt["policy_changes"] == list(policy_changes), "what changed in the policy is not what it says")
        if any(item.waived for _, item in judgements):
            _check_waived(settings, [item for _, item in judgements], waivers)
        _require(verdict.state != "held", verdict.reason)
    except CandidateError as error:
        raise PublicationRefused(str(error)) from None
    except (KeyError, TypeError):
        raise PublicationRefused(f"{settings.receipt}: is not a whole receipt; run the nightly") from None
    return receipt


def _check_waived(settings: Settings, judgements: Sequence[Judgement], waivers: Sequence[Waiver]) -> None:
    """Every waived measure is under a waiver of today, and the judgements count no other."""
    measures = read_measures(settings.measures)
    waived = measures[measures["status"] == "waived"]
    granted = {
        (item.waiver_id, item.rule_id, item.feed, item.submitter_code, period)
        for item in waivers
        for period in item.periods
    }
    keys = waived[["waiver_id", "rule_id", "feed", "submitter_code", "period"]].itertuples(index=False, name=None)
    _require(set(keys) <= granted, "a measure is waived that no waiver covers")
    found = waived.groupby(["feed", "rule_id"]).size().to_dict()
    counted = {(item.subject, item.rule_id): item.waived for item in judgements if item.waived}
    _require(found == counted, "a judgement counts waived measures that are not there")


def _is_coherent(item: Judgement) -> bool:
    """True when the status is one the numbers allow."""
    if item.waived and (item.status != "failed" or not 0 < item.waived <= item.failed):
        return False
    if item.status == "passed":
        return item.judged > 0 and item.failed == 0
    if item.status == "failed":
        return 0 < item.failed <= item.judged
    if item.status == "not_evaluable":
        return item.judged == 0 and item.failed == 0
    return item.status == "error"


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise PublicationRefused(f"not published: {why}")

"""What follows from the judgements: the status of every measure, what is withheld, and whether a release may go out.

Belongs here: the hand-written verdict, kept free of frameworks so that it can be read and tested alone. Does not belong
here: measuring, running suites, writing files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from pipeline.catalogue.policy import Policy, Rule
from pipeline.catalogue.waivers import Waiver
from pipeline.quality.judge import Judgement, Status

State = Literal["published", "degraded", "held"]
# Places of failure that a sentence names, and what a code of an organisation or area looks like: no word, no number of
# a person.
_NAMED = 3
_CODE = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{3,9}|[A-Z]{3}|unknown")


@dataclass(frozen=True)
class Withholding:
    """The smallest unit that is withheld: a submitter or area, or `all` of a feed, for one period and breakdown family.

    Under a waiver it is published, and says whose and why in `caution`.
    """

    feed: str
    submitter_code: str
    period: str
    breakdown_family: str
    rule_id: str
    is_waived: bool
    caution: str


@dataclass(frozen=True)
class Finding:
    """One rule that did not pass, in words for a monitor."""

    subject: str
    rule_id: str
    severity: str
    status: Status
    sentence: str
    holds: bool


@dataclass(frozen=True)
class Verdict:
    """State of the candidate and why. `held` when any critical rule failed or any rule did not run as it must."""

    state: State
    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str:
        """One line for the release table and the console."""
        if not self.findings:
            return "No rule was judged." if self.state == "held" else "Every rule passed."
        return " ".join(finding.sentence for finding in self.findings)


def decide(judgements: Sequence[Judgement], policy: Policy) -> Verdict:
    """The verdict on a set of judgements.

    Every judgement is weighed by the policy's severity, never by the suite's. An error, or a rule without anything to
    judge, is not a pass: it holds, unless the policy says that the rule may be not evaluable, and then it degrades.
    What is waived altogether degrades too, and says so. Nothing follows from a rule in shadow.
    """
    findings = []
    for judgement in judgements:
        rule = policy.rule(judgement.rule_id)
        if judgement.status == "passed" or rule.severity == "shadow":
            continue
        findings.append(
            Finding(
                judgement.subject,
                rule.rule_id,
                rule.severity,
                judgement.status,
                _sentence(judgement, rule),
                holds(judgement, rule),
            )
        )
    if not judgements or any(finding.holds for finding in findings):
        return Verdict("held", tuple(findings))
    return Verdict("degraded" if findings else "published", tuple(findings))


def holds(judgement: Judgement, rule: Rule) -> bool:
    """Whether nothing may be published because of it."""
    if rule.severity == "shadow":
        return False
    if judgement.status == "error":
        return True
    if judgement.status == "not_evaluable":
        return not rule.may_be_not_evaluable
    return rule.severity == "critical" and judgement.waived < judgement.failed


def measure_statuses(
    measures: pd.DataFrame, judgements: Sequence[Judgement], policy: Policy, waivers: Sequence[Waiver] = ()
) -> pd.DataFrame:
    """Each measure of one feed with dimension, threshold, severity, counts, status and waiver_id; the same rows.

    A measure with denominator 0 is not evaluable. A rule that the policy does not apply to the feed is measured, not
    judged: it neither fails nor withholds. Where a rule as a whole is an error, or unknown to the policy, so is every
    measure of it. A failed measure under a waiver is waived; where two vouch for it the first by id is named.
    """
    rules = {rule.rule_id: rule for rule in policy.rules}
    broken = {judgement.rule_id for judgement in judgements if judgement.status == "error"}
    out = measures.copy()
    out["dimension"] = out["rule_id"].map({name: rule.dimension for name, rule in rules.items()})
    out["severity"] = out["rule_id"].map({name: rule.severity for name, rule in rules.items()})
    out["threshold_pct"] = out["rule_id"].map({name: rule.threshold_pct for name, rule in rules.items()}).astype(float)
    out["counts"] = out["rule_id"].map({name: rule.counts for name, rule in rules.items()}).fillna("records")
    out["status"] = "passed"
    out.loc[out["pct"] > out["threshold_pct"], "status"] = "failed"
    out.loc[out["expected"] == 0, "status"] = "not_evaluable"
    out.loc[~out["rule_id"].isin([judgement.rule_id for judgement in judgements]), "status"] = "not_judged"
    out.loc[out["rule_id"].isin(broken) | ~out["rule_id"].isin(rules), "status"] = "error"
    out["waiver_id"] = pd.Series(None, index=out.index, dtype=object)
    for waiver in waivers:
        touched = (
            (out["status"] == "failed")
            & (out["rule_id"] == waiver.rule_id)
            & (out["submitter_code"] == waiver.submitter_code)
            & out["period"].isin(waiver.periods)
        )
        out.loc[touched, ["status", "waiver_id"]] = ["waived", waiver.waiver_id]
    return out


def judged_measures(
    measures: Mapping[str, pd.DataFrame],
    judgements: Sequence[Judgement],
    policy: Policy,
    waivers: Sequence[Waiver] = (),
) -> tuple[list[Judgement], pd.DataFrame]:
    """The judgements of feeds with how many of their failed measures are waived, and all measures with their statuses.

    `measures` has one frame a feed, with feed, submitter_code, period, rule_id, violated, expected and pct.
    """
    results = pd.concat(
        [
            measure_statuses(
                own,
                [item for item in judgements if item.subject == feed],
                policy,
                [waiver for waiver in waivers if waiver.feed == feed],
            )
            for feed, own in measures.items()
        ],
        ignore_index=True,
    )
    waived = results[results["status"] == "waived"].groupby(["feed", "rule_id"]).size().to_dict()
    where = failed_where(results)
    keys = [(item.subject, item.rule_id) for item in judgements]
    return [
        replace(item, waived=int(waived.get(key, 0)), where=where.get(key, ""))
        for item, key in zip(judgements, keys, strict=True)
    ], results


def failed_where(results: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Feed and rule -> the first submitters and periods that failed it, in words, and how many more there are.

    A code that is no code of an organisation or area is not named: it is what a file has in its place.
    """
    failed = results[results["status"] == "failed"].sort_values(["feed", "rule_id", "period", "submitter_code"])
    found = {}
    for (feed, rule_id), rows in failed.groupby(["feed", "rule_id"], sort=True):
        if (rows[["submitter_code", "period"]] == "all").all(axis=None):
            continue  # of the feed as a whole: there is no place to name
        named = [
            period if code == "all" else f"{code if _CODE.fullmatch(code) else 'a submitter'} in {period}"
            for code, period in rows[["submitter_code", "period"]].head(_NAMED).itertuples(index=False)
        ]
        more = [f"{len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
        places = [*named, *more]
        last = places.pop()
        found[str(feed), str(rule_id)] = f"{', '.join(places)} and {last}" if places else last
    return found


def withholdings(
    feed: str, measures: pd.DataFrame, policy: Policy, waivers: Sequence[Waiver] = ()
) -> list[Withholding]:
    """What the failed measures of a feed withhold, from the frame `measure_statuses` returns.

    What is waived is in the list too, for its rows say so whatever the rule would have done.
    """
    families = {rule.rule_id: rule.withholds for rule in policy.rules if rule.withholds is not None}
    cautions = {waiver.waiver_id: waiver.caution for waiver in waivers}
    failed = measures[(measures["status"] == "failed") & measures["rule_id"].isin(families)]
    waived = measures[measures["status"] == "waived"]
    found = [
        Withholding(feed, str(code), str(period), str(families[rule]), str(rule), False, f"Rule: {rule}.")
        for code, period, rule in zip(failed["submitter_code"], failed["period"], failed["rule_id"], strict=True)
    ]
    keys = ["submitter_code", "period", "rule_id", "waiver_id"]
    found += [
        Withholding(feed, str(code), str(period), str(families.get(rule, "all")), str(rule), True, cautions[waiver])
        for code, period, rule, waiver in waived[keys].itertuples(index=False)
    ]
    return sorted(found, key=lambda item: (item.period, item.submitter_code, item.rule_id))


def _sentence(judgement: Judgement, rule: Rule) -> str:
    subject, name = judgement.subject, judgement.rule_id
    if judgement.status == "error":
        return f"{subject}: rule {name} did not run as it must."
    if judgement.status == "not_evaluable":
        return f"{subject}: rule {name} had nothing to judge."
    effect = {"critical": "holds the release", "withhold": "withholds what it concerns", "caution": "is a caution"}
    if judgement.waived == judgement.failed:
        return (
            f"{subject}: rule {name} failed for {judgement.failed} of {judgement.judged} measures, all of them waived."
        )
    waived = f" ({judgement.waived} more waived)" if judgement.waived else ""
    share = f"{judgement.failed - judgement.waived} of {judgement.judged} measures"
    where = f": {judgement.where}" if judgement.where else ""
    return f"{subject}: rule {name} failed for {share}{waived} and {effect[rule.severity]}{where}."

"""Run the Great Expectations suites on the measures. The only module that imports Great Expectations.

Belongs here: turning suite JSON and a frame of measures into one judgement a rule. Does not belong here: what follows
from a judgement (`verdict`) and thresholds, which come from the policy as suite parameters.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pipeline.catalogue.policy import Policy, Rule, Stage
from pipeline.settings import EXPECTATIONS

SUITES = EXPECTATIONS / "suites"

# All that an expectation may look at: Great Expectations hashes whole frames.
_JUDGED = ["pct"]

Status = Literal["passed", "failed", "not_evaluable", "error"]


@dataclass(frozen=True)
class Judgement:
    """What one rule said of one feed or published table.

    `judged` measures had a denominator, `failed` of them were beyond the threshold, `vacuous` had a denominator of 0.
    `waived` of the failed ones are under a waiver; `where` names the submitters and periods of the first others.
    """

    subject: str
    rule_id: str
    status: Status
    judged: int
    failed: int
    vacuous: int
    violated: int
    expected: int
    waived: int = 0
    where: str = ""


def import_now() -> None:
    """Import Great Expectations, which takes four seconds: nobody waits for them if they are over in time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    importlib.import_module("great_expectations")


def suite_path(subject: str, folder: Path = SUITES) -> Path:
    """Where the suite of a feed or published table is."""
    return folder / f"{subject}.json"


def judge_all(
    stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy, folder: Path = SUITES
) -> list[Judgement]:
    """Judge feeds or published tables by name: one Judgement a rule that the policy says must run, in policy order.

    Each expectation of a suite looks at the measures of the rule it names. A frame has columns rule_id, violated,
    expected, pct (NULL where expected is 0). A rule that the suite does not hold, that the suite judges twice, or whose
    expectation broke is an error, and so is a suite that is not there.
    """
    source = _data_source()
    judgements: list[Judgement] = []
    answers: dict[tuple[str, bytes], _Result] = {}
    for subject, own in measures.items():
        results = _run_suite(source, subject, own, policy, folder, answers)
        judgements += [
            _judgement(subject, rule, own, results.get(rule.rule_id)) for rule in policy.rules_for(stage, subject)
        ]
    return judgements


@dataclass(frozen=True)
class _Result:
    success: bool
    evaluated: int
    missing: int
    unexpected: int
    broken: bool


def _data_source() -> Any:
    """Pandas in Great Expectations, keeping nothing and saying nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # Its log lines may quote data, and its modules set levels of their own: none of them goes any further.
    logger = logging.getLogger("great_expectations")
    logger.handlers = [logging.NullHandler()]
    logger.propagate = False
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("measures")


def _run_suite(
    source: Any,
    subject: str,
    measures: pd.DataFrame,
    policy: Policy,
    folder: Path,
    answers: dict[tuple[str, bytes], _Result],
) -> dict[str, _Result]:
    """What each expectation of a suite said, by rule. `answers` remembers: the same question is asked once a night."""
    try:
        document = json.loads(suite_path(subject, folder).read_text(encoding="utf-8"))
        expectations: list[dict[str, Any]] = document["expectations"]
        rule_of = [str(item["meta"]["rule_id"]) for item in expectations]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if not expectations or len(set(rule_of)) != len(rule_of):
        return {}
    asset = source.add_dataframe_asset(subject)
    batches = asset.add_batch_definition_whole_dataframe("measures of a rule")
    thresholds = {f"threshold_{rule.rule_id}": rule.threshold_pct for rule in policy.rules}
    found: dict[str, _Result] = {}
    for rule_id, item in zip(rule_of, expectations, strict=True):
        own = measures.loc[measures["rule_id"] == rule_id, _JUDGED].reset_index(drop=True)
        question = (_asked(item, thresholds), own.to_numpy(dtype="float64").tobytes())
        if question not in answers:
            answers[question] = _ask(batches, f"{subject}.{rule_id}", item, own, thresholds)
        found[rule_id] = answers[question]
    return found


def _asked(expectation: dict[str, Any], thresholds: dict[str, float]) -> str:
    """The expectation with the numbers its parameters stand for, without the rule it is asked for."""

    def number(value: Any) -> Any:
        return thresholds.get(str(value.get("$PARAMETER")), value) if isinstance(value, dict) else value

    kwargs = expectation.get("kwargs")
    asked = {name: number(value) for name, value in kwargs.items()} if isinstance(kwargs, dict) else kwargs
    return json.dumps({**expectation, "kwargs": asked, "meta": None}, sort_keys=True)


def _ask(
    batches: Any, name: str, expectation: dict[str, Any], measures: pd.DataFrame, thresholds: dict[str, float]
) -> _Result:
    import great_expectations as gx

    try:
        suite = gx.ExpectationSuite(name=name, expectations=[expectation])
        outcome = (
            batches.get_batch({"dataframe": measures})
            .validate(
                suite,
                result_format={"result_format": "SUMMARY", "partial_unexpected_count": 0},
                expectation_parameters=thresholds,
            )
            .results[0]
        )
        details = outcome.result or {}
        return _Result(
            success=bool(outcome.success),
            evaluated=int(details.get("element_count", 0)),
            missing=int(details.get("missing_count", 0) or 0),
            unexpected=int(details.get("unexpected_count", 0)),
            broken="element_count" not in details,
        )
    except Exception:
        return _Result(success=False, evaluated=0, missing=0, unexpected=0, broken=True)


def _judgement(subject: str, rule: Rule, measures: pd.DataFrame, result: _Result | None) -> Judgement:
    rule_id = rule.rule_id
    own = measures[measures["rule_id"] == rule_id]
    violated, expected = int(own["violated"].sum()), int(own["expected"].sum())
    vacuous = int((own["expected"] == 0).sum())
    consistent = bool((own["pct"].isna() == (own["expected"] == 0)).all())
    if result is None or result.broken or result.evaluated != len(own) or result.missing != vacuous or not consistent:
        # Not run, broken, or it looked at other rows than the measures of its rule.
        return Judgement(subject, rule_id, "error", 0, 0, vacuous, violated, expected)
    judged = len(own) - vacuous
    if judged == 0:
        return Judgement(subject, rule_id, "not_evaluable", 0, 0, vacuous, violated, expected)
    beyond = int((own["pct"] > rule.threshold_pct).sum())
    if result.success != (result.unexpected == 0) or result.unexpected != beyond:
        # The suite did not judge by the policy's threshold.
        return Judgement(subject, rule_id, "error", judged, result.unexpected, vacuous, violated, expected)
    status: Status = "passed" if result.success else "failed"
    return Judgement(subject, rule_id, status, judged, result.unexpected, vacuous, violated, expected)

"""Judging begun before the gate's own step, beside the models that are built meanwhile.

Belongs here: starting early, and making sure that what is taken over is about these measures, this policy and these
suites. Does not belong here: judging (`judge`). Without a start, or after any change, the gate judges in its own step.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.catalogue.policy import Policy, Stage
from pipeline.quality.judge import SUITES, Judgement, judge_all, suite_path


@dataclass(frozen=True)
class _Question:
    """Everything a judgement depends on."""

    stage: Stage
    measures: Mapping[str, pd.DataFrame]
    policy: Policy
    suites: Mapping[str, bytes | None]

    def is_same(self, other: _Question) -> bool:
        mine = (self.stage, list(self.measures), self.policy, self.suites)
        theirs = (other.stage, list(other.measures), other.policy, other.suites)
        return mine == theirs and all(frame.equals(other.measures[name]) for name, frame in self.measures.items())


class JudgedAhead:
    """One judging under way at most; it is taken over once."""

    def __init__(self, folder: Path = SUITES) -> None:
        self._folder = folder
        self._under_way: tuple[_Question, Future[list[Judgement]]] | None = None

    def begin(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> None:
        """Judge in the background. `measures` has one frame a subject, as `judge_all` takes them."""
        question = self._question(stage, measures, policy)
        thread = ThreadPoolExecutor(1)
        self._under_way = (question, thread.submit(judge_all, stage, measures, policy, self._folder))
        thread.shutdown(wait=False)

    def take(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> list[Judgement]:
        """The judgements of exactly this question: those under way, or made now."""
        begun, self._under_way = self._under_way, None
        if begun is not None:
            question, judgements = begun
            wait([judgements])
            if question.is_same(self._question(stage, measures, policy)):
                return judgements.result()
        return judge_all(stage, measures, policy, self._folder)

    def _question(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> _Question:
        return _Question(stage, measures, policy, {subject: self._suite(subject) for subject in measures})

    def _suite(self, subject: str) -> bytes | None:
        try:
            return suite_path(subject, self._folder).read_bytes()
        except OSError:
            return None

"""Judging in a process of its own, beside the steps that come before the gate's.

Belongs here: starting early, and making sure that what is taken over is about these measures, this policy and these
suites. Does not belong here: judging (`judge`). Without a start, after any change, or where that process failed, the
gate judges in its own step.

Why a process: Great Expectations takes four seconds to import and as long to judge a night, all of it in Python, where
one thread works at a time.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pandas as pd

from pipeline.catalogue.policy import Policy, Stage
from pipeline.quality.judge import SUITES, Judgement, import_now, judge_all, suite_path
from pipeline.settings import PROJECT_ROOT


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
        self._judge: subprocess.Popen[bytes] | None = None
        self._under_way: tuple[_Question, Future[list[Judgement]]] | None = None

    def start(self) -> None:
        """Start the process, where none runs: it is ready by the time there is something to judge. It ends with us, or
        at `end`."""
        if self._judge is not None and self._judge.poll() is None:
            return
        self.end()
        # The pseudonym key and other settings of ours are no business of that process.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CORE20_")}
        self._judge = subprocess.Popen(
            [sys.executable, "-m", "pipeline.quality.ahead"],
            env=environment,
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def begin(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> None:
        """Judge in the background, if there is a process for it. `measures` are as `judge_all` takes them."""
        if self._judge is None:
            return
        if self._under_way is not None:
            self._under_way[1].exception()  # one question at a time; nobody took this one
        question = self._question(stage, measures, policy)
        thread = ThreadPoolExecutor(1)
        self._under_way = (question, thread.submit(self._ask, self._judge, (stage, measures, policy, self._folder)))
        thread.shutdown(wait=False)

    def take(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> list[Judgement]:
        """The judgements of exactly this question: those under way, or made now."""
        begun, self._under_way = self._under_way, None
        if begun is not None:
            question, judgements = begun
            if judgements.exception() is None and question.is_same(self._question(stage, measures, policy)):
                return judgements.result()
        return judge_all(stage, measures, policy, self._folder)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._judge is not None:
            self._judge.kill()
            self._judge.communicate()
        self._judge = None

    @staticmethod
    def _ask(judge: subprocess.Popen[bytes], question: tuple[Any, ...]) -> list[Judgement]:
        """Raises EOFError, OSError or UnpicklingError where the process has died."""
        questions, answers = cast(BinaryIO, judge.stdin), cast(BinaryIO, judge.stdout)
        pickle.dump(question, questions)
        questions.flush()
        return cast(list[Judgement], pickle.load(answers))  # noqa: S301 - from our own process

    def _question(self, stage: Stage, measures: Mapping[str, pd.DataFrame], policy: Policy) -> _Question:
        return _Question(stage, measures, policy, {subject: self._suite(subject) for subject in measures})

    def _suite(self, subject: str) -> bytes | None:
        try:
            return suite_path(subject, self._folder).read_bytes()
        except OSError:
            return None


NIGHT_JUDGE = JudgedAhead()


def answer(questions: BinaryIO, answers: BinaryIO) -> None:
    """Judge one question after the other until there are no more."""
    import_now()
    while True:
        try:
            question = pickle.load(questions)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        pickle.dump(judge_all(*question), answers)
        answers.flush()


if __name__ == "__main__":
    # What a library prints must not come among the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as own_stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        answer(sys.stdin.buffer, own_stdout)

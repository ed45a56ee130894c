"""What a landing run, or a check of one file, has to say.

Belongs here: the result objects that orchestration, the command line and the release notes read. Does not belong
here: how results come about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.landing.resolve import Verdict


@dataclass(frozen=True)
class Outcome:
    """One file's verdict.

    rows_in = rows_loaded + rows_rejected for every file that was sound. `replaced` maps each period whose content
    changed to the sha256 of what it had before. `is_new` is False for a verdict carried over from an earlier run.
    """

    feed: str
    layout: str
    file_name: str
    sha256: str
    verdict: Verdict
    reason: str = ""
    message: str = ""
    periods: tuple[str, ...] = ()
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    reject_reasons: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    is_new: bool = True


@dataclass(frozen=True)
class LandingReport:
    """All files of one run, by feed and name."""

    outcomes: tuple[Outcome, ...]

    def with_verdict(self, *verdicts: Verdict) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.verdict in verdicts)

    @property
    def loaded(self) -> tuple[Outcome, ...]:
        return self.with_verdict(Verdict.LOADED)

    @property
    def open_problems(self) -> tuple[Outcome, ...]:
        """Files that lie in the landing folders and are not loaded."""
        return self.with_verdict(Verdict.REJECTED, Verdict.CONFLICT, Verdict.DEFERRED)

    @property
    def has_changed_raw(self) -> bool:
        return bool(self.loaded)


@dataclass(frozen=True)
class FileJudgement:
    """What `check_file` says of one file. `verdict` is `loaded` when it would be loaded."""

    feed: str
    file_name: str
    verdict: Verdict
    reason: str = ""
    message: str = ""
    layout: str = ""
    sha256: str = ""
    periods: tuple[str, ...] = ()
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    reject_reasons: dict[str, int] = field(default_factory=dict)
    is_restatement: bool = False

    @property
    def is_sound(self) -> bool:
        return self.verdict in (Verdict.LOADED, Verdict.DUPLICATE)

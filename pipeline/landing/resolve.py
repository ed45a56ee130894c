"""What to do with sound deliveries, given each other and what is already loaded.

Belongs here: duplicates, repeats under another period, conflicts, restatements: pure decisions on facts. Does not
belong here: reading files (`judge`) and carrying decisions out (`store`).

The rules: the same content again changes nothing. One period has one content, unless a restatement is declared; two
that differ are both held, and what is loaded stays. A restatement replaces every period it holds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pipeline.landing.faults import Reason


class Verdict(StrEnum):
    """What became of a delivery."""

    LOADED = "loaded"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    DEFERRED = "deferred"


@dataclass(frozen=True)
class Claimant:
    """A sound delivery: the content it holds for each period. `remakes` are periods whose raw part, made from this
    very file, is gone or was made under another mapping."""

    name: str
    sha256: str
    contents: dict[str, str]
    restates: bool = False
    submitted_on: date | None = None
    remakes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Held:
    """What raw holds for a period."""

    name: str
    sha256: str
    content: str
    submitted_on: date | None = None


@dataclass(frozen=True)
class Decision:
    """One claimant's verdict; `load` lists the periods to put in place, `replaced` the old sha256 by period."""

    claimant: Claimant
    verdict: Verdict
    reason: Reason | None = None
    message: str = ""
    load: tuple[str, ...] = ()
    replaced: dict[str, str] = field(default_factory=dict)


def resolve(claimants: list[Claimant], held: dict[str, Held]) -> list[Decision]:
    """Decisions in the order they are to be carried out. Depends on names and contents, not on the order given."""
    state = dict(held)
    originals = sorted(
        (item for item in claimants if not item.restates), key=lambda item: (min(item.contents), item.name, item.sha256)
    )
    restatements = sorted(
        (item for item in claimants if item.restates),
        key=lambda item: (item.submitted_on or date.min, item.name, item.sha256),
    )
    decisions = []
    for group, decide in ((originals, _decide_original), (restatements, _decide_restatement)):
        for claimant in group:
            decision = _unchanged_or_repeat(claimant, state) or decide(claimant, group, state)
            decisions.append(decision)
            for period in decision.load:
                state[period] = Held(claimant.name, claimant.sha256, claimant.contents[period], claimant.submitted_on)
    return decisions


def _unchanged_or_repeat(claimant: Claimant, state: dict[str, Held]) -> Decision | None:
    if claimant.remakes:
        return Decision(claimant, Verdict.LOADED, load=tuple(sorted(claimant.remakes & set(claimant.contents))))
    if all(period in state and state[period].content == content for period, content in claimant.contents.items()):
        return Decision(claimant, Verdict.DUPLICATE)
    period_of = {item.content: period for period, item in sorted(state.items(), reverse=True)}
    for period, content in sorted(claimant.contents.items()):
        other = period_of.get(content, period)
        if other != period:
            return Decision(
                claimant,
                Verdict.REJECTED,
                Reason.CONTENT_REPEAT,
                f"its rows for {period} are those already loaded for {other} from {state[other].name}: "
                "another period's data under this label",
            )
    twins = sorted(p for p, content in claimant.contents.items() if list(claimant.contents.values()).count(content) > 1)
    if twins:
        message = f"its rows for {' and '.join(twins)} are the same: one period's data under another's label"
        return Decision(claimant, Verdict.REJECTED, Reason.CONTENT_REPEAT, message)
    return None


def _decide_original(claimant: Claimant, group: list[Claimant], state: dict[str, Held]) -> Decision:
    rivals = _rivals(claimant, group)
    for period, content in sorted(claimant.contents.items()):
        if period in state and state[period].content != content:
            return _conflict(
                claimant,
                f"{period} is already loaded from {state[period].name} with other content, which stays. "
                "If this is a correction, declare it: 'restates' in its manifest, or -revised in its name",
            )
        if period in rivals:
            return _conflict(
                claimant,
                f"{period} is also claimed by {', '.join(rivals[period])} with other content; neither is loaded. "
                "Withdraw one, or declare the later one a restatement",
            )
    new = tuple(sorted(period for period in claimant.contents if period not in state))
    return Decision(claimant, Verdict.LOADED, load=new)


def _decide_restatement(claimant: Claimant, group: list[Claimant], state: dict[str, Held]) -> Decision:
    equals = [item for item in group if item.submitted_on == claimant.submitted_on]
    rivals = _rivals(claimant, equals)
    if rivals:
        period = min(rivals)
        return _conflict(
            claimant,
            f"{period} is also restated by {', '.join(rivals[period])} with other content, and nothing says which "
            "is later; neither is loaded. Give 'submitted_on' in their manifests, or withdraw one",
        )
    for period, content in sorted(claimant.contents.items()):
        current = state.get(period)
        if (
            current
            and current.content != content
            and current.submitted_on
            and claimant.submitted_on
            and claimant.submitted_on < current.submitted_on
        ):
            return _conflict(claimant, f"{period} is already loaded from {current.name}, which was submitted later")
    changed = tuple(
        sorted(
            period
            for period, content in claimant.contents.items()
            if period not in state or state[period].content != content
        )
    )
    replaced = {period: state[period].sha256 for period in changed if period in state}
    return Decision(claimant, Verdict.LOADED, load=changed, replaced=replaced)


def _rivals(claimant: Claimant, group: list[Claimant]) -> dict[str, list[str]]:
    """Period -> names of the other claimants whose content for it differs."""
    rivals: dict[str, list[str]] = defaultdict(list)
    for other in group:
        for period, content in other.contents.items():
            if claimant.contents.get(period, content) != content:
                rivals[period].append(other.name)
    return dict(rivals)


def _conflict(claimant: Claimant, message: str) -> Decision:
    return Decision(claimant, Verdict.CONFLICT, Reason.CONFLICT, message)

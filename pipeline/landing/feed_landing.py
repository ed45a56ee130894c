"""One feed's deliveries: recognised or judged, decided on together, then carried out one by one.

Belongs here: the sequence within a feed. Does not belong here: the run around it (`land`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipeline.catalogue.feeds import Feed
from pipeline.files import file_sha256
from pipeline.landing.discover import Delivery, candidates, take_delivery
from pipeline.landing.faults import Fault, Reason
from pipeline.landing.judge import RULES_VERSION, Judgement, judge
from pipeline.landing.ledger import DeliveryRecord, Ledger, NewPart
from pipeline.landing.memory import Known, Memory
from pipeline.landing.pseudonym import Pseudonymiser
from pipeline.landing.report import Outcome
from pipeline.landing.resolve import Claimant, Decision, Verdict, resolve
from pipeline.landing.store import part_path, place_part, quarantine_file, quarantine_rows
from pipeline.settings import FeedSource, Settings

Progress = Callable[[str], None]

_CHANGED = Fault(Reason.STILL_GROWING, "the file changed while it was read; the next run looks again")


@dataclass
class _Sound:
    """A delivery nothing is wrong with in itself; `judgement` is None when only its facts are remembered."""

    delivery: Delivery
    claimant: Claimant
    judgement: Judgement | None


def last_day(settings: Settings) -> date | None:
    """The day no period may begin after; the fictional country has a calendar of its own."""
    return None if settings.is_synthetic else settings.today


def claimant_of(judged: Judgement, remakes: frozenset[str] = frozenset()) -> Claimant:
    """What a sound judgement brings to the decision."""
    contents = {period: part.content for period, part in judged.parts.items()}
    return Claimant(
        judged.delivery.name, judged.delivery.sha256, contents, judged.restates, judged.submitted_on, remakes
    )


class FeedLanding:
    """Lands one feed within an open run."""

    def __init__(
        self, settings: Settings, feed: Feed, ledger: Ledger, hashing: Pseudonymiser | None, progress: Progress
    ) -> None:
        self._settings = settings
        self._feed = feed
        self._ledger = ledger
        self._hashing = hashing
        self._progress = progress
        self._rules = f"{RULES_VERSION}.{feed.version}"
        self._memory = Memory(settings.raw, feed, self._rules, ledger)

    def run(self, source: FeedSource, work: Path, now: float | None) -> list[Outcome]:
        """Outcomes of every file in the feed's folder, by name. `work` is a private folder for this feed."""
        outcomes: list[Outcome] = []
        deliveries: list[Delivery] = []
        for path in candidates(source):
            try:
                deliveries.append(take_delivery(path, now))
            except Fault as fault:
                outcomes.append(self._outcome(path.name, Verdict.DEFERRED, fault=fault))
        with ThreadPoolExecutor(self._settings.threads) as readers:
            try:
                outcomes += self._decide(deliveries, self._read_ahead(deliveries, work, readers), work)
            finally:
                readers.shutdown(cancel_futures=True)
        return sorted(outcomes, key=lambda item: (item.file_name, item.sha256))

    def _read_ahead(
        self, deliveries: list[Delivery], work: Path, readers: ThreadPoolExecutor
    ) -> dict[Delivery, Future[Judgement]]:
        """Judgements under way of the deliveries nothing is known of yet; what comes of them is decided in order."""
        return {
            delivery: readers.submit(copy_context().run, self._judge, delivery, work)
            for delivery in deliveries
            if self._memory.known(delivery) is None and self._memory.claimant(delivery) is None
        }

    def _decide(
        self, deliveries: list[Delivery], ahead: dict[Delivery, Future[Judgement]], work: Path
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        sound: dict[tuple[str, str], _Sound] = {}
        for delivery in deliveries:
            known = self._memory.known(delivery)
            if known is None and self._repeats(delivery, sound):
                known = Known(Verdict.DUPLICATE, None)
            if known is not None:
                outcomes.append(self._carry_over(delivery, known))
                continue
            claimant = self._memory.claimant(delivery)
            if claimant is not None:
                sound[delivery.sha256, delivery.name] = _Sound(delivery, claimant, None)
                continue
            judged = ahead[delivery].result() if delivery in ahead else self._judge(delivery, work)
            if judged.fault is not None:
                outcomes.append(self._reject(judged, judged.fault))
                shutil.rmtree(self._folder(delivery, work), ignore_errors=True)
            else:
                claimant = claimant_of(judged, self._memory.remakes(delivery.sha256))
                sound[delivery.sha256, delivery.name] = _Sound(delivery, claimant, judged)
        decisions = resolve([item.claimant for item in sound.values()], self._ledger.held(self._feed.feed))
        for decision in decisions:
            item = sound[decision.claimant.sha256, decision.claimant.name]
            outcomes.append(self._carry_out(decision, item, work))
        return outcomes

    def _repeats(self, delivery: Delivery, sound: dict[tuple[str, str], _Sound]) -> bool:
        """Whether the same bytes were seen in this run, for the period this name claims too."""
        same = [item.claimant.contents for (sha256, _), item in sound.items() if sha256 == delivery.sha256]
        return any(not self._memory.claims_other(delivery, contents) for contents in same)

    def _judge(self, delivery: Delivery, work: Path) -> Judgement:
        size = f"{delivery.size / 1e6:,.1f} MB" if delivery.size >= 1e5 else f"{delivery.size / 1e3:,.1f} kB"
        self._progress(f"{self._feed.feed}: reading {delivery.name} ({size})")
        folder = self._folder(delivery, work)
        folder.mkdir(mode=0o700, exist_ok=True)
        judged = judge(self._feed, delivery, self._hashing, folder, last_day(self._settings))
        return replace(judged, fault=_CHANGED) if delivery.has_changed() else judged

    @staticmethod
    def _folder(delivery: Delivery, work: Path) -> Path:
        # The same bytes may lie there under two names, each judged by its own.
        return work / f"{delivery.sha256[:16]}.{hashlib.sha256(delivery.name.encode()).hexdigest()[:8]}"

    def _reject(self, judged: Judgement, fault: Fault) -> Outcome:
        """A file that cannot be loaded: a copy in quarantine, its reason in the ledger."""
        delivery = judged.delivery
        if fault.reason is Reason.STILL_GROWING:
            return self._outcome(delivery.name, Verdict.DEFERRED, delivery.sha256, judged.layout, fault)
        quarantine_file(self._settings, self._feed.feed, delivery, fault.reason)
        self._ledger.record(self._record(judged, Verdict.REJECTED, fault.reason, fault.message, is_sound=False))
        return self._outcome(delivery.name, Verdict.REJECTED, delivery.sha256, judged.layout, fault)

    def _carry_over(self, delivery: Delivery, known: Known) -> Outcome:
        record = known.record
        if record is None:
            judged = Judgement(delivery)
            self._ledger.record(self._record(judged, known.verdict, None, "", is_sound=False))
            return self._outcome(delivery.name, known.verdict, delivery.sha256)
        return Outcome(
            feed=self._feed.feed,
            layout=record.layout,
            file_name=delivery.name,
            sha256=delivery.sha256,
            verdict=known.verdict,
            reason=record.reason if known.verdict is Verdict.REJECTED else "",
            message=record.message if known.verdict is Verdict.REJECTED else "",
            periods=tuple(sorted(record.facts)),
            is_new=False,
        )

    def _carry_out(self, decision: Decision, item: _Sound, work: Path) -> Outcome:
        judged = item.judgement
        if decision.verdict is Verdict.LOADED:
            judged = judged or self._judge(item.delivery, work)
            if judged.fault is not None:
                return self._reject(judged, judged.fault)
            return self._load(decision, judged)
        if decision.reason is Reason.CONTENT_REPEAT:
            quarantine_file(self._settings, self._feed.feed, item.delivery, decision.reason)
        if judged is not None:
            self._ledger.record(
                self._record(judged, decision.verdict, decision.reason, decision.message, is_sound=True)
            )
        fault = Fault(decision.reason, decision.message) if decision.reason else None
        layout = judged.layout if judged else ""
        outcome = self._outcome(item.delivery.name, decision.verdict, item.delivery.sha256, layout, fault)
        return replace(
            outcome,
            periods=tuple(sorted(decision.claimant.contents)),
            rows_in=judged.rows_in if judged else 0,
            is_new=judged is not None,
        )

    def _load(self, decision: Decision, judged: Judgement) -> Outcome:
        """Rejected rows, then parts, get their place; then one transaction makes them count."""
        delivery = judged.delivery
        for reason, rows in judged.rejects.items():
            quarantine_rows(self._settings, self._feed.feed, delivery.sha256, reason, rows)
        new = []
        for period in decision.load:
            part = judged.parts[period]
            relative = part_path(self._feed.feed, period, delivery.sha256)
            facts = (part.rows, part.content, self._feed.raw_version, file_sha256(part.path))
            place_part(self._settings, part, relative)
            new.append(NewPart(judged.periods[period], relative, *facts))
        self._ledger.record(self._record(judged, Verdict.LOADED, None, "", is_sound=True), tuple(new))
        return Outcome(
            feed=self._feed.feed,
            layout=judged.layout,
            file_name=delivery.name,
            sha256=delivery.sha256,
            verdict=Verdict.LOADED,
            periods=tuple(sorted(judged.parts)),
            rows_in=judged.rows_in,
            rows_loaded=judged.rows_loaded,
            rows_rejected=judged.rows_rejected,
            reject_reasons={str(reason): rows.rows for reason, rows in judged.rejects.items()},
            replaced=decision.replaced,
        )

    def _record(
        self, judged: Judgement, verdict: Verdict, reason: Reason | None, message: str, is_sound: bool
    ) -> DeliveryRecord:
        delivery = judged.delivery
        facts = {period: (part.rows, part.content) for period, part in judged.parts.items()} if is_sound else {}
        return DeliveryRecord(
            feed=self._feed.feed,
            sha256=delivery.sha256,
            file_name=delivery.name,
            manifest_sha256=delivery.manifest_sha256,
            rules=self._rules,
            layout=judged.layout,
            verdict=str(verdict),
            reason=str(reason or ""),
            message=message,
            release_state=judged.release_state,
            restates=judged.restates,
            submitted_on=judged.submitted_on,
            received_on=self._settings.today,
            rows_in=judged.rows_in,
            rows_loaded=judged.rows_loaded if verdict is Verdict.LOADED else 0,
            rows_rejected=judged.rows_rejected if verdict is Verdict.LOADED else 0,
            facts=facts,
        )

    def _outcome(
        self, name: str, verdict: Verdict, sha256: str = "", layout: str = "", fault: Fault | None = None
    ) -> Outcome:
        return Outcome(
            feed=self._feed.feed,
            layout=layout,
            file_name=name,
            sha256=sha256,
            verdict=verdict,
            reason=str(fault.reason) if fault else "",
            message=fault.message if fault else "",
        )

"""The landing step: from files in landing folders to raw parts and a ledger entry for each.

Belongs here: the order of the step's parts. Does not belong here: their work. A run that is killed at any moment and
started again ends where an undisturbed one does: parts first get their place, then one transaction makes them count.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pipeline.catalogue.feeds import Feed, load_feed
from pipeline.files import shared_folder
from pipeline.landing.discover import sources, take_delivery
from pipeline.landing.faults import Fault, LandingError
from pipeline.landing.feed_landing import FeedLanding, Progress, claimant_of, last_day
from pipeline.landing.judge import judge
from pipeline.landing.ledger import Ledger, held_parts, open_ledger
from pipeline.landing.pseudonym import SYNTHETIC_KEY, Pseudonymiser, pseudonymiser
from pipeline.landing.report import FileJudgement, LandingReport, Outcome
from pipeline.landing.resolve import Verdict, resolve
from pipeline.landing.store import check_whole, landing_lock, staging, tidy
from pipeline.settings import Settings

log = logging.getLogger(__name__)


def land(
    settings: Settings,
    contracts: dict[str, Feed],
    progress: Progress | None = None,
    now: float | None = None,
) -> LandingReport:
    """Land every delivery of the run's feeds.

    `progress` is told, in words, of each file before it is read. `now` (seconds since 1970) turns on the quiet time
    for files without a manifest. Raises LandingError when the run cannot go on; a bad file is an outcome, no error.
    """
    found = sources(settings, contracts)
    hashing = _hashing(settings, [contracts[name] for name in found])
    shared_folder(settings.home)
    outcomes: list[Outcome] = []
    with landing_lock(settings), open_ledger(settings.ledger) as ledger:
        tidy(settings, ledger)
        _check_key(ledger, hashing)
        for name, source in found.items():
            step = FeedLanding(settings, contracts[name], ledger, hashing, progress or (lambda text: None))
            with staging(settings) as work:
                outcomes += step.run(source, work, now)
        check_whole(settings, ledger, found)
    for outcome in outcomes:
        log.info(
            "landing %s %s %s %s rows_in=%d rows_loaded=%d rows_rejected=%d",
            outcome.feed,
            outcome.file_name,
            outcome.verdict,
            outcome.reason,
            outcome.rows_in,
            outcome.rows_loaded,
            outcome.rows_rejected,
        )
    return LandingReport(tuple(outcomes))


def check_file(feed: str, path: Path, settings: Settings) -> FileJudgement:
    """Judge one file as `land` would, loading nothing and writing nothing to ledger or quarantine.

    Raises LandingError or ContractError when the check itself cannot be made.
    """
    contract = load_feed(feed)
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else SYNTHETIC_KEY
    try:
        delivery = take_delivery(path, None)
    except Fault as fault:
        return FileJudgement(
            feed, file_name=path.name, verdict=Verdict.REJECTED, reason=fault.reason, message=fault.message
        )
    shared_folder(settings.home)
    with staging(settings) as work:
        judged = judge(contract, delivery, Pseudonymiser(key), work, last_day(settings))
    verdict, reason, message = Verdict.LOADED, "", ""
    if judged.fault:
        verdict, reason, message = Verdict.REJECTED, judged.fault.reason, judged.fault.message
    else:
        decision = resolve([claimant_of(judged)], held_parts(settings.ledger, feed))[0]
        verdict, reason, message = decision.verdict, decision.reason or "", decision.message
    return FileJudgement(
        feed=feed,
        layout=judged.layout,
        file_name=delivery.name,
        sha256=delivery.sha256,
        verdict=verdict,
        reason=str(reason),
        message=message,
        periods=tuple(sorted(judged.parts)),
        rows_in=judged.rows_in,
        rows_loaded=judged.rows_loaded,
        rows_rejected=judged.rows_rejected,
        reject_reasons={str(name): rows.rows for name, rows in judged.rejects.items()},
        is_restatement=judged.restates,
    )


def _hashing(settings: Settings, feeds: list[Feed]) -> Pseudonymiser | None:
    """The pseudonymiser, asked for only where a feed holds identifiers: published aggregates need no key."""
    if any(field.is_pseudonymised for feed in feeds for field in feed.fields):
        return pseudonymiser(settings)
    return None


def _check_key(ledger: Ledger, hashing: Pseudonymiser | None) -> None:
    """Refuse a key other than the one earlier months were made with: persons would no longer link."""
    if hashing is None:
        return
    known = ledger.meta("key_check")
    if known is None:
        ledger.set_meta("key_check", hashing.check)
    elif known != hashing.check:
        raise LandingError(
            "CORE20_PSEUDONYM_KEY is not the key that earlier deliveries were pseudonymised with; nothing was loaded. "
            "Restore the key, or start a new CORE20_HOME and land everything again"
        )

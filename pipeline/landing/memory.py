"""What earlier runs already know of a delivery, so that it is not read again.

Belongs here: recognising files by content, name and manifest. Does not belong here: storing that knowledge (`ledger`).
A verdict is remembered with the version of the contract and of the rules: when either changes, it is made again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.feeds import Feed
from pipeline.landing.claims import name_period
from pipeline.landing.discover import Delivery
from pipeline.landing.faults import Fault, Reason
from pipeline.landing.header import layout_for
from pipeline.landing.ledger import DeliveryRecord, Ledger
from pipeline.landing.resolve import Claimant, Verdict


@dataclass(frozen=True)
class Known:
    """A delivery that needs no reading. `record` is what the ledger holds of it, None under a new name."""

    verdict: Verdict
    record: DeliveryRecord | None


class Memory:
    """The ledger's knowledge of one feed at the start of a run."""

    def __init__(self, raw: Path, feed: Feed, rules: str, ledger: Ledger) -> None:
        self._feed = feed
        self._rules = rules
        self._records = {
            (record.sha256, record.file_name, record.manifest_sha256): record for record in ledger.deliveries(feed.feed)
        }
        self._parts = ledger.loaded_parts(feed.feed)
        self._raw = raw

    def known(self, delivery: Delivery) -> Known | None:
        """The verdict that stands, or None when the file has to be judged or decided on."""
        record = self.record(delivery)
        standing = record if record is not None and record.rules == self._rules else None
        if standing is not None and standing.verdict == Verdict.REJECTED:
            return None if standing.reason == Reason.CONTENT_REPEAT else Known(Verdict.REJECTED, standing)
        if delivery.sha256 in self._parts:
            if self.claims_other(delivery, {Path(path).parent.name for path, _, _ in self._parts[delivery.sha256]}):
                return None
            returns = record is None and not self._is_all_active(delivery.sha256) and self._restates(delivery)
            if returns or self.remakes(delivery.sha256):
                return None
            return Known(Verdict.DUPLICATE, record)
        if standing is not None and standing.verdict == Verdict.DUPLICATE:
            return Known(Verdict.DUPLICATE, standing)
        return None

    def claims_other(self, delivery: Delivery, periods: Collection[str]) -> bool:
        """Whether the name of a file claims a period that its bytes, seen under another name, are not of."""
        try:
            claimed = name_period(self._feed, layout_for(self._feed, delivery.name), delivery.name)
        except Fault:
            return False
        return claimed is not None and claimed.key not in periods

    def claimant(self, delivery: Delivery) -> Claimant | None:
        """A sound file that waits for a decision (a conflict), without reading it again."""
        record = self.record(delivery)
        if record is None or record.rules != self._rules or not record.facts or delivery.sha256 in self._parts:
            return None
        contents = {period: content for period, (_, content) in record.facts.items()}
        return Claimant(delivery.name, delivery.sha256, contents, record.restates, record.submitted_on)

    def remakes(self, sha256: str) -> frozenset[str]:
        """Periods whose active part comes from this file and is gone, or was made under another mapping."""
        return frozenset(
            Path(path).parent.name
            for path, raw_version, is_active in self._parts.get(sha256, [])
            if is_active and (raw_version != self._feed.raw_version or not (self._raw / path).exists())
        )

    def record(self, delivery: Delivery) -> DeliveryRecord | None:
        return self._records.get((delivery.sha256, delivery.name, delivery.manifest_sha256))

    def _is_all_active(self, sha256: str) -> bool:
        """Whether every period that was loaded from a file still counts; of an export of several, one may not."""
        return all(is_active for _, _, is_active in self._parts.get(sha256, []))

    def _restates(self, delivery: Delivery) -> bool:
        """Whether a file seen before comes back as a declared restatement: its supplier goes back to it."""
        if any(
            layout.restatement_name and re.search(layout.restatement_name, delivery.name)
            for layout in self._feed.layouts
        ):
            return True
        try:
            manifest = json.loads(delivery.manifest or b"{}")
        except ValueError:
            return False
        return isinstance(manifest, dict) and manifest.get("restates") is True

"""Deliveries found in the landing folders.

Belongs here: listing a feed's folder, leaving alone what is still being written, hashing. Does not belong here:
opening what was found (`readers`). Landing folders are read, never written.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.feeds import Feed
from pipeline.landing.faults import Fault, LandingError, Reason
from pipeline.landing.manifest import MANIFEST_SUFFIX, manifest_bytes, manifest_digest, manifest_path
from pipeline.settings import FeedSource, Settings

_BLOCK = 1 << 20
# Names that transfer programs give to a file until it is whole.
_UNFINISHED = re.compile(r"\.(part|partial|tmp|temp|filepart|crdownload|download|writing|swp)$|~$", re.IGNORECASE)
# A supplier without a manifest cannot say that a file is whole; this long without a change is taken as the sign.
SETTLE_SECONDS = 120.0

Look = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


@dataclass(frozen=True)
class Delivery:
    """One file as it was found. `manifest` is the content of the manifest beside it, where there is one."""

    path: Path
    name: str
    size: int
    sha256: str
    manifest: bytes | None
    look: Look

    @property
    def manifest_sha256(self) -> str:
        return manifest_digest(self.manifest)

    def has_changed(self) -> bool:
        """True when the file is no longer the one that was hashed."""
        try:
            return look_at(self.path) != self.look
        except OSError:
            return True


def sources(settings: Settings, contracts: dict[str, Feed]) -> dict[str, FeedSource]:
    """Feed -> where its deliveries are, in name order. Raises LandingError for an unknown feed or a missing folder."""
    if settings.source == "sample":
        landing = settings.sample / "landing"
        found = {name: FeedSource(folder=landing / name) for name in sorted(contracts) if (landing / name).is_dir()}
        if not found:
            raise LandingError(f"{landing} holds no feed; the sample has not been made yet")
        return found
    for name in settings.feeds:
        if name not in contracts:
            raise LandingError(f"settings: feed '{name}' has no contract; known feeds: {', '.join(sorted(contracts))}")
        if not settings.feeds[name].folder.is_dir():
            raise LandingError(
                f"settings: the folder of feed '{name}' does not exist: {settings.feeds[name].folder}. Is it mounted?"
            )
    return {name: settings.feeds[name] for name in sorted(settings.feeds)}


def candidates(source: FeedSource) -> list[Path]:
    """Files of a feed in name order; manifests and hidden files are none."""
    try:
        found = [
            path
            for path in source.folder.glob(source.pattern)
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(MANIFEST_SUFFIX)
        ]
    except OSError as error:
        raise LandingError(f"{source.folder} cannot be listed ({error.strerror})") from None
    return sorted(found)


def landing_files(settings: Settings, feed: str) -> list[Path]:
    """The files that lie in a feed's landing folder, for a watcher; empty where there is no such folder."""
    sample = FeedSource(folder=settings.sample / "landing" / feed)
    source = sample if settings.source == "sample" else settings.feeds.get(feed)
    return candidates(source) if source and source.folder.is_dir() else []


def look_at(path: Path) -> Look:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def take_delivery(path: Path, now: float | None) -> Delivery:
    """Hash a file. Raises Fault `still_growing` or `unreadable`.

    `now` (seconds since 1970) turns on the quiet time: a file without a manifest that changed within SETTLE_SECONDS
    before it is left for the next run. Two looks, before and after hashing, are always compared.
    """
    if _UNFINISHED.search(path.name):
        raise Fault(Reason.STILL_GROWING, "its name is one that transfer programs give to unfinished files")
    try:
        before = look_at(path)
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        after = look_at(path)
    except OSError as error:
        raise Fault(Reason.UNREADABLE, f"the file cannot be read ({error.strerror})") from None
    has_manifest = manifest_path(path).exists()
    quiet = now is None or has_manifest or now - after[1] / 1e9 >= SETTLE_SECONDS
    if before != after or not quiet:
        raise Fault(Reason.STILL_GROWING, "the file is still being written; the next run looks again")
    return Delivery(path, path.name, after[0], digest.hexdigest(), manifest_bytes(path), after)

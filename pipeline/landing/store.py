"""Putting things in their place on disk: parts into raw, rejects into quarantine, one landing at a time.

Belongs here: private folders, atomic moves, the lock, tidying after a killed run. Does not belong here: deciding what
goes where. Every move is a rename within one file system, so a kill leaves a whole file or none.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.files import file_sha256, private_folder
from pipeline.landing.discover import Delivery
from pipeline.landing.faults import LandingError, Reason, RowReason
from pipeline.landing.ledger import Ledger
from pipeline.landing.parts import StagedPart
from pipeline.settings import Settings

_STAGING = ".staging-"
_COPY_BLOCK = 1 << 20
_SHORT = 16  # characters of a sha256 that name a file


@contextmanager
def landing_lock(settings: Settings) -> Iterator[None]:
    """One landing at a time. The lock dies with its process. Raises LandingError when another one holds it."""
    private_folder(settings.raw)
    path = settings.raw / ".landing.lock"
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LandingError(f"another landing is at work in {settings.raw}; wait for it to end") from None
        yield


@contextmanager
def staging(settings: Settings) -> Iterator[Path]:
    """A private folder on the file system of raw, gone afterwards."""
    private_folder(settings.raw)
    folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=settings.raw))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tidy(settings: Settings, ledger: Ledger) -> None:
    """Remove what a killed run left: staging folders, and parts the ledger does not know. Needs the lock.

    An active part that is not what was written is removed too: it is lost, and made again from its delivery.
    """
    for folder in settings.raw.glob(f"{_STAGING}*"):
        shutil.rmtree(folder, ignore_errors=True)
    known = ledger.part_paths()
    for part in settings.raw.glob("*/*/*.parquet"):
        if part.relative_to(settings.raw).as_posix() not in known:
            part.unlink()
    for _, _, _, path, sha256 in ledger.active_files():
        part = settings.raw / path
        if sha256 is not None and part.exists() and file_sha256(part) != sha256:
            part.unlink()
    for left in settings.quarantine.glob(f"*/{_STAGING}*"):
        left.unlink()


def check_whole(settings: Settings, ledger: Ledger, feeds: Collection[str]) -> None:
    """Raises LandingError where an active part of these feeds is gone, and no delivery lay there to make it again."""
    lost = [item for item in ledger.active_files() if item[0] in feeds and not (settings.raw / item[3]).exists()]
    if lost:
        feed, period, file_name, _, _ = lost[0]
        more = f", and so are {len(lost) - 1} more periods" if len(lost) > 1 else ""
        raise LandingError(
            f"{feed}: what was landed of period {period} is damaged or gone{more}; "
            f"put {file_name} into the landing folder again"
        )


def part_path(feed: str, period: str, sha256: str) -> str:
    """Where a part lives, relative to raw."""
    return f"{feed}/{period}/{sha256[:_SHORT]}.parquet"


def place_part(settings: Settings, part: StagedPart, relative: str) -> None:
    """Move a staged part to its place, durably."""
    target = settings.raw / relative
    private_folder(target.parent.parent)
    private_folder(target.parent)
    _move(part.path, target)


def quarantine_rows(settings: Settings, feed: str, sha256: str, reason: RowReason, rows: StagedPart) -> None:
    """Keep rejected rows as `<sha16>.<reason>.parquet`, readable by the owner only."""
    folder = _quarantine_folder(settings, feed)
    _move(rows.path, folder / f"{sha256[:_SHORT]}.{reason}.parquet")


def quarantine_file(settings: Settings, feed: str, delivery: Delivery, reason: Reason) -> None:
    """Keep a copy of a rejected file as it came, under its hash and reason; the original is left where it is."""
    folder = _quarantine_folder(settings, feed)
    endings = "".join(re.findall(r"\.[A-Za-z0-9]{1,8}", delivery.name)[-2:])
    target = folder / f"{delivery.sha256[:_SHORT]}.{reason}{endings}"
    if target.exists():
        return
    temporary = folder / f"{_STAGING}{os.getpid()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as copy, delivery.path.open("rb") as original:
            shutil.copyfileobj(original, copy, _COPY_BLOCK)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise LandingError(f"{target} cannot be written ({error.strerror})") from None
    _move(temporary, target)


def _quarantine_folder(settings: Settings, feed: str) -> Path:
    private_folder(settings.quarantine)
    return private_folder(settings.quarantine / feed)


def _move(source: Path, target: Path) -> None:
    """Rename with the content on disk before and the name after; the file was made private when it was opened."""
    try:
        _sync(source)
        source.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise LandingError(f"{target} cannot be written ({error.strerror})") from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The releases folder: where a release lies, which one is current, and the record of what was current when.

Belongs here: paths, durable writes, the lock, the pointer, the history. Does not belong here: what is in a release.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline.release.model import ReleaseRefused, check_release_id
from pipeline.settings import Settings

POINTER = "current"
HISTORY = "history.jsonl"
Action = Literal["publish", "rollback"]
_STAGING = ".staging-"
_LOCK = ".lock"
_LOCK_PATIENCE = 10.0  # seconds; a killed publication's writer lets go well within them


@dataclass(frozen=True)
class Event:
    """One line of the history: from when `release_id` was current, and what was current before (blank: nothing).

    `recovered` marks a line added at a later start-up, because the publication was killed before it could write it.
    """

    action: Action
    release_id: str
    previous: str
    manifest_sha256: str
    at: str
    recovered: bool = False


def releases_folder(settings: Settings) -> Path:
    """The releases folder, 0750: its group are the readers."""
    if not settings.home.exists():
        settings.home.mkdir(mode=0o750, parents=True)
    settings.releases.mkdir(exist_ok=True)
    settings.releases.chmod(0o750)
    return settings.releases


@contextmanager
def publication_lock(settings: Settings) -> Iterator[int]:
    """Hold the lock of the releases folder; yields its descriptor. Raises ReleaseRefused when it stays taken.

    The lock is the operating system's: a killed process, and the last of its children, let go of it.
    """
    handle = os.open(releases_folder(settings) / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ReleaseRefused("another publication or rollback is running; wait for it to end") from None
                time.sleep(0.05)
        yield handle
    finally:
        os.close(handle)


def staging_folder(settings: Settings, release_id: str) -> Path:
    """A fresh private folder (0700) to build a release in; what a killed publication left there is removed."""
    folder = settings.releases / f"{_STAGING}{check_release_id(release_id)}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def remove_staging(settings: Settings) -> list[str]:
    """Remove everything killed publications left; returns the names. Hold the lock."""
    names = []
    for path in sorted(settings.releases.glob(".*")):
        if path.name.startswith(_STAGING):
            shutil.rmtree(path)
            names.append(path.name)
        elif path.name.startswith(f".{POINTER}-") and path.is_symlink():
            path.unlink()
            names.append(path.name)
    return names


def make_durable(folder: Path) -> None:
    """Flush every file and folder below `folder`, and itself, to the disk."""
    for path in sorted(folder.rglob("*")):
        _sync(path)
    _sync(folder)


def make_read_only(folder: Path) -> None:
    """Files 0444, folders 0750: nothing right of the gate changes in place."""
    for path in folder.rglob("*"):
        path.chmod(0o750 if path.is_dir() else 0o444)
    folder.chmod(0o750)


def move_into_place(staging: Path, target: Path) -> None:
    """Give a finished release its name, in one step, durably."""
    staging.rename(target)
    _sync(target.parent)


def current_id(settings: Settings) -> str | None:
    """The release id the pointer names, or None when there is no pointer."""
    try:
        return (settings.releases / POINTER).readlink().name
    except OSError:
        return None


def point_to(settings: Settings, release_id: str) -> None:
    """Make a release current: a new link takes the old one's place in one step, durably."""
    fresh = settings.releases / f".{POINTER}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release_id)
    fresh.replace(settings.releases / POINTER)
    _sync(settings.releases)


def history(settings: Settings) -> list[Event]:
    """What was current when, oldest first. A line a killed process tore is left out."""
    try:
        content = (settings.releases / HISTORY).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [event for line in content.splitlines() if (event := _event(line)) is not None]


def record(
    settings: Settings, action: Action, release_id: str, previous: str, manifest_sha256: str,
    recovered: bool = False,
) -> None:  # fmt: skip
    """Append a line to the history, durably. Starts a new line where a torn one was left."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps(asdict(Event(action, release_id, previous, manifest_sha256, at, recovered)), sort_keys=True)
    path = settings.releases / HISTORY
    with path.open("ab+") as handle:
        if handle.tell() > 0:
            handle.seek(-1, os.SEEK_END)
            if handle.read(1) != b"\n":
                line = "\n" + line
        handle.write((line + "\n").encode())
        handle.flush()
        os.fsync(handle.fileno())


def _event(line: str) -> Event | None:
    try:
        return Event(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Folders by who may enter them, and the hash of a file: what every part of the package needs of the file system.

Belongs here: modes and hashing. Does not belong here: which folders there are (`settings`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_HASHED_TOGETHER = 4


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter (0700) and return it."""
    return _folder(path, 0o700)


def shared_folder(path: Path) -> Path:
    """Make a folder that the owner's group may enter too (0750) and return it: the way to releases and reports."""
    return _folder(path, 0o750)


def file_sha256(path: Path) -> str:
    """sha256 of a file as it lies on disk, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_sha256(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """sha256 of every named file of a folder, by name; several at a time, for a release is more than a gigabyte."""
    ordered = sorted(names)
    with ThreadPoolExecutor(_HASHED_TOGETHER) as hashing:
        return dict(zip(ordered, hashing.map(lambda name: file_sha256(folder / name), ordered), strict=True))


def _folder(path: Path, mode: int) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    return path

"""Disks that are full and folders that cannot be written, for real: mounts of their own, as root; skipped elsewhere.

Belongs here: mounting and unmounting. Does not belong here: what a full disk must lead to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*arguments: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this machine does not allow mounts")


@contextmanager
def full_disk(folder: Path, left: int = 0) -> Iterator[None]:
    """`folder` lies on a disk of its own with `left` bytes to spare; afterwards it is as it was, without the mount."""
    folder.mkdir(parents=True, exist_ok=True)
    size = sum(path.stat().st_size + 8192 for path in folder.rglob("*")) + 65_536
    aside = folder.with_name(folder.name + ".aside")
    shutil.copytree(folder, aside, symlinks=True)
    _mount("-t", "tmpfs", "-o", f"size={size + left},mode={folder.stat().st_mode & 0o777:o}", "tmpfs", str(folder))
    try:
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        room = os.statvfs(folder)
        spare = room.f_bavail * room.f_frsize - left
        if spare > 0:
            (folder / ".filled").write_bytes(b"\0" * spare)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(aside)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody, root neither, can write below `folder`."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)

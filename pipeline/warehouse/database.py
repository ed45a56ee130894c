"""Connections to the build database, and the lock that lets one writer in.

Belongs here: opening and locking. Does not belong here: what is written.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.files import private_folder, shared_folder
from pipeline.settings import Settings


class BuildLocked(RuntimeError):
    """Another run is writing; the message says what to do."""


@contextmanager
def connect(
    settings: Settings, read_only: bool = False, path: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the build database, or the file given, closed on leaving."""
    private_folder(settings.build)
    connection = duckdb.connect(
        str(path or settings.build_database),
        read_only=read_only,
        config={"threads": settings.threads, "memory_limit": settings.memory_limit, "max_vacuum_tasks": 0},
    )
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Hold the one writer's lock. Raises BuildLocked at once when another live process holds it.

    The lock is the operating system's: a killed process lets go of it.
    """
    shared_folder(settings.home)
    handle = os.open(settings.home / ".writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildLocked(
                f"another run is writing to {settings.home}: wait for it to end, or look for it with "
                "`core20 status`; nothing was changed"
            ) from None
        yield
    finally:
        os.close(handle)

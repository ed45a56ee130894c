"""Releases: immutable folders, one of them current.

Belongs here: writing, verifying, listing and rolling back releases. Does not belong here: judging what may be published
(`quality`).
"""

from pipeline.release.model import (
    NoRelease,
    Release,
    ReleaseDamaged,
    ReleaseError,
    ReleaseNotes,
    ReleaseNotWritten,
    ReleaseRefused,
)
from pipeline.release.publication import (
    clean_stale,
    current_release,
    list_releases,
    publish,
    receipt_before,
    rollback,
    verify,
)
from pipeline.release.store import Event, history

__all__ = [
    "Event",
    "NoRelease",
    "Release",
    "ReleaseDamaged",
    "ReleaseError",
    "ReleaseNotWritten",
    "ReleaseNotes",
    "ReleaseRefused",
    "clean_stale",
    "current_release",
    "history",
    "list_releases",
    "publish",
    "receipt_before",
    "rollback",
    "verify",
]

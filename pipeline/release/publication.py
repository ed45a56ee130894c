"""Publish, verify, list and roll back releases.

Belongs here: the order of things. A release is built privately, written through to the disk, read back, named; then
the pointer moves, last of all, in one step; then the history says so. Whatever is killed, the pointer names a whole
release.
Does not belong here: how each part is written (`parts`, `documents`) or checked (`verify`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.files import file_sha256, files_sha256
from pipeline.release import documents, store
from pipeline.release.candidate import Candidate, read_candidate
from pipeline.release.model import (
    CERTIFICATE,
    CHECKSUMS,
    DATABASE,
    MANIFEST,
    NOTES,
    RECEIPT,
    NoRelease,
    Receipt,
    Release,
    ReleaseDamaged,
    ReleaseNotes,
    ReleaseNotWritten,
    ReleaseRefused,
    check_release_id,
    read_receipt,
)
from pipeline.release.parts import write_parts
from pipeline.release.verify import read_release, verify_folder
from pipeline.settings import Settings


def publish(settings: Settings, verify_receipt: Callable[[], None], notes: ReleaseNotes) -> Release:
    """Publish the candidate under the receipt's release id; the same candidate again is a no-op.

    `verify_receipt` raises to refuse; it is called before anything is written and again before the pointer moves.
    Raises ReleaseRefused (held, another content under this id, rolled back before), ReleaseDamaged (what was written
    does not read back), ReleaseNotWritten (the machine failed). The current release is then the one it was.
    """
    with store.publication_lock(settings) as lock:
        _recover(settings)
        verify_receipt()
        receipt, content = read_receipt(settings.receipt)
        candidate = _accepted(settings, receipt)
        _refuse_rolled_back(settings, receipt.release_id)
        target = settings.releases / receipt.release_id
        staging = store.staging_folder(settings, receipt.release_id)
        try:
            made = _build(settings, candidate, receipt, content, notes, staging, lock)
            is_new = not _is_same(target, made)
            verify_receipt()
            if is_new:
                store.make_read_only(staging)
                store.move_into_place(staging, target)
        except OSError as error:
            raise ReleaseNotWritten(
                f"release {receipt.release_id} cannot be written ({error.strerror}); the last one stays current"
            ) from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return _make_current(settings, read_release(target, receipt.release_id), "publish")


def verify(settings: Settings, release_id: str | None = None) -> Release:
    """Read a release (default: the current one) back from disk. Raises NoRelease or ReleaseDamaged."""
    if release_id is None:
        release_id = _current(settings)
    folder = settings.releases / check_release_id(release_id)
    if not folder.is_dir():
        raise NoRelease(f"there is no release {release_id}; `core20 releases` lists what there is")
    checked = verify_folder(folder, release_id, _recorded_sha256(settings, release_id))
    return replace(checked, is_current=release_id == store.current_id(settings))


def current_release(settings: Settings) -> Release | None:
    """The current release from its manifest, or None when nothing was published. Raises ReleaseDamaged."""
    release_id = store.current_id(settings)
    if release_id is None:
        return None
    return replace(read_release(settings.releases / release_id, release_id), is_current=True)


def list_releases(settings: Settings) -> list[Release]:
    """Every release that is or was current, in the order of first publication.

    A folder that was named but never pointed at (its publication was killed in between) is not a release yet.
    Raises ReleaseDamaged when a manifest cannot be read.
    """
    current = store.current_id(settings)
    names = [event.release_id for event in store.history(settings)]
    if current is not None:
        names.append(current)
    found = []
    for name in dict.fromkeys(names):
        folder = settings.releases / name
        if folder.is_dir():
            found.append(replace(read_release(folder, name), is_current=name == current))
    return found


def receipt_before(settings: Settings, release_id: str) -> dict[str, Any]:
    """The receipt of the release that was current before this one was first published; empty where there is none."""
    published = [event for event in store.history(settings) if event.action == "publish"]
    first = next((event for event in published if event.release_id == release_id), None)
    before = first.previous if first is not None else store.current_id(settings)
    try:
        content = (settings.releases / str(before or "") / RECEIPT).read_text(encoding="utf-8")
        receipt: dict[str, Any] = json.loads(content)
    except (OSError, ValueError):
        return {}
    return receipt


def rollback(settings: Settings, to: str | None = None) -> Release:
    """Make an earlier release current (default: the one before the current one), after verifying it.

    Raises NoRelease when there is none, ReleaseRefused when `to` was never published, ReleaseDamaged.
    """
    with store.publication_lock(settings):
        _recover(settings)
        current = _current(settings)
        events = store.history(settings)
        if to is None:
            to = next((e.previous for e in reversed(events) if e.action == "publish" and e.release_id == current), "")
        if not to:
            raise NoRelease(f"there is no release before {current} to roll back to")
        check_release_id(to)
        if not (settings.releases / to).is_dir():
            raise NoRelease(f"there is no release {to}; `core20 releases` lists what there is")
        if to not in {event.release_id for event in events}:
            raise ReleaseRefused(f"release {to} was never published")
        target = verify_folder(settings.releases / to, to, _recorded_sha256(settings, to))
        return _make_current(settings, target, "rollback")


def clean_stale(settings: Settings) -> list[str]:
    """At start-up: remove what killed publications left and complete the history. Returns the names removed."""
    if not settings.releases.is_dir():
        return []
    with store.publication_lock(settings):
        return _recover(settings)


def _recover(settings: Settings) -> list[str]:
    removed = store.remove_staging(settings)
    current = store.current_id(settings)
    events = store.history(settings)
    last = events[-1].release_id if events else ""
    if current is not None and current != last:
        # Killed after the pointer moved and before the history said so.
        release = read_release(settings.releases / current, current)
        store.record(settings, "publish", current, last, release.manifest_sha256, recovered=True)
    return removed


def _accepted(settings: Settings, receipt: Receipt) -> Candidate:
    check_release_id(receipt.release_id)
    if receipt.verdict == "held":
        raise ReleaseRefused("the gate holds this candidate; nothing is published")
    if receipt.is_synthetic is not None and receipt.is_synthetic != settings.is_synthetic:
        raise ReleaseRefused("the receipt and the settings disagree on whether the data are synthetic")
    candidate = read_candidate(settings.candidate)
    if candidate.content_sha256 != receipt.content_sha256:
        raise ReleaseRefused("the candidate is not the one the receipt was written for; run the gate again")
    return candidate


def _refuse_rolled_back(settings: Settings, release_id: str) -> None:
    """A nightly must not undo, unasked, what an operator took back."""
    events = [event for event in store.history(settings) if release_id in (event.release_id, event.previous)]
    if events and events[-1].action == "rollback" and events[-1].previous == release_id:
        raise ReleaseRefused(
            f"release {release_id} was rolled back at {events[-1].at}; "
            f"`core20 rollback --to {release_id}` makes it current again"
        )


def _build(
    settings: Settings, candidate: Candidate, receipt: Receipt, content: bytes, notes: ReleaseNotes, staging: Path,
    lock: int,
) -> Release:  # fmt: skip
    """Write a whole release into `staging`, through to the disk, and read it back."""
    write_parts(settings, candidate, staging, lock)
    (staging / RECEIPT).write_bytes(content)
    (staging / CERTIFICATE).write_text(
        documents.certificate(candidate, receipt, settings.is_synthetic, staging), encoding="utf-8"
    )
    (staging / NOTES).write_text(documents.notes(notes, receipt), encoding="utf-8")
    manifest = documents.manifest(candidate, receipt, settings.is_synthetic, staging)
    (staging / MANIFEST).write_bytes(documents.canonical_json(manifest))
    sums = documents.checksums(manifest["parts"], file_sha256(staging / MANIFEST))
    (staging / CHECKSUMS).write_text(sums, encoding="utf-8")
    store.make_durable(staging)
    return verify_folder(staging, receipt.release_id)


def _is_same(target: Path, made: Release) -> bool:
    """Whether a release of this id lies there already with the same content. Raises ReleaseRefused when it differs.

    The DuckDB file's bytes are left out of the comparison: they rest on an engine and an allocator we do not own, and
    the same tables are in the Parquet files.
    """
    if not target.exists():
        return False
    there = verify_folder(target, made.release_id)
    if there.manifest_sha256 == made.manifest_sha256:
        return True
    stated = [_parts_of(folder) for folder in (target, made.path)]
    differing = sorted(
        name for name in stated[0].keys() | stated[1].keys() if stated[0].get(name) != stated[1].get(name)
    )
    if [name for name in differing if name != DATABASE]:
        raise ReleaseRefused(
            f"release {made.release_id} is published with another content ({', '.join(differing)}); "
            "a release is never changed: other content needs another id"
        )
    return True


def _parts_of(folder: Path) -> dict[str, str]:
    return files_sha256(folder, documents.part_names(folder))


def _make_current(settings: Settings, release: Release, action: store.Action) -> Release:
    previous = store.current_id(settings) or ""
    if previous != release.release_id:
        store.point_to(settings, release.release_id)
        store.record(settings, action, release.release_id, previous, release.manifest_sha256)
    return replace(release, path=settings.releases / release.release_id, is_current=True)


def _current(settings: Settings) -> str:
    release_id = store.current_id(settings)
    if release_id is None:
        raise NoRelease("nothing is published yet; run the nightly")
    if not (settings.releases / release_id).is_dir():
        raise ReleaseDamaged(release_id, ["its folder is gone"])
    return release_id


def _recorded_sha256(settings: Settings, release_id: str) -> str | None:
    return next((e.manifest_sha256 for e in store.history(settings) if e.release_id == release_id), None)

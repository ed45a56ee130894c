"""Keep a verified copy of every reference file, from official addresses or a mirror.

Belongs here: which alternative is tried, verification before a copy becomes the copy, keeping the previous good one,
the report. Does not belong here: HTTP (`download`, `arcgis`), file formats (`read`), tables (`load`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import httpx

from pipeline.reference import arcgis
from pipeline.reference.copies import FETCHED, FetchedCopy, fetched_copy
from pipeline.reference.download import Downloaded, FetchPolicy, client, download, forget_part
from pipeline.reference.read import content_sha256, read_reference, refuse_web_page
from pipeline.reference.sources import ReferenceError_, ReferenceSource, read_sources
from pipeline.settings import Settings

Status = Literal["fetched", "unchanged", "kept_previous", "failed"]


@dataclass(frozen=True)
class FetchReport:
    """What became of one dataset.

    fetched: a new verified copy; unchanged: the copy is the expected one already; kept_previous: fetching failed and
    the copy from before stays; failed: there is no copy. `reason` is one line, blank when nothing failed.
    """

    dataset: str
    status: Status
    file: str = ""
    sha256: str = ""
    rows: int = 0
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The report in one line, for the console and the log."""
        if self.status in ("fetched", "unchanged"):
            return f"{self.dataset}: {self.status}, {self.rows:,} rows ({self.file})"
        kept = "the previous copy stays" if self.status == "kept_previous" else "there is no copy"
        return f"{self.dataset}: {kept}; {self.reason}"


def fetch_reference(
    settings: Settings,
    policy: FetchPolicy | None = None,
    only: set[str] | None = None,
    progress: Callable[[FetchReport], None] | None = None,
) -> list[FetchReport]:
    """Fetch every dataset of the source table (or those in `only`) into home/reference/<dataset>/.

    With a mirror set, only the mirror is asked; otherwise only official addresses. Nothing is raised for a dataset
    that fails: the report says so, and `load_reference` decides whether the run can do without.
    Raises ReferenceError_ when the source table itself is wrong.
    """
    policy = policy or FetchPolicy()
    sources = read_sources(settings.reference_sources)
    reports = []
    with client(policy) as http:
        for dataset in dict.fromkeys(source.dataset for source in sources):
            if only is not None and dataset not in only:
                continue
            alternatives = [source for source in sources if source.dataset == dataset]
            report = _fetch_dataset(http, settings, policy, dataset, alternatives)
            reports.append(report)
            if progress is not None:
                progress(report)
    return reports


def _fetch_dataset(
    http: httpx.Client, settings: Settings, policy: FetchPolicy, dataset: str, alternatives: list[ReferenceSource]
) -> FetchReport:
    folder = settings.reference / dataset
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = fetched_copy(folder, alternatives)
    if kept is not None and not _is_intact(kept):
        kept = None
    if kept is not None and kept.source.sha256:
        return _report(dataset, "unchanged", kept.record)
    known = kept.record if kept else {}
    reasons = []
    for source in alternatives:
        place = _place(settings, source)
        if place is None:
            continue
        try:
            return _fetch_one(http, policy, folder, source, place, known if kept and source == kept.source else {})
        except ReferenceError_ as error:
            reasons.append(" ".join(str(error).split()))
        except OSError as error:
            reasons.append(f"{source.file}: cannot be written ({error.strerror})")
    where = "the mirror" if settings.reference_mirror else "an official address"
    reason = "; ".join(reasons) or f"{dataset}: the source table gives no file at {where}"
    if kept is not None:
        return _report(dataset, "kept_previous", kept.record, reason)
    return FetchReport(dataset, "failed", reason=reason)


def _place(settings: Settings, source: ReferenceSource) -> str | Path | None:
    """Where an alternative would come from: an address, a file of the mirror folder, or nowhere."""
    mirror = settings.reference_mirror
    if mirror is None:
        return source.url or None
    if not source.mirror_file:
        return None
    if "://" in mirror:
        return f"{mirror.rstrip('/')}/{quote(source.mirror_file)}"
    return Path(mirror) / source.mirror_file


def _fetch_one(
    http: httpx.Client,
    policy: FetchPolicy,
    folder: Path,
    source: ReferenceSource,
    place: str | Path,
    record: dict[str, str],
) -> FetchReport:
    """Bring, verify and put in place one alternative. Raises ReferenceError_; the present copy is untouched then."""
    name = Path(source.file).name
    part = folder / f"{name}.part"
    got = _bring(http, policy, place, part, record)
    if got.unchanged:
        return _report(source.dataset, "unchanged", record)
    try:
        sha256, rows = _verify(part, source)
    except ReferenceError_:
        forget_part(part)
        if not got.resumed:
            raise
        # The part was of an older version: once more, from the start.
        got = _bring(http, policy, place, part, {})
        try:
            sha256, rows = _verify(part, source)
        except ReferenceError_:
            forget_part(part)
            raise
    status: Status = "unchanged" if record.get("sha256") == sha256 else "fetched"
    new_record = {
        "file": name,
        "sha256": sha256,
        "rows": str(rows),
        "etag": got.etag,
        "last_modified": got.last_modified,
    }
    _put_in_place(folder, name, part, new_record)
    return _report(source.dataset, status, new_record)


def _bring(http: httpx.Client, policy: FetchPolicy, place: str | Path, part: Path, known: dict[str, str]) -> Downloaded:
    if isinstance(place, Path):
        forget_part(part)
        try:
            shutil.copyfile(place, part)
        except OSError as error:
            raise ReferenceError_(f"{place}: cannot be read from the mirror ({error.strerror})") from None
        return Downloaded()
    if arcgis.is_layer(place):
        forget_part(part)
        arcgis.download_layer(http, place, part, policy)
        return Downloaded()
    return download(http, place, part, policy, known)


def _verify(path: Path, source: ReferenceSource) -> tuple[str, int]:
    """sha256 of the content and rows of a file that is what the source table says. Raises ReferenceError_."""
    refuse_web_page(path)
    sha256 = content_sha256(path)
    if source.sha256 and sha256 != source.sha256:
        raise ReferenceError_(f"{source.file}: sha256 {sha256[:12]}… is not the expected {source.sha256[:12]}…")
    table, _ = read_reference(path, source)
    return sha256, int(table.num_rows)


def _is_intact(kept: FetchedCopy) -> bool:
    """Whether the copy still is what was verified, and, where the source table gives a hash, what it asks for."""
    with suppress(ReferenceError_, OSError):
        sha256 = content_sha256(kept.path)
        return sha256 == kept.record.get("sha256") and kept.source.sha256 in ("", sha256)
    return False


def _put_in_place(folder: Path, name: str, part: Path, record: dict[str, str]) -> None:
    """Make the verified part the copy. Order matters: the note that names the copy moves last."""
    with part.open("rb+") as handle:
        os.fsync(handle.fileno())
    part.replace(folder / name)
    note = folder / f"{FETCHED}.part"
    note.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    with note.open("rb+") as handle:
        os.fsync(handle.fileno())
    note.replace(folder / FETCHED)
    forget_part(part)


def _report(dataset: str, status: Status, record: dict[str, str], reason: str = "") -> FetchReport:
    rows = record.get("rows", "0")
    return FetchReport(
        dataset, status, record.get("file", ""), record.get("sha256", ""), int(rows) if rows.isdigit() else 0, reason
    )

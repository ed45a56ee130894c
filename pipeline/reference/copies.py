"""The verified copy of a dataset under home/reference/<dataset>/, and the note beside it.

Belongs here: which file a dataset's folder holds and what was noted of it. Does not belong here: how it came there
(`fetch`), what is in it (`read`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.reference.sources import ReferenceSource

FETCHED = "fetched.json"  # names the copy and its sha256; written last, so it never names a file that is not whole


@dataclass(frozen=True)
class FetchedCopy:
    """The copy a dataset's folder holds: its file, the alternative it is, and what was noted when it was verified."""

    path: Path
    source: ReferenceSource
    record: dict[str, str]


def fetched_copy(folder: Path, alternatives: list[ReferenceSource]) -> FetchedCopy | None:
    """Which alternative of a dataset its folder holds, or None when nothing verified is there."""
    try:
        content = json.loads((folder / FETCHED).read_text(encoding="utf-8"))
        record = {str(key): str(value) for key, value in content.items()}
    except (OSError, ValueError, AttributeError):
        return None
    for source in alternatives:
        path = folder / Path(source.file).name
        if record.get("file") == path.name and path.is_file():
            return FetchedCopy(path, source, record)
    return None

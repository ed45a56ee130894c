"""What a release is, in types: its facts, its notes, the receipt it was published on, and how publishing can fail.

Belongs here: dataclasses and errors shared by the package. Does not belong here: files and folders (`store`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

DATABASE = "core20.duckdb"
MANIFEST = "manifest.json"
RECEIPT = "receipt.json"
CERTIFICATE = "certificate.md"
NOTES = "notes.md"
CHECKSUMS = "SHA256SUMS"
MANIFEST_VERSION = 1
# DuckDB 1.2, 1.3, 1.4 and 1.5 open this; it is number 65 in the file header. 2.0's own default they do not open.
STORAGE_VERSION = "v1.2.0"
STORAGE_NUMBER = 65

_RELEASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = frozenset({"current", "history.jsonl"})


class ReleaseError(RuntimeError):
    """Something about a release; the message says what and what to do."""


class ReleaseRefused(ReleaseError):
    """A release may not be published or pointed at. Nothing was changed."""


class ReleaseDamaged(ReleaseError):
    """A release on disk is not what was published; the message names the parts."""

    def __init__(self, release_id: str, faults: list[str]) -> None:
        super().__init__(f"release {release_id} is damaged: {'; '.join(faults)}")
        self.release_id = release_id
        self.faults = tuple(faults)


class ReleaseNotWritten(ReleaseError):
    """The machine failed while a release was written (disk full, no permission). The last release stays current."""


class NoRelease(ReleaseError):
    """There is no such release, or none at all."""


@dataclass(frozen=True)
class ReleaseNotes:
    """What a reader should know of this release, one sentence a line. No clock and no row values."""

    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """One whole release on disk. `rows` is the number of rows by table; hashes are hex sha256."""

    release_id: str
    path: Path
    verdict: Literal["published", "degraded"]
    is_synthetic: bool
    content_sha256: str
    manifest_sha256: str
    accepted_sha256: str = ""
    inputs_sha256: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    is_current: bool = False


class Receipt(BaseModel):
    """The fields of the gate's receipt that a release repeats; everything else in it is copied as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    release_id: str
    content_sha256: str
    verdict: Literal["published", "degraded", "held"]
    is_synthetic: bool | None = None
    accepted_sha256: str = ""
    inputs_sha256: str = ""
    reason: str = ""
    rules: tuple[dict[str, Any], ...] = ()
    waivers: tuple[dict[str, Any], ...] = ()
    policy: dict[str, Any] = {}
    policy_changes: tuple[dict[str, Any], ...] = ()


def check_release_id(release_id: str) -> str:
    """The id, when it can be the name of a folder. Raises ReleaseRefused."""
    if not _RELEASE_ID.fullmatch(release_id) or release_id in _RESERVED:
        raise ReleaseRefused("the release id is not a plain name (letters, digits, dot, dash, underscore)")
    return release_id


def read_receipt(path: Path) -> tuple[Receipt, bytes]:
    """The receipt and its bytes. Raises ReleaseRefused when there is none, or none that can be read."""
    try:
        content = path.read_bytes()
        return Receipt.model_validate(json.loads(content)), content
    except OSError as error:
        raise ReleaseRefused(f"{path.name}: there is no receipt ({error.strerror}); run the gate first") from None
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()})
        raise ReleaseRefused(f"{path.name}: the receipt lacks or misstates {', '.join(fields)}") from None
    except ValueError:
        raise ReleaseRefused(f"{path.name}: the receipt is not JSON; run the gate again") from None

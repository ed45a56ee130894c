"""The manifest a supplier may put beside a file: `<file name>.manifest.json`.

Belongs here: its model and reading it. Does not belong here: comparing the row count (`judge`).
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.landing.faults import Fault, Reason

MANIFEST_SUFFIX = ".manifest.json"
_LARGEST_MANIFEST = 1_000_000


class Manifest(BaseModel):
    """What the supplier says of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")
    rows: int = Field(ge=0, description="Data rows, the header not counted.")
    period: str
    submitted_on: date | None = None
    restates: bool = False
    release_state: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")

    def check(self, name: str, size: int, sha256: str) -> None:
        """Raise `manifest_mismatch` unless name, size and sha256 are those of the file."""
        differs = [
            what
            for what, same in (
                ("file", self.file == name),
                ("bytes", self.bytes == size),
                ("sha256", self.sha256.lower() == sha256),
            )
            if not same
        ]
        if differs:
            raise Fault(
                Reason.MANIFEST_MISMATCH,
                f"the manifest and the file differ in {', '.join(differs)}; "
                f"the file has {size:,} bytes. Send the file again, with the manifest made from it",
            )


def manifest_path(path: Path) -> Path:
    return path.with_name(path.name + MANIFEST_SUFFIX)


def manifest_bytes(path: Path) -> bytes | None:
    """The raw manifest of a delivery, or None where the supplier gives none. Raises Fault `manifest_mismatch`."""
    beside = manifest_path(path)
    try:
        with beside.open("rb") as stream:
            return stream.read(_LARGEST_MANIFEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fault(Reason.MANIFEST_MISMATCH, f"{beside.name} cannot be read ({error.strerror})") from None


def manifest_digest(content: bytes | None) -> str:
    """What is remembered of a manifest: a corrected one makes the file be judged again."""
    return hashlib.sha256(content).hexdigest() if content is not None else ""


def parse_manifest(name: str, content: bytes) -> Manifest:
    """Raises Fault `manifest_mismatch` naming the keys that are missing or malformed."""
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        known = set(Manifest.model_fields)
        keys = {str(item["loc"][0]) for item in error.errors(include_input=False) if item["loc"]}
        named = sorted(keys & known) + (["a key that is not known"] if keys - known else [])
        what = f"malformed or missing: {', '.join(named)}" if named else "not valid JSON"
        raise Fault(Reason.MANIFEST_MISMATCH, f"{name}{MANIFEST_SUFFIX} is not a manifest ({what})") from None

"""Check a release on disk, byte by byte and by opening it.

Belongs here: comparing every part with the manifest and the checksums, opening the data parts, the storage version.
Does not belong here: deciding what to do about a damaged release (`publication`, the command line).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.lib
import pyarrow.parquet as pq

from pipeline.files import file_sha256, files_sha256
from pipeline.release.documents import canonical_json, checksums, part_names
from pipeline.release.model import (
    CHECKSUMS,
    DATABASE,
    MANIFEST,
    STORAGE_NUMBER,
    Release,
    ReleaseDamaged,
)

_MAGIC_AT, _NUMBER_AT = 8, 12  # DuckDB main header: checksum (8 bytes), "DUCK", version number (8 bytes)


def storage_number(path: Path) -> int | None:
    """The storage version number in a DuckDB file's header, or None when it is not a DuckDB file."""
    with path.open("rb") as stream:
        header = stream.read(_NUMBER_AT + 8)
    if header[_MAGIC_AT:_NUMBER_AT] != b"DUCK" or len(header) < _NUMBER_AT + 8:
        return None
    return int.from_bytes(header[_NUMBER_AT:], "little")


def verify_folder(folder: Path, release_id: str, recorded_sha256: str | None = None) -> Release:
    """The release in `folder`, after reading all of it back from disk.

    `recorded_sha256` is the manifest's hash in the history, where it is known. Raises ReleaseDamaged naming every
    damaged, missing or added part.
    """
    manifest_path = folder / MANIFEST
    try:
        content = manifest_path.read_bytes()
        manifest: dict[str, Any] = json.loads(content)
        faults = _identity(manifest, content, release_id)
        if not faults:
            faults = _parts(folder, manifest, file_sha256(manifest_path), recorded_sha256)
        if not faults:
            faults = _open(folder, manifest)
        if faults:
            raise ReleaseDamaged(release_id, faults)
        return _release(folder, manifest, file_sha256(manifest_path))
    except OSError as error:
        name = Path(error.filename).name if error.filename else MANIFEST
        raise ReleaseDamaged(release_id, [f"{name} cannot be read ({error.strerror})"]) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReleaseDamaged(release_id, [f"{MANIFEST} is not the document that was written"]) from None


def _identity(manifest: dict[str, Any], content: bytes, release_id: str) -> list[str]:
    if canonical_json(manifest) != content:
        return [f"{MANIFEST} is not the document that was written"]
    if manifest["release_id"] != release_id:
        return [f"{MANIFEST} names another release"]
    return []


def _parts(folder: Path, manifest: dict[str, Any], manifest_sha256: str, recorded: str | None) -> list[str]:
    """What differs between manifest, checksums, history and disk, blamed on the one that stands alone."""
    parts: dict[str, Any] = manifest["parts"]
    present, listed = part_names(folder), _listed(folder)
    changed_manifest = [f"{MANIFEST} was changed"]
    if recorded is not None and recorded != manifest_sha256:
        return changed_manifest
    if sorted(parts) != present and sorted(listed.keys() - {MANIFEST}) == present:
        return changed_manifest
    faults = [f"{name} is missing" for name in sorted(set(parts) - set(present))]
    faults += [f"{name} does not belong to the release" for name in sorted(set(present) - set(parts))]
    for name, found in files_sha256(folder, set(parts) & set(present)).items():
        size = (folder / name).stat().st_size
        if found != parts[name]["sha256"] or size != parts[name]["bytes"]:
            faults += changed_manifest if listed.get(name) == found else [f"{name} was changed"]
    if not faults and checksums(parts, manifest_sha256) != (folder / CHECKSUMS).read_text(errors="replace"):
        others_agree = listed.keys() == {*parts, MANIFEST} and all(listed[n] == parts[n]["sha256"] for n in parts)
        faults = changed_manifest if recorded is None and others_agree else [f"{CHECKSUMS} was changed"]
    return list(dict.fromkeys(faults))


def _listed(folder: Path) -> dict[str, str]:
    lines = (folder / CHECKSUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split("  ", 1) for line in lines)
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _open(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Open the data parts and count: a hash of a file nobody can open is no use to a reader."""
    rows = {name: int(table["rows"]) for name, table in manifest["tables"].items()}
    number = storage_number(folder / DATABASE)
    if number != STORAGE_NUMBER:
        return [f"{DATABASE} has storage version number {number}, older clients need {STORAGE_NUMBER}"]
    faults = []
    try:
        with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
            named = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
            if [name for (name,) in named] != sorted(rows):
                return [f"{DATABASE} has other tables than the manifest"]
            for name in sorted(rows):
                found = connection.execute(f'select count(*) from "{name}"').fetchall()[0][0]
                if found != rows[name]:
                    faults.append(f"{DATABASE}: {name} has {found:,} rows, the manifest says {rows[name]:,}")
    except duckdb.Error:
        return [f"{DATABASE} cannot be opened"]
    for name in sorted(rows):
        part = f"parquet/{name}.parquet"
        try:
            found = pq.read_metadata(folder / part).num_rows
        except (pyarrow.lib.ArrowException, OSError):
            faults.append(f"{part} cannot be opened")
            continue
        if found != rows[name]:
            faults.append(f"{part} has {found:,} rows, the manifest says {rows[name]:,}")
    return faults


def _release(folder: Path, manifest: dict[str, Any], manifest_sha256: str) -> Release:
    return Release(
        release_id=manifest["release_id"],
        path=folder,
        verdict=manifest["verdict"],
        is_synthetic=bool(manifest["is_synthetic"]),
        content_sha256=manifest["content_sha256"],
        manifest_sha256=manifest_sha256,
        accepted_sha256=manifest["accepted_sha256"],
        inputs_sha256=manifest["inputs_sha256"],
        rows={name: int(table["rows"]) for name, table in manifest["tables"].items()},
    )


def read_release(folder: Path, release_id: str) -> Release:
    """The facts of a release from its manifest alone, without checking its parts. Raises ReleaseDamaged."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = json.loads(content)
        faults = _identity(manifest, content, release_id)
        if faults:
            raise ReleaseDamaged(release_id, faults)
        return _release(folder, manifest, file_sha256(folder / MANIFEST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ReleaseDamaged(release_id, [f"{MANIFEST} cannot be read"]) from None

"""The bytes inside a delivery: bare, gzip or one member of a zip, and nothing that could do harm.

Belongs here: archive safety and decompression. Does not belong here: what the bytes mean (`text`, `readers`).
"""

from __future__ import annotations

import gzip
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from pipeline.catalogue.feeds import Limits
from pipeline.landing.faults import Fault, Reason

_ENCRYPTED = 0x1
_NOT_DATA = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|\._)")
_DAMAGED = (zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, struct.error, NotImplementedError)
_SEND_AGAIN = "Compress it again and send it again"


class DataStream:
    """Decompressed bytes of one delivery, read forward once.

    Raises Fault: `truncated` or `unreadable` for a damaged archive, `unsafe_archive` when it unpacks to more than
    the contract allows.
    """

    def __init__(self, stream: IO[bytes], compressed_bytes: int, limits: Limits, is_archive: bool) -> None:
        self._stream = stream
        self._compressed = max(compressed_bytes, 1)
        self._limits = limits
        self._is_archive = is_archive
        self._read = 0

    def read(self, size: int) -> bytes:
        try:
            block = self._stream.read(size)
        except EOFError:
            raise Fault(Reason.TRUNCATED, f"the archive ends before its data does. {_SEND_AGAIN}") from None
        except _DAMAGED:
            raise Fault(Reason.UNREADABLE, f"the archive is damaged. {_SEND_AGAIN}") from None
        except OSError as error:
            raise Fault(Reason.UNREADABLE, f"the file cannot be read ({error.strerror})") from None
        self._read += len(block)
        check_expansion(self._read, self._compressed if self._is_archive else None, self._limits)
        return block


def check_expansion(data_bytes: int, compressed_bytes: int | None, limits: Limits) -> None:
    """Raise `unsafe_archive` when data are larger, or expand further, than the contract allows."""
    if data_bytes > limits.max_bytes:
        raise Fault(Reason.UNSAFE_ARCHIVE, f"it unpacks to more than the allowed {limits.max_bytes:,} bytes")
    if compressed_bytes is None or data_bytes < limits.ratio_from_bytes:
        return
    if data_bytes > limits.max_ratio * max(compressed_bytes, 1):
        raise Fault(Reason.UNSAFE_ARCHIVE, f"it expands more than {limits.max_ratio:g} times, as no data file does")


@contextmanager
def open_data(path: Path, limits: Limits) -> Iterator[DataStream]:
    """The decompressed data of a delivery, by what its name says it is. Raises Fault."""
    size = path.stat().st_size
    name = path.name.lower()
    if name.endswith(".zip"):
        with _open_zip(path, limits) as stream:
            yield stream
    elif name.endswith(".gz"):
        with gzip.open(path) as opened:
            yield DataStream(cast(BinaryIO, opened), size, limits, is_archive=True)
    else:
        with path.open("rb") as bare:
            yield DataStream(bare, size, limits, is_archive=False)


@contextmanager
def _open_zip(path: Path, limits: Limits) -> Iterator[DataStream]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise _not_a_zip(path) from None
    except (OSError, ValueError, *_DAMAGED):
        raise Fault(Reason.UNREADABLE, f"the archive is damaged. {_SEND_AGAIN}") from None
    with archive:
        member = data_member(archive)
        check_expansion(member.file_size, member.compress_size, limits)
        try:
            opened = archive.open(member)
        except (OSError, ValueError, RuntimeError, *_DAMAGED):
            raise Fault(Reason.UNREADABLE, f"the file in the archive cannot be opened. {_SEND_AGAIN}") from None
        with opened:
            yield DataStream(opened, member.compress_size, limits, is_archive=True)


def data_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one CSV file of a zip. Raises Fault when it is not the only one, or any entry is unsafe."""
    entries = archive.infolist()
    for entry in entries:
        _check_entry(entry)
    data = [entry for entry in entries if not entry.is_dir() and not _NOT_DATA.search(entry.filename)]
    if not data:
        raise Fault(Reason.EMPTY, "the archive holds no data file")
    if len(data) > 1:
        raise Fault(Reason.UNSAFE_ARCHIVE, f"the archive holds {len(data)} data files; send one file in each archive")
    if not data[0].filename.lower().endswith(".csv"):
        raise Fault(Reason.NOT_CSV, "the file in the archive is not named .csv")
    return data[0]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # orig_filename: zipfile itself rewrites separators and cuts at NUL.
    name = entry.orig_filename
    parts = re.split(r"[\\/]", name)
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or ".." in parts or "\0" in name:
        raise Fault(Reason.UNSAFE_ARCHIVE, "an entry of the archive has a path that leaves its folder")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Fault(Reason.UNSAFE_ARCHIVE, "an entry of the archive is a symbolic link")
    if entry.flag_bits & _ENCRYPTED:
        raise Fault(Reason.UNSAFE_ARCHIVE, "the archive is encrypted; send it without a password")


def _not_a_zip(path: Path) -> Fault:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"PK"):
        return Fault(Reason.TRUNCATED, f"the archive ends before its table of contents. {_SEND_AGAIN}")
    return Fault(Reason.UNREADABLE, f"it is named .zip and is not a ZIP archive. {_SEND_AGAIN}")

"""The text of a CSV delivery, watched while it is read.

Belongs here: what can be said of the bytes without parsing columns: character set, line ends, number of lines, the
header line, a cut last line. Does not belong here: columns and rows (`readers`).

The line count made here is independent of the CSV parser: rows parsed must equal lines counted, so a quote that
swallows lines, or a parser that drops some, cannot pass.
"""

from __future__ import annotations

import codecs
import csv
import io

import numpy as np

from pipeline.landing.archive import DataStream
from pipeline.landing.faults import Fault, Reason

_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 18
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "Save the file as 'CSV UTF-8' and send it again"
# First bytes of what is sometimes sent under the name of a CSV file.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a ZIP archive or a workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)


class WatchedText(io.RawIOBase):
    """The data lines of a CSV file as a file object, the header line already taken off.

    After it has been read to its end: `lines` is the number of non-blank data lines, `last_line_cut` tells whether
    the last line has no line end and fewer values than the header. Faults met while reading are kept in `fault`
    too, because they pass through a third-party reader.
    """

    def __init__(self, stream: DataStream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = 0  # line ends seen, header included
        self._blank = 0
        self._previous = b"\n"  # the last bytes of the block before, for blank lines on the border
        self._tail = b""  # what follows the last line end
        self._ended = False
        self.fault: Fault | None = None
        start = self._fill(_BLOCK)
        _check_start(start)
        self._pending = start.removeprefix(codecs.BOM_UTF8)
        self._watch(start)
        self.header = self._take_header()

    @property
    def lines(self) -> int:
        """Non-blank lines after the header."""
        return self._lines - self._blank - 1 + (1 if self._tail.strip(b"\r") else 0)

    @property
    def last_line_cut(self) -> bool:
        """True when the file stops within its last line."""
        if not self._tail:
            return False
        try:
            values = next(csv.reader([self._tail.decode("utf-8")], strict=True), [])
        except (csv.Error, UnicodeDecodeError):
            return True
        return len(values) < len(self.header)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._pending and not self._ended:
            try:
                block = self._fill(_BLOCK if size is None or size < 0 else size)
                self._watch(block)
            except Fault as fault:
                self.fault = fault
                raise
            self._pending = block
        size = len(self._pending) if size is None or size < 0 else size
        block, self._pending = self._pending[:size], self._pending[size:]
        return block

    def _fill(self, size: int) -> bytes:
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            part = self._stream.read(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _watch(self, block: bytes) -> None:
        self._ended = not block
        self._check_characters(block)
        self._check_line_ends(block)
        self._lines += block.count(b"\n")
        self._blank += _blank_lines(self._previous, block)
        self._previous = (self._previous + block)[-2:]
        cut = block.rfind(b"\n")
        self._tail = block[cut + 1 :] if cut >= 0 else self._tail + block
        if len(self._tail) > _LONGEST_HEADER * 16:
            raise Fault(Reason.NOT_CSV, "a line is longer than any record; this is not a CSV file")

    def _check_characters(self, block: bytes) -> None:
        if b"\0" in block:
            line = self._lines + block[: block.index(b"\0")].count(b"\n") + 1
            raise Fault(Reason.ENCODING, f"line {line:,} holds a NUL byte. {_SAVE_AS}")
        try:
            self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line = self._lines + block[: error.start].count(b"\n") + 1
            raise Fault(Reason.ENCODING, f"line {line:,} is not UTF-8. {_SAVE_AS}") from None

    def _check_line_ends(self, block: bytes) -> None:
        if b"\r" not in block and not self._previous.endswith(b"\r"):
            return
        joined = self._previous[-1:] + block if self._previous.endswith(b"\r") else block
        whole = joined.removesuffix(b"\r") if block else joined
        if whole.count(b"\r") != whole.count(b"\r\n"):
            raise Fault(
                Reason.RAGGED_ROWS,
                f"near line {self._lines + 1:,} a carriage return stands without a line feed. "
                "End every line with CRLF or LF and keep line ends out of values",
            )

    def _take_header(self) -> list[str]:
        line, found, rest = self._pending.partition(b"\n")
        if not self._pending.strip():
            raise Fault(Reason.EMPTY, "the file is empty; send it again")
        if not found and len(line) > _LONGEST_HEADER:
            raise Fault(Reason.NOT_CSV, "its first line is longer than any header; this is not a CSV file")
        self._pending = rest
        try:
            header = next(csv.reader([line.decode("utf-8").removesuffix("\r")], strict=True), [])
        except csv.Error:
            raise Fault(Reason.NOT_CSV, "its first line is not a CSV header: a quote is not closed") from None
        except UnicodeDecodeError:
            raise Fault(Reason.ENCODING, f"line 1 is not UTF-8. {_SAVE_AS}") from None
        if not self._pending.strip():
            self._pending += self._read_on_past_blank()
        if not found or not self._pending.strip():
            raise Fault(Reason.EMPTY, "the file holds a header and no rows")
        return header

    def _read_on_past_blank(self) -> bytes:
        """The next bytes of a file whose first block holds the header and nothing else."""
        block = self._fill(_BLOCK)
        self._watch(block)
        return block


def _check_start(start: bytes) -> None:
    if start.startswith(_UTF16):
        raise Fault(Reason.ENCODING, f"it is UTF-16, not UTF-8. {_SAVE_AS}")
    for magic, what in _OTHER_FORMATS:
        if start.startswith(magic):
            raise Fault(Reason.NOT_CSV, f"it is named as a CSV file and is {what}")
    visible = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if visible == b"<":
        saved = "often a log-in or error page was saved. Get the file itself and send it again"
        raise Fault(Reason.NOT_CSV, f"it is an HTML or XML page, not data; {saved}")
    if visible in (b"{", b"["):
        raise Fault(Reason.NOT_CSV, "it is JSON, not CSV; send the table as CSV")


def _blank_lines(previous: bytes, block: bytes) -> int:
    """Blank lines that end in this block; `previous` holds the last two bytes before it."""
    border = previous + block[:2]
    if not any(blank in text for blank in (b"\n\n", b"\n\r\n") for text in (block, border)):
        return 0
    joined = previous + block
    ends = np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord("\n"))
    gaps = np.diff(ends)
    before = np.frombuffer(joined, dtype=np.uint8)[ends[1:] - 1]
    blank = (gaps == 1) | ((gaps == 2) & (before == ord("\r")))
    return int(np.count_nonzero(blank & (ends[1:] >= len(previous))))

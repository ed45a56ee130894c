"""Every known way a delivery can be wrong gets its named rejection, and nothing of its content gets out.

Each faulty file carries a fake NHS number and a fake secret. They may be found in the quarantine and nowhere else.
"""

from __future__ import annotations

import io
import logging
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from pipeline.catalogue.feeds import Feed, Limits, load_feeds
from pipeline.landing import Outcome, Verdict, active_parts, check_file, land
from pipeline.settings import Settings
from tests.faults.landing.faulty_files import CANARIES, FAULTS, FIRST, HEADER, text
from tests.faults.listed import fault
from tests.unit.landing import deliveries as make

REJECTED = "rejected as {}; nothing is loaded, the file lies whole in the quarantine, no value gets out"
# Fault of FAULTS -> the fault of the list it is a case of.
LISTED = {
    "no bytes": fault("files: zero byte", "a file without a byte", REJECTED.format("empty")),
    "header only": fault("files: header only", "a header and no row", REJECTED.format("empty")),
    "html": fault("files: HTML page", "a web page named as a CSV", REJECTED.format("not_csv")),
    "html in gzip": fault("files: HTML page", "a web page in gzip", REJECTED.format("not_csv")),
    "cut inside the last row": fault("files: truncated mid-row", "cut in the last row", REJECTED.format("truncated")),
    "cut inside a quoted value": fault("files: truncated mid-row", "cut in a quote", REJECTED.format("truncated")),
    "cut gzip": fault("files: truncated mid-row", "gzip cut short", REJECTED.format("truncated")),
    "total row missing": fault(
        "files: truncated at a row boundary", "the control total at the end is missing", REJECTED.format("truncated")
    ),
    "other row count": fault(
        "files: truncated at a row boundary", "a row less than announced", REJECTED.format("manifest_mismatch")
    ),
    "row too short early": fault("files: ragged at line 2", "line 2 is cut", REJECTED.format("ragged_rows")),
    "ragged at line 100": fault("files: ragged at line 100", "a value too many", REJECTED.format("ragged_rows")),
    "ragged at line 5000": fault("files: ragged at line 5000", "a value too many", REJECTED.format("ragged_rows")),
    "renamed column": fault("files: renamed columns", "a column is renamed", REJECTED.format("schema_drift")),
    "sex and ethnicity swapped": fault("files: swapped columns", "two columns swap", REJECTED.format("schema_drift")),
    "residence and practice swapped": fault(
        "files: swapped columns", "two columns swap", REJECTED.format("schema_drift")
    ),
    "dates swapped": fault("files: swapped columns", "two dates swap", REJECTED.format("schema_drift")),
    "column named twice": fault("files: duplicate columns", "a name stands twice", REJECTED.format("schema_drift")),
    "extra column": fault("files: extra columns", "a column is added", REJECTED.format("schema_drift")),
    "extra column named like a value": fault(
        "files: extra columns", "the added column is named like an NHS number", REJECTED.format("schema_drift")
    ),
    "missing column": fault("files: missing columns", "a column is missing", REJECTED.format("schema_drift")),
    "ages as words": fault("files: type drift", "ages are words", REJECTED.format("schema_drift")),
    "parquet column of lists": fault("files: type drift", "values become lists", REJECTED.format("schema_drift")),
    "dates of the day first": fault("files: date formats", "dates as 31/05/2026", REJECTED.format("a named reason")),
    "dates of Excel": fault("files: date formats", "dates as days since 1900", REJECTED.format("a named reason")),
    "Latin-1": fault("files: encodings", "Latin-1", REJECTED.format("encoding")),
    "UTF-16": fault("files: encodings", "UTF-16", REJECTED.format("encoding")),
    "NUL byte": fault("files: encodings", "a NUL byte", REJECTED.format("encoding")),
    "UTF-8 cut in a character": fault("files: encodings", "cut in a character", REJECTED.format("encoding")),
    "path traversal": fault("files: zip traversal", "../ in a zip", REJECTED.format("unsafe_archive")),
    "Windows traversal": fault("files: zip traversal", "..\\ in a zip", REJECTED.format("unsafe_archive")),
    "absolute path": fault("files: zip traversal", "an absolute path in a zip", REJECTED.format("unsafe_archive")),
    "symbolic link": fault("files: zip traversal", "a link in a zip", REJECTED.format("unsafe_archive")),
}


def canaries_outside_quarantine(settings: Settings) -> list[str]:
    return [
        str(path)
        for path in settings.home.rglob("*")
        if path.is_file()
        and not path.is_relative_to(settings.quarantine)
        and any(canary in path.read_bytes() for canary in CANARIES)
    ]


def assert_kept_private(settings: Settings, outcome: Outcome, original: bytes) -> None:
    """The whole file lies in quarantine, for its owner only, under its hash and reason."""
    folder = settings.quarantine / outcome.feed
    (copy,) = list(folder.iterdir())
    assert copy.name.startswith(f"{outcome.sha256[:16]}.{outcome.reason}")
    assert copy.read_bytes() == original
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(settings.quarantine.stat().st_mode) == 0o700


@pytest.mark.parametrize("name_of_fault", [pytest.param(x, marks=LISTED[x]) if x in LISTED else x for x in FAULTS])
@fault("leaks: canaries in deliveries", "a faulty file of each kind", "no canary outside the quarantine", "no canary")
def test_a_fault_is_named_nothing_is_loaded_and_no_value_gets_out(
    name_of_fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    feed, name, write, reason = FAULTS[name_of_fault]
    settings = make.settings_for(tmp_path, feed)
    path = make.folder(settings, feed) / name
    write(path)
    original = path.read_bytes()
    with caplog.at_level(logging.DEBUG):
        judged = check_file(feed, path, settings)
        outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, reason), outcome.message
    assert (judged.reason, judged.message) == (outcome.reason, outcome.message)
    assert len(outcome.message) > 20
    assert active_parts(settings.ledger) == []
    assert path.read_bytes() == original
    assert_kept_private(settings, outcome, original)
    said = f"{outcome!r} {judged!r} {caplog.text} {''.join(capfd.readouterr())}".encode()
    assert not [canary for canary in CANARIES if canary in said]
    assert canaries_outside_quarantine(settings) == []


@pytest.mark.parametrize(
    ("name_of_fault", "says"),
    [
        ("renamed column", "did you mean 'ETHNOS'?"),
        ("column with a space", "'SEX' with a space before or after it"),
        ("missing column", "missing columns: 'SEX'"),
        ("extra column", "unknown columns: 'NEWCODE'"),
        ("extra column named like a value", "unknown columns: column 23"),
        ("columns in another order", "not in the order"),
        ("column named twice", "columns named twice: 'ETHNOS'"),
        ("sex and ethnicity swapped", "'sex_code' (0.0% of 40"),
        ("dates swapped", "'admission_date' is later than 'episode_start_date' in 40 of 40 rows"),
        ("row too short early", "row 1 has 1"),
        ("row too long late", "1 row does not have the 22 values of the header: row 39 has 23"),
        ("line end in a value", "54 lines hold 40 rows"),
        ("cut inside the last row", "after 39 whole rows"),
        ("Latin-1", "line 2 is not UTF-8"),
        ("two months in one file", "2026-04 (20 rows), 2026-05 (40 rows)"),
        ("name claims another week", "claims 2026-08-23; its rows are of 2026-08-30 (30 rows)"),
        ("last month's rows under this label", "only 0.0% of the dates in 'episode_end_date'"),
        ("other row count", "announces 41 rows and the file holds 40"),
        ("manifest with a wrong type", "malformed or missing: rows"),
        ("many blank keys", "'record_id' is blank in 40"),
        ("total row missing", "'TOTAL', is missing after 12 rows"),
        ("name no layout knows", "names look like hes_apc_2026-08.csv"),
        ("encrypted", "without a password"),
        ("parquet column of lists", "column 'Sex' has type list"),
    ],
)
def test_a_message_says_what_to_mend(name_of_fault: str, says: str, tmp_path: Path) -> None:
    feed, name, write, _ = FAULTS[name_of_fault]
    path = tmp_path / name
    write(path)
    assert says in check_file(feed, path, make.settings_for(tmp_path, feed)).message


def with_limits(feed: str, **limits: float) -> dict[str, Feed]:
    contracts = load_feeds()
    return {**contracts, feed: contracts[feed].model_copy(update={"limits": Limits(**limits)})}  # type: ignore[arg-type]


@fault("files: zip bomb", "an archive that unpacks to far more than it says", "rejected; it is not unpacked")
@pytest.mark.parametrize("limits", [{"max_bytes": 50_000}, {"max_ratio": 20, "ratio_from_bytes": 10_000}])
@pytest.mark.parametrize("name", ["apc.csv.gz", "apc.zip", "apc_lying.zip"])
def test_a_bomb_is_not_unpacked(name: str, limits: dict[str, float], tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    bomb = (HEADER + "\n" + (FIRST + "\n") * 5_000).encode()
    path = make.folder(settings, "sus_apc") / name
    if name.endswith(".gz"):
        make.write_gzip(path, bomb)
    else:
        make.write_zip(path, {"apc.csv": bomb})
    if "lying" in name:  # the table of contents claims a small file
        content = bytearray(path.read_bytes())
        struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 500)
        path.write_bytes(content)
    outcome = make.only(land(settings, with_limits("sus_apc", **limits)))
    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == ("unreadable" if "lying" in name else "unsafe_archive")


@fault("files: zip bomb", "a workbook that unpacks to far more", "rejected as unsafe_archive; it is not unpacked")
def test_a_workbook_bomb_is_not_unpacked(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "cvdprevent")
    make.write_zip(make.folder(settings, "cvdprevent") / "cvdprevent.xlsx", {"xl/workbook.xml": b"0" * 200_000})
    outcome = make.only(land(settings, with_limits("cvdprevent", max_bytes=100_000)))
    assert outcome.reason == "unsafe_archive"


@fault("files: zip traversal", "a zip that would write three folders up", "nothing is written outside")
def test_a_zip_does_not_write_outside(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../../escaped.csv", text())
    (make.folder(settings, "sus_apc") / "apc.zip").write_bytes(stream.getvalue())
    make.run(settings)
    assert not list(tmp_path.rglob("escaped.csv"))

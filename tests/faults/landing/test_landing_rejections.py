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
from tests.unit.landing import deliveries as make


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


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_nothing_is_loaded_and_no_value_gets_out(
    fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    feed, name, write, reason = FAULTS[fault]
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
    ("fault", "says"),
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
def test_a_message_says_what_to_mend(fault: str, says: str, tmp_path: Path) -> None:
    feed, name, write, _ = FAULTS[fault]
    path = tmp_path / name
    write(path)
    assert says in check_file(feed, path, make.settings_for(tmp_path, feed)).message


def with_limits(feed: str, **limits: float) -> dict[str, Feed]:
    contracts = load_feeds()
    return {**contracts, feed: contracts[feed].model_copy(update={"limits": Limits(**limits)})}  # type: ignore[arg-type]


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


def test_a_workbook_bomb_is_not_unpacked(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "cvdprevent")
    make.write_zip(make.folder(settings, "cvdprevent") / "cvdprevent.xlsx", {"xl/workbook.xml": b"0" * 200_000})
    outcome = make.only(land(settings, with_limits("cvdprevent", max_bytes=100_000)))
    assert outcome.reason == "unsafe_archive"


def test_a_zip_does_not_write_outside(tmp_path: Path) -> None:
    settings = make.settings_for(tmp_path, "sus_apc")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../../escaped.csv", text())
    (make.folder(settings, "sus_apc") / "apc.zip").write_bytes(stream.getvalue())
    make.run(settings)
    assert not list(tmp_path.rglob("escaped.csv"))

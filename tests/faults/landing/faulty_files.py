"""Files that are wrong in one known way each, carrying a fake NHS number and a fake secret.

Belongs here: making them, and the reason each must be given. Does not belong here: judging them.
"""

from __future__ import annotations

import gzip
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.unit.landing import deliveries as make

NHS_NUMBER = "9998473659"  # a valid number of the range that is given to nobody
SECRET = "hunter2-canary-3f9a"
CANARIES = (NHS_NUMBER.encode(), SECRET.encode())
APC = "hes_apc_2026-05.csv"
ROWS = 40


def rows(feed: str = "sus_apc") -> list[make.Row]:
    """Sound rows but for the canaries in a person's and a free-looking column."""
    if feed == "wlmds":
        found = make.wlmds_rows()
        found[1] |= {"Pseudo_NHS_Number": NHS_NUMBER, "ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER": SECRET}
        return found
    if feed == "ecds":
        found = make.ecds_rows()
        found[1] |= {"Der_Pseudo_NHS_Number": NHS_NUMBER, "GP_Practice_Code": SECRET}
        return found
    if feed == "ae_monthly":
        found = make.ae_rows()
        found[1] |= {"Org name": f"{NHS_NUMBER} {SECRET}"}
        return found
    found = make.apc_rows()
    found[1] |= {"PSEUDO_HESID": NHS_NUMBER, "GPPRAC": SECRET}
    return found


def text(feed: str = "sus_apc") -> str:
    return make.csv_text(rows(feed))


def with_line(number: int, line: str) -> Callable[[Path], object]:
    """A sound file in which one line (1 is the first data row) is another."""

    def write(path: Path) -> None:
        lines = text().splitlines()
        lines[number] = line
        path.write_text("\n".join(lines) + "\n")

    return write


def long_file_with(row: int, added: str) -> Callable[[Path], object]:
    """Six thousand sound rows, of which one (0 is the first) has something added at its end."""

    def write(path: Path) -> None:
        lines = make.csv_text(make.apc_rows(count=6_000)).splitlines()
        lines[row + 1] += added
        path.write_text("\n".join(lines) + "\n")

    return write


def edited(change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda path: path.write_text(change(text()), newline="")


def edited_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(text().encode()))


def changed_rows(change: Callable[[list[make.Row]], list[make.Row]]) -> Callable[[Path], object]:
    return lambda path: make.write_csv(path, change(rows()))


def reordered(path: Path) -> None:
    columns = list(rows()[0])
    at, other = columns.index("SEX"), columns.index("ETHNOS")
    columns[at], columns[other] = columns[other], columns[at]
    make.write_csv(path, rows(), columns=columns)


def swapped(one: str, other: str) -> Callable[[list[make.Row]], list[make.Row]]:
    return lambda found: [{**row, one: row[other], other: row[one]} for row in found]


def every(column: str, value: str) -> Callable[[list[make.Row]], list[make.Row]]:
    return lambda found: [{**row, column: value} for row in found]


def dates_as(value: str) -> Callable[[list[make.Row]], list[make.Row]]:
    return lambda found: [{**row, **dict.fromkeys(("ADMIDATE", "EPISTART", "EPIEND"), value)} for row in found]


def zipped(members: dict[str, bytes]) -> Callable[[Path], object]:
    return lambda path: make.write_zip(path, members)


def zip_with_entry(change: Callable[[zipfile.ZipInfo], object], name: str = "apc.csv") -> Callable[[Path], object]:
    def write(path: Path) -> None:
        entry = zipfile.ZipInfo(name)
        change(entry)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(entry, text())

    return write


def encrypted_zip(path: Path) -> None:
    make.write_zip(path, {"apc.csv": text().encode()})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + offset
        struct.pack_into("<H", content, place, struct.unpack_from("<H", content, place)[0] | 1)
    path.write_bytes(content)


def damaged_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("apc.csv", text())
    content = bytearray(path.read_bytes())
    content[200] ^= 0x01
    path.write_bytes(content)


def damaged_gzip(path: Path) -> None:
    content = bytearray(gzip.compress(text().encode(), mtime=0))
    content[-5] ^= 0xFF  # the checksum
    path.write_bytes(content)


def manifested(**changes: object) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        path.write_text(text())
        make.write_manifest(path, ROWS, "2026-05", **changes)

    return write


def parquet(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        found = rows("ecds")
        pq.write_table(change(pa.table({name: [row[name] for row in found] for name in found[0]})), path)

    return write


def cut_parquet(path: Path) -> None:
    parquet(lambda table: table)(path)
    path.write_bytes(path.read_bytes()[:-300])


def damaged_parquet(path: Path) -> None:
    parquet(lambda table: table)(path)
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(content)


def workbook(change: Callable[[list[list[object]]], list[list[object]]]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        found = make.cvdprevent_rows(["To March 2023"])
        found[1] |= {"AreaName": f"{NHS_NUMBER} {SECRET}"}
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        lines: list[list[object]] = [list[object](found[0]), *(list[object](row.values()) for row in found)]
        for line in change(lines):
            sheet.append(line)
        book.save(path)

    return write


HEADER = text().splitlines()[0]
FIRST = text().splitlines()[1]
PERSON_LINE = text().splitlines()[2]

FAULTS: dict[str, tuple[str, str, Callable[[Path], object], str]] = {
    # name: (feed, file name, how it is written, reason)
    "html": ("sus_apc", APC, lambda p: p.write_text(f"\n <!DOCTYPE html><p>{SECRET} {NHS_NUMBER}"), "not_csv"),
    "xml": ("sus_apc", APC, lambda p: p.write_text(f"\ufeff<?xml version='1.0'?><a>{SECRET}</a>"), "not_csv"),
    "json": ("sus_apc", APC, lambda p: p.write_text(json.dumps(rows())), "not_csv"),
    "html in gzip": ("sus_apc", APC + ".gz", lambda p: make.write_gzip(p, b"<html>" + CANARIES[0]), "not_csv"),
    "zip named csv": ("sus_apc", APC, zipped({"apc.csv": text().encode()}), "not_csv"),
    "pdf": ("sus_apc", APC, lambda p: p.write_bytes(b"%PDF-1.7 " + CANARIES[1]), "not_csv"),
    "one endless line": ("sus_apc", APC, lambda p: p.write_text(NHS_NUMBER * 60_000), "not_csv"),
    "open quote in header": ("sus_apc", APC, edited(lambda t: t.replace("FYEAR", '"FYEAR', 1)), "not_csv"),
    "no bytes": ("sus_apc", APC, lambda p: p.write_bytes(b""), "empty"),
    "blank lines only": ("sus_apc", APC, lambda p: p.write_text("\n\r\n\n"), "empty"),
    "header only": ("sus_apc", APC, lambda p: p.write_text(HEADER + "\r\n"), "empty"),
    "header without line end": ("sus_apc", APC, lambda p: p.write_text(HEADER), "empty"),
    "empty zip": ("sus_apc", "apc.zip", zipped({}), "empty"),
    "cut inside the last row": ("sus_apc", APC, edited(lambda t: t[:-60]), "truncated"),
    "cut inside a quoted value": ("sus_apc", APC, edited(lambda t: t + '2627,"2026'), "truncated"),
    "cut gzip": ("sus_apc", APC + ".gz", lambda p: p.write_bytes(gzip.compress(text().encode())[:-40]), "truncated"),
    "cut zip": ("sus_apc", "apc.zip", lambda p: _cut(zipped({"apc.csv": text().encode()}), p, 30), "truncated"),
    "total row missing": (
        "ae_monthly",
        "Monthly-AE-February-2025.csv",
        lambda p: make.write_csv(p, rows("ae_monthly")[:-1]),
        "truncated",
    ),
    "row too short early": ("sus_apc", APC, with_line(1, FIRST[:-20]), "ragged_rows"),
    "row too long late": ("sus_apc", APC, with_line(39, PERSON_LINE + f",{SECRET}"), "ragged_rows"),
    "ragged at line 100": ("sus_apc", APC, long_file_with(98, f",{SECRET}"), "ragged_rows"),
    "ragged at line 5000": ("sus_apc", APC, long_file_with(4_998, f",{SECRET}"), "ragged_rows"),
    "comma in an unquoted value": ("sus_apc", APC, edited(lambda t: t.replace("J440", "J4,40")), "ragged_rows"),
    "line end in a value": ("sus_apc", APC, edited(lambda t: t.replace("J440", '"J4\n40"')), "ragged_rows"),
    "quote that swallows rows": ("sus_apc", APC, edited(lambda t: _with_quotes(t)), "ragged_rows"),
    "old Macintosh line ends": ("sus_apc", APC, edited(lambda t: t.replace("\n", "\r")), "ragged_rows"),
    "lone carriage return": ("sus_apc", APC, edited(lambda t: t.replace("J440", "J\r40")), "ragged_rows"),
    "Latin-1": ("sus_apc", APC, edited_bytes(lambda b: b.replace(b"J440", b"J4\xe9")), "encoding"),
    "Latin-1 in a dropped column": ("sus_apc", APC, lambda p: p.write_bytes(_with_dropped(b"\xe9")), "encoding"),
    "UTF-16": ("sus_apc", APC, lambda p: p.write_bytes(text().encode("utf-16")), "encoding"),
    "NUL byte": ("sus_apc", APC, edited_bytes(lambda b: b.replace(b"J440", b"J\x0040")), "encoding"),
    "UTF-8 cut in a character": ("sus_apc", APC, edited_bytes(lambda b: b[:-1] + b"\xc3"), "encoding"),
    "renamed column": ("sus_apc", APC, edited(lambda t: t.replace("ETHNOS", "ETHNIC_CATEGORY", 1)), "schema_drift"),
    "column with a space": ("sus_apc", APC, edited(lambda t: t.replace("SEX", "SEX ", 1)), "schema_drift"),
    "missing column": (
        "sus_apc",
        APC,
        changed_rows(lambda r: [{k: v for k, v in row.items() if k != "SEX"} for row in r]),
        "schema_drift",
    ),
    "extra column": ("sus_apc", APC, changed_rows(lambda r: [{**row, "NEWCODE": "1"} for row in r]), "schema_drift"),
    "extra column named like a value": (
        "sus_apc",
        APC,
        changed_rows(lambda r: [{**row, NHS_NUMBER: SECRET} for row in r]),
        "schema_drift",
    ),
    "extra column with a number in its name": (
        "sus_apc",
        APC,
        changed_rows(lambda r: [{**row, f"id {NHS_NUMBER}": "1"} for row in r]),
        "schema_drift",
    ),
    "columns in another order": ("sus_apc", APC, reordered, "schema_drift"),
    "column named twice": ("sus_apc", APC, edited(lambda t: t.replace("SEX", "ETHNOS", 1)), "schema_drift"),
    "no header": ("sus_apc", APC, lambda p: p.write_text(text().split("\n", 1)[1]), "schema_drift"),
    "no header, person first": (
        "sus_apc",
        APC,
        lambda p: p.write_text("\n".join([PERSON_LINE, FIRST]) + "\n"),
        "schema_drift",
    ),
    "semicolons": ("sus_apc", APC, edited(lambda t: t.replace(",", ";")), "schema_drift"),
    "sex and ethnicity swapped": ("sus_apc", APC, changed_rows(swapped("SEX", "ETHNOS")), "schema_drift"),
    "residence and practice swapped": ("sus_apc", APC, changed_rows(swapped("LSOA11", "GPPRAC")), "schema_drift"),
    "provider and person swapped": ("sus_apc", APC, changed_rows(swapped("PROCODE3", "PSEUDO_HESID")), "schema_drift"),
    "ages as words": ("sus_apc", APC, changed_rows(every("STARTAGE", "forty")), "schema_drift"),
    "dates of the day first": ("sus_apc", APC, changed_rows(dates_as("31/05/2026")), "schema_drift"),
    "dates of Excel": ("sus_apc", APC, changed_rows(dates_as("46173")), "schema_drift"),
    "dates swapped": ("sus_apc", APC, changed_rows(lambda r: _later_end(r)), "schema_drift"),
    "name without a period": ("wlmds", "wlmds.csv", lambda p: p.write_text(text("wlmds")), "period_mismatch"),
    "week that ends on a Monday": (
        "wlmds",
        "wlmds_2026-08-31.csv",
        lambda p: p.write_text(text("wlmds")),
        "period_mismatch",
    ),
    "name claims another week": (
        "wlmds",
        "wlmds_2026-08-23.csv",
        lambda p: p.write_text(text("wlmds")),
        "period_mismatch",
    ),
    "two months in one file": (
        "sus_apc",
        "hes_apc.csv",
        changed_rows(lambda r: r + make.apc_rows("2026-04", 20, first=100)),
        "period_mismatch",
    ),
    "last month's rows under this label": (
        "sus_apc",
        "hes_apc_2026-06.csv",
        changed_rows(every("PARTYEAR", "202606")),
        "period_mismatch",
    ),
    "no date can be read": (
        "sus_apc",
        APC,
        changed_rows(lambda r: every("EPIEND", "")(every("EPISTART", "")(r))),
        "period_mismatch",
    ),
    "ECDS of another month": ("ecds", "ecds_2026-07.parquet", parquet(lambda t: t), "period_mismatch"),
    "too few bytes": ("sus_apc", APC, manifested(bytes=7), "manifest_mismatch"),
    "other hash": ("sus_apc", APC, manifested(sha256="0" * 64), "manifest_mismatch"),
    "other row count": ("sus_apc", APC, manifested(rows=ROWS + 1), "manifest_mismatch"),
    "manifest of another file": ("sus_apc", APC, manifested(file=f"{SECRET}.csv"), "manifest_mismatch"),
    "manifest with an unknown key": ("sus_apc", APC, manifested(**{SECRET: NHS_NUMBER}), "manifest_mismatch"),
    "manifest with a wrong type": ("sus_apc", APC, manifested(rows=SECRET), "manifest_mismatch"),
    "manifest of another period": ("sus_apc", APC, manifested(period="2026-04"), "period_mismatch"),
    "manifest period is nonsense": ("sus_apc", "apc.csv", manifested(period=SECRET), "period_mismatch"),
    "many blank keys": ("sus_apc", APC, changed_rows(every("EPIKEY", "")), "too_many_rejects"),
    "many unreadable periods": ("sus_apc", "apc.csv", changed_rows(every("PARTYEAR", SECRET)), "too_many_rejects"),
    "many repeated keys": ("sus_apc", APC, changed_rows(every("EPIKEY", NHS_NUMBER)), "too_many_rejects"),
    "path traversal": ("sus_apc", "apc.zip", zipped({"../apc.csv": text().encode()}), "unsafe_archive"),
    "traversal beside the data": (
        "sus_apc",
        "apc.zip",
        zipped({"apc.csv": text().encode(), "__MACOSX/../../x": b"x"}),
        "unsafe_archive",
    ),
    "Windows traversal": ("sus_apc", "apc.zip", zipped({"..\\apc.csv": text().encode()}), "unsafe_archive"),
    "absolute path": ("sus_apc", "apc.zip", zipped({"/etc/apc.csv": text().encode()}), "unsafe_archive"),
    "drive letter": ("sus_apc", "apc.zip", zipped({"C:/apc.csv": text().encode()}), "unsafe_archive"),
    "symbolic link": (
        "sus_apc",
        "apc.zip",
        zip_with_entry(lambda entry: setattr(entry, "external_attr", (stat.S_IFLNK | 0o777) << 16)),
        "unsafe_archive",
    ),
    "two data files": ("sus_apc", "apc.zip", zipped({"a.csv": text().encode(), "b.csv": b"x"}), "unsafe_archive"),
    "encrypted": ("sus_apc", "apc.zip", encrypted_zip, "unsafe_archive"),
    "archive in an archive": ("sus_apc", "apc.zip", zipped({"inner.zip": b"PK"}), "not_csv"),
    "damaged zip": ("sus_apc", "apc.zip", damaged_zip, "unreadable"),
    "damaged gzip": ("sus_apc", APC + ".gz", damaged_gzip, "unreadable"),
    "text named gzip": ("sus_apc", APC + ".gz", lambda p: p.write_text(text()), "unreadable"),
    "text named zip": ("sus_apc", "apc.zip", lambda p: p.write_text(text()), "unreadable"),
    "text named parquet": ("ecds", "ecds_2026-08.parquet", lambda p: p.write_text(text("ecds")), "unreadable"),
    "cut parquet": ("ecds", "ecds_2026-08.parquet", cut_parquet, "truncated"),
    "damaged parquet": ("ecds", "ecds_2026-08.parquet", damaged_parquet, "unreadable"),
    "parquet without bytes": ("ecds", "ecds_2026-08.parquet", lambda p: p.write_bytes(b""), "empty"),
    "parquet without rows": ("ecds", "ecds_2026-08.parquet", parquet(lambda t: t.slice(0, 0)), "empty"),
    "parquet without a column": ("ecds", "ecds_2026-08.parquet", parquet(lambda t: t.drop(["Sex"])), "schema_drift"),
    "parquet column of lists": (
        "ecds",
        "ecds_2026-08.parquet",
        parquet(lambda t: t.set_column(7, "Sex", pa.array([[NHS_NUMBER]] * t.num_rows))),
        "schema_drift",
    ),
    "workbook that is none": ("cvdprevent", "cvdprevent.xlsx", lambda p: p.write_text(text()), "unreadable"),
    "zip named workbook": ("cvdprevent", "cvdprevent.xlsx", zipped({"a.xml": CANARIES[0]}), "unreadable"),
    "workbook without rows": ("cvdprevent", "cvdprevent.xlsx", workbook(lambda lines: lines[:1]), "empty"),
    "workbook with a title row": (
        "cvdprevent",
        "cvdprevent.xlsx",
        workbook(lambda lines: [[f"Data {SECRET}"], *lines]),
        "schema_drift",
    ),
    "workbook with values beside the table": (
        "cvdprevent",
        "cvdprevent.xlsx",
        workbook(lambda lines: [lines[0], [*lines[1], SECRET], *lines[2:]]),
        "ragged_rows",
    ),
    "name no layout knows": ("sus_apc", "notes.txt", lambda p: p.write_text(text()), "unknown_file"),
}


def _with_quotes(content: str) -> str:
    """A quote opened in one row and closed four rows on, so that the rows between vanish into one value."""
    lines = content.splitlines()
    for number, position in ((3, 0), (7, 1)):
        values = lines[number].split(",")
        values[-1] = '"' + values[-1] if position == 0 else values[-1] + '"'
        lines[number] = ",".join(values)
    # the swallowed lines bring exactly the commas that are left out, so no row is ragged
    return "\n".join(lines) + "\n"


def _with_dropped(value: bytes) -> bytes:
    """A file whose fault stands in an optional column that is known and dropped."""
    lines = text().encode().splitlines()
    place = lines[0].split(b",").index(b"CLASSPAT")
    out = [b",".join([*line.split(b",")[:place], value, *line.split(b",")[place:]]) for line in lines]
    head = lines[0].split(b",")
    out[0] = b",".join([*head[:place], b"ADMISORC", *head[place:]])
    return b"\n".join(out) + b"\n"


def _later_end(found: list[make.Row]) -> list[make.Row]:
    spread = [{**row, "ADMIDATE": "2026-04-30", "EPISTART": "2026-05-01", "EPIEND": "2026-05-09"} for row in found]
    return swapped("ADMIDATE", "EPISTART")(spread)


def _cut(write: Callable[[Path], object], path: Path, count: int) -> None:
    write(path)
    path.write_bytes(path.read_bytes()[:-count])

"""Small deliveries, written as suppliers write them, for the landing tests.

Belongs here: making files. Does not belong here: any expectation about them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pipeline.catalogue.feeds import Feed, load_feed, load_feeds
from pipeline.landing import LandingReport, Outcome, land
from pipeline.settings import FeedSource, Settings

KEY = "a key for tests, long enough to be one"
TODAY = date(2026, 9, 30)
Row = dict[str, str]


def settings_for(home: Path, *feeds: str, **changes: Any) -> Settings:
    """Settings of a run over `home/in/<feed>`, with those folders made."""
    sources = {feed: FeedSource(folder=home / "in" / feed) for feed in feeds}
    for source in sources.values():
        source.folder.mkdir(parents=True, exist_ok=True)
    values = {"home": home / "var", "source": "files", "feeds": sources, "pseudonym_key": SecretStr(KEY)}
    return Settings(**{**values, "as_of": TODAY, **changes})


def folder(settings: Settings, feed: str) -> Path:
    return settings.feeds[feed].folder


@cache
def contracts() -> dict[str, Feed]:
    return load_feeds()


def run(settings: Settings) -> LandingReport:
    return land(settings, contracts())


def only(report: LandingReport) -> Outcome:
    (outcome,) = report.outcomes
    return outcome


def header_of(feed: Feed, layout: int = 0) -> list[str]:
    """The mapped columns of a layout, in the order of its files."""
    return list(feed.layouts[layout].field_of)


def apc_rows(month: str = "2026-05", count: int = 40, first: int = 0) -> list[Row]:
    """Admitted care episodes of one month in HES layout; every code looks like its column."""
    year, number = month.split("-")
    rows = []
    for place in range(first, first + count):
        day = f"{month}-{place % 28 + 1:02d}"
        rows.append(
            {
                "FYEAR": "2627",
                "PARTYEAR": f"{year}{number}",
                "EPIKEY": f"{500_000_000_000 + place}",
                "PSEUDO_HESID": f"TESTPERSON{place % 30:022d}",
                "ADMIDATE": day,
                "ADMIMETH": ("21", "11", "2A", "82")[place % 4],
                "CAUSE_4": ("", "W190")[place % 2],
                "CLASSPAT": "12"[place % 2],
                "DIAG_4_01": ("J440", "I10X", "E119")[place % 3],
                "EPIEND": day,
                "EPIORDER": "1",
                "EPISTART": day,
                "EPISTAT": "3",
                "EPITYPE": "1",
                "ETHNOS": "ABCDEFGHJKLMNPRSZ"[place % 17],
                "GPPRAC": f"Z0{place % 50:04d}",
                "OPERTN_4_01": ("X352", "-   ")[place % 2],
                "PROCODE3": ("ZT1", "ZT2", "5E1")[place % 3],
                "SEX": "12"[place % 2],
                "LSOA01": "",
                "STARTAGE": f"{place % 90 + 1}",
                "LSOA11": f"F0100{place % 3000:04d}",
            }
        )
    return rows


def wlmds_rows(week: str = "2026-08-30", count: int = 30, first: int = 0) -> list[Row]:
    """Open pathways at the end of a week."""
    return [
        {
            "PATIENT_PATHWAY_IDENTIFIER": f"PATH{place:016d}",
            "Pseudo_NHS_Number": f"PERSON{place:010d}",
            "Week_Ending_Date": week,
            "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER": ("ZT1", "ZT2")[place % 2],
            "ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER": ("00L", "ZS1")[place % 2],
            "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": f"2026-0{place % 5 + 1}-11",
            "ACTIVITY_TREATMENT_FUNCTION_CODE": ("100", "110", "502")[place % 3],
            "Waiting_List_Type": "IRTT",
            "PRIORITY_TYPE_CODE": "12"[place % 2],
            "Age": f"{place % 90}",
            "PERSON_STATED_GENDER_CODE": "12"[place % 2],
            "ETHNIC_CATEGORY": "ABCZ"[place % 4],
            "derLSOA2021": f"F0100{place:04d}",
        }
        for place in range(first, first + count)
    ]


def ecds_rows(month: str = "2026-08", count: int = 60, first: int = 0) -> list[Row]:
    """Attendances of one month in ECDS layout."""
    return [
        {
            "EC_Ident": f"{800_000_000 + place}",
            "Der_Pseudo_NHS_Number": f"PERSON{place % 40:010d}",
            "Der_Provider_Code": ("ZT1", "ZT2")[place % 2],
            "EC_Department_Type": "01",
            "EC_AttendanceCategory": "1",
            "Arrival_Date": f"{month}-{place % 28 + 1:02d}",
            "Age_At_Arrival": f"{place % 90}",
            "Sex": "12"[place % 2],
            "Ethnic_Category": "ABCZ"[place % 4],
            "Der_Postcode_LSOA_2021_Code": f"F0100{place:04d}",
            "GP_Practice_Code": f"Z0{place:04d}",
        }
        for place in range(first, first + count)
    ]


def ae_rows(month: str = "FEBRUARY-2025", count: int = 12, extra: int = 0) -> list[Row]:
    """Monthly A&E by provider with its TOTAL row; `extra` alters the first provider."""
    feed = load_feed("ae_monthly")
    columns = header_of(feed)
    rows = []
    for place in range(count):
        counts = [str(place * 10 + number + (extra if place == 0 else 0)) for number in range(len(columns) - 4)]
        names = [f"MSitAE-{month}", f"R{place:02d}", "NHS ENGLAND LONDON", f"TRUST {place}"]
        rows.append(dict(zip(columns, names + counts, strict=True)))
    totals = [str(sum(int(row[column]) for row in rows)) for column in columns[4:]]
    return [*rows, dict(zip(columns, ["TOTAL"] * 4 + totals, strict=True))]


def cvdprevent_rows(periods: Iterable[str], value: str = "61.2") -> list[Row]:
    """An export of one indicator for some periods, three categories each; the numerator tells periods apart."""
    names = ("1 - most deprived", "2", "5 - least deprived")
    return [
        {
            "AreaCode": "E92000001",
            "AreaName": "England",
            "CategoryAttribute": "Persons",
            "Denominator": "1000",
            "Factor": "",
            "IndicatorCode": "CVDP003CHOL",
            "IndicatorName": "Treated, of those at risk",
            "IndicatorShortName": "Treated",
            "LowerConfidenceLimit": "60.1",
            "MetricCategoryName": name,
            "MetricCategoryTypeName": "Deprivation quintile",
            "Numerator": str(600 + number),
            "TimePeriodName": period,
            "UpperConfidenceLimit": "62.3",
            "Value": value,
            "ValueNote": "",
        }
        for number, period in enumerate(periods)
        for name in names
    ]


def csv_text(rows: list[Row], columns: list[str] | None = None, line_end: str = "\n") -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns or list(rows[0]), lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_csv(path: Path, rows: list[Row], **options: Any) -> Path:
    path.write_text(csv_text(rows, **options), encoding="utf-8", newline="")
    return path


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_manifest(path: Path, row_count: int, period_key: str, **changes: Any) -> Path:
    content = path.read_bytes()
    facts = {
        "file": path.name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": row_count,
        "period": period_key,
    }
    beside = path.with_name(path.name + ".manifest.json")
    beside.write_text(json.dumps({**facts, **changes}))
    return beside


def ledger_content(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the ledger."""
    with closing(sqlite3.connect(settings.ledger)) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {table: sorted(connection.execute(f"select * from {table}").fetchall()) for table in sorted(tables)}


def parts_content(settings: Settings) -> dict[str, str]:
    """Raw part -> sha256 of its bytes."""
    return {
        path.relative_to(settings.raw).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(settings.raw.rglob("*.parquet"))
    }

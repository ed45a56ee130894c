"""The quality report: who fails since when by period and by release, what is late, and a page that needs nothing.

Belongs here: the gate's tables in, frames and page out. Does not belong here: judging, and when a page is written.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipeline.quality.tables import create_verdict_tables
from pipeline.settings import Settings
from pipeline.telling import write_report
from pipeline.telling.quality import QualityFacts, read_quality
from pipeline.telling.report import FeedLine, NightReport, RuleLine

MONTHS = {"2026-05": date(2026, 5, 31), "2026-06": date(2026, 6, 30), "2026-07": date(2026, 7, 31)}
NHS_NUMBER = "9434765919"


class Gate:
    """The build database as a night leaves it, and the releases before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        self.connection.execute("create schema verdict; create schema run")
        create_verdict_tables(self.connection)
        self.connection.execute(
            "create table run.expected_period (feed varchar, period varchar, period_start date, period_end date, "
            "due_date date, received_date date, days_late integer, timeliness_status varchar)"
        )
        self.connection.execute(
            "create table run.late_submitter (feed varchar, submitter_code varchar, period varchar, days_late integer)"
        )
        for month, end in MONTHS.items():
            self.period(month, end, 0, "on_time")

    def period(self, month: str, end: date, late: int | None, status: str) -> None:
        self.connection.execute("delete from run.expected_period where period = ?", [month])
        self.connection.execute(
            "insert into run.expected_period values ('ecds', ?, ?, ?, ?, ?, ?, ?)",
            [month, end, end, end, end, late, status],
        )

    def measure(
        self, code: str, rule: str, month: str, status: str, violated: int = 5, expected: int = 10,
        counts: str | None = "other",
    ) -> None:  # fmt: skip
        pct = 100 * violated / expected if expected else None
        self.connection.execute(
            "insert into verdict.rule_result values "
            "('ecds', ?, ?, ?, 'completeness', ?, ?, ?, 10, 'withhold', ?, null, ?)",
            [code, month, rule, violated, expected, pct, status, counts],
        )

    def facts(self, *earlier: tuple[str, list[tuple[str, str]]]) -> QualityFacts:
        """`earlier` has (release id, [(submitter, rule) that failed in it]), oldest first."""
        parts = []
        for release_id, failures in earlier:
            path = self.folder / f"{release_id}.parquet"
            rows = ", ".join(f"('ecds', '{code}', '{rule}', 'failed', '{release_id}')" for code, rule in failures)
            rows = rows or f"('ecds', 'ZT1', 'sex_known', 'passed', '{release_id}')"
            self.connection.execute(
                f"copy (select * from (values {rows}) "
                f"as t(feed, submitter_code, rule_id, status, release_id)) to '{path}' (format parquet)"
            )
            parts.append((release_id, path))
        return read_quality(self.connection, parts)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def failing(facts: QualityFacts) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in facts.failing.to_dict("records")]


def test_a_submitter_fails_since_the_first_of_its_unbroken_failures(gate: Gate) -> None:
    for month, status in zip(MONTHS, ("failed", "failed", "failed"), strict=True):
        gate.measure("ZT1", "ethnicity_known", month, status)
    for month, status in zip(MONTHS, ("failed", "passed", "failed"), strict=True):
        gate.measure("ZT2", "ethnicity_known", month, status)
    for month, status in zip(MONTHS, ("failed", "failed", "passed"), strict=True):
        gate.measure("ZT3", "ethnicity_known", month, status)
    gate.measure("ZT4", "ethnicity_known", "2026-07", "passed")
    found = {row["submitter_code"]: row for row in failing(gate.facts())}
    shown = ["since_period", "period", "periods", "is_open"]
    assert {code: tuple(row[name] for name in shown) for code, row in found.items()} == {
        "ZT1": ("2026-05", "2026-07", 3, True),
        "ZT2": ("2026-07", "2026-07", 1, True),
        "ZT3": ("2026-05", "2026-06", 2, False),
    }  # fmt: skip
    assert list(found)[-1] == "ZT3", "what passes again comes last"


def test_a_period_with_nothing_to_judge_does_not_break_a_row_of_failures(gate: Gate) -> None:
    for month, status in zip(MONTHS, ("failed", "not_evaluable", "failed"), strict=True):
        gate.measure("ZT1", "ethnicity_known", month, status)
    (row,) = failing(gate.facts())
    assert (row["since_period"], row["periods"]) == ("2026-05", 2)


def test_releases_say_since_when_a_failure_is_published(gate: Gate) -> None:
    for code in ("ZT1", "ZT2", "ZT3"):
        gate.measure(code, "ethnicity_known", "2026-07", "failed")
    rule = "ethnicity_known"
    facts = gate.facts(
        ("r1", [("ZT1", rule), ("ZT2", rule), ("ZT3", rule)]),
        ("r2", [("ZT1", rule), ("ZT3", rule)]),
        ("r3", [("ZT1", rule), ("ZT2", rule)]),
    )
    assert {row["submitter_code"]: row["since_release"] for row in failing(facts)} == {
        "ZT1": "r1",
        "ZT2": "r3",
        "ZT3": "",
    }
    assert facts.releases[["release_id", "submitters_failing"]].to_numpy().tolist() == [["r1", 3], ["r2", 2], ["r3", 2]]


def test_a_month_says_how_complete_and_how_late_a_submitter_is(gate: Gate) -> None:
    gate.period("2026-07", MONTHS["2026-07"], 9, "red")
    gate.measure("ZT1", "ethnicity_known", "2026-07", "passed", violated=1)
    gate.measure("ZT1", "residence_known", "2026-07", "failed", violated=4)
    gate.measure("ZT2", "submitter_present", "2026-07", "failed", violated=1, expected=1)
    gate.measure("ZT3", "ethnicity_known", "2026-07", "passed", violated=1)
    gate.connection.execute("insert into run.late_submitter values ('ecds', 'ZT3', '2026-07', 40)")
    months = gate.facts().months
    july = {row["submitter_code"]: row for row in months[months["month"] == "2026-07"].to_dict("records")}
    assert [july["ZT1"][name] for name in ("violated_pct", "days_late", "is_absent")] == [40.0, 9, False]
    assert [july["ZT2"][name] for name in ("violated_pct", "is_absent")] == [100.0, True]
    assert july["ZT3"]["days_late"] == 40  # it came with a restatement


def night(**changes: Any) -> NightReport:
    def rule(name: str, status: str) -> RuleLine:
        return RuleLine(
            "ecds", name, "completeness", "withhold", status, 5, 10, 10.0, 1, 1, "A reason & a <threshold>."
        )

    values: dict[str, Any] = {
        "release_id": "20260731-aaaa",
        "judged_release": "20260731-aaaa",
        "state": "held",
        "ended_at": "2026-08-25T03:40:00+00:00",
        "current": "",
        "policy_version": "2026-11",
        "is_synthetic": False,
        "holding": ["ecds: rule <b>rows</b> failed."],
        "findings": [],
        "problems": [],
        "feeds": [FeedLine("ecds", "Emergency Care Data Set", "NHS England", 14, 21)],
        "rules": [rule("ethnicity_known", "failed"), rule("sex_known", "did not run")],
        "tables": [],
    }
    return NightReport(**(values | changes))


def page(gate: Gate, tmp_path: Path, **changes: Any) -> str:
    return write_report(Settings(home=tmp_path), night(**changes), gate.facts()).read_text(encoding="utf-8")


def test_the_page_needs_no_network_and_no_script_and_escapes_what_it_quotes(gate: Gate, tmp_path: Path) -> None:
    gate.measure("ZT1", "ethnicity_known", "2026-07", "failed")
    html = page(gate, tmp_path)
    assert "default-src 'none'" in html
    loads = re.findall(r"<(?:script|link|img|iframe|object|embed|base)\b|@import|url\(|\bsrc=|https?://[^\"\s<]+", html)
    assert set(loads) == {"http://www.w3.org/2000/svg"}, "the name of SVG loads nothing"
    assert "<b>rows</b>" not in html
    assert "&lt;b&gt;rows&lt;/b&gt;" in html
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets - set(re.findall(r'id="([^"]+)"', html)) == set(), "every link of the page leads somewhere in it"


def test_the_page_says_who_fails_since_when_what_is_late_and_what_to_do(gate: Gate, tmp_path: Path) -> None:
    for month in MONTHS:
        gate.measure("ZT1", "ethnicity_known", month, "failed")
    gate.period("2026-07", MONTHS["2026-07"], None, "never")
    html = page(gate, tmp_path, problems=["ecds: august.csv was not taken (rejected, not_csv)."])
    who = html[html.index('id="failing"') : html.index('id="charts"')]
    assert re.search(r"<td>ZT1</td>.*ethnicity_known.*<td>2026-05</td><td class=\"n\">3</td>", who)
    feeds = html[html.index('id="feeds"') : html.index('id="failing"')]
    assert re.search(r'2026-07 <span class="s never">never</span>', feeds)
    assert 'article id="rule-ethnicity_known"' in html
    assert "<strong>Monitor:</strong>" in html
    assert "august.csv was not taken" in html


def test_a_declared_rule_that_did_not_run_is_there_and_says_so(gate: Gate, tmp_path: Path) -> None:
    assert re.search(r'#rule-sex_known[^\n]*<span class="s did_not_run">did not run</span>', page(gate, tmp_path))


def test_a_submitter_code_that_is_no_code_is_not_shown(gate: Gate, tmp_path: Path) -> None:
    gate.measure(NHS_NUMBER, "ethnicity_known", "2026-07", "failed")
    html = page(gate, tmp_path)
    assert NHS_NUMBER not in html
    assert "<td>not a code</td>" in html


def test_the_newest_page_is_in_front_and_a_judged_night_keeps_its_own(gate: Gate, tmp_path: Path) -> None:
    page(gate, tmp_path)
    page(gate, tmp_path, release_id="", state="failed")
    folder = tmp_path / "reports"
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html")) == [
        "20260731-aaaa/index.html",
        "index.html",
    ]
    assert "Data quality: failed" in (folder / "index.html").read_text(encoding="utf-8")
    assert "Data quality: held" in (folder / "20260731-aaaa" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("counts", ["records", None])
@pytest.mark.parametrize(
    ("violated", "expected", "shown"),
    [
        (3, 90, (None, None, None)),
        (8, 88, (10, 90, 100 * 10 / 90)),
        (0, 5, (None, None, None)),
        (12, 12, (10, 10, 100.0)),
    ],
)
def test_no_small_count_of_records_is_in_a_report(
    gate: Gate, violated: int, expected: int, shown: tuple[float | None, ...], counts: str | None
) -> None:
    gate.measure("ZT1", "sex_known", list(MONTHS)[-1], "failed", violated, expected, counts)
    (row,) = failing(gate.facts())
    found = [row[name] for name in ("violated", "expected", "pct")]
    assert [None if pd.isna(value) else value for value in found] == pytest.approx(list(shown))

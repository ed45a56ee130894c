"""The quality report: what the gate said of a night, as one HTML page that needs no network and no script.

Belongs here: the page, made of rules, counts, submitters' codes, dates and the rules' own pages. Does not belong here:
reading results (`quality`), and any row of the data: the page may be put where monitors read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline.files import shared_folder
from pipeline.settings import Settings
from pipeline.telling.charts import completeness_chart, lateness_chart, templates
from pipeline.telling.pages import rule_page, rule_title
from pipeline.telling.quality import QualityFacts

INDEX = "index.html"
WORST_SHOWN = 10
FAILING_SHOWN = 200


@dataclass(frozen=True)
class RuleLine:
    """What one declared rule said of one feed or published table; `did not run` is a status like any other."""

    subject: str
    rule_id: str
    dimension: str
    severity: str
    status: str
    violated: int
    expected: int
    threshold_pct: float
    judged: int
    failed: int
    reason: str

    @property
    def pct(self) -> float | None:
        return 100 * self.violated / self.expected if self.expected else None

    @property
    def is_error(self) -> bool:
        return self.status in ("error", "did not run")


@dataclass(frozen=True)
class FeedLine:
    """One feed of the night: its name, and the days behind a due day that are allowed before amber and red."""

    feed: str
    name: str
    publisher: str
    amber_grace: int
    red_grace: int


@dataclass(frozen=True)
class NightReport:
    """Everything the page says.

    `release_id` is what the night was to publish, blank where it judged nothing; `judged_release` is the one whose
    results are shown, `current` the one analysts read. `holding` are the sentences of rules that hold the night,
    `findings` of the others that did not pass; `problems` are deliveries that were not taken.
    """

    release_id: str
    judged_release: str
    state: str
    ended_at: str
    current: str
    policy_version: str
    is_synthetic: bool
    holding: Sequence[str]
    findings: Sequence[str]
    problems: Sequence[str]
    feeds: Sequence[FeedLine]
    rules: Sequence[RuleLine]
    tables: Sequence[str]


def report_folder(settings: Settings) -> Path:
    """Where the reports are: the newest as index.html, each judged night's in a folder of its release id."""
    return settings.home / "reports"


def write_report(settings: Settings, night: NightReport, facts: QualityFacts) -> Path:
    """Write the night's page, over an earlier one of the same night, and make it the newest; return the newest."""
    folder = shared_folder(report_folder(settings))
    content = report_html(night, facts)
    if night.release_id:
        _write(shared_folder(folder / night.release_id) / INDEX, content)
    return _write(folder / INDEX, content)


def _write(path: Path, content: str) -> Path:
    """Write a file whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(content, encoding="utf-8")
    return fresh.replace(path)


def report_html(night: NightReport, facts: QualityFacts) -> str:
    """The page. Every value is escaped, and its policy lets a browser load nothing from anywhere."""
    pages = {rule.rule_id: _page(rule.rule_id) for rule in night.rules}
    shown = facts.failing.head(FAILING_SHOWN)
    text: str = (
        templates()
        .get_template("report.html.j2")
        .render(
            night=night,
            rules_of=_by_subject(night.rules),
            late=_late(facts.periods),
            newest={row["feed"]: row for row in _rows(facts.newest)},
            failing=_rows(shown),
            failing_left_out=len(facts.failing) - len(shown),
            failing_of=_open_by_feed(facts.failing),
            since=_rows_by(facts.failing, ["feed", "rule_id"]),
            worst=_rows_by(facts.worst, ["feed", "rule_id"]),
            charts=[Markup(completeness_chart(facts.months)), Markup(lateness_chart(facts.months))],  # noqa: S704 - ours
            releases=_rows(facts.releases[::-1]),
            titles={name: page[0] for name, page in pages.items()},
            pages=pages,
        )
    )
    return text


def _page(rule_id: str) -> tuple[str, Markup]:
    body = rule_page(rule_id).partition("\n")[2]
    html = MarkdownIt("commonmark", {"html": False}).render(body)
    return rule_title(rule_id), Markup(html)  # noqa: S704 - the project's own pages, with HTML off


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows with missing values as None, for a template."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _rows_by(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[object, ...], list[dict[str, object]]]:
    """The first rows of each group, as many as are shown."""
    found: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for row in _rows(frame.groupby(keys, sort=False).head(WORST_SHOWN)):
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def _by_subject(rules: Sequence[RuleLine]) -> dict[str, list[RuleLine]]:
    found: dict[str, list[RuleLine]] = {}
    for rule in rules:
        found.setdefault(rule.subject, []).append(rule)
    return found


def _late(periods: pd.DataFrame) -> Mapping[object, list[dict[str, object]]]:
    """Periods of each feed that are late, newest first."""
    late = periods[periods["status"].isin(["amber", "red", "never"])]
    found: dict[object, list[dict[str, object]]] = {}
    for row in _rows(late[::-1]):
        found.setdefault(row["feed"], []).append(row)
    return found


def _open_by_feed(failing: pd.DataFrame) -> dict[object, dict[str, object]]:
    """By feed: how many submitters fail in their newest period, and since which period the longest does."""
    still = failing[failing["is_open"] & (failing["submitter_code"] != "all")]
    grouped = still.groupby("feed").agg(submitters=("submitter_code", "nunique"), since=("since_period", "min"))
    return {feed: {"submitters": row["submitters"], "since": row["since"]} for feed, row in grouped.iterrows()}

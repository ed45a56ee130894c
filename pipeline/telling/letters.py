"""Letters to submitters whose data failed a rule: one Markdown and one CSV each.

Belongs here: counts, thresholds and what to do, as the rule's page says it. Does not belong here: any row of the data,
and sending: a letter goes out by whatever way an organisation has with its submitters.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd

from pipeline.files import private_folder
from pipeline.settings import Settings
from pipeline.telling.pages import rule_advice, rule_meaning, rule_title

COLUMNS = ["feed", "period", "rule_id", "violated", "expected", "pct", "threshold_pct", "severity"]
# What a spreadsheet would run as a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_PLAIN_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$")


def letter_folder(settings: Settings, release_id: str) -> Path:
    """Where the letters of one night are: `letters/<release id>/`, private."""
    return settings.home / "letters" / release_id


def write_letters(folder: Path, failed: pd.DataFrame, release_id: str, is_synthetic: bool) -> list[Path]:
    """Write `<submitter>.md` and `<submitter>.csv` for each submitter with failed measures.

    Returns the files written, in order. `failed` has the columns of COLUMNS and submitter_code, one row a failed
    measure. What an earlier run of the same night wrote is replaced as a whole.
    """
    shutil.rmtree(folder, ignore_errors=True)
    written: list[Path] = []
    if failed.empty:
        return written
    private_folder(folder.parent)
    private_folder(folder)
    rows = failed.sort_values(["submitter_code", "feed", "rule_id", "period"])
    for code, own in rows.groupby("submitter_code", sort=True):
        name = str(code) if _PLAIN_NAME.match(str(code)) else f"submitter-{len(written) // 2 + 1}"
        letter, table = folder / f"{name}.md", folder / f"{name}.csv"
        letter.write_text(_letter(str(code), own, release_id, is_synthetic), encoding="utf-8")
        own[COLUMNS].map(_harmless).to_csv(table, index=False, lineterminator="\n")
        written += [letter, table]
    return written


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _letter(code: str, rows: pd.DataFrame, release_id: str, is_synthetic: bool) -> str:
    lines = [f"# Data quality of {code}", ""]
    if is_synthetic:
        lines += ["**Fictional country: this letter is about nobody.**", ""]
    lines += [
        f"For release {release_id}, the measures below are beyond their thresholds. The counts are in the CSV file",
        "beside this letter. No record is quoted here, and none is needed to act.",
        "",
        "| feed | period | rule | failed | of | per cent | threshold |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    shown = (
        rows[["feed", "period", "rule_id"]]
        .astype(str)
        .assign(
            violated=rows["violated"].map("{:,}".format),
            expected=rows["expected"].map("{:,}".format),
            pct=rows["pct"].map("{:.1f}".format),
            threshold_pct=rows["threshold_pct"].map("{:g}".format),
        )
    )
    lines += ("| " + shown.agg(" | ".join, axis="columns") + " |").tolist()
    for rule_id in sorted(rows["rule_id"].unique()):
        lines += ["", f"## {rule_title(rule_id)}", "", *_advice(rule_id)]
    return "\n".join(lines) + "\n"


def _advice(rule_id: str) -> list[str]:
    """Meaning of the rule and what a submitter does about it, from its page."""
    meaning, advice = rule_meaning(rule_id), rule_advice(rule_id, "Submitter")
    return [*([meaning] if meaning else []), *(["", f"**What to do:** {advice}"] if advice else [])]

"""Charts of completeness and lateness by submitter, as small SVG images without script, font or style from outside.

Belongs here: which rows and months are shown, their colours and words. Does not belong here: measuring (`quality`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

ROWS_SHOWN = 20
MONTHS_SHOWN = 13
# Steps from good to bad, told apart in grey too; a cell above the first step carries its number.
_COLOURS = ("#d9ead3", "#ffe599", "#f6b26b", "#cc0000")
_ABSENT = "#434343"


@dataclass(frozen=True)
class _Scale:
    """`steps` are the upper bounds of the colours but the last; `words` say what the colours mean."""

    steps: tuple[float, float, float]
    words: tuple[str, str, str, str]


_PER_CENT = _Scale((10, 30, 60), ("90 % or more", "70 to 90 %", "40 to 70 %", "less"))
_DAYS = _Scale((0, 7, 28), ("on time", "up to a week late", "up to four weeks", "later"))


def completeness_chart(months: pd.DataFrame, feed: str | None = None) -> str:
    """Per cent complete by the worst completeness rule, the least first. `months` as in QualityFacts."""
    shown = months[months["submitter_code"] != "all"]
    worst = shown["violated_pct"].where(~shown["is_absent"], 100.0)
    return _grid("Completeness by submitter (per cent)", _of(shown.assign(bad=worst), feed), _PER_CENT, as_share=True)


def lateness_chart(months: pd.DataFrame, feed: str | None = None) -> str:
    """Days late by feed and submitter, the latest first. `months` as in QualityFacts."""
    days = months["days_late"].astype("Float64").astype(float)
    return _grid("Days late by submitter", _of(months.assign(bad=days), feed), _DAYS, as_share=False)


def data_uri(svg: str) -> str:
    """The image as an address of its own."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def templates() -> Environment:
    """Templates of this package: every value is escaped, and one that is missing is an error."""
    return Environment(
        loader=PackageLoader("pipeline.telling"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _of(months: pd.DataFrame, feed: str | None) -> pd.DataFrame:
    chosen = months if feed is None else months[months["feed"] == feed]
    label = chosen["submitter_code"] if feed is not None else chosen["feed"] + "  " + chosen["submitter_code"]
    return chosen.assign(label=label)


def _grid(title: str, cells: pd.DataFrame, scale: _Scale, as_share: bool) -> str:
    """One row a submitter, one column a month; worst rows first, as many as fit."""
    columns = sorted(cells["month"].unique())[-MONTHS_SHOWN:]
    cells = cells[cells["month"].isin(columns) & (cells["bad"].notna() | cells["is_absent"])]
    rank = cells.assign(bad=cells["bad"].fillna(0) + cells["is_absent"] * 1e6).groupby("label")["bad"]
    order = rank.agg(["max", "sum"]).sort_values(["max", "sum"], ascending=False, kind="stable").index.tolist()
    rows = order[:ROWS_SHOWN]
    colours: dict[str, list[tuple[int, int]]] = {}
    numbers: list[tuple[int, int, str, bool]] = []
    for cell in cells[cells["label"].isin(rows)].to_dict("records"):
        at = columns.index(cell["month"]), rows.index(cell["label"])
        if cell["is_absent"]:
            colours.setdefault(_ABSENT, []).append(at)
            numbers.append((*at, "none", True))
        else:
            step = sum(cell["bad"] > limit for limit in scale.steps)
            colours.setdefault(_COLOURS[step], []).append(at)
            if step:
                number = 100 - cell["bad"] if as_share else cell["bad"]
                numbers.append((*at, f"{max(number, 0):.0f}", step == len(_COLOURS) - 1))
    text: str = (
        templates()
        .get_template("chart.svg.j2")
        .render(
            title=title,
            columns=columns,
            rows=rows,
            left_out=len(order) - len(rows),
            colours=colours,
            numbers=numbers,
            legend=[*zip(_COLOURS, scale.words, strict=True), (_ABSENT, "sent nothing"), ("#fff", "blank: not known")],
        )
    )
    return text

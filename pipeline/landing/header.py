"""A delivery's own header compared by name with the layouts of its feed.

Belongs here: choosing the layout by file name, comparing columns, saying how they differ. Does not belong here:
reading the header (`text`, `readers`). Position never decides what a column means; it only has to agree.
"""

from __future__ import annotations

import difflib
import re

from pipeline.catalogue.feeds import Feed, Layout
from pipeline.landing.faults import Fault, Reason, shown_column, shown_list

# Below this share of the layout's columns the first line is taken for data, and nothing of it is shown.
_IS_A_HEADER = 0.5
_RENAMED = 0.6


def layout_for(feed: Feed, file_name: str) -> Layout:
    """The layout a file name belongs to. Raises Fault `unknown_file` saying which names are known."""
    for layout in feed.layouts:
        if re.search(layout.file_name, file_name):
            return layout
    examples = " or ".join(layout.example for layout in feed.layouts)
    raise Fault(
        Reason.UNKNOWN_FILE,
        f"no layout of feed {feed.feed} has this file name; names look like {examples}. "
        "Rename the file, or narrow the feed's pattern in the settings if it is not meant for it",
    )


def check_header(layout: Layout, header: list[str]) -> None:
    """Raise Fault `schema_drift` unless the header is the layout's columns, in order, without optional ones."""
    repeated = [
        shown_column(name, position)
        for position, name in enumerate(header, start=1)
        if header.index(name) != position - 1
    ]
    known = [column.name for column in layout.columns]
    mandatory = [column.name for column in layout.columns if not column.optional]
    present = set(header)
    found = present & set(known)
    if len(found) < _IS_A_HEADER * min(len(mandatory), max(len(header), 1)):
        raise Fault(
            Reason.SCHEMA_DRIFT,
            f"{_header_line(layout)} does not hold the column names of layout {layout.layout}: "
            f"{len(found)} of {len(mandatory)} expected columns are named in it. "
            f"Expected: {shown_list([repr(name) for name in mandatory], 30)}",
        )
    if repeated:
        raise Fault(Reason.SCHEMA_DRIFT, f"columns named twice: {shown_list(repeated)}")
    faults = _named_differences(known, mandatory, header)
    if not faults and (misplaced := _out_of_order(known, header)):
        faults = [f"columns not in the order of the layout: {shown_list(misplaced)}"]
    if faults:
        raise Fault(Reason.SCHEMA_DRIFT, f"layout {layout.layout}: {'; '.join(faults)}")


def _header_line(layout: Layout) -> str:
    return f"row {layout.title_rows + 1}" if layout.title_rows else "the first line"


def _named_differences(known: list[str], mandatory: list[str], header: list[str]) -> list[str]:
    missing = [name for name in mandatory if name not in header]
    unknown = [(position, name) for position, name in enumerate(header, start=1) if name not in known]
    faults = []
    if missing:
        faults.append(f"missing columns: {shown_list([repr(name) for name in missing])}")
    if unknown:
        hints = [_with_hint(name, position, missing or known) for position, name in unknown]
        faults.append(f"unknown columns: {shown_list(hints)}")
    return faults


def _with_hint(name: str, position: int, candidates: list[str]) -> str:
    """An unknown column with the known one it was probably meant to be."""
    folded = {re.sub(r"\W+", "", candidate).lower(): candidate for candidate in candidates}
    if len(candidates) == 1:
        return _hint(name, position, candidates[0])
    close = difflib.get_close_matches(re.sub(r"\W+", "", name).lower(), list(folded), n=1, cutoff=_RENAMED)
    return _hint(name, position, folded[close[0]]) if close else shown_column(name, position)


def _hint(name: str, position: int, meant: str) -> str:
    if name.strip() == meant:
        return f"'{meant}' with a space before or after it"
    return f"{shown_column(name, position)} (did you mean '{meant}'?)"


def _out_of_order(known: list[str], header: list[str]) -> list[str]:
    """Columns that break the known order: all but a longest run of them that keeps it."""
    places = [known.index(name) for name in header]
    matcher = difflib.SequenceMatcher(a=sorted(places), b=places, autojunk=False)
    kept = {places[block.b + offset] for block in matcher.get_matching_blocks() for offset in range(block.size)}
    return [repr(name) for name, place in zip(header, places, strict=True) if place not in kept]

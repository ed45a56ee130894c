"""The period a delivery claims, in its name and in its manifest, held against the period its rows are of.

Belongs here: every way a period is claimed and what happens when claims disagree. Does not belong here: the calendar
(`periods`).
"""

from __future__ import annotations

import re

from pipeline.catalogue.feeds import Feed, Layout
from pipeline.landing.faults import Fault, Reason
from pipeline.landing.manifest import Manifest
from pipeline.landing.periods import Period, read_period
from pipeline.landing.profile import MOST_PERIODS, Profile

_SHOWN_PERIODS = 6


def name_period(feed: Feed, layout: Layout, file_name: str) -> Period | None:
    """The period the file name claims. Raises Fault when the layout wants one and the name has none."""
    claim = layout.period.file_name
    if claim is None:
        return None
    expression = re.compile(claim.regex)
    period = read_period(expression, file_name, feed.period_grain)
    if period is None and (not claim.optional or expression.search(file_name)):
        raise Fault(
            Reason.PERIOD_MISMATCH,
            f"the file name claims no {feed.period_grain} that exists; names look like {layout.example}",
        )
    return period


def announced_period(feed: Feed, layout: Layout, manifest: Manifest | None, claimed: Period | None) -> set[str]:
    """Keys of the periods that were announced. Raises Fault when the name and the manifest disagree."""
    announced = {claimed.key} if claimed else set()
    if manifest is None:
        return announced
    if announced and manifest.period not in announced:
        raise Fault(
            Reason.PERIOD_MISMATCH,
            f"the file name claims {claimed.key if claimed else ''}, its manifest another period",
        )
    return announced | {manifest.period}


def settle_periods(feed: Feed, layout: Layout, profile: Profile, announced: set[str], restates: bool) -> list[Period]:
    """The periods to load, the claimed one first. Raises Fault `period_mismatch`.

    A file holds the one period it claims. A restatement may hold more than it announces and replaces them all.
    """
    if profile.period_is_activity:
        return _by_activity(feed, profile, announced, restates)
    found = profile.period_rows
    if len(found) >= MOST_PERIODS:
        raise Fault(Reason.PERIOD_MISMATCH, f"the rows are of {len(found)} periods or more; one was expected")
    keys = {period.key for period in found}
    if not announced <= keys:
        raise Fault(Reason.PERIOD_MISMATCH, f"{_claims(announced)}; its rows are of {_shown(profile)}")
    if len(found) > 1 and not (layout.period.several or restates):
        raise Fault(
            Reason.PERIOD_MISMATCH,
            f"its rows are of {len(found)} periods: {_shown(profile)}. Send one period in a file, "
            "or declare a restatement",
        )
    _check_activity(feed, profile)
    return sorted(found, key=lambda period: (period.key not in announced, period))


def _by_activity(feed: Feed, profile: Profile, announced: set[str], restates: bool) -> list[Period]:
    """Periods of a file whose rows say theirs only by the date of the activity: strays belong to the claimed one."""
    claimed = [period for period in profile.period_rows if period.key in announced]
    if not claimed:
        raise Fault(Reason.PERIOD_MISMATCH, f"{_claims(announced)}; its rows are of {_shown(profile)}")
    if restates and feed.activity_window and profile.activity_inside.share < feed.activity_window.min_share:
        return sorted(profile.period_rows, key=lambda period: (period.key not in announced, period))
    _check_activity(feed, profile)
    return claimed


def _check_activity(feed: Feed, profile: Profile) -> None:
    window, inside = feed.activity_window, profile.activity_inside
    if window is None:
        return
    name = feed.with_role("activity_date")[0].name
    if not inside.judged:
        raise Fault(Reason.PERIOD_MISMATCH, f"no date in '{name}' can be read, so the period cannot be checked")
    if inside.share < window.min_share:
        raise Fault(
            Reason.PERIOD_MISMATCH,
            f"only {inside.share:.1%} of the dates in '{name}' lie in the period the file claims; "
            f"{window.min_share:.1%} must. Is this another period under this label?",
        )


def _claims(announced: set[str]) -> str:
    # Only periods that were read as such are shown; a manifest may say anything.
    known = sorted(key for key in announced if re.fullmatch(r"(FY)?\d{4}-\d{2}(-\d{2})?", key))
    return f"the file claims {', '.join(known)}" if known else "the file claims a period that does not exist"


def _shown(profile: Profile) -> str:
    if not profile.period_rows:
        return "no period that can be read"
    counts = sorted(profile.period_rows.items())
    more = f" and {len(counts) - _SHOWN_PERIODS} more" if len(counts) > _SHOWN_PERIODS else ""
    return ", ".join(f"{period.key} ({rows:,} rows)" for period, rows in counts[:_SHOWN_PERIODS]) + more

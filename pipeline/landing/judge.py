"""One delivery judged against its contract: what may be loaded from it, or why nothing may.

Belongs here: the verdict on a single file, from its bytes alone. Does not belong here: other files and what was loaded
before (`resolve`), writing to raw, quarantine or ledger (`store`). `core20 check-file` runs exactly this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.catalogue.feeds import Feed, Layout
from pipeline.landing.claims import announced_period, name_period, settle_periods
from pipeline.landing.columns import Encoded
from pipeline.landing.discover import Delivery
from pipeline.landing.faults import Fault, LandingError, Reason, RowReason, shown_list
from pipeline.landing.header import layout_for
from pipeline.landing.manifest import Manifest, parse_manifest
from pipeline.landing.parts import PartWriter, RejectWriters, StagedPart, repeated_rows, staged_columns
from pipeline.landing.periods import Period
from pipeline.landing.profile import PeriodReader, Profile
from pipeline.landing.pseudonym import Pseudonymiser
from pipeline.landing.readers import read_batches

# Raised when the code judges differently: what was refused under other rules is judged again.
RULES_VERSION = 2
_SHOWN_SHARES = 6


@dataclass(frozen=True)
class Judgement:
    """What one delivery holds. With a `fault` nothing of it may be loaded."""

    delivery: Delivery
    layout: str = ""
    fault: Fault | None = None
    manifest: Manifest | None = None
    restates: bool = False
    release_state: str = ""
    rows_in: int = 0
    parts: dict[str, StagedPart] = field(default_factory=dict)
    periods: dict[str, Period] = field(default_factory=dict)
    rejects: dict[RowReason, StagedPart] = field(default_factory=dict)

    @property
    def submitted_on(self) -> date | None:
        return self.manifest.submitted_on if self.manifest else None

    @property
    def rows_rejected(self) -> int:
        return sum(reject.rows for reject in self.rejects.values())

    @property
    def rows_loaded(self) -> int:
        return sum(part.rows for part in self.parts.values())


def judge(
    feed: Feed, delivery: Delivery, hashing: Pseudonymiser | None, work: Path, today: date | None = None
) -> Judgement:
    """Judge one delivery; its parts and row rejects are staged in `work`. Faults are returned, not raised.

    With `today`, periods that have not begun are refused: a year was mistyped, and the newest period would be wrong.
    Raises LandingError when the run itself cannot go on (the disk is full).
    """
    layout_name = ""
    manifest: Manifest | None = None
    try:
        layout = layout_for(feed, delivery.name)
        layout_name = layout.layout
        if delivery.manifest is not None:
            manifest = parse_manifest(delivery.name, delivery.manifest)
            manifest.check(delivery.name, delivery.size, delivery.sha256)
        judged = _judge_content(feed, layout, delivery, manifest, hashing, work)
        _check_begun(judged, today)
        return judged
    except Fault as fault:
        return Judgement(delivery, layout_name, fault, manifest)
    except OSError as error:
        why = error.strerror or "input or output failed"
        return Judgement(delivery, layout_name, Fault(Reason.UNREADABLE, f"the file cannot be read ({why})"), manifest)


def _judge_content(
    feed: Feed,
    layout: Layout,
    delivery: Delivery,
    manifest: Manifest | None,
    hashing: Pseudonymiser | None,
    work: Path,
) -> Judgement:
    claimed = name_period(feed, layout, delivery.name)
    announced = announced_period(feed, layout, manifest, claimed)
    restates = bool(manifest and manifest.restates) or bool(
        layout.restatement_name and re.search(layout.restatement_name, delivery.name)
    )
    profile = Profile(feed, layout, claimed, hashing)
    rejects = RejectWriters(work, feed)
    staged = _stage(delivery.path, feed, layout, profile, rejects, work)
    if manifest and manifest.rows != profile.rows:
        raise Fault(
            Reason.MANIFEST_MISMATCH,
            f"the manifest announces {manifest.rows:,} rows and the file holds {profile.rows:,}",
        )
    if layout.control_row and not profile.control_rows:
        raise Fault(
            Reason.TRUNCATED,
            f"the last row, '{layout.control_row.value}', is missing after {profile.rows:,} rows. Send the whole file",
        )
    _check_shapes(feed, profile)
    row_rejects = profile.rows - staged.rows
    if staged.rows <= profile.control_rows or row_rejects > feed.max_reject_share * profile.rows:
        raise _too_many_rejects(feed, profile, row_rejects, _row_faults(profile))
    periods = settle_periods(feed, layout, profile, announced, restates)
    parts = _settle_rows(feed, layout, staged, periods, rejects, work)
    result = Judgement(
        delivery,
        layout.layout,
        None,
        manifest,
        restates,
        (manifest.release_state if manifest else None) or layout.release_state or feed.default_release_state,
        profile.rows,
        parts,
        {period.key: period for period in periods},
        rejects.finish(),
    )
    if result.rows_rejected > feed.max_reject_share * profile.rows:
        raise _too_many_rejects(feed, profile, result.rows_rejected, "rows repeat a key of the feed")
    if result.rows_in != result.rows_loaded + result.rows_rejected:
        raise LandingError(
            f"{delivery.name}: {result.rows_in:,} rows in, {result.rows_loaded:,} loaded and "
            f"{result.rows_rejected:,} rejected do not add up; nothing of it was loaded. The pipeline is at fault"
        )
    return result


def _check_begun(judged: Judgement, today: date | None) -> None:
    ahead = sorted(key for key, period in judged.periods.items() if today is not None and period.first > today)
    if ahead:
        raise Fault(
            Reason.PERIOD_MISMATCH,
            f"{', '.join(ahead)} has not begun on {today}. Look at the year in the name and in the rows",
        )


def _stage(path: Path, feed: Feed, layout: Layout, profile: Profile, rejects: RejectWriters, work: Path) -> StagedPart:
    """Stream the file through the row checks into one staged part."""
    with PartWriter(work / "staged.parquet", feed) as writer:
        for batch in read_batches(path, feed, layout):
            taken = profile.take(batch)
            writer.write(taken.kept)
            for reason, columns in taken.rejected.items():
                rejects.write(reason, columns)
        return writer.finish()


def _check_shapes(feed: Feed, profile: Profile) -> None:
    """Raise `schema_drift` when values do not look like their column: swapped or shifted content."""
    odd = [
        f"'{name}' ({tally.share:.1%} of {tally.judged:,} values fit it, {feed.patterns[name].min_share:.1%} must)"
        for name, tally in profile.patterns.items()
        if tally.share < feed.patterns[name].min_share
    ]
    if odd:
        raise Fault(
            Reason.SCHEMA_DRIFT,
            f"values do not belong to their columns: {shown_list(odd, _SHOWN_SHARES)}. "
            "Are columns swapped, or codes written in another way?",
        )
    for order, tally in zip(feed.date_order, profile.date_order, strict=True):
        if tally.share < order.min_share:
            raise Fault(
                Reason.SCHEMA_DRIFT,
                f"'{order.earlier}' is later than '{order.later}' in {tally.judged - tally.passed:,} of "
                f"{tally.judged:,} rows. Are the two columns swapped?",
            )


def _row_faults(profile: Profile) -> str:
    """Which required fields are blank in how many rows; where none is, the period is what cannot be read."""
    blanks = "; ".join(f"'{name}' is blank in {count:,}" for name, count in sorted(profile.blanks.items()) if count)
    return blanks or "their period cannot be read"


def _too_many_rejects(feed: Feed, profile: Profile, rejected: int, detail: str) -> Fault:
    return Fault(
        Reason.TOO_MANY_REJECTS,
        f"{rejected:,} of {profile.rows:,} rows cannot be loaded; the contract allows {feed.max_reject_share:.1%}"
        + (f" ({detail})" if rejected else ""),
    )


def _settle_rows(
    feed: Feed, layout: Layout, staged: StagedPart, periods: list[Period], rejects: RejectWriters, work: Path
) -> dict[str, StagedPart]:
    """The staged rows without repeated ones, one part for each period."""
    repeated = repeated_rows(staged, feed)
    if not repeated and len(periods) == 1:
        return {periods[0].key: staged}
    reader = PeriodReader(feed, layout)
    keys = [period.key for period in periods]
    writers = {key: PartWriter(work / f"part.{key}.parquet", feed) for key in keys}
    start = 0
    for columns in staged_columns(staged.path):
        rows = len(next(iter(columns.values())).index)
        keep = np.ones(rows, np.bool_)
        for reason, numbers in repeated.items():
            here = np.zeros(rows, np.bool_)
            here[numbers[(numbers >= start) & (numbers < start + rows)] - start] = True
            if here.any():
                rejects.write(reason, {name: column.keep(here) for name, column in columns.items()})
            keep &= ~here
        home = _home_period(reader, columns[reader.field] if reader.field else None, keys, rows)
        for place, key in enumerate(keys):
            mask = keep & (home == place)
            writers[key].write({name: column.keep(mask) for name, column in columns.items()})
        start += rows
    finished = {key: writer.finish() for key, writer in writers.items()}
    return {key: part for key, part in finished.items() if part.rows}


def _home_period(reader: PeriodReader, column: Encoded | None, keys: list[str], rows: int) -> npt.NDArray[np.int64]:
    """For each row the place of its period in `keys`; rows of none of them go to the first, the claimed one."""
    if column is None or len(keys) == 1:
        return np.zeros(rows, np.int64)
    places = [
        keys.index(period.key) if period is not None and period.key in keys else 0
        for period in reader.of_distinct(column.distinct.to_pylist())
    ]
    return np.array([*places, 0], np.int64)[column.index]

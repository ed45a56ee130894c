"""Nights on which the files are whole, and what is in them cannot be true.

They come one after another on one folder: a month of nonsense is degraded, the sound month gives the bytes of a night
that never had it, more patients than there are hold, and without them there is nothing new. Does not belong here: files
that are not taken.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults.invariants import hold, incidents
from tests.faults.listed import fault
from tests.integration import nights
from tests.integration.nights import DEGRADED, HELD, Night

pytestmark = pytest.mark.slow

# A fake NHS number where two providers claim a record, a fake secret in a formula where a provider's code stands.
CANARIES = ("9998473659", "hunter2-canary-3f9a")
MONTH = "2026-03"
Row = dict[str, str]
Rows = list[Row]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    nights.settle(path)


def tenfold(rows: Rows, usual: int) -> Rows:
    """Ten times what is usual, each record as another person's episode."""
    copies = [
        row | {"EPIKEY": f"{row['EPIKEY']}{copy:02d}", "PSEUDO_HESID": f"{row['PSEUDO_HESID']}{copy:02d}"}
        for copy in range(99)
        for row in rows
    ]
    return copies[: 10 * usual]


def half(rows: Rows, usual: int) -> Rows:
    return rows[: usual // 2]


def silent(rows: Rows, usual: int) -> Rows:
    return []


def every(**cells: str) -> Callable[[Rows, int], Rows]:
    return lambda rows, usual: [row | cells for row in rows]


SEVERAL = "a night with several faults:"


@dataclass(frozen=True)
class Planted:
    """What becomes of one submitter's records, the rule that must find it, the fault it is, and what it does."""

    change: Callable[[Rows, int], Rows]
    rule: str
    fault: str
    does: str
    more: str = ""


PLANTED = {
    "ZT8": Planted(
        tenfold, "units_slip", "content: submitter tenfold", "sends ten times what is usual",
        " alone; its own figures are withheld with the reason, and the release is degraded",
    ),
    "ZT10": Planted(half, "volume_against_history", "content: submitter half", "sends half of what is usual"),
    "ZT2": Planted(silent, "submitter_present", "content: submitter silent", "sends nothing"),
    "ZT1": Planted(every(ETHNOS="Z"), "ethnicity_known", "content: ethnicity all Z", "sends Z for everybody"),
    "ZT4": Planted(every(SEX="9"), "sex_known", "content: defaults", "sends one default for sex"),
}  # fmt: skip


def deliver_nonsense(night: Night) -> None:
    """The restated month, with its manifest in step, submitted a day before the sound one."""
    folder = night.folder / "landing" / "sus_apc"
    path = folder / nights.RESTATED_FILE
    sound = read(path)
    others = [read(other) for other in folder.glob("*.csv") if other != path]
    rows = [row for row in sound if row["PROCODE3"] not in PLANTED]
    for submitter, planted in PLANTED.items():
        usual = statistics.median_low([sum(row["PROCODE3"] == submitter for row in month) for month in others])
        rows += planted.change([row for row in sound if row["PROCODE3"] == submitter], usual)
    claimed = [row for row in sound if row["PROCODE3"] == "ZT6"][:2]
    rows += [row | {"PROCODE3": "ZT3", "GPPRAC": CANARIES[0]} for row in claimed]
    rows += [row | {"EPIKEY": row["EPIKEY"] + "9", "PROCODE3": f"=cmd|{CANARIES[1]}"} for row in claimed]
    write(path, rows)
    manifest = path.with_name(path.name + ".manifest.json")
    facts = {"bytes": path.stat().st_size, "sha256": nights.sha256(path), "rows": len(rows)}
    facts = nights.read_json(manifest) | facts | {"submitted_on": "2026-06-30"}
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    nights.settle(manifest)


def deliver_more_patients_than_there_are(night: Night) -> None:
    """A restated export in which one area has more patients treated than patients."""
    export = next((night.folder / "landing" / "cvdprevent").glob("*.csv"))
    rows = read(export)
    row = next(row for row in rows if row["AreaCode"].startswith("F54") and int(row["Denominator"]) > 50)
    row["Numerator"] = str(int(row["Denominator"]) + 50)
    write(export.with_name(export.stem + "-revised.csv"), rows)


def deliver_what_was_sent_first(night: Night) -> None:
    (revised,) = (night.folder / "landing" / "cvdprevent").glob("*-revised.csv")
    export = revised.with_name(revised.name.replace("-revised", ""))
    revised.unlink()
    export.rename(export.with_name(export.stem + "-revised-again.csv"))


def query(night: Night, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(night.current / "core20.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def statuses(night: Night, where: str) -> set[str]:
    """What became of the month's figures of the feed."""
    found = query(
        night,
        "select distinct value_status from indicator_value as value inner join indicator using (indicator_id) "
        f"where feed = 'sus_apc' and period_type = 'month' and strftime(period_end, '%Y-%m') = '{MONTH}' and {where}",
    )
    return {str(status) for (status,) in found}


@pytest.fixture(scope="module")
def night(files_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Night:
    assert files_night.ran.code == DEGRADED, files_night.ran.output
    made = files_night.copy(tmp_path_factory.mktemp("content") / "night")
    nights.deliver_restatement(made)
    return made


@pytest.fixture(scope="module")
def nonsense(night: Night) -> Night:
    deliver_nonsense(night)
    return Night(night.folder, night.core20("run"))


def tries_each_planted(test: Callable[..., None]) -> Callable[..., None]:
    for item in PLANTED.values():
        test = fault(item.fault, f"{SEVERAL} a submitter {item.does}", f"{item.rule} fails for it{item.more}")(test)
    return test


@tries_each_planted
@fault(
    "content: duplicates across submitters",
    f"{SEVERAL} two providers claim the same records",
    "they count for neither and are put aside in the quarantine; the rest is published",
)
@fault(
    "files: formula injection",
    f"{SEVERAL} provider codes are formulas",
    "the rows are put aside in the quarantine; release, letters and console have none of it",
)
@fault(
    "leaks: canaries in deliveries",
    f"{SEVERAL} canaries stand in rows that are put aside",
    "in no sink",
)
def test_a_month_of_nonsense_is_degraded_and_each_of_it_is_found(nonsense: Night, files_night: Night) -> None:
    hold(nonsense, nonsense.ran, {DEGRADED}, nonsense.current_id, nonsense.parts, CANARIES, incidents(nonsense))
    assert nonsense.current_id != files_night.current_id
    failed = query(
        nonsense,
        f"select submitter_code, rule_id from data_quality where feed = 'sus_apc' and period = '{MONTH}' "
        "and status = 'failed'",
    )
    assert {(submitter, planted.rule) for submitter, planted in PLANTED.items()} - set(failed) == set()
    for submitter, planted in PLANTED.items():
        letter = (nonsense.home / "letters" / nonsense.current_id / f"{submitter}.md").read_text(encoding="utf-8")
        assert f"| sus_apc | {MONTH} | {planted.rule} |" in letter
    outcomes = nights.read_json(nonsense.home / "build" / "landing.json")["outcomes"]
    (outcome,) = [item for item in outcomes if item["file_name"] == nights.RESTATED_FILE]
    assert outcome["reject_reasons"] == {"conflicting_key": 4, "submitter_unreadable": 2}


def test_a_tenfold_submitters_own_figures_are_withheld(nonsense: Night) -> None:
    slipped = "select submitter_code, period from data_quality where rule_id = 'units_slip' and status = 'failed'"
    assert query(nonsense, slipped) == [("ZT8", MONTH)]
    assert statuses(nonsense, "area_code = 'ZT8'") == {"withheld_quality"}


def test_the_country_that_a_tenfold_submitter_swells_is_withheld(nonsense: Night) -> None:
    assert statuses(nonsense, "area_type = 'england'") == {"withheld_quality"}


@fault(
    "content: submitter tenfold", "after that night", "the release before it is untouched, byte for byte", "queryable"
)
def test_the_release_before_is_untouched(nonsense: Night, files_night: Night) -> None:
    before = nonsense.releases / files_night.current_id
    names = {path.relative_to(before).as_posix() for path in before.rglob("*") if path.is_file()}
    assert {name: nights.sha256(before / name) for name in sorted(names)} == files_night.parts
    with duckdb.connect(str(before / "core20.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) > 0 from indicator_value").fetchall() == [(True,)]


@pytest.fixture(scope="module")
def sound(nonsense: Night) -> Night:
    """The night after, on which the sound month came."""
    nights.deliver_restatement(nonsense)
    return Night(nonsense.folder, nonsense.core20("run"))


@fault("content: submitter tenfold", "the sound month comes", "the bytes of a night that never had it", "same bytes")
def test_with_the_sound_month_the_bytes_are_those_of_an_undisturbed_night(sound: Night, restated_night: Night) -> None:
    assert sound.ran.code == DEGRADED, sound.ran.output
    assert sound.current_id == restated_night.current_id
    assert sound.manifest["content_sha256"] == restated_night.manifest["content_sha256"]
    assert sound.parts == restated_night.parts


@pytest.fixture(scope="module")
def held(sound: Night) -> Night:
    deliver_more_patients_than_there_are(sound)
    return Night(sound.folder, sound.core20("run"))


@fault(
    "content: numerator over denominator",
    "a night on which one area of an export has more patients treated than patients",
    "held, naming the rule; the last release stays",
)
def test_more_patients_than_there_are_hold_the_night(held: Night, restated_night: Night) -> None:
    hold(held, held.ran, {HELD}, restated_night.current_id, restated_night.parts, CANARIES, incidents(held))
    assert "indicator_value: rule value_in_range failed for 1 of 1 measures and holds the release." in held.ran.output


@fault(
    "content: numerator over denominator",
    "the export comes again as it was first",
    "nothing new, the release as it was; exit code 10",
    "same bytes, exit code",
)
def test_with_the_first_export_the_night_is_quiet_again(held: Night, restated_night: Night) -> None:
    deliver_what_was_sent_first(held)
    ran = held.core20("run")
    assert ran.code == DEGRADED, ran.output
    assert "Nothing new: nothing published" in ran.output
    assert (held.current_id, held.parts) == (restated_night.current_id, restated_night.parts)

"""Which waivers count on a day.

Belongs here: reading and refusing. Does not belong here: what one changes (`tests/unit/quality`, `tests/faults/gate`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalogue.waivers import Waivers, load_waivers
from tests.unit.quality.gate_parts import policy, rule, waiver

POLICY = policy(rule("a_rule", may_be_waived=True), rule("b_rule"))
TODAY = date(2026, 6, 1)


def load(folder: Path, *entries: Any, today: date = TODAY) -> Waivers:
    file = folder / "waivers.yml"
    file.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return load_waivers(file, POLICY, ["ecds"], today)


def test_without_a_file_nothing_is_waived() -> None:
    assert load_waivers(None, POLICY, ["ecds"], TODAY) == Waivers()


def test_a_waiver_counts_from_its_first_day_to_the_midnight_after_its_last(tmp_path: Path) -> None:
    days = [date(2026, 5, 19), date(2026, 5, 20), date(2026, 6, 1), date(2026, 6, 2)]
    assert [len(load(tmp_path, waiver(), today=day).in_force) for day in days] == [0, 1, 1, 0]
    assert load(tmp_path, waiver(), today=days[0]).refused == (
        "waivers.yml: waiver 1 does not count: it starts on 2026-05-20.",
    )
    assert load(tmp_path, waiver(), today=days[3]).refused == (
        "waivers.yml: waiver 1 does not count: it expired on 2026-06-01.",
    )


@pytest.mark.parametrize(("days", "counts"), [(90, 1), (91, 0)])
def test_ninety_days_at_most(tmp_path: Path, days: int, counts: int) -> None:
    start = date.fromordinal(date(2026, 6, 1).toordinal() - 10)
    found = load(tmp_path, waiver(start=start, expiry=date.fromordinal(start.toordinal() + days)))
    assert len(found.in_force) == counts


REFUSED: dict[str, tuple[Any, str]] = {
    "no table": ("W-1", "entry"),
    "no owner": ({key: value for key, value in waiver().items() if key != "owner"}, "owner"),
    "blank owner": (waiver(owner=""), "owner"),
    "no reason": (waiver(reason="x"), "reason"),
    "every submitter": (waiver(submitter_code="*"), "submitter_code"),
    "every feed": (waiver(feed="*"), "feed"),
    "every period": (waiver(periods=[]), "periods"),
    "years of periods": (waiver(periods=[f"2026-{n}" for n in range(25)]), "periods"),
    "another feed": (waiver(feed="rtt"), "feed: is no feed of this run"),
    "a rule that is not waived": (waiver(rule_id="b_rule"), "no such rule that may be waived"),
    "a rule that is not there": (waiver(rule_id="c_rule"), "no such rule that may be waived"),
    "ends before it starts": (waiver(expiry=date(2026, 5, 1)), "expiry must be 0 to 90 days"),
    "an unknown key": (waiver(until="always"), "until"),
    "no date": (waiver(expiry="always"), "expiry"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_malformed_or_wide_is_no_waiver_and_the_others_count(tmp_path: Path, name: str) -> None:
    bad, says = REFUSED[name]
    found = load(tmp_path, bad, waiver(waiver_id="W-2"))
    assert [item.waiver_id for item in found.in_force] == ["W-2"]
    assert len(found.refused) == 1
    assert "waiver 1 does not count" in found.refused[0]
    assert says in found.refused[0]


def test_the_same_id_twice_counts_once(tmp_path: Path) -> None:
    found = load(tmp_path, waiver(), waiver(submitter_code="ZT2"))
    assert [item.submitter_code for item in found.in_force] == ["ZT1"]
    assert "twice" in found.refused[0]


@pytest.mark.parametrize("text", ["waiver_id: W-1", "[", "\x00"])
def test_a_file_that_is_no_list_waives_nothing_and_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(text, encoding="utf-8")
    found = load_waivers(file, POLICY, ["ecds"], TODAY)
    assert (found.in_force, len(found.refused)) == ((), 1)
    assert load_waivers(tmp_path / "none.yml", POLICY, ["ecds"], TODAY).refused


def test_a_fault_names_keys_and_never_what_was_written(tmp_path: Path) -> None:
    found = load(tmp_path, waiver(owner="", submitter_code="9434765919 SMITH", until="9434765919"))
    assert "9434765919" not in found.refused[0]

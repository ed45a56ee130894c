"""False alarms: how they are counted, and that the pages of the rules say what was measured."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from pipeline.catalogue.policy import RULE_PAGES
from tests.spec.alarms import LINE, PAGE, counted, rules, sentence


def test_an_alarm_is_explained_by_a_fault_in_its_own_submitter_and_period() -> None:
    rows = [
        ("ecds", "ZT5", "2026-08", "volume_against_season", "failed"),  # planted
        ("ecds", "ZT5", "2026-07", "volume_against_season", "failed"),  # before the fault
        ("ecds", "ZT6", "2026-08", "volume_against_season", "failed"),  # another submitter
        ("ecds", "ZT6", "2026-07", "volume_against_season", "passed"),
        ("ecds", "ZT7", "2026-07", "volume_against_season", "not_evaluable"),
        ("ecds", "ZT5", "2026-09", "level_shift", "failed"),  # looks at three periods
        ("ecds", "ZT5", "2026-11", "level_shift", "failed"),  # the fault has left them
        ("ecds", "ZT5", "2026-10", "level_shift", "failed"),
    ]
    measures = pd.DataFrame(rows, columns=["feed", "submitter_code", "period", "rule_id", "status"])
    planted = [{"feed": "ecds", "submitter": "ZT5", "periods": ["2026-08"]}]
    found = counted(measures, planted)
    assert found["volume_against_season"] == (4, 3, 1)
    assert found["level_shift"] == (3, 3, 2)


@pytest.mark.parametrize("rule_id", rules())
def test_the_page_of_a_rule_says_the_figures_of_the_table(rule_id: str) -> None:
    row = re.search(rf"^\| `{rule_id}` \| ([\d,]+) \| (\d+) \| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert row is not None, "run `make alarms`"
    judged, alarms, explained = (int(number.replace(",", "")) for number in row.groups())
    assert judged > 0
    (line,) = LINE.findall((RULE_PAGES / f"{rule_id}.md").read_text("utf-8"))
    assert line == sentence(judged, alarms, explained)

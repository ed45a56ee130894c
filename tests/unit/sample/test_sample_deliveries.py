"""One period's content under another period's name, in every feed of the sample that sends a file a period.

Belongs here: what landing says of the sample's files under wrong names. Does not belong here: what is in them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.landing import check_file
from pipeline.orchestration.context import SAMPLE_FEEDS
from pipeline.settings import Settings

# One file holds all periods, or the newest state of a list: its name claims no period.
WITHOUT_PERIOD_IN_NAME = {"cvdprevent", "fingertips", "lda_inpatient", "national_audit", "plus_group", "rcrd"}
# The year is in the name alone: nothing in the rows can contradict it.
NAME_ALONE = {"qof", "qof_practice"}


@pytest.mark.parametrize("feed", sorted(set(SAMPLE_FEEDS) - WITHOUT_PERIOD_IN_NAME - NAME_ALONE))
def test_the_content_of_another_period_is_refused(feed: str, tiny_sample: Path, tmp_path: Path) -> None:
    files = sorted(path for path in (tiny_sample / "landing" / feed).iterdir() if path.suffix in (".csv", ".parquet"))
    earlier, later = files[-2:]
    shutil.copy(later, tmp_path / earlier.name)
    judged = check_file(feed, tmp_path / earlier.name, Settings(home=tiny_sample.parent))
    assert not judged.is_sound
    assert judged.reason in ("period_mismatch", "manifest_missing")

"""Letters hold counts, reasons and what to do, one pair of files a submitter, and nothing a spreadsheet would run.

Belongs here: what is in a letter. Does not belong here: which measures fail.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from pipeline.settings import EXPECTATIONS
from pipeline.telling import write_letters
from pipeline.telling.letters import COLUMNS
from tests.faults.listed import fault

FAILED = pd.DataFrame(
    [
        ("sus_apc", "ZT7", "2026-08", "ethnicity_known", 229, 1229, 18.6, 10.0, "withhold"),
        ("ecds", "ZT9", "2026-08", "submitter_present", 1, 1, 100.0, 0.0, "withhold"),
        ("sus_apc", "ZT7", "2026-07", "ethnicity_known", 232, 1232, 18.8, 10.0, "withhold"),
    ],
    columns=["feed", "submitter_code", "period", "rule_id", "violated", "expected", "pct", "threshold_pct", "severity"],
)


def test_a_submitter_gets_its_own_counts_and_what_to_do(tmp_path: Path) -> None:
    written = write_letters(tmp_path / "letters" / "one", FAILED, "20260901-aaaaaaaaaaaa", is_synthetic=False)
    assert [path.name for path in written] == ["ZT7.md", "ZT7.csv", "ZT9.md", "ZT9.csv"]
    letter = written[0].read_text()
    assert "| sus_apc | 2026-07 | ethnicity_known | 232 | 1,232 | 18.8 | 10 |" in letter
    assert "## A submitter records ethnic category" in letter
    assert "**What to do:** Record ethnic category with the patient" in letter
    assert "submitter_present" not in letter
    assert "Fictional" not in letter
    rows = list(csv.reader(written[1].read_text().splitlines()))
    assert rows[0] == COLUMNS
    assert [row[:4] for row in rows[1:]] == [
        ["sus_apc", "2026-07", "ethnicity_known", "232"],
        ["sus_apc", "2026-08", "ethnicity_known", "229"],
    ]


def test_the_folder_is_private_and_letters_of_a_repeated_night_replace_those_before(tmp_path: Path) -> None:
    folder = tmp_path / "letters" / "one"
    write_letters(folder, FAILED, "r", is_synthetic=True)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "Fictional country" in (folder / "ZT9.md").read_text()
    write_letters(folder, FAILED[FAILED["submitter_code"] == "ZT7"], "r", is_synthetic=True)
    assert sorted(path.name for path in folder.iterdir()) == ["ZT7.csv", "ZT7.md"]
    assert write_letters(folder, FAILED[:0], "r", is_synthetic=True) == []
    assert not folder.exists()


@fault(
    "files: formula injection",
    "a submitter's code is a formula, or a path",
    "the letter quotes it as text, under a name of ours",
)
def test_a_code_that_is_no_name_names_no_file_and_a_formula_is_not_run(tmp_path: Path) -> None:
    odd = FAILED[:1].assign(submitter_code="../../ZT7", period="=1+1")
    letter, table = write_letters(tmp_path / "letters" / "one", odd, "r", is_synthetic=False)
    assert (letter.name, table.name) == ("submitter-1.md", "submitter-1.csv")
    assert ",'=1+1," in table.read_text()


def test_every_rule_page_says_what_it_means_and_what_a_submitter_does() -> None:
    for page in sorted((EXPECTATIONS / "rules").glob("*.md")):
        assert "## Meaning" in page.read_text(), page.name
        assert "**Submitter:**" in page.read_text(), page.name

"""The check digit of NHS numbers, and that a number is judged before it is hashed.

Numbers are of the range 999, which is kept for tests.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.landing import Verdict
from pipeline.landing.ledger import active_parts
from pipeline.landing.nhs_number import nhs_number_check
from tests.unit.landing import deliveries as make


def check_digit(nine: str) -> int:
    """As the NHS Data Dictionary says it: weights 10 to 2, what is left of 11, and 11 is 0."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return 0 if rest == 11 else rest


NINES = [f"999{number:06d}" for number in range(0, 20_000, 7)]
VALID = [f"{nine}{check_digit(nine)}" for nine in NINES if check_digit(nine) < 10]


def test_numbers_with_their_check_digit_are_valid_and_with_any_other_are_not() -> None:
    assert len(VALID) > 2_000 and any(number.endswith("0") for number in VALID)
    assert set(nhs_number_check(pa.array(VALID)).to_pylist()) == {"Y"}
    other = [f"{number[:9]}{(int(number[9]) + step) % 10}" for number in VALID for step in (1, 5, 9)]
    # A nine whose digit would be ten has no valid number at all.
    without = [f"{nine}{last}" for nine in NINES if check_digit(nine) == 10 for last in range(10)]
    assert without
    assert set(nhs_number_check(pa.array(other + without)).to_pylist()) == {"N"}


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ("999 000 0018", "Y" if check_digit("999000001") == 8 else "N"),
        (f" {VALID[0][:3]}-{VALID[0][3:6]}-{VALID[0][6:]} ", "Y"),
        ("1111111111", "N"),  # passes modulus 11, and stands for no number
        ("0000000000", "N"),
        (VALID[0][:9], "N"),
        (VALID[0] + "0", "N"),
        ("SYNW000001", "N"),
        ("", "N"),
    ],
)
def test_what_is_no_number(value: str, check: str) -> None:
    assert nhs_number_check(pa.array([value])).to_pylist() == [check]


def test_a_number_is_checked_and_then_hashed(tmp_path: Path) -> None:
    rows = make.wlmds_rows(count=4)
    sent = [VALID[0], VALID[1][:9] + str((int(VALID[1][9]) + 1) % 10), "", VALID[0]]
    for row, number in zip(rows, sent, strict=True):
        del row["Pseudo_NHS_Number"]
        row["NHS_NUMBER"] = number
        row["NHS_NUMBER_STATUS_INDICATOR_CODE"] = "01"
    order = ["PATIENT_PATHWAY_IDENTIFIER", "NHS_NUMBER", "NHS_NUMBER_STATUS_INDICATOR_CODE"]
    rows = [{name: row[name] for name in [*order, *(name for name in row if name not in order)]} for row in rows]
    settings = make.settings_for(tmp_path, "wlmds")
    make.write_csv(make.folder(settings, "wlmds") / "wlmds_nhs_number_2026-08-30.csv", rows)
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.layout) == (Verdict.LOADED, "wlmds_nhs_number"), outcome.message
    (part,) = active_parts(settings.ledger)
    raw = pq.read_table(part.path).sort_by("pathway_id")
    by_person = dict(zip(raw["person_id"].to_pylist(), raw["nhs_number_check"].to_pylist(), strict=True))
    assert sorted(raw["nhs_number_check"].to_pylist(), key=str) == ["N", None, "Y", "Y"]
    assert by_person[None] is None and len(by_person) == 3
    assert not any(number and number in str(raw.to_pylist()) for number in sent)

"""Detentions under the Mental Health Act, a few rows in, numerator and denominator out, with the edge that matters.

The number of records of each line is a different power of two, so a wrong line shows in the sum. The run is the one of
`test_indicators`.
"""

from __future__ import annotations

import pytest

from tests.spec.cases import World, indicators
from tests.spec.tiny import MONTH, MONTHS, Tiny

pytestmark = pytest.mark.slow

# Periods that start on 20 March 2026, and the indicator beside MEN02 that counts them; None: no new detention.
PERIODS: list[tuple[str | None, dict[str, str | None]]] = [
    ("MEN02_ON_ADMISSION", {}),
    ("MEN02_ON_ADMISSION", {"legal_status_code": "34", "spell_end_date": "2026-03-20"}),  # discharged that day
    ("MEN02_AFTER_ADMISSION", {"legal_status_code": "03", "spell_start_date": "2026-03-19"}),
    ("MEN02_AFTER_ADMISSION", {"spell_start_date": "2025-11-02", "cto_end_reason_code": "01"}),
    ("MEN02_RECALL", {"legal_status_code": "03", "cto_end_reason_code": "02"}),
    ("MEN02_RECALL", {"spell_start_date": "2026-03-01", "cto_end_reason_code": "02"}),
    (None, {"spell_start_date": "2026-03-21"}),  # a transfer on section: older than the spell
    (None, {"spell_start_date": "2026-03-01", "spell_end_date": "2026-03-19"}),
    (None, {"spell_start_date": None}),  # linked to no spell
    (None, {"legal_status_code": "19"}),  # place of safety
    (None, {"legal_status_code": "20"}),
    (None, {"legal_status_code": "04"}),  # short-term holding powers
    (None, {"legal_status_code": "05"}),
    (None, {"legal_status_code": "06"}),
    (None, {"legal_status_code": "01"}),  # informal
    (None, {"legal_status_code": None}),
]


@indicators
def detentions(tiny: Tiny) -> str:
    place = tiny.place("MEN02")
    lsoa = tiny.lsoa(place, 1)
    tiny.people(lsoa, 1000)
    for at, (_, cells) in enumerate(PERIODS):
        tiny.records("mhsds_detention", 2**at, lsoa, MONTH, **cells)
    first_month: dict[str, str | None] = {"status_start_date": "2025-04-02", "spell_start_date": "2025-04-02"}
    tiny.records("mhsds_detention", 100_000, lsoa, MONTHS[0], **first_month)
    tiny.records("mhsds_detention", 300, "W01000001", MONTH)
    return place.la


@pytest.mark.parametrize("indicator", ["MEN02_ON_ADMISSION", "MEN02_AFTER_ADMISSION", "MEN02_RECALL"])
def test_men02_on_admission_and_men02_after_admission_and_men02_recall_are_apart(
    other_world: World, indicator: str
) -> None:
    la = other_world["detentions"]
    expected = sum(2**at for at, (kind, _) in enumerate(PERIODS) if kind == indicator)
    expected += 100_000 if indicator == "MEN02_ON_ADMISSION" else 0
    assert other_world.numbers.counts(indicator, la) == (expected, 19_000)


def test_men02_is_a_new_detention_that_starts_in_a_hospital_spell_over_residents_in_twelve_months(
    other_world: World,
) -> None:
    """No place of safety (19, 20), no holding power (04, 05, 06), no transfer on section, nobody without a spell."""
    la = other_world["detentions"]
    expected = 100_000 + sum(2**at for at, (kind, _) in enumerate(PERIODS) if kind)
    assert other_world.numbers.counts("MEN02", la) == (expected, 19_000)


@indicators
def few_detentions(tiny: Tiny) -> dict[int, str]:
    """So many people of 40 detained among 1,000 in each band of age."""
    found = {}
    for count in (4, 9, 11, 13):
        place = tiny.place(f"MEN02 {count}")
        lsoa = tiny.lsoa(place, 5)
        tiny.people(lsoa, 1000)
        tiny.records("mhsds_detention", count, lsoa)
        found[count] = place.la
    return found


@pytest.mark.parametrize(
    ("count", "shown", "status"),
    [(4, None, "suppressed"), (9, 10, "too_few_events"), (11, 10, "shown"), (13, 15, "shown")],
)
def test_men02_rates_say_no_more_than_the_rounded_counts(
    other_world: World, count: int, shown: int | None, status: str
) -> None:
    """Of 11 detentions 10 are shown, and a rate of 10; of all ages and of the band alone, whose rate is its count."""
    la = other_world["few_detentions"][count]
    row = other_world.numbers.published("MEN02", la)
    assert (row["numerator"], row["value_status"]) == (shown, status)
    band = other_world.numbers.published("MEN02", la, breakdown="age_band", category="40-44")
    assert (band["numerator"], band["value_status"]) == (shown, status)
    if status == "shown" and shown is not None:
        assert row["value"] == pytest.approx(shown / 1000 * 7000 / 100_000 * 100_000)  # 7,000 of the standard are 40-44
        assert band["value"] == pytest.approx(shown / 1000 * 100_000)
        # Byar's limits of the rounded count.
        lower = shown * (1 - 1 / (9 * shown) - 1.959963984540054 / (3 * shown**0.5)) ** 3
        assert band["lower_95"] == pytest.approx(lower / 1000 * 100_000)

"""What was landed is what is read: a raw part that changed on the disk is made again, or the landing says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.landing import LandingError, Verdict, active_parts
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.landing import deliveries as make


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A month that was landed, and its file."""
    settings = make.settings_for(tmp_path, "sus_apc")
    make.write_csv(make.folder(settings, "sus_apc") / "hes_apc_2026-05.csv", make.apc_rows(count=400))
    make.run(settings)
    return settings


def flip_a_bit(settings: Settings) -> tuple[Path, bytes]:
    """Flip one bit in the middle of the only part; its path and what it held before."""
    (part,) = active_parts(settings.ledger)
    before = part.path.read_bytes()
    changed = bytearray(before)
    changed[len(changed) // 2] ^= 1
    part.path.write_bytes(changed)
    return part.path, before


@fault(
    "storage: one flipped byte in raw",
    "one bit of a raw part is flipped, its delivery still lies there",
    "the part is made again from the delivery, byte for byte",
    "same bytes",
)
def test_a_changed_part_is_made_again_from_its_delivery(settings: Settings) -> None:
    ledger = make.ledger_content(settings)
    path, before = flip_a_bit(settings)
    assert make.only(make.run(settings)).verdict is Verdict.LOADED
    assert path.read_bytes() == before
    assert make.ledger_content(settings) == ledger
    assert make.only(make.run(settings)).verdict is Verdict.DUPLICATE


@fault(
    "storage: one flipped byte in raw",
    "one bit of a raw part is flipped, its delivery was taken away",
    "the landing stops and names the file to put back; with it, all is as before",
    "same bytes",
)
def test_a_changed_part_without_its_delivery_stops_the_landing_and_names_the_file(settings: Settings) -> None:
    path, before = flip_a_bit(settings)
    delivery = make.folder(settings, "sus_apc") / "hes_apc_2026-05.csv"
    aside = delivery.rename(settings.home.parent / "aside.csv")
    for _ in range(2):  # and every night after
        with pytest.raises(LandingError, match=r"sus_apc: what was landed of period 2026-05 .*put hes_apc_2026-05.csv"):
            make.run(settings)
    aside.rename(delivery)
    assert make.only(make.run(settings)).verdict is Verdict.LOADED
    assert path.read_bytes() == before

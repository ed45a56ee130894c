"""A postcode is stored where it is a pseudo postcode and at no other time."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.catalogue.feeds import load_feeds
from pipeline.landing import Verdict
from pipeline.landing.ledger import active_parts
from tests.unit.landing import deliveries as make


def test_real_postcodes_are_dropped_before_anything_is_stored(tmp_path: Path) -> None:
    sent = ["ZZ99 3VZ", "zz993wz", "SW1A 2AA", "", " ZZ99 6CZ", "E1 ZZ99"]
    rows = make.wlmds_rows(count=len(sent))
    rows = [{**row, "POSTCODE_OF_USUAL_ADDRESS": postcode} for row, postcode in zip(rows, sent, strict=True)]
    settings = make.settings_for(tmp_path, "wlmds")
    make.write_csv(make.folder(settings, "wlmds") / "wlmds_2026-08-30.csv", rows)
    outcome = make.only(make.run(settings))
    assert outcome.verdict is Verdict.LOADED, outcome.message
    (part,) = active_parts(settings.ledger)
    kept = pq.read_table(part.path)["pseudo_postcode"].to_pylist()
    assert sorted(item.strip() for item in kept if item) == ["ZZ99 3VZ", "ZZ99 6CZ", "zz993wz"]
    written = b"".join(path.read_bytes() for path in settings.raw.rglob("*") if path.is_file())
    assert b"SW1A" not in written and b"E1 ZZ99" not in written


@pytest.mark.parametrize("name", sorted(load_feeds()))
def test_every_layout_keeps_pseudo_postcodes_only(name: str) -> None:
    for layout in load_feeds()[name].layouts:
        assert {column.keep for column in layout.columns if column.field == "pseudo_postcode"} <= {"(?i)^ *ZZ99"}

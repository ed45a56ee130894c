"""Known ethnicity and residence of the monthly feeds of services. The run is the one of `test_indicators`."""

from __future__ import annotations

import pytest

from pipeline.catalogue.indicators import load_indicators
from tests.spec.cases import World, indicators
from tests.spec.services import SERVICES
from tests.spec.tiny import MONTHS, Tiny

pytestmark = pytest.mark.slow

# Who is in care activities is told of by msds_booking; they have no such indicators of their own.
FEEDS = [feed for feed in SERVICES if f"DQ01_{feed.upper()}" in load_indicators()]


@indicators
def completeness_of_services(tiny: Tiny) -> dict[str, tuple[str, str]]:
    """In February 2026, so that no table of March is touched: 40 of 50 known in one place, 83 records in all."""
    found: dict[str, tuple[str, str]] = {}
    for feed in FEEDS:
        place = tiny.place(f"Completeness {feed}")
        lsoa = tiny.lsoa(place, 1)
        provider = f"S{len(found)}X"
        for count, lived, code in ((40, lsoa, "B"), (10, lsoa, "Z"), (25, None, "A"), (8, "W01000001", "A")):
            cells = {"ethnic_category_code": code, "provider_code": provider}
            tiny.records(feed, count, lived, month=MONTHS[-2], **cells)
        found[feed] = (place.la, provider)
    return found


@pytest.mark.parametrize("feed", FEEDS)
def test_known_ethnic_category_of_all_records_and_usable_lsoa_of_all_but_residents_of_other_nations(
    other_world: World, feed: str
) -> None:
    la, provider = other_world["completeness_of_services"][feed]
    month = {"period_type": "month", "period_end": "2026-02-28"}
    numbers, name = other_world.numbers, feed.upper()
    assert numbers.counts(f"DQ01_{name}", la, **month) == (40, 50)
    assert numbers.counts(f"DQ01_{name}", provider, **month) == (73, 83)
    assert numbers.counts(f"DQ02_{name}", la, **month) == (50, 50)
    assert numbers.counts(f"DQ02_{name}", provider, **month) == (50, 75)

"""NHS numbers present and verified: status codes and check digits in, numerator and denominator out.

The run is the one of `test_indicators`. Belongs here: which records count. Does not belong here: the check digit
(`tests/unit/landing/test_nhs_number`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalogue.feeds import load_feed, load_feeds
from pipeline.catalogue.indicators import load_indicators
from pipeline.sample import generate
from pipeline.sample.recording import NOT_VERIFIED
from pipeline.settings import Settings
from tests.spec.cases import World, domain_rules, indicators
from tests.spec.services import SERVICES
from tests.spec.test_sample_truth import LIMIT, Truth, decile_of, planted_shares, waiting
from tests.spec.tiny import MONTH, Tiny

pytestmark = pytest.mark.slow

# Status, check digit, person, age: the number of pathways is a different power of two.
NUMBERS: list[tuple[int, str | None, str | None, str | None, str]] = [
    (1, "01", "Y", "somebody", "40"),  # verified
    (2, "01", None, "somebody", "40"),  # came as a pseudonym: no digit to check
    (4, "1", "Y", "somebody", "40"),  # written without its zero
    (8, "01", "N", "somebody", "40"),  # verified, and no NHS number
    (16, "01", None, None, "40"),  # verified, and no number at all
    (32, "02", "Y", "somebody", "40"),  # present, not traced
    (64, "07", None, None, "40"),  # not present, trace not required
    (128, None, "Y", "somebody", "40"),  # no status in a file of others that have one
    (256, "08", None, None, "0"),  # a baby under six weeks: not asked for
    (512, "08", None, None, "40"),  # no baby
]


@indicators
def nhs_numbers(tiny: Tiny) -> str:
    place = tiny.place("NHS numbers")
    lsoa = tiny.lsoa(place, 1)
    for count, status, check, person, age in NUMBERS:
        tiny.waiting(count, lsoa, age=age, person_id=person, nhs_number_status_code=status, nhs_number_check=check)
    return place.la


# Status, person, age: the number of records is a different power of two.
RECORDS: list[tuple[int, str | None, str | None, str]] = [
    (1, "01", "somebody", "40"),  # verified
    (2, "1", "somebody", "40"),  # written without its zero
    (4, "01", None, "40"),  # verified, and nobody named
    (8, "03", "somebody", "40"),  # present, trace required
    (16, None, "somebody", "40"),  # no status in a file of others that have one
    (32, "08", "somebody", "0"),  # a baby under six weeks: not asked for
    (64, "08", "somebody", "40"),  # no baby
]
AGES = {"sus_apc": "age_at_start", "ecds": "age_at_arrival", "sus_op": "age_at_appointment"}
FEEDS = ("sus_apc", "ecds", "sus_op", *(feed for feed in SERVICES if feed not in ("tobacco_sdcs", "msds_contact")))


@domain_rules
def nhs_numbers_of_other_feeds(tiny: Tiny) -> str:
    place = tiny.place("NHS numbers of other feeds")
    lsoa = tiny.lsoa(place, 1)
    for feed in FEEDS:
        for count, status, person, age in RECORDS:
            cells = {"nhs_number_status_code": status, "person_id": person, AGES.get(feed, "age"): age}
            if feed == "sus_apc":
                tiny.admissions(count, lsoa, MONTH, **cells)
            elif feed == "ecds":
                tiny.attendances(count, lsoa, MONTH, "ecds", **cells)
            elif feed == "sus_op":
                tiny.appointments(count, lsoa, MONTH, **cells)
            else:
                tiny.records(feed, count, lsoa, MONTH, **cells)
    return place.la


@pytest.mark.parametrize("feed", FEEDS)
def test_dq03_of_a_feed_is_status_01_with_an_identifier_of_all_but_babies(feed: str, world: World) -> None:
    la, month = world["nhs_numbers_of_other_feeds"], {"period_type": "month", "period_end": "2026-03-31"}
    assert world.numbers.counts(f"DQ03_{feed.upper()}", la, **month) == (1 + 2, 127 - 32)
    by_core20 = world.numbers.groups(f"DQ03_{feed.upper()}", la, "core20", **month)
    assert by_core20 == {"core20": (1 + 2, 127 - 32)}


def test_every_feed_with_a_status_has_its_dq03() -> None:
    """The GP register is traced by registration; the tobacco collection has no such item in a source we have seen.

    Of care activities in maternity the bookings say it of the same women.
    """
    with_status = {name for name, feed in load_feeds().items() if "nhs_number_status_code" in feed.field_names}
    assert with_status == {*FEEDS, "wlmds"}
    dq03 = {item.feed for item in load_indicators().values() if item.catalogue_id == "DQ03"}
    assert dq03 == with_status


def test_dq03_wlmds_is_status_01_with_a_number_that_can_be_one(other_world: World) -> None:
    la = other_world["nhs_numbers"]
    verified, all_but_babies = 1 + 2 + 4, 1023 - 256
    assert other_world.numbers.counts("DQ03_WLMDS", la) == (verified, all_but_babies)
    assert other_world.numbers.groups("DQ03_WLMDS", la, "core20") == {"core20": (verified, all_but_babies)}


def test_dq03_wlmds_of_files_without_a_status_is_not_evaluable(world: World) -> None:
    """In the other run nobody sends a status: nothing is said, rather than that no number is verified."""
    row = world.numbers.published("DQ03_WLMDS")
    assert (row["value"], row["denominator"], row["value_status"]) == (None, 0, "not_evaluable")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("nhs_numbers"), sample_scale=0.3))


def test_dq03_wlmds_is_as_planted(sample: Path) -> None:
    table = waiting(sample, decile_of(sample), "2026-09-27")
    truths = pd.read_csv(sample / "truth.csv", dtype=str, keep_default_na=False)
    rows = truths[truths["indicator_id"] == "DQ03_WLMDS"].itertuples(index=False)
    truth = [Truth._make([*row[:-1], float(str(row[-1]))]) for row in rows]
    shares = planted_shares(truth, table, table["NHS_NUMBER_STATUS_INDICATOR_CODE"] == "01")
    assert shares["imd_quintile", "1"] < shares["imd_quintile", "5"] - 0.03


@pytest.mark.parametrize("feed", sorted(NOT_VERIFIED))
def test_shares_of_verified_nhs_numbers_are_as_planted(feed: str, sample: Path) -> None:
    """Of records that are asked for a status: some babies have none yet."""
    truths = pd.read_csv(sample / "truth.csv", dtype=str).query("indicator_id == 'DQ03'").set_index("category")
    path = next(path for path in sorted((sample / "landing" / feed).iterdir()) if re.search("2026-?06[.]", path.name))
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    columns = [column for layout in load_feed(feed).layouts for column in layout.columns if column.name in table]
    column = next(column.name for column in columns if column.field == "nhs_number_status_code")
    asked = table[column][table[column] != "08"]
    expected = float(str(truths.loc[feed, "true_value"])) / 100
    error = (expected * (1 - expected) / len(asked)) ** 0.5
    assert abs(float((asked == "01").mean()) - expected) / error < LIMIT
    assert (table[column] == "08").any() == (feed in ("sus_apc", "ecds"))

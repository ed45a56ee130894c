"""Feed contracts are data, and a contract that contradicts itself is refused by name."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalogue.feeds import FEED_CONTRACTS, ContractError, Feed, load_feed, load_feeds
from pipeline.landing.periods import read_period

FEEDS = (
    "ae_monthly", "cvdprevent", "ecds", "fingertips", "gp_extract", "gp_list_lsoa", "gpes_phsmi", "lda_inpatient",
    "mhsds_contact", "mhsds_detention", "mhsds_restrictive", "msds_annual", "msds_birth", "msds_booking",
    "msds_contact", "national_audit", "nhs_app", "plus_group", "qof",
    "qof_practice", "rcrd", "rtt", "sus_apc", "sus_op", "talking_therapies", "tobacco_sdcs", "wlmds",
)  # fmt: skip


def test_every_feed_has_a_contract() -> None:
    assert tuple(load_feeds()) == FEEDS


@pytest.mark.parametrize("name", FEEDS)
def test_a_contract_fits_the_catalogue_rules(name: str) -> None:
    feed = load_feed(name)
    assert len(feed.with_role("submitter")) == (1 if feed.kind == "record" else 0)
    assert (feed.disclosure_profile == "published_as_is") is (feed.kind == "aggregate")
    assert bool(feed.with_role("identifier")) is (feed.kind != "aggregate")


def test_the_canonical_names_staging_relies_on_are_there() -> None:
    assert {"record_id", "person_id", "provider_code", "part_year", "episode_end_date", "lsoa11_code"} <= set(
        load_feed("sus_apc").field_names
    )
    assert {"lsoa_code", "lsoa01_code", "arrival_date", "part_year"} <= set(load_feed("ecds").field_names)
    assert load_feed("rtt").field_names[13:15] == ("gt_00_to_01_weeks", "gt_01_to_02_weeks")
    assert load_feed("rtt").field_names[-4:] == ("gt_104_weeks", "total", "unknown_clock_start", "total_all")
    assert len(load_feed("rtt").field_names) == 121
    assert len(load_feed("ae_monthly").field_names) == 22


def drop(path: tuple[Any, ...]) -> Any:
    def change(values: dict[str, Any]) -> None:
        target: Any = values
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return change


def put(path: tuple[Any, ...], value: Any) -> Any:
    def change(values: dict[str, Any]) -> None:
        target: Any = values
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


DUE = {"rule": "nth_weekday", "nth": 2, "weekday": "thursday", "months_after": 2, "evidence": "V", "url": "https://x"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put(("colour",), "red"), "colour"),
        (drop(("licence",)), "licence"),
        (put(("fields", 2, "role"), "attribute"), "role submitter"),
        (put(("submitters",), "publisher"), "role submitter"),
        (put(("layouts", 0, "period"), {}), "claims the period"),
        (put(("layouts", 0, "period", "column", "regex"), "^(?P<month>[0-9]+)$"), "group 'year'"),
        (put(("layouts", 0, "period", "column", "field"), "no_such_field"), "no_such_field"),
        (put(("layouts", 0, "file_name"), "("), "regular expression"),
        (put(("fields", 4, "pattern"), {"regex": "(?=x)", "min_share": 0.5}), "RE2"),
        (put(("fields", 4, "pattern"), {"regex": "x", "min_share": 1.5}), "min_share"),
        (put(("layouts", 0, "columns", 2, "field"), "nowhere"), "nowhere"),
        (put(("layouts", 0, "columns", 2, "optional"), True), "record_id"),
        (put(("layouts", 0, "columns", 5, "field"), "record_id"), "named twice: record_id"),
        (put(("layouts", 0, "columns", 5, "name"), "EPIKEY"), "named twice: EPIKEY"),
        (put(("layouts", 0, "example"), "something.pdf"), "example"),
        (put(("layouts", 0, "title_rows"), 1), "title_rows are known of workbooks only"),
        (put(("key",), ["nothing"]), "nothing"),
        (put(("amber_days",), 1), "must rise"),
        (put(("due",), DUE | {"colour": "red"}), "due.nth_weekday.colour"),
        (put(("due",), DUE | {"rule": "full_moon"}), "due"),
        (put(("due",), DUE | {"nth": 5}), "due.nth_weekday.nth"),
        (put(("due",), DUE | {"weekday": "sunday"}), "due.nth_weekday.weekday"),
        (put(("due",), DUE | {"evidence": "sure"}), "due.nth_weekday.evidence"),
        (put(("due",), {**DUE, "rule": "working_day"}), "due.working_day.weekday"),
        (drop(("activity_window",)), "activity_window"),
        (put(("date_order", 0, "later"), "nothing"), "nothing"),
        (put(("feed",), "other"), "file name must be the feed"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(change: Any, says: str, tmp_path: Path) -> None:
    values = copy.deepcopy(yaml.safe_load((FEED_CONTRACTS / "sus_apc.yml").read_text()))
    (tmp_path / "sus_apc.yml").write_text(yaml.safe_dump(values))
    assert load_feed("sus_apc", tmp_path) == load_feed("sus_apc")
    change(values)
    (tmp_path / "sus_apc.yml").write_text(yaml.safe_dump(values))
    with pytest.raises(ContractError) as caught:
        load_feed("sus_apc", tmp_path)
    assert says in str(caught.value)
    assert "sus_apc.yml" in str(caught.value)


def test_an_unknown_feed_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"no contract for feed 'msds'.*rtt"):
        load_feed("msds")
    (tmp_path / "bad.yml").write_text("a: [")
    with pytest.raises(ContractError, match="cannot be read as YAML"):
        load_feed("bad", tmp_path)


def test_versions_follow_what_they_stand_for() -> None:
    feed = load_feed("wlmds")
    looser = Feed.model_validate({**feed.model_dump(), "max_reject_share": 0.5})
    assert looser.version != feed.version
    assert looser.raw_version == feed.raw_version
    assert Feed.model_validate({**feed.model_dump(), "due": DUE}).version == feed.version


@pytest.mark.parametrize(
    ("feed", "text", "key"),
    [
        ("sus_apc", "202605", "2026-05"),
        ("sus_apc", "200199", "FY2001-02"),
        ("sus_apc", "202613", None),
        ("sus_op", "202605", "2026-05"),
        ("sus_op", "200399", "FY2003-04"),
        ("rtt", "RTT-April-2026", "2026-04"),
        ("rtt", "RTT-Avril-2026", None),
        ("ae_monthly", "MSitAE-FEBRUARY-2025", "2025-02"),
        ("ae_monthly", "TOTAL", None),
        ("wlmds", "2026-08-30", "2026-08-30"),
        ("wlmds", "2026-08-31", None),  # a Monday
        ("wlmds", "2026-02-30", None),
        ("gp_extract", "2026-06-30", "2026-06"),
        ("gp_extract", "2026-12-31 00:00:00", "2026-12"),
        ("gp_extract", "2026-06-29", None),  # not the last day of the quarter
        ("gp_extract", "2026-05-31", None),  # nor of any quarter
        ("cvdprevent", "To March 2023", "2023-03"),
        ("cvdprevent", "March 2023", None),
        ("msds_annual", "2021-22", "FY2021-22"),
        ("msds_annual", "April 2021", None),
        ("gp_list_lsoa", "01JUL2022", "2022-07"),
        ("gp_list_lsoa", "04JAN2021", "2021-01"),
        ("gp_list_lsoa", "01JLY2022", None),
        ("gpes_phsmi", "SMI-Q3-2018-2019", "2018-12"),
        ("gpes_phsmi", "SMI-Q4-2023-2024", "2024-03"),  # the last quarter ends in the year after
        ("gpes_phsmi", "SMI-Q5-2023-2024", None),
    ],
)
def test_periods_are_read_as_each_publisher_writes_them(feed: str, text: str, key: str | None) -> None:
    import re

    contract = load_feed(feed)
    claim = contract.layouts[0].period.column
    assert claim is not None
    period = read_period(re.compile(claim.regex), text, contract.period_grain, claim.year_to_date_month)
    assert (period.key if period else None) == key

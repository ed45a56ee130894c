"""Indicator YAML: what it must say, that a mistake is named by its key, and that the real ones are in order.

Belongs here: reading, refusing and a reviewer's checks. Does not belong here: who counts (SQL, `tests/spec`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalogue.feeds import load_feeds
from pipeline.catalogue.indicators import (
    ALL_FEEDS,
    BREAKDOWNS,
    INDICATOR_MODELS,
    Indicator,
    IndicatorError,
    load_indicators,
    read_indicator,
)
from pipeline.settings import REFERENCE_DATA

REAL = load_indicators()
MODEL_FILE = next(iter(sorted(INDICATOR_MODELS.rglob("ind_res01.yml"))))


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MODEL_FILE.read_text(encoding="utf-8"))
    return found


def meta_of(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = values["models"][0]["config"]["meta"]["indicator"]
    return found


def write(folder: Path, values: dict[str, Any], name: str = "ind_res01", sql: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    if sql:
        path.with_suffix(".sql").write_text("select 1")
    return path


def changed(**changes: Any) -> dict[str, Any]:
    values = document()
    meta_of(values).update(changes)
    return values


def test_an_indicator_is_read(tmp_path: Path) -> None:
    found = read_indicator(write(tmp_path, document()))
    assert (found.id, found.measure_type, found.first_age) == ("RES01", "dsr", 35)
    assert found.breakdowns == BREAKDOWNS


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"denominatr": "x"}, "denominatr: Extra inputs"),
    "unknown measure": ({"measure_type": "guess"}, "measure_type"),
    "unknown polarity": ({"polarity": "nice"}, "polarity"),
    "unknown period": ({"period_types": ["fortnight"]}, r"period_types\.0"),
    "no period": ({"period_types": []}, "period_types"),
    "unknown breakdown": ({"breakdowns_excluded": {"star_sign": "x"}}, "breakdowns_excluded"),
    "no evidence": ({"evidence": {}}, "evidence"),
    "no multiplier": ({"multiplier": 0}, "multiplier"),
    "negative age": ({"first_age": -5}, "first_age"),
    "ages the wrong way round": ({"first_age": 40, "last_age": 30}, "first_age is above last_age"),
    "review date in words": ({"review_date": "next spring"}, "review_date"),
    "rate of records": ({"denominator_type": "records"}, "rates, and only rates"),
    "proportion of the population": ({"measure_type": "proportion"}, "rates, and only rates"),
    "standardised rate from inside a band": ({"first_age": 18}, "starts at the first age of a band"),
    "standardised rate from inside the last band": ({"first_age": 95}, "starts at the first age of a band"),
    "standardised rate up to inside a band": ({"last_age": 72}, "band"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_mistake_is_named_by_file_and_key(tmp_path: Path, name: str) -> None:
    changes, says = REFUSED[name]
    with pytest.raises(IndicatorError, match=says) as error:
        read_indicator(write(tmp_path, changed(**changes)))
    assert "ind_res01.yml" in str(error.value)


def test_a_crude_rate_may_start_inside_a_band(tmp_path: Path) -> None:
    assert read_indicator(write(tmp_path, changed(measure_type="crude_rate", first_age=18))).first_age == 18


@pytest.mark.parametrize("first_age", [0, 35, 90])
def test_a_standardised_rate_may_start_at_any_band(tmp_path: Path, first_age: int) -> None:
    assert read_indicator(write(tmp_path, changed(first_age=first_age))).first_age == first_age


@pytest.mark.parametrize("key", sorted(meta_of(document())))
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    values = document()
    del meta_of(values)[key]
    with pytest.raises(IndicatorError, match=f"{key}: Field required"):
        read_indicator(write(tmp_path, values))


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no models": lambda values: values.pop("models"),
    "empty models": lambda values: values["models"].clear(),
    "no meta": lambda values: values["models"][0]["config"].pop("meta"),
    "no name": lambda values: values["models"][0].pop("name"),
    "config is a list": lambda values: values["models"][0].update(config=[]),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_file_without_its_metadata_is_named(tmp_path: Path, name: str) -> None:
    values = document()
    BROKEN[name](values)
    with pytest.raises(IndicatorError, match=r"ind_res01\.yml: has no models\[0\]"):
        read_indicator(write(tmp_path, values))


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ind_res01.yml"
    path.write_text("models: [")
    with pytest.raises(IndicatorError, match=r"ind_res01\.yml: cannot be read as YAML"):
        read_indicator(path)


def test_file_model_and_id_are_one_name(tmp_path: Path) -> None:
    with pytest.raises(IndicatorError, match="must be ind_<id>"):
        read_indicator(write(tmp_path, document(), name="ind_res02"))
    with pytest.raises(IndicatorError, match="must be ind_<id>"):
        read_indicator(write(tmp_path, changed(id="RES02")))


def test_sql_without_yaml_and_yaml_without_sql_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "area", document())
    assert list(load_indicators(tmp_path)) == ["RES01"]
    (tmp_path / "area" / "ind_lonely.sql").write_text("select 1")
    with pytest.raises(IndicatorError, match="SQL or YAML is missing for ind_lonely"):
        load_indicators(tmp_path)
    (tmp_path / "area" / "ind_lonely.sql").unlink()
    path.with_suffix(".sql").unlink()
    with pytest.raises(IndicatorError, match="SQL or YAML is missing for ind_res01"):
        load_indicators(tmp_path)


def test_an_indicator_in_two_folders_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a", document())
    write(tmp_path / "b", document())
    with pytest.raises(IndicatorError, match="RES01 is described twice"):
        load_indicators(tmp_path)


def test_excluded_breakdowns_are_not_published(tmp_path: Path) -> None:
    found = read_indicator(write(tmp_path, changed(breakdowns_excluded={"sex": "Only women are invited."})))
    assert set(found.breakdowns) == set(BREAKDOWNS) - {"sex"}


# The real catalogue


@pytest.mark.parametrize("indicator", REAL.values(), ids=lambda indicator: indicator.id)
def test_no_review_date_has_passed(indicator: Indicator) -> None:
    assert indicator.review_date >= date.today(), f"review {indicator.id} and set its next review_date"


@pytest.mark.parametrize("indicator", REAL.values(), ids=lambda indicator: indicator.id)
def test_an_indicator_names_a_feed_a_profile_and_code_lists_that_exist(indicator: Indicator) -> None:
    """A feed nobody knows would drop the indicator without a word."""
    assert indicator.feed in (*load_feeds(), ALL_FEEDS)
    assert indicator.disclosure_profile in column("disclosure_profile.csv", "disclosure_profile")
    assert set(indicator.code_lists) <= column("code_list.csv", "code_list_id")


def test_codes_come_to_a_list_and_leave_it_with_whole_months() -> None:
    """The last day of a part decides: a code that left within a month would be gone from its first days too."""
    with (REFERENCE_DATA / "codes" / "code_list.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    day_after = timedelta(days=1)
    for row in rows:
        first, last = (date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to"))
        assert first is None or first.day == 1, row
        assert last is None or (last + day_after).day == 1, row
        assert first is None or last is None or first <= last, row
    assert len(rows) == len({(row["code_list_id"], row["code"], row["valid_from"]) for row in rows})


def test_campaigns_are_in_order_and_no_day_lies_in_two() -> None:
    """A snapshot of two campaigns would count its people twice."""
    with (REFERENCE_DATA / "codes" / "covid19_campaign.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    days = [date.fromisoformat(row[key]) for row in rows for key in ("first_day", "last_day")]
    assert days == sorted(set(days))
    assert all(row["evidence"] and row["source"].startswith("https://www.gov.uk/") for row in rows)


@pytest.mark.parametrize("indicator", REAL.values(), ids=lambda indicator: indicator.id)
def test_texts_a_reader_sees_are_not_empty(indicator: Indicator) -> None:
    for text in (
        indicator.name,
        indicator.method,
        indicator.numerator,
        indicator.denominator,
        indicator.unit,
        indicator.owner,
    ):
        assert text.strip()
    assert all(reason.strip() for reason in indicator.breakdowns_excluded.values())
    tag = r"[VMKI](\([^)]+\))?"
    assert all(re.fullmatch(rf"{tag}([ /]{tag})*", found) for found in indicator.evidence.values())


@pytest.mark.parametrize("indicator", REAL.values(), ids=lambda indicator: indicator.id)
def test_the_multiplier_fits_the_unit(indicator: Indicator) -> None:
    wanted = {
        "%": 100, "per 1,000": 1_000, "per 10,000": 10_000, "per 100,000": 100_000, "per million": 1_000_000,
        "per 1,000 bed days": 1_000, "days": 1, "ratio": 1,
    }  # fmt: skip
    assert indicator.unit in wanted
    assert indicator.multiplier == wanted[indicator.unit]


def column(file: str, name: str) -> set[str]:
    with (REFERENCE_DATA / "codes" / file).open(encoding="utf-8", newline="") as handle:
        return {row[name] for row in csv.DictReader(handle)}

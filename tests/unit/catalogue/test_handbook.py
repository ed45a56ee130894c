"""What `core20 indicators` shows and writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.catalogue.feeds import load_feeds
from pipeline.catalogue.handbook import CODE_LISTS, describe, write_stub
from pipeline.catalogue.indicators import INDICATOR_MODELS, IndicatorError, load_indicators
from pipeline.cli import app

RUN = CliRunner()

RECORD_FEEDS = [feed.feed for feed in load_feeds().values() if feed.kind == "record"]


def test_every_indicator_can_be_shown_with_its_codes_and_evidence() -> None:
    for indicator in load_indicators().values():
        text = "\n".join(describe(indicator))
        assert indicator.numerator in text and indicator.evidence_text in text
        assert text.count("code list:") == len(indicator.code_lists)


def test_show_names_the_codes_that_count() -> None:
    shown = RUN.invoke(app, ["indicators", "show", "RES01"])
    assert shown.exit_code == 0
    assert "icd10_copd: J40*, J41*, J42*, J43*, J44*" in shown.output
    assert "ages:         35 and over" in shown.output
    assert "review by 2027-04-01" in shown.output


def test_show_says_when_a_code_is_not_always_in_its_list(tmp_path: Path) -> None:
    codes = tmp_path / "code_list.csv"
    text = CODE_LISTS.read_text(encoding="utf-8")
    assert ",J40,,,V" in text and ",J41,,,V" in text and ",J42,,,V" in text
    text = text.replace(",J40,,,V", ",J40,2026-04-01,,V").replace(",J41,,,V", ",J41,,2026-03-31,V")
    codes.write_text(text.replace(",J42,,,V", ",J42,2020-04-01,2026-03-31,V"), encoding="utf-8")
    shown = "\n".join(describe(load_indicators()["RES01"], codes))
    assert "J40* (from 2026-04-01), J41* (to 2026-03-31), J42* (from 2020-04-01 to 2026-03-31), J43*" in shown


def test_list_names_them_all() -> None:
    listed = RUN.invoke(app, ["indicators", "list"]).output
    assert [name for name in load_indicators() if name not in listed] == []


def test_an_unknown_indicator_is_said_to_be_unknown() -> None:
    shown = RUN.invoke(app, ["indicators", "show", "RES99"])
    assert shown.exit_code == 30
    assert "there is no indicator 'RES99'" in shown.output


def test_a_code_list_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    codes = tmp_path / "code_list.csv"
    codes.write_text(
        "code_list_id,version,code_system,match_rule,code,valid_from,valid_to,evidence\n", encoding="utf-8"
    )
    with pytest.raises(IndicatorError, match="RES01: code list emergency_admission_method is not in"):
        describe(load_indicators()["RES01"], codes)


def test_a_stub_is_refused_by_the_check_until_it_is_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "indicators"
    shutil.copytree(INDICATOR_MODELS, folder)
    sql, yml = write_stub("RES09", "chronic_respiratory", "sus_apc", folder)
    assert "indicator_frame('RES09', 'numerator', numerator='records')" in sql.read_text(encoding="utf-8")
    assert "int_admitted_care__cube" in sql.read_text(encoding="utf-8")
    with pytest.raises(IndicatorError) as refused:
        load_indicators(folder)
    for piece in ("name", "measure_type", "numerator", "period_types", "evidence", "review_date"):
        assert piece in str(refused.value)
    filled = (folder / "chronic_respiratory" / "ind_res01.yml").read_text(encoding="utf-8")
    yml.write_text(filled.replace("RES01", "RES09").replace("res01", "res09"), encoding="utf-8")
    assert "RES09" in load_indicators(folder)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("RES01", "chronic_respiratory", "sus_apc"), "RES01 exists already"),
        (("res9", "chronic_respiratory", "sus_apc"), "no indicator id"),
        (("RES09", "../elsewhere", "sus_apc"), "no clinical area"),
        (
            ("RES09", "chronic_respiratory", "rtt"),
            "feeds with one: " + ", ".join(sorted(RECORD_FEEDS)),
        ),
    ],
)
def test_what_cannot_be_a_new_indicator_is_refused(
    tmp_path: Path, arguments: tuple[str, str, str], reason: str
) -> None:
    folder = tmp_path / "indicators"
    shutil.copytree(INDICATOR_MODELS, folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(IndicatorError, match=reason):
        write_stub(*arguments, folder)
    assert sorted(folder.rglob("*")) == before

"""The same records in the HES and in the SUS layout are the same records: a layout is a mapping and nothing else.

Belongs here: landing both and comparing what staging makes of them. Does not belong here: what is counted from them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalogue.feeds import load_feed
from pipeline.landing import Verdict
from pipeline.landing.ledger import active_parts
from pipeline.orchestration.dbt import build_models, dbt_environment, manifest_path
from pipeline.warehouse.database import connect
from pipeline.warehouse.tables import RawPart, create_raw_view
from tests.unit.landing import deliveries as make

pytestmark = pytest.mark.slow

STAGING = {"sus_apc": "stg_sus_apc__episodes", "sus_op": "stg_sus_op__appointments"}
# Where a file came from, and what HES alone has.
OF_THE_FILE = ["source_part_id", "source_layout"]
ONLY_IN_HES = {"sus_apc": {"financial_year", "episode_type", "lsoa01_code", "external_cause_code"},
               "sus_op": {"financial_year", "lsoa01_code"}}  # fmt: skip


def person(place: int) -> dict[str, str]:
    return {
        "record_id": f"{7_000_000 + place}",
        "person_id": f"TESTPERSON{place % 30:022d}",
        "provider_code": ("ZT1", "ZT2", "5E1")[place % 3],
        "part_year": "202605",
        "sex_code": "1290"[place % 4],
        "ethnic_category_code": "ABCDEFGHJKLMNPRSZ"[place % 17],
        "lsoa11_code": ("E01000001", "W01000001", "Z99999999", "E01033768")[place % 4],
        "nhs_number_status_code": ("01", "03", "", "8")[place % 4],
        "pseudo_postcode": ("", "ZZ99 3GZ", "ZZ99 3VZ", "")[place % 4],
        "practice_code": ("A81001", "V81999", "Y00001")[place % 3],
    }


def episode(place: int) -> dict[str, str]:
    """Causes are secondary diagnoses; HES repeats the first of them in CAUSE_4."""
    causes = ([], ["W190"], ["Y906", "X600"], ["X849"])[place % 4]
    codes = ["I10X", *causes] if place % 8 < 4 else [*causes, "E119"]
    if place % 5 == 0:
        codes += ["Z867"] * (18 - len(codes)) + ["X610"]
    day = f"2026-05-{place % 20 + 3:02d}"
    cause = next((code for code in codes if code[0] in "VWXY"), "")
    return {
        **person(place),
        **{f"diagnosis_{number:02d}_code": code for number, code in enumerate(codes, start=2)},
        "financial_year": "2627",
        "admission_date": "2026-05-01",
        "admission_method_code": ("21", "11", "2A", "82")[place % 4],
        "patient_classification_code": "125"[place % 3],
        "episode_start_date": "2026-05-02",
        "episode_end_date": day,
        "episode_order": "12"[place % 2],
        "episode_status": "31"[place % 9 // 8],
        "episode_type": "1",
        "age_at_start": ("7003", "44", "91")[place % 3],
        "primary_diagnosis_code": ("I63.9", "J440", "E101")[place % 3],
        "external_cause_code": cause,
        "primary_procedure_code": ("F091", "-", "X352", "F10.4")[place % 4],
    }


def appointment(place: int) -> dict[str, str]:
    return {
        **person(place),
        "financial_year": "2627",
        "appointment_date": f"2026-05-{place % 28 + 1:02d}",
        "attended_code": "5632470"[place % 7],
        "first_attendance_code": "12349"[place % 5],
        "main_specialty_code": ("100", "300")[place % 2],
        "treatment_function_code": ("101", "330", "502")[place % 3],
        "age_at_appointment": ("7001", "35", "102")[place % 3],
    }


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def staged(home: Path, feed: str, layout_at: int, records: list[dict[str, str]]) -> pd.DataFrame:
    """Records written in a layout, landed, and read by the staging model, by their own key."""
    manifest_path()
    settings = make.settings_for(home, feed)
    layout = load_feed(feed).layouts[layout_at]
    rows = [{column: row.get(field, "") for column, field in layout.field_of.items()} for row in records]
    make.write_csv(make.folder(settings, feed) / layout.example.replace("2026-08", "2026-05"), rows)
    outcome = make.only(make.run(settings))
    assert (outcome.verdict, outcome.layout) == (Verdict.LOADED, layout.layout), outcome.message
    parts = [
        RawPart(part.sha256, part.period, part.layout, part.path)
        for part in active_parts(settings.ledger)
        if part.feed == feed
    ]
    settings.build.mkdir(parents=True, exist_ok=True)
    with connect(settings) as connection:
        create_raw_view(connection, feed, load_feed(feed).field_names, parts)
    os.environ.update(dbt_environment(settings))
    build_models(settings, "--select", STAGING[feed])
    with connect(settings, read_only=True) as connection:
        return connection.execute(f"select * from staging.{STAGING[feed]} order by record_id").df()


@pytest.mark.parametrize("feed", ["sus_apc", "sus_op"])
def test_the_same_records_in_the_hes_and_the_sus_layout_are_staged_as_the_same_rows(feed: str, tmp_path: Path) -> None:
    records = [{"sus_apc": episode, "sus_op": appointment}[feed](place) for place in range(120)]
    hes, sus = (staged(tmp_path / str(at), feed, at, records) for at in (0, 1))
    assert len(hes) == len(records)
    assert hes.drop(columns="source_period").notna().any().all()  # nothing is equal for being empty
    assert (hes[OF_THE_FILE] != sus[OF_THE_FILE]).all().all()
    pd.testing.assert_frame_equal(hes.drop(columns=OF_THE_FILE), sus.drop(columns=OF_THE_FILE))


@pytest.mark.parametrize("feed", ["sus_apc", "sus_op"])
def test_the_sus_layout_maps_every_field_but_those_of_hes_alone(feed: str) -> None:
    hes, sus = (set(layout.field_of.values()) for layout in load_feed(feed).layouts)
    assert hes - sus == ONLY_IN_HES[feed]
    assert sus <= hes

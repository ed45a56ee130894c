"""The persons of the sample and their GP records: the same persons come back, and nothing on a record is impossible."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalogue.feeds import load_feed
from pipeline.sample.deprivation import make_deprivation
from pipeline.sample.geography import make_geography
from pipeline.sample.organisations import SERVICE_FEEDS
from pipeline.sample.persons import Persons, make_persons
from pipeline.sample.population import ETHNIC, SEX, make_population

SNAPSHOTS = ["2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30", "2026-09-30"]
PERSON = ["Pseudo_NHS_Number", "PRACTICE_CODE", "BIRTH_YEAR_MONTH", "SEX", "ETHNIC_CATEGORY", "LSOA11", "HYP_COD_DATE"]


def snapshot(sample: Path, day: str) -> pd.DataFrame:
    return pd.read_parquet(sample / "landing" / "gp_extract" / f"gp_extract_{day}.parquet")


def persons(seed: int, scale: float) -> Persons:
    geography = make_geography(seed, scale)
    population = make_population(seed, scale, geography, make_deprivation(seed, geography))
    return make_persons(seed, geography, population)


def test_the_list_of_persons_is_the_same_whoever_asks() -> None:
    first, again, other = persons(20, 0.05), persons(20, 0.05), persons(21, 0.05)
    assert first.ids.equals(again.ids)
    assert first.people.lsoa.tolist() == again.people.lsoa.tolist() != other.people.lsoa.tolist()
    assert all((first.registers[name] == again.registers[name]).all() for name in first.registers)
    assert len(first) == pytest.approx(24_000 * 0.05, rel=0.1)


def test_a_person_has_the_id_of_the_number_in_every_feed() -> None:
    found = persons(20, 0.05)
    assert found.ids[:2].to_pylist() == ["SYNN000000000001", "SYNN000000000002"]
    assert len(set(found.ids.to_pylist())) == len(found)


def test_flags_of_plus_groups_are_there_and_not_everybodys() -> None:
    found = persons(20, 0.2)
    for flag in (*found.registers.values(), *found.ended.values(), found.has_multiple_conditions):
        assert 0.001 < flag.mean() < 0.6
    on = found.registers
    assert (on["smi"] & on["learning_disability"]).any() and not on["cvd"][found.age_in_months(24_320) < 240].any()
    assert found.has_multiple_conditions[on["smi"] & on["diabetes"]].all()


def test_persons_come_back_with_the_same_record(fifth_sample: Path) -> None:
    first, last = snapshot(fifth_sample, SNAPSHOTS[0]), snapshot(fifth_sample, SNAPSHOTS[-1])
    assert first["Pseudo_NHS_Number"].is_unique
    both = first[PERSON].merge(last[PERSON], on="Pseudo_NHS_Number", suffixes=("", "_later"))
    assert len(both) == len(first) < len(last)  # nobody leaves; some are born
    assert set(last["BIRTH_YEAR_MONTH"][~last["Pseudo_NHS_Number"].isin(first["Pseudo_NHS_Number"])]) >= {"2026-01"}
    for column in PERSON[1:]:
        assert both[column].equals(both[f"{column}_later"].rename(column)), column


@pytest.mark.parametrize("day", SNAPSHOTS)
def test_nothing_on_a_record_is_dated_after_the_snapshot_or_before_birth(fifth_sample: Path, day: str) -> None:
    table = snapshot(fifth_sample, day)
    assert set(table["SNAPSHOT_DATE"].astype(str)) == {day}
    dates = table[[name for name in table.columns if name.endswith("_DATE")]].apply(pd.to_datetime)
    assert (dates.max(axis=1) <= pd.Timestamp(day)).all()
    born = pd.to_datetime(table["BIRTH_YEAR_MONTH"] + "-01")
    codes = [name for name in table.columns if name.endswith("_COD_DATE")]
    assert (dates[codes].min(axis=1).fillna(pd.Timestamp(day)) >= born).all()
    assert (born <= pd.Timestamp(day)).all()


def test_records_hold_what_must_not_be_counted(fifth_sample: Path) -> None:
    table = snapshot(fifth_sample, SNAPSHOTS[-1])
    assert (table["BP_SYSTOLIC"] < 50).any()
    assert (table["HYPRES_COD_DATE"] > table["HYP_COD_DATE"]).any()
    assert (table["MHREM_COD_DATE"] > table["MH_COD_DATE"]).any()
    assert (table["CHA2DS2VASC"] < 2).any()
    assert (table["SABA_ISSUES_12M"] == 0).any() and {5, 6} <= set(table["SABA_ISSUES_12M"])
    only_haemorrhagic = table["HSTRK_COD_DATE"].notna() & table["CHD_COD_DATE"].isna()
    assert only_haemorrhagic.any()
    assert {140, 141, 150} <= set(table["BP_SYSTOLIC"]) and {90, 91} <= set(table["BP_DIASTOLIC"])


HOSPITAL = {
    "sus_apc": ("hes_apc_202605.csv", "PSEUDO_HESID", "ETHNOS", "SEX", "STARTAGE"),
    "sus_op": ("hes_op_202605.csv", "PSEUDO_HESID", "ETHNOS", "SEX", "APPTAGE"),
    "ecds": ("ecds_2026-05.parquet", "Der_Pseudo_NHS_Number", "Ethnic_Category", "Sex", "Age_At_Arrival"),
    "wlmds": ("wlmds_2026-08-30.csv", "Pseudo_NHS_Number", "ETHNIC_CATEGORY", "PERSON_STATED_GENDER_CODE", "Age"),
}


@pytest.mark.parametrize("feed", sorted(HOSPITAL))
def test_one_hospital_record_in_twelve_is_a_persons_who_fits_it(fifth_sample: Path, feed: str) -> None:
    name, person, ethnic, sex, age = HOSPITAL[feed]
    path = fifth_sample / "landing" / feed / name
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    is_linked = table[person].str.startswith("SYNN")
    assert 0.05 < is_linked.mean() < 0.12
    register = snapshot(fifth_sample, SNAPSHOTS[-1]).add_prefix("gp_")
    both = table[is_linked].merge(register, left_on=person, right_on="gp_Pseudo_NHS_Number")
    assert len(both) == is_linked.sum()
    for column, of_person, known in ((ethnic, "gp_ETHNIC_CATEGORY", ETHNIC), (sex, "gp_SEX", SEX)):
        known_in_both = both[both[column].isin(known) & both[of_person].isin(known)]
        assert (known_in_both[column] == known_in_both[of_person]).all(), column
    years = both[age].astype(int)
    born = both["gp_BIRTH_YEAR_MONTH"].str[:4].astype(int)
    assert ((2026 - born) - years.mask(years > 7000, 0)).abs().max() <= 9  # five-year bands, 90 and over is one


def test_the_supplied_list_names_persons_with_first_and_last_days(fifth_sample: Path) -> None:
    (path,) = (fifth_sample / "landing" / "plus_group").iterdir()
    table = pd.read_csv(path, dtype=str)
    assert set(table["plus_group_id"]) == {"coastal_community_project"}
    assert table["person_id"].is_unique
    assert table["person_id"].isin(snapshot(fifth_sample, SNAPSHOTS[-1])["Pseudo_NHS_Number"]).all()
    assert (table["valid_to"].fillna("9999-12-31") >= table["valid_from"]).all()
    assert 0.1 < table["valid_to"].notna().mean() < 0.4
    # Some are on it for a part of the time that is published.
    assert (table["valid_from"] > "2026-01-01").any() and (table["valid_to"] < "2026-06-30").any()


def test_a_vaccination_is_on_record_from_its_day_on(fifth_sample: Path) -> None:
    """Whoever was vaccinated this season in the snapshot of December still is, on the same day, in March."""
    december, march = (snapshot(fifth_sample, day)[["Pseudo_NHS_Number", "FLUVAC_DATE"]] for day in SNAPSHOTS[1:3])
    both = december.merge(march, on="Pseudo_NHS_Number", suffixes=("", "_later"))
    season = both[pd.to_datetime(both["FLUVAC_DATE"]) >= pd.Timestamp("2025-09-01")]
    assert len(season) > 100
    assert (season["FLUVAC_DATE"] == season["FLUVAC_DATE_later"]).all()
    later = pd.to_datetime(both["FLUVAC_DATE_later"])
    assert ((later > pd.Timestamp("2025-12-31")) & (later <= pd.Timestamp("2026-03-31"))).any()


@pytest.mark.parametrize("feed", SERVICE_FEEDS)
def test_services_name_persons_who_are_registered(fifth_sample: Path, feed: str) -> None:
    """Everyone is linked where somebody fits; of children with contacts fewer are, for each is linked once."""
    contract = load_feed(feed)
    column = next(item.name for item in contract.layouts[0].columns if item.field == "person_id")
    registered = set(snapshot(fifth_sample, SNAPSHOTS[-1])["Pseudo_NHS_Number"])
    files = sorted((fifth_sample / "landing" / feed).iterdir())
    persons = pd.concat([pd.read_csv(path, dtype=str)[column] for path in files])
    linked = persons[persons.str.startswith("SYNN")]
    assert len(linked) / len(persons) > (0.004 if feed == "mhsds_contact" else 0.03)
    assert linked.isin(registered).mean() > 0.95  # some were not born yet
    if feed == "mhsds_contact":
        months = pd.concat([pd.read_csv(path, dtype=str)[column].drop_duplicates() for path in files])
        assert months[months.isin(linked)].value_counts().max() <= 4  # nobody arrives twice

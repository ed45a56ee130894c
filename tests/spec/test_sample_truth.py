"""What was planted comes back: indicators recomputed in plain pandas from the files equal the truths within chance.

The recomputation shares nothing with the generator or the pipeline: it reads the files, types the definitions in from
the catalogue, and applies the textbook formulas. Wrong definitions are shown to be seen.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from pipeline.sample import generate
from pipeline.settings import Settings
from tests.spec import recompute, recompute_gp, recompute_waiting

pytestmark = pytest.mark.slow

ESP = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000]
GROUPS = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKL", "Black": "MNP", "Other": "RS"}
GROUP = {code: name for name, codes in GROUPS.items() for code in codes}
EMERGENCY = ["21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"]
MONTHS = [str(month) for month in pd.period_range("2025-09", "2026-08", freq="M")]
CARIES = ["K021", "K025", "K028", "K029", "K040", "K045", "K046", "K047"]
DIAGNOSES = {
    "CVD06": ("I61", "I62", "I63", "I64"),
    "CVD06_CVDP": ("I61", "I63", "I64"),
    "CVD07": ("I21", "I22"),
    "RES01": ("J40", "J41", "J42", "J43", "J44"),
    "AST01": ("J45", "J46"),
    "CYD01": ("E10",),
    "EPI02": ("G40", "G41"),
    "CMH02": recompute.RATES["CMH02"][3],
    "UEC03": ("",),
    "UEC04": recompute.ACSC,
}
AGES = {
    "CVD06": (0, 999), "CVD06_CVDP": (0, 999),
    "CVD07": (0, 999), "RES01": (35, 999), "AST01": (0, 18), "ORA01": (0, 10), "ORA01_ALL": (0, 10),
    "ORA01_0_5": (0, 5), "ORA01_6_10": (6, 10), "UEC01": (0, 999),
    "CYD01": (0, 18), "EPI02": (0, 18), "UEC03": (0, 17), "UEC04": (0, 999), "CMH02": (10, 24),
}  # fmt: skip
CRUDE = ("AST01", "ORA01", "ORA01_ALL", "ORA01_0_5", "ORA01_6_10", "CYD01", "EPI02", "UEC03")
LIMIT = 4.0  # standard errors; about 200 comparisons, so chance alone stays below it


class Truth(NamedTuple):
    """A row of truth.csv."""

    indicator: str
    measure: str
    edition: str
    breakdown: str
    category: str
    period_type: str
    period_end: str
    value: float


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Settings(home=tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="module")
def decile(sample: Path) -> pd.Series[Any]:
    return decile_of(sample)


def decile_of(sample: Path) -> pd.Series[Any]:
    """IMD 2025 decile of each LSOA code of either vintage; a 2011 code has that of its first LSOA of 2021."""
    imd = pd.read_csv(sample / "reference" / "imd2025_file7.csv").iloc[:, [0, 6]]
    by_2021 = imd.set_axis(["code", "decile"], axis=1).set_index("code")["decile"]
    change = pd.read_csv(sample / "reference" / "lsoa11_lsoa21.csv").drop_duplicates("LSOA11CD")
    by_2011 = change.set_index("LSOA11CD")["LSOA21CD"].map(by_2021)
    both = pd.concat([by_2021, by_2011])
    unique: pd.Series[Any] = both[~both.index.duplicated()]
    return unique


@pytest.fixture(scope="module")
def people(sample: Path, decile: pd.Series[Any]) -> pd.DataFrame:
    table = pd.read_parquet(sample / "reference" / "population_lsoa21.parquet")
    return describe(table, table["lsoa21_code"], table["ethnic_category"], table["age_from"], decile)


@pytest.fixture(scope="module")
def admissions(sample: Path, decile: pd.Series[Any]) -> pd.DataFrame:
    folder = sample / "landing" / "sus_apc"
    names = [f"hes_apc_{month.replace('-', '')}{'-revised' if month == '2026-03' else ''}.csv" for month in MONTHS]
    table = pd.concat([pd.read_csv(folder / name, dtype=str) for name in names], ignore_index=True)
    age = table["STARTAGE"].astype(int)
    return describe(table, table["LSOA11"], table["ETHNOS"], age.where(age < 7000, 0), decile)


@pytest.fixture(scope="module")
def attendances(sample: Path, decile: pd.Series[Any]) -> pd.DataFrame:
    folder = sample / "landing" / "ecds"
    table = pd.concat([pd.read_parquet(folder / f"ecds_{month}.parquet") for month in MONTHS], ignore_index=True)
    lsoa, ethnic = table["Der_Postcode_LSOA_2021_Code"], table["Ethnic_Category"]
    return describe(table, lsoa, ethnic, table["Age_At_Arrival"].astype(int), decile)


@pytest.fixture(scope="module")
def appointments(sample: Path, decile: pd.Series[Any]) -> pd.DataFrame:
    folder = sample / "landing" / "sus_op"
    names = [f"hes_op_{month.replace('-', '')}.csv" for month in MONTHS]
    table = pd.concat([pd.read_csv(folder / name, dtype=str) for name in names], ignore_index=True)
    return describe(table, table["LSOA11"], table["ETHNOS"], table["APPTAGE"].astype(int), decile)


@pytest.fixture(scope="module")
def truths(sample: Path) -> list[Truth]:
    with (sample / "truth.csv").open(newline="") as stream:
        _, *rows = csv.reader(stream)
    return [Truth(a, b, c, d, e, f, g, float(value)) for a, b, c, d, e, f, g, value in rows]


def describe(
    table: pd.DataFrame, lsoa: pd.Series[Any], ethnic: pd.Series[Any], age: pd.Series[Any], decile: pd.Series[Any]
) -> pd.DataFrame:
    """Adds the columns indicators are broken down by; unknown is missing and in no group."""
    tenth = lsoa.map(decile)
    return table.assign(
        age=age,
        band=np.minimum(age // 5, 18),
        imd_decile=tenth,
        imd_quintile=np.ceil(tenth / 2),
        core20=tenth.map(lambda number: "core20" if number <= 2 else "rest", na_action="ignore"),
        ethnic_group_5=ethnic.map(GROUP),
        total="all",
    )


def finished_admission(table: pd.DataFrame) -> pd.Series[Any]:
    return (table["EPIORDER"] == "1") & (table["EPISTAT"] == "3") & table["CLASSPAT"].isin(["1", "2", "5"])


def numerator(indicator: str, admissions: pd.DataFrame, attendances: pd.DataFrame) -> pd.DataFrame:
    """The records an indicator counts."""
    if indicator == "UEC01":
        return attendances[attendances["EC_AttendanceCategory"].isin(["1", "2", "3"])]
    low, high = AGES[indicator]
    counted = finished_admission(admissions) & admissions["age"].between(low, high)
    if indicator.startswith("ORA01"):
        extracted = admissions["OPERTN_4_01"].fillna("").str[:3].isin(["F09", "F10"])
        return admissions[counted & extracted & (admissions["DIAG_4_01"].isin(CARIES) | (indicator == "ORA01_ALL"))]
    emergency = admissions["ADMIMETH"].isin(EMERGENCY)
    if indicator == "CMH02":
        return admissions[counted & emergency & recompute.any_cause(admissions, DIAGNOSES[indicator])]
    return admissions[counted & emergency & admissions["DIAG_4_01"].str.startswith(DIAGNOSES[indicator])]


def rate(measure: str, indicator: str, events: pd.DataFrame, people: pd.DataFrame) -> tuple[float, float]:
    return rate_of(measure, AGES.get(indicator, (0, 999)), events, people)


def rate_of(measure: str, ages: tuple[int, int], events: pd.DataFrame, people: pd.DataFrame) -> tuple[float, float]:
    """Rate per 100,000 and its standard error."""
    low, high = ages
    people = people[people["age"].between(low, high)]
    if measure == "crude_rate":
        population = int(people["population"].sum())
        return len(events) / population * 1e5, float(len(events) ** 0.5) / population * 1e5
    population_by_band = people.groupby("band")["population"].sum().astype(float)
    count = events["band"].value_counts().reindex(population_by_band.index, fill_value=0)
    weight = pd.Series(ESP, dtype=float).reindex(population_by_band.index)
    value = (weight * count / population_by_band).sum() / weight.sum()
    error = (weight**2 * count / population_by_band**2).sum() ** 0.5 / weight.sum()
    return float(value) * 1e5, float(error) * 1e5


def part(table: pd.DataFrame, breakdown: str, category: str) -> pd.DataFrame:
    column = table[breakdown]
    return table[column == (float(category) if category.isdigit() else category)]


def test_rates_by_decile_quintile_core20_and_ethnic_group_are_as_planted(
    truths: list[Truth], people: pd.DataFrame, admissions: pd.DataFrame, attendances: pd.DataFrame
) -> None:
    rows = [truth for truth in truths if truth.indicator in AGES and truth.measure in ("dsr", "crude_rate")]
    assert len(rows) == len(AGES) * (1 + 10 + 5 + 2 + 5)
    assert {truth.period_end for truth in rows} == {"2026-08-31"}
    counted = {indicator: numerator(indicator, admissions, attendances) for indicator in AGES}
    found = {}
    for row in rows:
        events = part(counted[row.indicator], row.breakdown, row.category)
        value, error = rate(row.measure, row.indicator, events, part(people, row.breakdown, row.category))
        # The expected error of the truth, so that a group with few events is not judged by its own luck.
        error *= (row.value / value) ** 0.5 if value else 1
        found[row.indicator, row.breakdown, row.category] = (value - row.value) / error
    far = {key: z for key, z in found.items() if not abs(z) < LIMIT}
    assert not far
    assert 0.8 < np.std(list(found.values())) < 1.25  # chance, not a margin that hides a bias


def test_gaps_between_quintiles_and_of_core20_are_as_planted(
    truths: list[Truth], people: pd.DataFrame, admissions: pd.DataFrame, attendances: pd.DataFrame
) -> None:
    gaps = [truth for truth in truths if truth.indicator in AGES and truth.measure.endswith("_gap")]
    assert len(gaps) == len(AGES) * 4
    counted = {indicator: numerator(indicator, admissions, attendances) for indicator in AGES}
    for row in gaps:
        most, least = {"1_vs_5": ("1", "5"), "core20_vs_rest": ("core20", "rest")}[row.category]
        measure = "crude_rate" if row.indicator in CRUDE else "dsr"
        (high, high_error), (low, low_error) = (
            rate(
                measure,
                row.indicator,
                part(counted[row.indicator], row.breakdown, end),
                part(people, row.breakdown, end),
            )
            for end in (most, least)
        )
        if row.measure == "absolute_gap":
            z = (high - low - row.value) / np.hypot(high_error, low_error)
        else:
            z = (np.log(high / low) - np.log(row.value)) / np.hypot(high_error / high, low_error / low)
        assert abs(z) < LIMIT, (row.indicator, row.measure, row.category)
        assert high > low


@pytest.mark.parametrize("mistake", ["later episodes", "unfinished", "regular attenders", "elective", "all ages"])
def test_a_wrong_admission_definition_would_be_seen(mistake: str, admissions: pd.DataFrame) -> None:
    mistakes: dict[str, dict[str, Any]] = {
        "later episodes": {"EPIORDER": "1"},
        "unfinished": {"EPISTAT": "3"},
        "regular attenders": {"CLASSPAT": admissions["CLASSPAT"].replace({"3": "1", "4": "1"}), "ADMIMETH": "21"},
        "elective": {"ADMIMETH": "21"},
        "all ages": {"age": 0},
    }
    indicators = ["AST01"] if mistake == "all ages" else ["CVD06", "CVD07", "RES01"]
    right, counted = (
        sum(len(numerator(indicator, table, admissions)) for indicator in indicators)
        for table in (admissions, admissions.assign(**mistakes[mistake]))
    )
    assert (counted - right) / right**0.5 > LIMIT


def test_planned_attendances_would_be_seen(
    truths: list[Truth], people: pd.DataFrame, attendances: pd.DataFrame
) -> None:
    expected = next(truth.value for truth in truths if (truth.indicator, truth.breakdown) == ("UEC01", "total"))
    value, error = rate("dsr", "UEC01", attendances, people)
    assert (value - expected) / error > 10 * LIMIT
    first_only = attendances[attendances["EC_AttendanceCategory"] == "1"]
    value, error = rate("dsr", "UEC01", first_only, people)
    assert (value - expected) / error < -10 * LIMIT


def test_outpatient_and_elective_rates_are_as_planted(
    truths: list[Truth], people: pd.DataFrame, admissions: pd.DataFrame, appointments: pd.DataFrame
) -> None:
    attended = appointments[appointments["ATTENDED"].isin(["5", "6"])]
    counted = {
        "ELE05_OP": attended,
        "ELE05_OP_VIRTUAL": attended[attended["FIRSTATT"].isin(["3", "4"])],
        "ELE05_ELECTIVE": admissions[finished_admission(admissions) & admissions["ADMIMETH"].isin(["11", "12", "13"])],
    }
    rows = [truth for truth in truths if truth.indicator in counted and truth.measure == "dsr"]
    # An LSOA of 2011 is not always one of a decile of 2025, so elective admissions are stated by ethnic group alone.
    assert len(rows) == 2 * (1 + 10 + 5 + 2 + 5) + (1 + 5)
    for row in rows:
        events = part(counted[row.indicator], row.breakdown, row.category)
        value, error = rate("dsr", row.indicator, events, part(people, row.breakdown, row.category))
        assert abs(value - row.value) / error < LIMIT, (row.indicator, row.breakdown, row.category)


@pytest.mark.parametrize("indicator", list(recompute_waiting.RATES))
def test_the_waiting_list_of_the_last_census_is_as_planted(
    sample: Path, decile: pd.Series[Any], truths: list[Truth], people: pd.DataFrame, indicator: str
) -> None:
    table = waiting(sample, decile, "2026-09-27")
    assert table["waited"].isna().any() and (table["waited"] < 0).any()
    table = recompute_waiting.on_list(indicator, table)
    ages = recompute_waiting.RATES[indicator][1:3]
    rows = [truth for truth in truths if truth.indicator == indicator and truth.measure in ("dsr", "crude_rate")]
    assert len(rows) == 1 + 10 + 5 + 2 + 5
    for row in rows:
        events, residents = (part(found, row.breakdown, row.category) for found in (table, people))
        value, error = rate_of(row.measure, ages, events, residents)
        error *= (row.value / value) ** 0.5 if value else 1
        assert abs(value - row.value) / error < LIMIT, (row.breakdown, row.category)


@pytest.mark.parametrize(
    ("indicator", "longest", "oldest"),
    [("ELE02", 126, 999), ("ELE03", 364, 999), ("ELE03_65", 455, 999), ("ELE03_U18", 364, 17)],
)
@pytest.mark.parametrize("week", ["2026-08-30", "2026-09-27"])
def test_waiting_shares_are_as_planted(
    sample: Path, decile: pd.Series[Any], truths: list[Truth], indicator: str, longest: int, oldest: int, week: str
) -> None:
    table = waiting(sample, decile, week)
    table = table[(table["Waiting_List_Type"] == "IRTT") & (table["waited"] >= 0) & (table["age"] <= oldest)]
    rows = [truth for truth in truths if (truth.indicator, truth.period_end) == (indicator, week)]
    shares = planted_shares(rows, table, table["waited"] > longest)
    assert shares["imd_quintile", "1"] > shares["imd_quintile", "5"] * 1.3


@pytest.mark.parametrize(("indicator", "minutes"), [("UEC02", 720), ("UEC02_4H", 241)])
def test_shares_of_long_stays_are_as_planted(
    truths: list[Truth], decile: pd.Series[Any], sample: Path, indicator: str, minutes: int
) -> None:
    table = pd.read_parquet(sample / "landing" / "ecds" / "ecds_2026-06.parquet")
    arrived, left = (
        pd.to_datetime(table[day].astype("string") + " " + table[clock])
        for day, clock in (("Arrival_Date", "Arrival_Time"), ("EC_Departure_Date", "EC_Departure_Time"))
    )
    table = table.assign(minutes=(left - arrived).dt.total_seconds() / 60)  # the clocks do not change in June
    lsoa, ethnic = table["Der_Postcode_LSOA_2021_Code"], table["Ethnic_Category"]
    table = describe(table, lsoa, ethnic, table["Age_At_Arrival"].astype(int), decile)
    assert table["minutes"].isna().any() and (table["minutes"] < 0).any()
    assert {240, 241, 719, 720} <= set(table["minutes"])
    stays = table[table["EC_Department_Type"].isin(["01", "02"]) & (table["minutes"] >= 0)]
    rows = [truth for truth in truths if truth.indicator == indicator]
    planted_shares(rows, stays, stays["minutes"] >= minutes)


def test_shares_of_virtual_and_of_missed_appointments_are_as_planted(
    truths: list[Truth], appointments: pd.DataFrame
) -> None:
    month = appointments[appointments["PARTYEAR"] == "202606"]
    attended = month[month["ATTENDED"].isin(["5", "6"])]
    rows = {name: [truth for truth in truths if truth.indicator == name] for name in ("DIG02", "ELE05_DNA")}
    virtual = planted_shares(rows["DIG02"], attended, attended["FIRSTATT"].isin(["3", "4"]))
    both = month[month["ATTENDED"].isin(["3", "5", "6"])]
    missed = planted_shares(rows["ELE05_DNA"], both, both["ATTENDED"] == "3")
    assert virtual["imd_quintile", "1"] < 0.9 * virtual["imd_quintile", "5"]
    assert missed["imd_quintile", "1"] > 1.6 * missed["imd_quintile", "5"]  # steeper


def waiting(sample: Path, decile: pd.Series[Any], week: str) -> pd.DataFrame:
    table = pd.read_csv(sample / "landing" / "wlmds" / f"wlmds_{week}.csv", dtype=str)
    started = pd.to_datetime(table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"])
    provider = table["ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER"]
    table = table.assign(waited=(pd.Timestamp(week) - started).dt.days, provider=provider)
    return describe(table, table["derLSOA2021"], table["ETHNIC_CATEGORY"], table["Age"].astype(int), decile)


def planted_shares(rows: list[Truth], table: pd.DataFrame, is_in: pd.Series[bool]) -> dict[tuple[str, str], float]:
    """The share of each group, after comparing it with its truth. PLUS groups are compared in `test_recomputation`."""
    rows = [row for row in rows if not row.breakdown.startswith("plus")]
    assert len(rows) == 1 + 10 + 5 + 2 + 5 + 4
    shares = {}
    for row in (truth for truth in rows if truth.measure == "proportion"):
        group = part(table.assign(is_in=is_in), row.breakdown, row.category)
        expected = row.value / 100
        error = (expected * (1 - expected) / len(group)) ** 0.5
        shares[row.breakdown, row.category] = share = float(group["is_in"].mean())
        assert abs(share - expected) / error < LIMIT, (row.indicator, row.breakdown, row.category)
    return shares


@pytest.mark.parametrize("day", ["2026-03-31", "2026-09-30"])
def test_shares_of_care_in_general_practice_are_as_planted(sample: Path, truths: list[Truth], day: str) -> None:
    residence = recompute.read_country(sample / "reference").residence
    table = recompute_gp.read_snapshot(sample / "landing", residence, day)
    found = {}
    for indicator, (asked, met) in recompute_gp.asked_and_met(table, day).items():
        rows = [row for row in truths if (row.indicator, row.measure, row.period_end) == (indicator, "proportion", day)]
        assert len(rows) == 1 + 10 + 5 + 2 + 5
        for row in rows:
            column = row.breakdown if row.edition == "" else f"{row.breakdown}_{row.edition}"
            in_group = asked & (table[column] == row.category.replace("all", "total"))
            expected = row.value / 100
            error = (expected * (1 - expected) / in_group.sum()) ** 0.5
            found[indicator, row.breakdown, row.category] = (met[in_group].mean() - expected) / error
    assert {key: z for key, z in found.items() if not abs(z) < LIMIT} == {}
    assert 0.8 < np.std(list(found.values())) < 1.25


def test_shares_of_known_ethnicity_and_residence_are_as_planted(
    truths: list[Truth], decile: pd.Series[Any], sample: Path
) -> None:
    week = pd.read_csv(sample / "landing" / "wlmds" / "wlmds_2026-06-28.csv", dtype=str)
    month = pd.read_csv(sample / "landing" / "sus_apc" / "hes_apc_202606.csv", dtype=str)
    booked = pd.read_csv(sample / "landing" / "sus_op" / "hes_op_202606.csv", dtype=str)
    arrivals = pd.read_parquet(sample / "landing" / "ecds" / "ecds_2026-06.parquet")
    register = pd.read_parquet(sample / "landing" / "gp_extract" / "gp_extract_2026-09-30.parquet")
    columns = {
        "wlmds": (week["ETHNIC_CATEGORY"], week["derLSOA2021"], week["Pseudo_NHS_Number"]),
        "sus_op": (booked["ETHNOS"], booked["LSOA11"], booked["PSEUDO_HESID"]),
        "sus_apc": (month["ETHNOS"], month["LSOA11"], month["PSEUDO_HESID"]),
        "gp_extract": (register["ETHNIC_CATEGORY"], register["LSOA11"], register["Pseudo_NHS_Number"]),
        "ecds": (arrivals["Ethnic_Category"], arrivals["Der_Postcode_LSOA_2021_Code"], arrivals["EC_Ident"]),
    }
    for feed, (ethnic, lsoa, person) in columns.items():
        # Residents of Wales are not in the denominator of DQ02.
        resident = ~lsoa.fillna("").str.startswith("W")
        persons = person.nunique()
        for indicator, known in (("DQ01", ethnic.isin(list(GROUP))), ("DQ02", lsoa.map(decile).notna()[resident])):
            expected = next(row.value for row in truths if (row.indicator, row.category) == (indicator, feed)) / 100
            error = (expected * (1 - expected) / persons) ** 0.5
            assert abs(float(known.mean()) - expected) / error < LIMIT, (indicator, feed)

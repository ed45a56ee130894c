"""The published tables once more, in plain pandas, from the landed files and the reference files of the sample.

Belongs here: reading the files, counting, and the textbook formulas, typed in from the definitions. Does not belong
here: anything of the pipeline or its SQL (nothing is imported from them), assertions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

Z95, Z998 = 1.959963984540054, 3.090232306167813
ESP = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000]
FIVE_GROUPS = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKL", "Black": "MNP", "Other": "RS"}
FOUR_GROUPS = ("Mixed", "Asian", "Black", "Other")
GROUP = {code: name for name, codes in FIVE_GROUPS.items() for code in codes}
EMERGENCY = ["21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"]
CARIES = ["K021", "K025", "K028", "K029", "K040", "K045", "K046", "K047"]
# Ambulatory care sensitive conditions as the catalogue lists them, in thirteen groups.
ACSC = (
    *("I20", "I24", "I25"), *("J45", "J46"), *("I110", "I50", "J81", "I130"), *("J41", "J42", "J43", "J44", "J47"),
    *("G40", "G41", "R56", "O15"), *("E86", "K522", "K528", "K529"),
    *("A690", "K02", "K03", "K04", "K05", "K06", "K08", "K098", "K099", "K12", "K13"),
    *("H66", "H67", "J02", "J03", "J06", "J312"), "R02", *("I10", "I119"),
    *(f"E1{kind}{digit}" for kind in range(5) for digit in range(9)), "D50",
    *("J10", "J11", "J13", "J14", "J15", "J168", "J181", "J188"),
)  # fmt: skip
# indicator: measure, youngest, oldest, diagnoses
RATES: dict[str, tuple[str, int, int, tuple[str, ...]]] = {
    "CVD06": ("dsr", 0, 200, ("I61", "I62", "I63", "I64")),
    "CVD06_CVDP": ("dsr", 0, 200, ("I61", "I63", "I64")),
    "CVD07": ("dsr", 0, 200, ("I21", "I22")),
    "ELE05_ELECTIVE": ("dsr", 0, 200, ("",)),
    "ELE05_OP": ("dsr", 0, 200, ()),
    "ELE05_OP_VIRTUAL": ("dsr", 0, 200, ()),
    "RES01": ("dsr", 35, 200, ("J40", "J41", "J42", "J43", "J44")),
    "UEC01": ("dsr", 0, 200, ()),
    "AST01": ("crude", 0, 18, ("J45", "J46")),
    "ORA01": ("crude", 0, 10, ()),
    "ORA01_ALL": ("crude", 0, 10, ()),
    "ORA01_0_5": ("crude", 0, 5, ()),
    "ORA01_6_10": ("crude", 6, 10, ()),
    "CYD01": ("crude", 0, 18, ("E10",)),
    "EPI02": ("crude", 0, 18, ("G40", "G41")),
    "CMH02": ("dsr", 10, 24, tuple(f"X{number}" for number in range(60, 85))),  # causes
    "UEC03": ("crude", 0, 17, ("",)),  # any diagnosis, and none
    "UEC04": ("dsr", 0, 200, ACSC),
}
HIGHER_IS_BETTER = (
    "DQ01", "DQ02", "DQ03", "CVD01", "CVD03", "CVD04", "CVD05", "SMI01", "RES02", "DIA01", "LDA01", "CYD02", "EPI01",
)  # fmt: skip
# Column of a row, the breakdown it makes, the edition of the index it needs.
DEPRIVATION = [
    (f"{name}_{edition}", name, str(edition))
    for edition in (2019, 2025)
    for name in ("imd_decile", "imd_quintile", "core20")
]
PEOPLE = [("ethnic_group_5", "ethnic_group_5", "not_used"), ("sex", "sex", "not_used")]
TOTAL = [("total", "total", "not_used")]
CELL = ["area_type", "area_code", "imd_edition", "breakdown", "category"]
# Standardised rates of events that one person may have again.
REPEATED = ("CVD06", "CVD06_CVDP", "CVD07", "RES01", "CMH02", "UEC04")


@dataclass(frozen=True)
class Country:
    """Where everybody lives, by any LSOA code a record may carry, and how many people there are."""

    residence: pd.DataFrame
    people: pd.DataFrame


def read_country(reference: Path) -> Country:
    """Deciles of both editions and the ICB of 2026 for every LSOA code of 2011 and 2021, and the population."""
    decile: dict[int, pd.Series[int]] = {}
    for edition in (2019, 2025):
        rank = pd.read_csv(reference / f"imd{edition}_file7.csv").iloc[:, [0, 5]].set_axis(["lsoa", "rank"], axis=1)
        tenth = -(-rank["rank"] * 10 // len(rank))  # the ceiling of rank * 10 / N, in whole numbers
        decile[edition] = pd.Series(tenth.to_numpy(), index=rank["lsoa"])
    people = pd.read_parquet(reference / "population_lsoa21.parquet")
    size = people.groupby("lsoa21_code")["population"].sum()
    pairs = pd.read_csv(reference / "lsoa11_lsoa21.csv")[["LSOA11CD", "LSOA21CD"]].set_axis(["old", "new"], axis=1)

    def partner(code: str, given: str, wanted: str) -> str:
        """The code itself where it exists in the other vintage; otherwise the partner with most people, then first."""
        if (pairs[wanted] == code).any():
            return code
        found = sorted(pairs.loc[pairs[given] == code, wanted])
        return str(max(found, key=lambda other: (int(size.get(other, 0)), -found.index(other))))

    codes = sorted(set(pairs["old"]) | set(pairs["new"]))
    old = {code: partner(code, "new", "old") for code in codes}
    new = {code: partner(code, "old", "new") for code in codes}
    icb = pd.read_csv(reference / "lsoa21_area_2026.csv").set_index("LSOA21CD")["ICB26CD"]
    residence = pd.DataFrame({"lsoa": codes}).set_index("lsoa")
    residence["icb"] = [icb[new[code]] for code in codes]
    residence["imd_2019"] = [decile[2019][old[code]] for code in codes]
    residence["imd_2025"] = [decile[2025][new[code]] for code in codes]
    rows = people.set_axis(["lsoa", "sex", "ethnic", "age", "n"], axis=1)
    return Country(residence, describe(rows, residence))


def describe(rows: pd.DataFrame, residence: pd.DataFrame) -> pd.DataFrame:
    """Adds what people are grouped by. `rows` has lsoa, ethnic, sex and age; unknown is a group, never dropped."""
    lsoa = rows["lsoa"].fillna("")
    place = residence.reindex(lsoa)
    abroad = lsoa.str[:1].isin(["W", "S", "N"]).to_numpy()
    elsewhere = np.where(abroad, "outside_england", "unknown")
    out = rows.assign(total="total", in_england=~abroad)
    out["icb"] = place["icb"].where(place["icb"].notna().to_numpy(), elsewhere).to_numpy()
    for edition in (2019, 2025):
        tenth = place[f"imd_{edition}"].to_numpy(dtype=float)
        for name, number in (("imd_decile", tenth), ("imd_quintile", np.ceil(tenth / 2))):
            label = pd.Series(number, dtype="Int64").astype("string").to_numpy(dtype=object, na_value="")
            out[f"{name}_{edition}"] = np.where(np.isnan(tenth), elsewhere, label)
        out[f"core20_{edition}"] = np.where(np.isnan(tenth), elsewhere, np.where(tenth <= 2, "core20", "rest"))
    out["ethnic_group_5"] = rows["ethnic"].map(GROUP).fillna("unknown")
    out["sex"] = rows["sex"].map({"1": "male", "2": "female"}).fillna("unknown")
    out["band"] = np.minimum(rows["age"] // 5, 18)
    return out


def read_admissions(landing: Path, residence: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    """Episodes of the months given; the restated month from its second delivery."""
    tables = []
    for month in months:
        name = f"hes_apc_{month.replace('-', '')}"
        revised = landing / "sus_apc" / f"{name}-revised.csv"
        path = revised if revised.exists() else landing / "sus_apc" / f"{name}.csv"
        tables.append(pd.read_csv(path, dtype=str).assign(month=month))
    table = pd.concat(tables, ignore_index=True)
    age = table["STARTAGE"].astype(float)
    table["age"] = age.mask(age.between(7001, 7007), 0).clip(upper=90)
    names = {"LSOA11": "lsoa", "ETHNOS": "ethnic", "SEX": "sex", "PROCODE3": "provider"}
    return describe(table.rename(columns=names), residence)


def read_attendances(landing: Path, residence: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    tables = [pd.read_parquet(landing / "ecds" / f"ecds_{month}.parquet").assign(month=month) for month in months]
    table = pd.concat(tables, ignore_index=True)
    names = {
        "Der_Postcode_LSOA_2021_Code": "lsoa", "Ethnic_Category": "ethnic", "Sex": "sex",
        "Der_Provider_Code": "provider",
    }  # fmt: skip
    table["age"] = table["Age_At_Arrival"].astype(float).clip(upper=90)
    return describe(table.rename(columns=names), residence)


def read_appointments(landing: Path, residence: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    names = [(month, landing / "sus_op" / f"hes_op_{month.replace('-', '')}.csv") for month in months]
    table = pd.concat([pd.read_csv(path, dtype=str).assign(month=month) for month, path in names], ignore_index=True)
    table["age"] = table["APPTAGE"].astype(float).clip(upper=90)
    names_of = {"LSOA11": "lsoa", "ETHNOS": "ethnic", "SEX": "sex", "PROCODE3": "provider"}
    return describe(table.rename(columns=names_of), residence)


def timed_stays(attendances: pd.DataFrame) -> pd.DataFrame:
    """Attendances of department types 1 and 2 with valid times, and the minutes that passed between them."""

    def moment(day: str, clock: str) -> pd.Series[pd.Timestamp]:
        local = pd.to_datetime(attendances[day].astype("string") + " " + attendances[clock])
        return local.dt.tz_localize("Europe/London", ambiguous=np.zeros(len(local), dtype=bool))

    passed = moment("EC_Departure_Date", "EC_Departure_Time") - moment("Arrival_Date", "Arrival_Time")
    rows = attendances.assign(minutes=passed.dt.total_seconds() / 60)
    return rows[rows["EC_Department_Type"].isin(["01", "02"]) & (rows["minutes"] >= 0)]


def read_waiting(landing: Path, residence: pd.DataFrame, week: str) -> pd.DataFrame:
    table = pd.read_csv(landing / "wlmds" / f"wlmds_{week}.csv", dtype=str)
    started = pd.to_datetime(table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"])
    table["days"] = (pd.Timestamp(week) - started).dt.days
    table["age"] = table["Age"].astype(float).clip(upper=90)
    names = {
        "derLSOA2021": "lsoa", "ETHNIC_CATEGORY": "ethnic", "PERSON_STATED_GENDER_CODE": "sex",
        "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER": "provider",
    }  # fmt: skip
    return describe(table.rename(columns=names), residence)


def counted(
    indicator: str, admissions: pd.DataFrame, attendances: pd.DataFrame, appointments: pd.DataFrame
) -> pd.DataFrame:
    """The records a rate counts: residents of England (or not known where they live) only."""
    _, youngest, oldest, diagnoses = RATES[indicator]
    if indicator == "UEC01":
        return attendances[attendances["EC_AttendanceCategory"].isin(["1", "2", "3"]) & attendances["in_england"]]
    if indicator.startswith("ELE05_OP"):
        kinds = ["3", "4"] if indicator == "ELE05_OP_VIRTUAL" else ["1", "2", "3", "4", "9"]
        attended = appointments["ATTENDED"].isin(["5", "6"]) & appointments["FIRSTATT"].isin(kinds)
        return appointments[attended & appointments["in_england"]]
    finished = admissions["CLASSPAT"].isin(["1", "2", "5"]) & (admissions["EPISTAT"] == "3")
    wanted = finished & admissions["in_england"] & admissions["age"].between(youngest, oldest)
    if indicator.startswith("ORA01"):
        teeth = admissions["OPERTN_4_01"].fillna("").str[:3].isin(["F09", "F10"])
        decayed = admissions["DIAG_4_01"].isin(CARIES) | (indicator == "ORA01_ALL")
        return admissions[wanted & teeth & decayed]
    methods = ["11", "12", "13"] if indicator == "ELE05_ELECTIVE" else EMERGENCY
    first = admissions["ADMIMETH"].isin(methods) & (admissions["EPIORDER"] == "1")
    if indicator == "CMH02":
        return admissions[wanted & first & any_cause(admissions, diagnoses)]
    return admissions[wanted & first & admissions["DIAG_4_01"].fillna("").str.startswith(diagnoses)]


def any_cause(admissions: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series[bool]:
    """Whether one of the codes is in the cause field or any secondary diagnosis (the sample writes two)."""
    fields = admissions[["CAUSE_4", "DIAG_4_02", "DIAG_4_03"]].fillna("")
    found: pd.Series[bool] = fields.apply(lambda field: field.str.startswith(codes)).any(axis=1)
    return found


def by_cell(
    rows: pd.DataFrame, measures: list[str], breakdowns: list[tuple[str, str, str]], extra: list[str]
) -> pd.DataFrame:
    """Sums of the measures for the country and each ICB, by each breakdown (and `extra` columns)."""
    parts = []
    for column, breakdown, edition in breakdowns:
        for area_type in ("england", "icb"):
            keys = [column, *extra] + (["icb"] if area_type == "icb" else [])
            part = rows.groupby(keys, as_index=False)[measures].sum()
            part["area_code"] = part["icb"] if area_type == "icb" else "F92000001"
            part = part.assign(area_type=area_type, imd_edition=edition, breakdown=breakdown, category=part[column])
            parts.append(part[[*CELL, *extra, *measures]])
    return pd.concat(parts, ignore_index=True)


def disclosed(count: pd.Series[float]) -> pd.Series[float]:
    """1 to 7 hidden, the rest to the nearest five."""
    return ((count + 2) // 5 * 5).where(~count.between(1, 7)).astype(float)


def byar(events: pd.Series[float], z: float) -> tuple[pd.Series[float], pd.Series[float]]:
    above = events + 1
    lower = events * (1 - 1 / (9 * events) - z / (3 * np.sqrt(events))) ** 3
    return lower, above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3


def poisson(events: pd.Series[float], z: float) -> tuple[pd.Series[float], pd.Series[float]]:
    """Exact under ten events, Byar from ten on."""
    from scipy.stats import chi2, norm

    tail = 1 - norm.cdf(z)
    lower, upper = byar(events.where(events >= 10, 10), z)
    exact_lower = pd.Series(chi2.ppf(tail, 2 * events) / 2, index=events.index).fillna(0).where(events > 0, 0)
    exact_upper = pd.Series(chi2.ppf(1 - tail, 2 * events + 2) / 2, index=events.index)
    return lower.where(events >= 10, exact_lower), upper.where(events >= 10, exact_upper)


def wilson(x: pd.Series[float], n: pd.Series[float], z: float) -> tuple[pd.Series[float], pd.Series[float]]:
    spread = z * np.sqrt(z * z + 4 * x * (1 - x / n))
    lower, upper = ((2 * x + z * z + sign * spread) / (2 * (n + z * z)) for sign in (-1, 1))
    return lower.where(x > 0, 0 * n), upper.where(x < n, n / n)


def squares(indicator: str, events: pd.DataFrame) -> pd.Series[float]:
    """What each event adds to the sum of f squared: f, the events of its person in the age band, where those count."""
    if indicator not in REPEATED:
        return pd.Series(1.0, index=events.index)
    times = events.groupby(["PSEUDO_HESID", "band"])["band"].transform("size")
    return times.fillna(1).astype(float)


def rate_cells(
    indicator: str,
    events: pd.DataFrame,
    people: pd.DataFrame,
    shown: list[str],
    rates: dict[str, tuple[str, int, int, tuple[str, ...]]] = RATES,
) -> pd.DataFrame:
    """Every published row of a rate (all but by age): counts as disclosed, value, limits, status, log variance."""
    measure, youngest, oldest, _ = rates[indicator]
    breakdowns = [item for item in (*TOTAL, *DEPRIVATION, *PEOPLE) if item[1] in shown]
    people = people[people["age"].between(youngest, oldest)]
    events = events.assign(events=1, squared=squares(indicator, events), band=events["band"].fillna(-1))
    both = by_cell(events, ["events", "squared"], breakdowns, ["band"]).merge(
        by_cell(people, ["n"], breakdowns, ["band"]), how="outer", on=[*CELL, "band"]
    )
    both[["events", "squared", "n"]] = both[["events", "squared", "n"]].fillna(0)
    weight = pd.Series(ESP, dtype=float)
    in_band = both["band"] >= 0
    both["weight"] = both["band"].map(weight).where(in_band, 0.0)
    both["banded"] = both["events"].where(in_band, 0)
    both["rate"] = both["weight"] * both["banded"] / both["n"].where(both["n"] > 0)
    both["variance"] = both["weight"] ** 2 * both["squared"].where(in_band, 0) / both["n"].where(both["n"] > 0) ** 2
    both["has_people"] = (in_band & (both["n"] > 0)).astype(int)
    cell = both.groupby(CELL, as_index=False)[["events", "n", "banded", "rate", "variance", "has_people"]].sum()
    cell["numerator"], cell["denominator"] = disclosed(cell["events"]), cell["n"]
    cell["value_status"] = "shown"
    if measure == "dsr":
        bands = range(youngest // 5, min(oldest // 5, 18) + 1)
        total = float(weight.loc[list(bands)].sum())
        cell.loc[cell["banded"] < 10, "value_status"] = "too_few_events"
        cell.loc[cell["has_people"] < len(bands), "value_status"] = "no_population"
        value, variance = cell["rate"] / total, cell["variance"] / total**2
        cell["value"] = value * 1e5
        for z, level in ((Z95, "95"), (Z998, "998")):
            for side, limit in zip(("lower", "upper"), byar(cell["banded"], z), strict=True):
                step = np.sqrt(variance / cell["banded"]) * (limit - cell["banded"])
                cell[f"{side}_{level}"] = (value + step) * 1e5
        cell["log_variance"] = variance / value**2
    else:
        cell.loc[cell["n"] == 0, "value_status"] = "no_population"
        cell["value"] = cell["numerator"] / cell["n"] * 1e5
        for z, level in ((Z95, "95"), (Z998, "998")):
            for side, limit in zip(("lower", "upper"), poisson(cell["numerator"], z), strict=True):
                cell[f"{side}_{level}"] = limit / cell["n"] * 1e5
        cell["log_variance"] = (1 / cell["numerator"]).where(cell["numerator"] > 0)
    cell.loc[cell["numerator"].isna(), "value_status"] = "suppressed"
    return _without_hidden(cell.assign(indicator_id=indicator))


def proportion_cells(indicator: str, rows: pd.DataFrame, is_in: pd.Series[bool], shown: list[str]) -> pd.DataFrame:
    """Every published row of a proportion (all but by age): from counts as disclosed."""
    plus = [(name, name, "not_used") for name in shown if name.startswith("plus_")]
    breakdowns = [*(item for item in (*TOTAL, *DEPRIVATION, *PEOPLE) if item[1] in shown), *plus]
    cell = by_cell(rows.assign(x=is_in.astype(int), y=1), ["x", "y"], breakdowns, [])
    cell["numerator"], cell["denominator"] = disclosed(cell["x"]), disclosed(cell["y"])
    cell["value_status"] = np.where(cell[["numerator", "denominator"]].isna().any(axis=1), "suppressed", "shown")
    cell["numerator"] = cell["numerator"].where(cell["value_status"] == "shown")
    cell["value"] = cell["numerator"] / cell["denominator"] * 100
    for z, level in ((Z95, "95"), (Z998, "998")):
        for side, limit in zip(("lower", "upper"), wilson(cell["numerator"], cell["denominator"], z), strict=True):
            cell[f"{side}_{level}"] = limit * 100
    cell["log_variance"] = (1 / cell["numerator"] - 1 / cell["denominator"]).where(cell["numerator"] > 0)
    return _without_hidden(cell.assign(indicator_id=indicator))


def _without_hidden(cell: pd.DataFrame) -> pd.DataFrame:
    numbers = ["value", "lower_95", "upper_95", "lower_998", "upper_998", "log_variance"]
    cell[numbers] = cell[numbers].where(cell["value_status"] == "shown")
    return cell[["indicator_id", *CELL, "numerator", "denominator", "value_status", *numbers]]


def gaps(cells: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Gaps of quintiles 1 and 5, Core20 and the rest, ethnic groups and White, PLUS groups; positive: first worse."""
    for breakdown, most, least, dimension in (
        ("imd_quintile", "1", "5", "imd_quintile_1_and_5"),
        ("core20", "core20", "rest", "core20_and_rest"),
        *(("ethnic_group_5", name, "White", f"ethnic_group_5_{name.lower()}_and_white") for name in FOUR_GROUPS),
        *((name, "member", "not_member", name) for name in sorted(set(cells["breakdown"])) if name.startswith("plus_")),
    ):
        rows = cells[cells["breakdown"] == breakdown]
        keys = ["indicator_id", "area_type", "area_code", "imd_edition"]
        sides = (rows[rows["category"] == most], rows[rows["category"] == least])
        pairs = sides[0].merge(sides[1], on=keys, how="outer", suffixes=("_a", "_b"))
        # An area with nobody in one of the two groups has a row that says there is nothing to compare.
        for side in "ab":
            pairs[f"value_status_{side}"] = pairs[f"value_status_{side}"].fillna("not_evaluable")
        for record in pairs.to_dict("records"):
            pair = {str(name): value for name, value in record.items()}
            yield from _gap(pair, {**{key: pair[key] for key in keys}, "dimension": dimension})


def _gap(pair: dict[str, object], key: dict[str, object]) -> Iterator[dict[str, object]]:
    """Square-and-add limits of the difference (Newcombe's method 10), log limits of the ratio."""
    a, al, au, av, b, bl, bu, bv = (
        float(pair[f"{name}_{side}"])  # type: ignore[arg-type]
        for side in "ab"
        for name in ("value", "lower_95", "upper_95", "log_variance")
    )
    status = next(
        (str(pair[f"value_status_{side}"]) for side in "ab" if pair[f"value_status_{side}"] != "shown"), "shown"
    )
    if "suppressed" in (pair["value_status_a"], pair["value_status_b"]):
        status = "suppressed"
    better = str(pair["indicator_id"]).startswith(HIGHER_IS_BETTER)
    low, high = a - b - np.hypot(a - al, bu - b), a - b + np.hypot(au - a, b - bl)
    triple = (b - a, -high, -low) if better else (a - b, low, high)
    yield _row(key, "absolute_gap", status, triple)
    if status == "shown" and not (a > 0 and b > 0):
        status = "not_evaluable"
    if status != "shown":
        yield _row(key, "relative_gap", status, (np.nan,) * 3)
        return
    error = Z95 * np.sqrt(av + bv)
    ratio = b / a if better else a / b
    yield _row(key, "relative_gap", status, (ratio, ratio * np.exp(-error), ratio * np.exp(error)))


def _row(key: dict[str, object], measure: str, status: str, triple: tuple[float, ...]) -> dict[str, object]:
    values = triple if status == "shown" else (np.nan,) * 3
    return {
        **key,
        "measure": measure,
        "value_status": status,
        **dict(zip(("value", "lower_95", "upper_95"), values, strict=True)),
    }

"""The published numbers of a night equal a plain recomputation from the files, and what was planted, within chance.

The night is run once, at full scale, by the function the command line calls; `recompute` reads the same landed and
reference files with pandas and shares no code with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from pipeline.orchestration.command import run_nightly
from pipeline.settings import Settings
from tests.spec import (
    recompute,
    recompute_continuity,
    recompute_gp,
    recompute_gradient,
    recompute_index,
    recompute_percentile,
    recompute_plus,
    recompute_waiting,
)
from tests.spec.night import (
    EXACT,
    GAP_KEYS,
    KEYS,
    NUMBERS,
    NightRun,
    assert_cells_and_gaps,
    assert_same,
    published_cells,
    published_gaps,
)
from tests.spec.recompute import RATES, Country

pytestmark = pytest.mark.slow

YEAR = [str(month) for month in pd.period_range("2025-09", "2026-08", freq="M")]
ROLLING_END, LAST_WEEK, RESTATED = "2026-08-31", "2026-08-30", "2026-03"
GP_SNAPSHOTS = ["2026-03-31", "2026-09-30"]  # those that truths are stated for
# Indicators on the feeds of services: better when higher, and those shown in every group of England with clear gaps.
HIGHER_IS_BETTER = ("MAT01", "MEN01", "SMO01", "CMH01")
SERVICES = ("CMH01", "MEN01", "MEN02")
LIMIT = 4.0  # standard errors: among some hundred comparisons chance alone stays below it
SHOWN_DQ01 = ["total", "imd_decile", "imd_quintile", "core20", "sex"]
SHOWN_DQ02 = ["total", "ethnic_group_5", "sex"]
SHOWN_WOMEN = ["total", "imd_decile", "imd_quintile", "core20", "ethnic_group_5"]
SHOWN_ALL, SHOWN_OF = [*SHOWN_WOMEN, "sex"], {"RES02_PREGNANT": SHOWN_WOMEN}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NightRun]:
    before = dict(os.environ)
    settings = Settings(home=tmp_path_factory.mktemp("night"))
    try:
        run = run_nightly(settings, None, lambda _: None)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert run.state == "degraded", run.lines  # the planted faults
    assert run.release is not None
    yield NightRun(settings.sample, run.release / "core20.duckdb")


@pytest.fixture(scope="module")
def country(night: NightRun) -> Country:
    return recompute.read_country(night.sample / "reference")


@pytest.fixture(scope="module")
def admissions(night: NightRun, country: Country) -> pd.DataFrame:
    return recompute.read_admissions(night.sample / "landing", country.residence, YEAR)


@pytest.fixture(scope="module")
def attendances(night: NightRun, country: Country) -> pd.DataFrame:
    return recompute.read_attendances(night.sample / "landing", country.residence, YEAR)


@pytest.fixture(scope="module")
def appointments(night: NightRun, country: Country) -> pd.DataFrame:
    return recompute.read_appointments(night.sample / "landing", country.residence, YEAR)


@pytest.fixture(scope="module")
def waiting(night: NightRun, country: Country) -> pd.DataFrame:
    return recompute.read_waiting(night.sample / "landing", country.residence, LAST_WEEK)


@pytest.fixture(scope="module")
def rates(
    country: Country, admissions: pd.DataFrame, attendances: pd.DataFrame, appointments: pd.DataFrame
) -> pd.DataFrame:
    counted = {name: recompute.counted(name, admissions, attendances, appointments) for name in RATES}
    found = [recompute.rate_cells(name, rows, country.people, SHOWN_ALL) for name, rows in counted.items()]
    return pd.concat(found, ignore_index=True)


def completeness(rows: pd.DataFrame, feed: str) -> pd.DataFrame:
    """DQ01 and DQ02 of one feed and period; residents of other nations are not in DQ02."""
    known = rows["ethnic_group_5"] != "unknown"
    home = rows[rows["in_england"]]
    placed = home["imd_decile_2025"] != "unknown"
    return pd.concat(
        [
            recompute.proportion_cells(f"DQ01_{feed}", rows, known, SHOWN_DQ01),
            recompute.proportion_cells(f"DQ02_{feed}", home, placed, SHOWN_DQ02),
        ],
        ignore_index=True,
    )


def test_rates_of_the_rolling_year_are_recomputed_exactly(night: NightRun, rates: pd.DataFrame) -> None:
    published = published_cells(night, "rolling_12m", ROLLING_END, list(RATES))
    assert_same(published, rates, KEYS, NUMBERS)
    # All that makes it hard is there: both editions, hidden counts, too few events, people of unknown residence.
    assert {"2019", "2025", "not_used"} == set(rates["imd_edition"])
    assert {"shown", "suppressed", "too_few_events", "no_population"} == set(published["value_status"])
    assert "unknown" in set(published["area_code"])


def test_gaps_of_rates_are_recomputed_exactly(night: NightRun, rates: pd.DataFrame) -> None:
    published = published_gaps(night, "rolling_12m", ROLLING_END, list(RATES))
    assert_same(published, pd.DataFrame(recompute.gaps(rates)), GAP_KEYS, ["value", "lower_95", "upper_95"])


def test_waits_and_their_gaps_are_recomputed(night: NightRun, waiting: pd.DataFrame) -> None:
    shares = recompute_waiting.shares(waiting, SHOWN_ALL)
    assert_cells_and_gaps(night, ("month_end", LAST_WEEK), list(recompute_waiting.OVER), shares)
    ranks = recompute_percentile.cells(waiting, SHOWN_ALL)
    assert_same(published_cells(night, "month_end", LAST_WEEK, recompute_percentile.INDICATORS), ranks, KEYS, NUMBERS)
    gaps = published_gaps(night, "month_end", LAST_WEEK, recompute_percentile.INDICATORS)
    differences = recompute_percentile.gaps(ranks)
    gaps = pd.concat([gaps, recompute_percentile.published_within(night.query, LAST_WEEK)])
    expected = pd.concat([differences, recompute_percentile.within(waiting, differences)])
    assert_same(gaps, expected, GAP_KEYS, ["value", "lower_95", "upper_95"])


def test_rates_on_the_waiting_list_and_their_gaps_are_recomputed_exactly(
    night: NightRun, waiting: pd.DataFrame, country: Country
) -> None:
    expected = recompute_waiting.rates(waiting, country.people, SHOWN_ALL)
    assert_cells_and_gaps(night, ("month_end", LAST_WEEK), list(recompute_waiting.RATES), expected)


def test_continuity_of_carer_as_received_is_recomputed_exactly(night: NightRun, country: Country) -> None:
    expected = recompute_continuity.cells(night.sample / "landing", country.residence, "2026-06")
    published = published_cells(night, "month", "2026-06-30", ["MAT01_RECEIVED"])
    assert_same(published, expected, KEYS, ["numerator", "denominator", "value"])


# June, and October with the night of 25 hours.
@pytest.mark.parametrize("month_end", ["2026-06-30", "2025-10-31"])
def test_long_stays_and_their_gaps_are_recomputed_exactly(
    month_end: str, night: NightRun, attendances: pd.DataFrame
) -> None:
    stays = recompute.timed_stays(attendances[attendances["month"] == month_end[:7]])
    for name, is_long in (("UEC02", stays["minutes"] >= 720), ("UEC02_4H", stays["minutes"] > 240)):
        expected = recompute.proportion_cells(name, stays, is_long, SHOWN_ALL)
        assert_cells_and_gaps(night, ("month", month_end), [name], expected)


def test_shares_of_appointments_and_their_gaps_are_recomputed_exactly(
    night: NightRun, appointments: pd.DataFrame
) -> None:
    june = appointments[appointments["month"] == "2026-06"]
    attended, both = june[june["ATTENDED"].isin(["5", "6"])], june[june["ATTENDED"].isin(["3", "5", "6"])]
    for name, rows, is_in in (
        ("DIG02", attended, attended["FIRSTATT"].isin(["3", "4"])),
        ("ELE05_DNA", both, both["ATTENDED"] == "3"),
    ):
        expected = recompute.proportion_cells(name, rows, is_in, SHOWN_ALL)
        assert_cells_and_gaps(night, ("month", "2026-06-30"), [name], expected)


# June, and the last snapshot, of which the season of vaccination has one month.
@pytest.mark.parametrize("day", ["2026-06-30", "2026-09-30"])
def test_indicators_of_the_gp_extract_and_their_gaps_are_recomputed_exactly(
    day: str, night: NightRun, country: Country
) -> None:
    table = recompute_gp.read_snapshot(night.sample / "landing", country.residence, day)
    care = recompute_gp.asked_and_met(table, day)
    parts = {name: (table[asked], met[asked]) for name, (asked, met) in care.items()}
    cells = [recompute.proportion_cells(name, *part, SHOWN_OF.get(name, SHOWN_ALL)) for name, part in parts.items()]
    expected = pd.concat([*cells, completeness(table, "GP_EXTRACT")], ignore_index=True)
    names = [*care, "DQ01_GP_EXTRACT", "DQ02_GP_EXTRACT"]
    assert_cells_and_gaps(night, ("month_end", day), names, expected)
    assert night.query("select 1 from indicator_value where area_type = 'practice' and indicator_id = 'CVD01'").empty


def test_waits_by_plus_group_are_recomputed_exactly_and_a_planted_gap_is_recovered(
    night: NightRun, waiting: pd.DataFrame
) -> None:
    """Persons are matched by the identifiers in the files: what is published was matched by pseudonym."""
    over = {"ELE02": 126, "ELE03": 364}
    expected = recompute_plus.waits(night.sample / "landing", waiting, LAST_WEEK, over)
    assert_cells_and_gaps(night, ("month_end", LAST_WEEK), [*over], expected, plus=True)
    members = expected[(expected["area_type"] == "england") & (expected["category"] == "member")]
    assert len(members) == 12 and (members["denominator"] > 30).all()
    assert recompute_plus.planted(night.sample, night.query)["inside"].all()


@pytest.mark.parametrize("feed", ["SUS_APC", "SUS_OP", "ECDS", "WLMDS"])
def test_completeness_is_recomputed_exactly(
    feed: str,
    night: NightRun,
    admissions: pd.DataFrame,
    appointments: pd.DataFrame,
    attendances: pd.DataFrame,
    waiting: pd.DataFrame,
) -> None:
    month = "2026-06"
    period = ("month_end", LAST_WEEK) if feed == "WLMDS" else ("month", "2026-06-30")
    rows = {
        "SUS_APC": admissions[admissions["month"] == month],
        "SUS_OP": appointments[appointments["month"] == month],
        "ECDS": attendances[attendances["month"] == month],
        "WLMDS": waiting,
    }[feed]
    expected = completeness(rows, feed)
    names = [f"DQ01_{feed}", f"DQ02_{feed}"]
    assert_cells_and_gaps(night, period, names, expected)


def test_indices_over_all_groups_are_recomputed_exactly(night: NightRun) -> None:
    """In every area and period whose five quintiles were published; elsewhere there must be none."""
    groups = night.query(
        f"""select {", ".join(recompute_index.AREA)}, category, denominator, value, lower_95, upper_95, unit
        from indicator_value where breakdown = 'imd_quintile' and category between '1' and '5' and unit <> 'days'"""
    )
    expected = recompute_index.indices(groups, (*recompute.HIGHER_IS_BETTER, *HIGHER_IS_BETTER))
    published = night.query(
        f"""select {", ".join(recompute_index.AREA)}, measure,
        value, lower_95, upper_95
        from indicator_inequality where dimension = 'imd_quintile' and value_status = 'shown'"""
    )
    both = published.merge(expected, on=[*recompute_index.AREA, "measure"], how="outer", suffixes=("", "_expected"))
    assert len(both) > 10_000
    assert set(both["measure"]) >= {"slope_index", "relative_index_england_groups", "concentration_index_relative"}
    for name in ("value", "lower_95", "upper_95"):
        left, right = (both[column].to_numpy(dtype=float) for column in (name, f"{name}_expected"))
        has_limits = both["measure"].str.contains("slope_index|relative_index") | (name == "value")
        wrong = ~np.isclose(left, right, rtol=EXACT, atol=1e-9, equal_nan=True) & has_limits.to_numpy()
        assert both[wrong].head(5).to_dict("records") == [], name


def test_the_gradient_over_lsoas_is_recomputed_exactly(
    night: NightRun, country: Country, admissions: pd.DataFrame
) -> None:
    """From LSOA, age and rank alone; published are multiples of a step that five admissions in one LSOA stay below."""
    counted = recompute.counted("UEC04", admissions, admissions, admissions)
    expected = recompute_gradient.gradients(night.sample / "reference", country.people, counted)
    published = night.query(
        """select area_type, area_code, imd_edition, value, lower_95, upper_95, value_status from indicator_inequality
        where measure = 'absolute_gradient' and indicator_id = 'UEC04' and period_end = cast(? as date)""",
        ROLLING_END,
    )
    both = published.merge(expected, on=["area_type", "area_code", "imd_edition"], how="outer", indicator=True)
    assert (both["_merge"] == "both").all() and set(both["area_type"]) == {"england", "region", "icb", "sub_icb", "la"}
    assert (both["value_status"] == "shown").all()
    assert ((both["value"] - both["agi"]).abs() <= both["step"] / 2 + 1e-6).all()
    assert (both["lower_95"] - both["lower"]).between(-both["step"] - 1e-6, 1e-6).all()
    assert (both["upper_95"] - both["upper"]).between(-1e-6, both["step"] + 1e-6).all()
    for name in ("value", "lower_95", "upper_95"):
        assert np.allclose(both[name] / both["step"], (both[name] / both["step"]).round(), atol=1e-9), name
    assert (both["step"] >= both["five_events"]).all() and (both["step"] < 2.5001 * both["five_events"]).all()


def test_control_limits_of_monthly_series_are_recomputed_exactly(night: NightRun) -> None:
    """Mean and mean moving range of the published months; the planted fall in known ethnicity is outside them."""
    series = [*GAP_KEYS, "category", "release_state"]
    points = night.query(
        f"""select {", ".join(series)}, period_end, value, mean, lower_process_limit, upper_process_limit,
        special_cause_type, has_trial_limits from indicator_trend
        where method = 'XmR control chart' and value is not null order by period_end"""
    )
    grouped = points.groupby(series)["value"]
    reach = 2.66 * points.assign(step=grouped.diff().abs()).groupby(series)["step"].transform("mean")
    mean, months = grouped.transform("mean"), grouped.transform("size")
    assert len(points) > 5_000 and (months > 1).mean() > 0.9
    for name, expected in (
        ("mean", mean),
        ("lower_process_limit", mean - reach),
        ("upper_process_limit", mean + reach),
    ):
        assert np.allclose(points[name], expected, rtol=EXACT, atol=1e-9, equal_nan=True), name
    assert (points["has_trial_limits"] == (months < 12)).all()
    above, below = points["value"] > mean + reach + 1e-9, points["value"] < mean - reach - 1e-9
    assert set(points.loc[above, "special_cause_type"]) == {"Above UCL"}
    assert set(points.loc[below, "special_cause_type"]) == {"Below LCL"}
    assert not points.loc[~above & ~below, "special_cause_type"].str.contains("UCL|LCL").any()
    # NHS trusts of the fictional country that stopped coding ethnicity in the summer show in the whole country.
    is_planted = (points["indicator_id"] == "DQ01_SUS_APC") & (points["area_type"] == "england") & below
    assert "2026-07-31" in set(points.loc[is_planted & (points["dimension"] == "total"), "period_end"].astype(str))


def test_the_restated_month_is_counted_from_its_second_delivery_alone(
    night: NightRun, country: Country, admissions: pd.DataFrame
) -> None:
    folder = night.sample / "landing" / "sus_apc"
    first, second = (len(pd.read_csv(folder / f"hes_apc_202603{name}.csv", dtype=str)) for name in ("", "-revised"))
    expected = completeness(admissions[admissions["month"] == RESTATED], "SUS_APC")
    published = published_cells(night, "month", "2026-03-31", ["DQ01_SUS_APC", "DQ02_SUS_APC"])
    assert_same(published, expected, KEYS, NUMBERS)
    total = expected[(expected["indicator_id"] == "DQ01_SUS_APC") & (expected["breakdown"] == "total")]
    england = float(total.loc[total["area_type"] == "england", "denominator"].iloc[0])
    assert abs(england - second) <= 2 < abs(england - first)


def test_every_kind_of_record_that_must_not_count_is_in_the_files(
    admissions: pd.DataFrame, attendances: pd.DataFrame, waiting: pd.DataFrame
) -> None:
    """Without such records the equalities above would prove little."""
    assert {"1", "3", "9"} & set(admissions["EPISTAT"]) > {"3"}
    assert (admissions["EPIORDER"].astype(int) > 1).any()
    assert admissions["CLASSPAT"].isin(["3", "4"]).any()
    assert admissions["ethnic"].isin(["Z", "99", "X"]).any()
    assert admissions["lsoa"].isna().any() and (admissions["lsoa"] == "Z99999999").any()
    assert (~attendances["in_england"]).any()
    assert (attendances["EC_AttendanceCategory"] == "4").any()
    assert (waiting["Waiting_List_Type"] != "IRTT").any()
    assert waiting["days"].isna().any() or (waiting["days"] < 0).any()


def test_published_rates_and_gaps_recover_what_was_planted(night: NightRun) -> None:
    truth = pd.read_csv(night.sample / "truth.csv", dtype=str)
    # Every planted gradient that is large enough to be seen in every group.
    large = [name for name in RATES if not name.startswith(("ELE05", "ORA01_"))]
    wanted = [*large, "ELE01", "ELE01_PERSONS", "ELE02", "ELE03", "UEC02", *SERVICES]
    is_gap = truth["measure"].str.endswith("_gap")
    # Children in dentistry are too few to be shown by ethnic group.
    truth = truth[truth["indicator_id"].isin(wanted) | (is_gap & (truth["indicator_id"] == "ORA01_WAITING"))]
    values = night.query(
        "select indicator_id, imd_edition, breakdown, category, cast(period_end as varchar) as period_end, "
        "period_type, value, lower_95, upper_95 from indicator_value where area_type = 'england'"
    )
    gaps = night.query(
        "select indicator_id, imd_edition, dimension, measure, cast(period_end as varchar) as period_end, period_type, "
        "value, lower_95, upper_95 from indicator_inequality where area_type = 'england'"
    )
    dimension = {"1_vs_5": "imd_quintile_1_and_5", "core20_vs_rest": "core20_and_rest"}
    truth["imd_edition"] = truth["imd_edition"].fillna("not_used")
    truth["dimension"] = truth["category"].map(dimension)
    truth.loc[truth["breakdown"] == "total", "category"] = "total"
    is_gap = truth["dimension"].notna()
    period = ["indicator_id", "imd_edition", "period_type", "period_end"]
    found_values = truth[~is_gap].merge(values, on=[*period, "breakdown", "category"], how="left")
    found_gaps = truth[is_gap].merge(gaps, on=[*period, "dimension", "measure"], how="left")
    sets = len(wanted) + 2  # rates, two waits at two censuses, stays, services
    assert (len(found_values), len(found_gaps)) == (sets * 23, (sets + 1) * 4)
    for found in (found_values, found_gaps):
        planted = found["true_value"].astype(float)
        assert found["value"].notna().all(), found[found["value"].isna()].to_dict("records")
        # A 95 % limit is 1.96 standard errors off on its side; the ratio is judged on the log scale of its limits.
        is_ratio = (found["measure"] == "relative_gap").to_numpy()
        value, lower, upper, true = (
            np.where(is_ratio, np.log(column.clip(lower=1e-9)), column)
            for column in (found["value"], found["lower_95"], found["upper_95"], planted)
        )
        error = np.where(true < value, value - lower, upper - value) / recompute.Z95
        z = (value - true) / error
        assert found.assign(z=z)[~(np.abs(z) < LIMIT)].to_dict("records") == []
        assert (np.abs(z) > recompute.Z95).mean() < 0.15
    ratios = found_gaps[found_gaps["measure"] == "relative_gap"]
    # The registers of the GP extract are small: their gaps have the planted sign, not always beyond chance.
    assert (ratios["value"] > 1).all()
    assert (ratios.loc[~ratios["period_end"].isin(GP_SNAPSHOTS), "lower_95"] > 1).all()

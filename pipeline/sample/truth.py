"""The true size of what was planted: the value each indicator should have, from populations and planted rates alone.

Belongs here: expected values and gaps of the planted indicators. Does not belong here: anything drawn at random.
A true value is the expected value of the indicator, by its catalogue definition, from complete submissions. Records
whose residence or ethnic category is unknown count in the total and in no decile or group, so the values by decile
are the planted rates times the share of records with a usable LSOA, those by ethnic group times the share with a known
category; that is what a correct pipeline publishes, with the unknown share beside it. Planted faults of submitters
are not in the truth. Rates are per 100,000, proportions per cent, absolute gaps in the unit of their indicator; gaps
are positive, and ratios above 1, where the most deprived are worse off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.sample import contacts, detentions, maternity, midwives, rates, talking_therapies, tobacco
from pipeline.sample.admissions import (
    AMBULATORY_CARE_SENSITIVE,
    STROKE_OF_CVDPREVENT,
    elective_admissions,
    emergency_admissions,
)
from pipeline.sample.care import expected_care
from pipeline.sample.emergency import WELSH_SHARE as WELSH_ATTENDANCES
from pipeline.sample.outpatients import WELSH_SHARE as WELSH_APPOINTMENTS
from pipeline.sample.outpatients import expected_appointments, expected_missed
from pipeline.sample.population import ETHNIC_GROUPS, Population, group_of_ethnic
from pipeline.sample.rates import Mask, Planted, expected_events, rate_per_100k
from pipeline.sample.recording import NOT_VERIFIED, UNKNOWN_ETHNICITY, UNKNOWN_RESIDENCE
from pipeline.sample.stays import FOUR_HOURS, expected_stays
from pipeline.sample.streams import Floats
from pipeline.sample.timeline import (
    CLEAN_MONTH_END,
    CLEAN_WEEK,
    MENTAL_HEALTH_END,
    MONTH_END_CENSUSES,
    ROLLING_END,
    SNAPSHOTS,
)
from pipeline.sample.waiting import (
    BOUNDARIES,
    expected_gap_within_functions,
    expected_in_dentistry,
    expected_on_list,
    expected_percentile,
    expected_persons_on_list,
    expected_verified,
    expected_waiting,
)

COLUMNS = (
    "indicator_id", "measure", "imd_edition", "breakdown", "category", "period_type", "period_end", "true_value",
)  # fmt: skip
# Feeds whose indicators are planted shares.
_SHARES = (
    talking_therapies.expected_shares, maternity.expected_shares, midwives.expected_shares, tobacco.expected_shares,
)  # fmt: skip
# indicator, planted events, feed
_RATES = (
    ("CVD06", rates.STROKE, "sus_apc"),
    ("CVD07", rates.INFARCTION, "sus_apc"),
    ("RES01", rates.COPD, "sus_apc"),
    ("UEC01", rates.ATTENDANCE, "ecds"),
    ("AST01", rates.ASTHMA, "sus_apc"),
    ("ORA01", rates.TEETH, "sus_apc"),
    ("CYD01", rates.DIABETES, "sus_apc"),
    ("EPI02", rates.EPILEPSY, "sus_apc"),
    ("CMH02", rates.SELF_HARM, "sus_apc"),
)
# indicator, kinds of event with the share of each that counts, ages, whether standardised: rates on admitted care of
# several kinds of planted events together, or of some of their ages
_MIXED_RATES = (
    ("UEC03", tuple(emergency_admissions(None)), (0, 17), False),
    ("UEC04", tuple(emergency_admissions(AMBULATORY_CARE_SENSITIVE)), (0, 120), True),
    ("ORA01_ALL", ((rates.TEETH, 1.0), (rates.OTHER_TEETH, 1.0)), (0, 10), False),
    ("ORA01_0_5", ((rates.TEETH, 1.0),), (0, 5), False),
    ("ORA01_6_10", ((rates.TEETH, 1.0),), (6, 10), False),
)
# indicator, kinds of event with the share of each that counts, ages, whether standardised, better when higher, feed
_SERVICE_RATES = (
    ("CMH01", ((contacts.ACCESS, contacts.MONTHS_OF_ARRIVAL / 12),), (0, 17), False, True, "mhsds_contact"),
    ("MEN02", ((detentions.DETENTION, 1.0),), (0, 120), True, False, detentions.FEED),
    *(
        (name, ((detentions.DETENTION, share),), (0, 120), True, False, detentions.FEED)
        for name, share in detentions.KINDS.items()
    ),
)
# indicator, longest wait in days that does not count, ages
_WAITS = (
    ("ELE02", BOUNDARIES[0], (0, 120)),
    ("ELE03", BOUNDARIES[1], (0, 120)),
    ("ELE03_65", BOUNDARIES[2], (0, 120)),
    ("ELE03_U18", BOUNDARIES[1], (0, 17)),
)
_ALL_AGES = (0, 120)
# Share of records of people from Wales by feed, where there are enough of them to matter.
_WELSH = {"ecds": WELSH_ATTENDANCES, "sus_op": WELSH_APPOINTMENTS}


@dataclass(frozen=True)
class Truth:
    """One row of truth.csv. ``imd_edition`` is blank where no index is involved."""

    indicator_id: str
    measure: str
    imd_edition: str
    breakdown: str
    category: str
    period_type: str
    period_end: date
    true_value: float

    def row(self) -> tuple[str, ...]:
        return (
            self.indicator_id, self.measure, self.imd_edition, self.breakdown, self.category, self.period_type,
            self.period_end.isoformat(), f"{self.true_value:.10g}",
        )  # fmt: skip


def truths(population: Population) -> Iterator[Truth]:
    """Every true value, in a fixed order."""
    for indicator, planted, feed in _RATES:
        value = _rate(expected_events(planted, population), planted.ages, planted.standardised, population, feed)
        yield from _all(indicator, "dsr" if planted.standardised else "crude_rate", population, value,
                        "rolling_12m", ROLLING_END)  # fmt: skip
    for indicator, parts, ages, standardised in _MIXED_RATES:
        value = _rate(_together(parts, population), ages, standardised, population, "sus_apc")
        yield from _all(indicator, "dsr" if standardised else "crude_rate", population, value,
                        "rolling_12m", ROLLING_END)  # fmt: skip
    yield from _more_rates(population)
    for indicator, kinds, ages, standardised, higher_is_better, feed in _SERVICE_RATES:
        value = _rate(_together(kinds, population), ages, standardised, population, feed)
        yield from _all(indicator, "dsr" if standardised else "crude_rate", population, value,
                        "rolling_12m", MENTAL_HEALTH_END, higher_is_better)  # fmt: skip
    value = _rate(expected_in_dentistry(population), (0, 10), False, population, "wlmds")
    yield from _all("ORA01_WAITING", "crude_rate", population, value, "month_end", MONTH_END_CENSUSES[-1])
    for indicator, days, ages in _WAITS:
        on_list, longer = expected_waiting(population, days, ages)
        for census in MONTH_END_CENSUSES:
            yield from _all(indicator, "proportion", population, _proportion(on_list, longer), "month_end", census)
    yield from _all("DQ03_WLMDS", "proportion", population, _proportion(*expected_verified(population)), "month_end",
                    MONTH_END_CENSUSES[-1], higher_is_better=True)  # fmt: skip
    for indicator, measure, percent in (("ELE04", "median", 50), ("ELE04_P92", "percentile_92", 92)):
        found_here = _all(indicator, measure, population, expected_percentile(population, percent), "month_end",
                          MONTH_END_CENSUSES[-1])  # fmt: skip
        yield from (truth for truth in found_here if truth.measure != "relative_gap")
    yield from _within_functions(population)
    attended, stayed = expected_stays(population)
    yield from _all("UEC02", "proportion", population, _proportion(attended, stayed), "month", CLEAN_MONTH_END)
    attended, stayed = expected_stays(population, FOUR_HOURS + 1)
    yield from _all("UEC02_4H", "proportion", population, _proportion(attended, stayed), "month", CLEAN_MONTH_END)
    found = expected_appointments(population)
    attended, virtual, missed = (cells.sum(axis=(1, 2)) for cells in (found.attended, found.virtual, found.missed))
    for indicator, value in (
        ("DIG02", _proportion(attended, virtual)), ("ELE05_DNA", _proportion(attended + missed, missed)),
    ):  # fmt: skip
        yield from _all(indicator, "proportion", population, value, "month", CLEAN_MONTH_END)
    yield from _plus_truths(population)
    for snapshot in SNAPSHOTS[-3::2]:
        for indicator, asked, met in expected_care(population, snapshot):
            is_better = indicator not in ("CVD02", "AST02", "AST02_3")
            yield from _all(
                indicator, "proportion", population, _proportion(asked, met), "month_end", snapshot, is_better
            )
    for expected_shares in _SHARES:
        for item in expected_shares(population):
            value = _proportion(item.everyone, item.counted)
            yield from _all(item.indicator_id, "proportion", population, value, item.period_type, item.period_end,
                            item.higher_is_better)  # fmt: skip
    for indicator, unknown in (("DQ01", UNKNOWN_ETHNICITY), ("DQ02", UNKNOWN_RESIDENCE), ("DQ03", NOT_VERIFIED)):
        for feed, share in unknown.items():
            periods = {"wlmds": ("month_end", CLEAN_WEEK), "gp_extract": ("month_end", SNAPSHOTS[-1])}
            period = periods.get(feed, ("month", CLEAN_MONTH_END))
            yield Truth(indicator, "proportion", "", "total", feed, *period, 100 * (1 - share))


def _within_functions(population: Population) -> Iterator[Truth]:
    """Differences of median waits within treatment functions: less than those of all pathways together."""
    value, decile = expected_gap_within_functions(population), population.decile
    for breakdown, ends, most, least in (
        ("imd_quintile", "1_vs_5", decile <= 2, decile >= 9), ("core20", "core20_vs_rest", decile <= 2, decile > 2),
    ):  # fmt: skip
        yield Truth("ELE04", "absolute_gap_within_functions", "2025", breakdown, ends, "month_end",
                    MONTH_END_CENSUSES[-1], value(most, least))  # fmt: skip


def _plus_truths(population: Population) -> Iterator[Truth]:
    """What differs by PLUS group: appointments missed, of people with severe mental illness and of others."""
    share = expected_missed(population)
    group, period = "plus_severe_mental_illness", ("financial_year_to_date", ROLLING_END)
    for category, value in share.items():
        yield Truth("ELE05_DNA", "proportion", "", group, category, *period, value)
    ends = "member_vs_not_member"
    yield Truth("ELE05_DNA", "absolute_gap", "", group, ends, *period, share["member"] - share["not_member"])
    yield Truth("ELE05_DNA", "relative_gap", "", group, ends, *period, share["member"] / share["not_member"])


def _more_rates(population: Population) -> Iterator[Truth]:
    """Rates of everyone whose events are sums or parts of what was planted.

    Elective admissions have none by deprivation: their LSOA codes are of 2011, a few of which have no one decile of
    2025, and among a hundred thousand events those few would be seen.
    """
    found = expected_appointments(population)
    strokes = emergency_admissions(STROKE_OF_CVDPREVENT)
    for indicator, events, feed, period in (
        ("CVD06_CVDP", _together(strokes, population), "sus_apc", ("rolling_12m", ROLLING_END)),
        ("ELE05_ELECTIVE", _together(elective_admissions(), population), "sus_apc", ("rolling_12m", ROLLING_END)),
        ("ELE05_OP", found.attended, "sus_op", ("rolling_12m", ROLLING_END)),
        ("ELE05_OP_VIRTUAL", found.virtual, "sus_op", ("rolling_12m", ROLLING_END)),
        ("ELE01", expected_on_list(population), "wlmds", ("month_end", MONTH_END_CENSUSES[-1])),
        ("ELE01_PERSONS", expected_persons_on_list(population), "wlmds", ("month_end", MONTH_END_CENSUSES[-1])),
    ):
        found_here = _all(indicator, "dsr", population, _rate(events, _ALL_AGES, True, population, feed), *period)
        yield from (truth for truth in found_here if indicator != "ELE05_ELECTIVE" or truth.imd_edition == "")


def _together(parts: Sequence[tuple[Planted, float]], population: Population) -> Floats:
    """Expected events of several kinds, each with the share of it that counts."""
    events = np.zeros(population.persons.shape)
    for planted, share_counted in parts:
        if share_counted:
            events += expected_events(planted, population) * share_counted
    return events


def _rate(
    events: Floats, ages: tuple[int, int], standardised: bool, population: Population, feed: str
) -> Callable[[Mask | None, Mask | None], float]:
    """The expected rate among LSOAs (None: all, residence need not be known) and ethnic categories (likewise)."""
    known_residence = (1 - UNKNOWN_RESIDENCE[feed]) * (1 - _WELSH.get(feed, 0))

    def value(lsoas: Mask | None, ethnic: Mask | None) -> float:
        cells, persons = events, population.persons
        share = 1.0
        if lsoas is not None:
            cells, persons, share = cells[lsoas], persons[lsoas], share * known_residence
        if ethnic is not None:
            cells, persons = cells[..., ethnic], persons[..., ethnic]
            share *= 1 - UNKNOWN_ETHNICITY[feed]
        return rate_per_100k(cells, persons, ages, standardised) * share

    return value


def _proportion(everyone: Floats, counted: Floats) -> Callable[[Mask | None, Mask | None], float]:
    """The expected share, per cent, from expected records by LSOA x ethnic category."""

    def value(lsoas: Mask | None, ethnic: Mask | None) -> float:
        where = np.ix_(_all_if_none(lsoas, everyone.shape[0]), _all_if_none(ethnic, everyone.shape[1]))
        return float(counted[where].sum() / everyone[where].sum() * 100)

    return value


def _all(
    indicator: str,
    measure: str,
    population: Population,
    value: Callable[[Mask | None, Mask | None], float],
    period_type: str,
    period_end: date,
    higher_is_better: bool = False,
) -> Iterator[Truth]:
    """Values of the total and of every group, and gaps that are above zero (or one) where the deprived are worse."""
    decile = population.decile
    quintile = (decile + 1) // 2
    core20 = decile <= 2

    def truth(kind: str, edition: str, breakdown: str, category: str, number: float) -> Truth:
        return Truth(indicator, kind, edition, breakdown, category, period_type, period_end, number)

    yield truth(measure, "", "total", "all", value(None, None))
    for tenth in range(1, 11):
        yield truth(measure, "2025", "imd_decile", str(tenth), value(decile == tenth, None))
    fifths = [value(quintile == fifth, None) for fifth in range(1, 6)]
    for fifth, number in enumerate(fifths, 1):
        yield truth(measure, "2025", "imd_quintile", str(fifth), number)
    most, rest = value(core20, None), value(~core20, None)
    yield truth(measure, "2025", "core20", "core20", most)
    yield truth(measure, "2025", "core20", "rest", rest)
    group = group_of_ethnic()
    for at, name in enumerate(ETHNIC_GROUPS):
        yield truth(measure, "", "ethnic_group_5", name, value(None, group == at))
    for breakdown, ends, pair in (
        ("imd_quintile", "1_vs_5", (fifths[0], fifths[4])),
        ("core20", "core20_vs_rest", (most, rest)),
    ):
        worse, better = pair[::-1] if higher_is_better else pair
        yield truth("absolute_gap", "2025", breakdown, ends, worse - better)
        yield truth("relative_gap", "2025", breakdown, ends, worse / better)


def _all_if_none(mask: Mask | None, size: int) -> Mask:
    return np.ones(size, dtype=bool) if mask is None else mask

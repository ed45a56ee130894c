"""Admitted care (sus_apc): one month of finished and unfinished episodes, before they are written down.

Belongs here: which episodes a month has, in terms of the HES data dictionary: method, class, order, status, diagnosis,
procedure, dates. Does not belong here: rates (`rates`), codes of people and places (`recording`), the file
(`admissions_file`). Planted events are first finished episodes of single persons; everything that must not be counted
(later episodes, unfinished ones, regular attenders, elective care, neighbouring codes and ages) is added beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from pipeline.sample import rates
from pipeline.sample.population import Population
from pipeline.sample.rates import People, Planted, Sampler, combine
from pipeline.sample.streams import Ints, Texts, pick, stream
from pipeline.sample.timeline import Month, month_share

_EMERGENCY = {
    "21": 62.0,
    "22": 10.0,
    "23": 3.0,
    "24": 8.0,
    "25": 0.5,
    "28": 6.0,
    "2A": 7.0,
    "2B": 1.5,
    "2C": 0.5,
    "2D": 1.5,
}
_WAITING_LIST = {"11": 60.0, "12": 25.0, "13": 15.0}
_STROKE = {"I610": 3, "I619": 9, "I620": 4, "I629": 2, "I630": 6, "I633": 14, "I634": 16, "I639": 34, "I64X": 12}
_INFARCTION = {"I210": 14, "I211": 16, "I214": 48, "I219": 16, "I220": 2, "I229": 4}
_COPD = {"J40X": 3, "J410": 1, "J42X": 2, "J439": 6, "J440": 48, "J441": 30, "J449": 10}
_ASTHMA = {"J450": 8, "J459": 70, "J46X": 22}
_DIABETES = {"E100": 4, "E101": 62, "E106": 4, "E108": 6, "E109": 24}
_EPILEPSY = {"G402": 8, "G403": 14, "G404": 2, "G409": 60, "G410": 4, "G419": 12}
_CARIES = {"K021": 22, "K025": 8, "K028": 4, "K029": 44, "K040": 6, "K045": 6, "K046": 4, "K047": 6}
_EXTRACTION = {"F091": 6, "F094": 6, "F101": 10, "F104": 60, "F109": 18}
# Codes beside the lists: subarachnoid haemorrhage, stenosis, old infarction, angina, TIA, bronchiectasis, pneumonia.
_NEIGHBOURS = {"I600": 10, "I652": 8, "I252": 6, "I200": 20, "G459": 18, "J47X": 6, "J47": 4, "J180": 18, "J22X": 10}
# Everything else, with the neighbours of children's conditions: type 2 diabetes, convulsions that are not epilepsy.
_REST = {
    "A419": 6, "B349": 4, "C349": 2, "E119": 2, "F101": 4, "R568": 2, "I480": 5, "I500": 5, "K210": 4, "K359": 2,
    "K529": 4, "K573": 3, "K802": 3, "L031": 4, "M545": 4, "N179": 4, "N390": 8, "R07X": 2, "R073": 9, "R104": 8,
    "R55X": 5, "S060": 3, "S720": 4, "T391": 3, "Z038": 3,
}  # fmt: skip
# Self-harm is a secondary code: X60 to X84, poisoning by alcohol (X65) among them.
_POISONED_OR_CUT = {"T391": 40, "T424": 12, "T430": 14, "T509": 10, "S518": 18, "S617": 6}
_SELF_HARM = {"X600": 22, "X610": 24, "X620": 5, "X640": 18, "X650": 6, "X700": 5, "X780": 18, "X849": 2}
# Causes beside the list: falls, traffic, accidental and undetermined poisoning, unspecified, after-effects of attempts.
_NOT_SELF_HARM = {
    "": 60, "I10X": 10, "W190": 14, "V031": 3, "X440": 4, "X590": 4, "Y109": 3, "Y850": 1, "Y870": 1,
}  # fmt: skip
_ALCOHOL, _ALCOHOL_FIRST = "Y906", 0.08
# Which of the emergency diagnoses above are in the catalogue's list of ambulatory care sensitive conditions.
AMBULATORY_CARE_SENSITIVE = frozenset({
    "I200", "I252", "I500", "J410", "J42X", "J439", "J440", "J441", "J449", "J450", "J459", "J46X", "J47", "J47X",
    "E100", "E101", "E106", "E108", *_EPILEPSY, "R568", "K529", *_CARIES,
})  # fmt: skip
# The stroke codes of CVDPREVENT: without other haemorrhages.
STROKE_OF_CVDPREVENT = frozenset(code for code in _STROKE if not code.startswith("I62"))
_PLANNED = {
    "C509": 5, "C189": 4, "D509": 3, "D649": 3, "H259": 12, "H353": 6, "I251": 3, "I639": 0.4, "I214": 0.4, "J449": 0.4,
    "J459": 0.3, "K409": 4, "K635": 8, "K921": 3, "K029": 0.2, "M171": 6, "M169": 4, "M545": 5, "N40X": 3, "N920": 3,
    "R31X": 4, "Z080": 6, "Z511": 12,
}  # fmt: skip
_PROCEDURES = {
    "": 20,
    "C751": 12,
    "C794": 5,
    "G451": 10,
    "H221": 8,
    "H201": 5,
    "M459": 7,
    "T202": 4,
    "W401": 5,
    "X721": 12,
}
_OTHER_DENTAL = {"K011": 40, "K006": 20, "K083": 20, "K050": 20}
_RESTORATION = {"F132": 60, "F136": 40}
_DELIVERY = {"O800": 55, "O821": 25, "O429": 20}
# Regular attenders have some diagnoses of the lists, which must not count.
_REGULAR = {"N185": 70, "C509": 20, "I639": 2, "J449": 2}


@dataclass(frozen=True)
class Episodes:
    """Episodes of a month, one position an episode; days count from 1970-01-01, -1 is no date.

    ``person`` numbers persons inside the month; ``year_of_age`` is HES STARTAGE (7001 to 7007 below one year);
    ``resident`` is 0 for people from outside the country.
    """

    person: Ints
    lsoa: Ints
    age: Ints
    sex: Ints
    ethnic: Ints
    resident: Ints
    startage: Ints
    method: Texts
    patient_class: Texts
    diagnosis: Texts
    second_diagnosis: Texts
    third_diagnosis: Texts
    procedure: Texts
    order: Ints
    status: Ints
    episode_type: Ints
    admitted: Ints
    started: Ints
    ended: Ints

    def take(self, rows: Ints) -> Episodes:
        return Episodes(*(getattr(self, item.name)[rows] for item in fields(self)))

    def but(self, **values: Ints | Texts) -> Episodes:
        """The same episodes with other values in some fields."""
        return Episodes(*(values.get(item.name, getattr(self, item.name)) for item in fields(self)))


def join(parts: list[Episodes]) -> Episodes:
    """Several lists of episodes as one."""
    return Episodes(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Episodes)))


@dataclass(frozen=True)
class _Kind:
    planted: Planted
    methods: Mapping[str, float]
    classes: Mapping[str, float]
    diagnoses: Mapping[str, float]
    procedures: Mapping[str, float]
    longest: int  # days
    episode_type: int = 1
    seconds: Mapping[str, float] = field(default_factory=lambda: {"": 80.0, "I10X": 20.0})


_WARD = {"1": 97.0, "2": 3.0}
_KINDS = (
    _Kind(rates.STROKE, _EMERGENCY, _WARD, _STROKE, {"": 1}, 16),
    _Kind(rates.INFARCTION, _EMERGENCY, _WARD, _INFARCTION, {"": 4, "K751": 6}, 8),
    _Kind(rates.COPD, _EMERGENCY, _WARD, _COPD, {"": 1}, 9),
    _Kind(rates.ASTHMA, _EMERGENCY, _WARD, _ASTHMA, {"": 1}, 4),
    _Kind(rates.DIABETES, _EMERGENCY, _WARD, _DIABETES, {"": 1}, 4),
    _Kind(rates.EPILEPSY, _EMERGENCY, _WARD, _EPILEPSY, {"": 1}, 4),
    _Kind(rates.SELF_HARM, _EMERGENCY, _WARD, _POISONED_OR_CUT, {"": 1}, 4, seconds=_SELF_HARM),
    _Kind(rates.TEETH, {"11": 55, "12": 30, "13": 12, "21": 3}, {"2": 96, "1": 4}, _CARIES, _EXTRACTION, 1),
    _Kind(rates.OTHER_TEETH, _WAITING_LIST, {"2": 100}, _OTHER_DENTAL, _EXTRACTION, 1),
    _Kind(rates.OTHER_TEETH, _WAITING_LIST, {"2": 100}, _CARIES, _RESTORATION, 1),
    _Kind(rates.NEAR_MISS, _EMERGENCY, _WARD, _NEIGHBOURS, {"": 1}, 10),
    _Kind(rates.OTHER_EMERGENCY, _EMERGENCY, {"1": 90, "2": 10}, _REST, {"": 3, "X721": 1}, 14, seconds=_NOT_SELF_HARM),
    _Kind(rates.ELECTIVE, _WAITING_LIST, {"1": 20, "2": 80}, _PLANNED, _PROCEDURES, 5),
    _Kind(rates.MATERNITY, {"31": 80, "32": 20}, {"1": 85, "5": 15}, _DELIVERY, {"R249": 1}, 4, 2),
    _Kind(rates.BIRTH, {"82": 97, "83": 3}, {"1": 60, "5": 40}, {"Z380": 90, "P073": 10}, {"": 1}, 3, 3),
    _Kind(rates.REGULAR, {"13": 96, "21": 4}, {"3": 60, "4": 40}, _REGULAR, {"X403": 1}, 1),
)  # fmt: skip


def emergency_admissions(diagnoses: Collection[str] | None = None) -> list[tuple[Planted, float]]:
    """Kinds of event, each with its share of emergency admissions with one of the diagnoses (None: any)."""
    admitted = ("1", "2", "5")
    return [
        (
            kind.planted,
            _share(kind.methods, _EMERGENCY)
            * _share(kind.classes, admitted)
            * _share(kind.diagnoses, kind.diagnoses if diagnoses is None else diagnoses),
        )
        for kind in _KINDS
    ]


def elective_admissions() -> list[tuple[Planted, float]]:
    """Kinds of event, each with its share of elective admissions; regular attenders are none."""
    admitted = ("1", "2", "5")
    return [(kind.planted, _share(kind.methods, _WAITING_LIST) * _share(kind.classes, admitted)) for kind in _KINDS]


def _share(weights: Mapping[str, float], wanted: Collection[str]) -> float:
    return sum(weight for code, weight in weights.items() if code in wanted) / sum(weights.values())


class AdmittedCare:
    """Draws the episodes of any month. Keeps the cell samplers, which are costly to make."""

    def __init__(self, seed: int, population: Population) -> None:
        self._seed = seed
        self._samplers = [Sampler(rates.expected_events(kind.planted, population)) for kind in _KINDS]

    def month(self, month: Month) -> Episodes:
        """All episodes that belong to a month's delivery, in random order."""
        rng = stream(self._seed, "sus_apc", month.key)
        drawn = [
            sampler.draw(rng, month_share(month, kind.planted.winter))
            for kind, sampler in zip(_KINDS, self._samplers, strict=True)
        ]
        first = _first_episodes(rng, month, drawn)
        everyone = join([first, _later(rng, month, first), _unfinished(rng, first), _visitors(rng, first)])
        return everyone.take(rng.permutation(len(everyone.person)))


def _first_episodes(rng: np.random.Generator, month: Month, drawn: list[People]) -> Episodes:
    people = combine(drawn)
    total = len(people)
    sizes = [len(part) for part in drawn]

    def codes(name: str) -> Texts:
        return np.concatenate([pick(rng, n, getattr(kind, name)) for kind, n in zip(_KINDS, sizes, strict=True)])

    ended = (np.datetime64(month.first) - np.datetime64("1970-01-01")).astype(np.int64) + np.floor(
        rng.random(total) * month.days
    ).astype(np.int64)
    longest = np.repeat([kind.longest for kind in _KINDS], sizes)
    classes = codes("classes")
    length = np.where(classes == "1", np.floor(rng.random(total) ** 2 * longest).astype(np.int64), 0)
    none = np.full(total, 1, dtype=np.int64)
    second = codes("seconds")
    # Alcohol is sometimes written before what it was taken with: the cause of interest is then not the first one.
    alcohol_first = (second != "") & (rng.random(total) < _ALCOHOL_FIRST)
    return Episodes(
        person=np.arange(total, dtype=np.int64),
        lsoa=people.lsoa,
        age=people.age,
        sex=people.sex,
        ethnic=people.ethnic,
        resident=none,
        startage=_startage(rng, people, np.repeat([kind.planted is rates.BIRTH for kind in _KINDS], sizes)),
        method=codes("methods"),
        patient_class=classes,
        diagnosis=codes("diagnoses"),
        second_diagnosis=np.where(alcohol_first, _ALCOHOL, second),
        third_diagnosis=np.where(alcohol_first, second, ""),
        procedure=codes("procedures"),
        order=none,
        status=none * 3,
        episode_type=np.repeat([kind.episode_type for kind in _KINDS], sizes).astype(np.int64),
        admitted=ended - length,
        started=ended - length,
        ended=ended,
    )


def _startage(rng: np.random.Generator, people: People, newborn: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
    """HES STARTAGE: years, or 7001 (under a day) to 7007 (nine months to a year) below one year of age."""
    years = rates.age_in_years(rng, people.age)
    infant = 7002 + np.floor(rng.random(len(people)) * 6).astype(np.int64)
    return np.where(newborn, 7001, np.where(years == 0, infant, years))


def _later(rng: np.random.Generator, month: Month, first: Episodes) -> Episodes:
    """Second and third episodes of ward spells under another consultant, half with the same diagnosis.

    They have no procedure, so counting all finished episodes or only first ones gives the same tooth extractions.
    """
    last_day = (np.datetime64(month.last) - np.datetime64("1970-01-01")).astype(np.int64)
    several = (first.patient_class == "1") & (rng.random(len(first.person)) < 0.18)
    second = _follow(rng, first.take(np.flatnonzero(several)), 2, int(last_day))
    third = _follow(rng, second.take(np.flatnonzero(rng.random(len(second.person)) < 0.2)), 3, int(last_day))
    return join([second, third])


def _follow(rng: np.random.Generator, before: Episodes, order: int, last_day: int) -> Episodes:
    count = len(before.person)
    other = rng.random(count) < 0.5
    return before.but(
        order=np.full(count, order, dtype=np.int64),
        diagnosis=np.where(other, pick(rng, count, _REST), before.diagnosis),
        second_diagnosis=np.where(other, "", before.second_diagnosis),
        third_diagnosis=np.where(other, "", before.third_diagnosis),
        procedure=pick(rng, count, {"": 1}),
        started=before.ended,
        ended=np.minimum(before.ended + np.floor(rng.random(count) * 6).astype(np.int64), last_day),
    )


def _unfinished(rng: np.random.Generator, first: Episodes) -> Episodes:
    """Episodes still open when the month was cut: other persons, the same mixture of diagnoses, no end date."""
    ward = np.flatnonzero((first.patient_class == "1") & (rng.random(len(first.person)) < 0.08))
    found = first.take(ward)
    return found.but(
        person=_new_persons(first, len(ward), 0),
        status=np.full(len(ward), 1, dtype=np.int64),
        ended=np.full(len(ward), -1, dtype=np.int64),
    )


def _visitors(rng: np.random.Generator, first: Episodes) -> Episodes:
    """A few Welsh residents with diagnoses no indicator counts."""
    chosen = np.flatnonzero(rng.random(len(first.person)) < 0.001)
    if not len(chosen):
        chosen = np.array([0], dtype=np.int64)
    found = first.take(chosen)
    count = len(chosen)
    return found.but(
        person=_new_persons(first, count, 500_000_000),
        resident=np.zeros(count, dtype=np.int64),
        diagnosis=pick(rng, count, _REST),
        second_diagnosis=pick(rng, count, {"": 1}),
        third_diagnosis=pick(rng, count, {"": 1}),
        procedure=pick(rng, count, {"": 1}),
    )


def _new_persons(first: Episodes, count: int, offset: int) -> Ints:
    return offset + len(first.person) + np.arange(count, dtype=np.int64)

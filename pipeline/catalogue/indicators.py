"""Indicator metadata: the YAML beside each indicator model, read and checked.

Belongs here: the model of `config.meta.indicator`, reading every file, and the checks a reviewer would make (missing
pieces, unknown keys, a review date that has passed). Does not belong here: who counts (the SQL model) and values.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.settings import DBT_PROJECT
from pipeline.validation import faults_of, read_yaml

INDICATOR_MODELS = DBT_PROJECT / "models" / "indicators"

MeasureType = Literal["proportion", "crude_rate", "dsr", "median", "percentile_92", "published"]
DenominatorType = Literal["population", "records", "published"]
PeriodType = Literal[
    "month", "month_end", "rolling_3m", "rolling_12m", "financial_year", "financial_year_to_date", "cohort_year"
]
Breakdown = Literal[
    "total",
    "imd_decile",
    "imd_quintile",
    "core20",
    "ethnic_group_5",
    "ethnic_category",
    "ethnic_group_5_by_core20",
    "age_band",
    "sex",
    "plus_group",  # published as one breakdown a group: plus_<plus_group_id>
]
BREAKDOWNS: tuple[Breakdown, ...] = Breakdown.__args__  # type: ignore[attr-defined]


NO_UPPER_AGE = 200
# The feed of an indicator that is about the feeds themselves, whichever a run has.
ALL_FEEDS = "all_feeds"


class IndicatorError(ValueError):
    """The YAML of an indicator is missing or wrong; the message names the file and the key."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Model):
    """A target as it was set; targets lapse, so they carry their date and status."""

    value: str
    by: str | None
    scope: str
    status: str
    evidence: str


class Indicator(_Model):
    """What an indicator means and how it is published."""

    id: str = Field(pattern=r"^[A-Z]{2,4}[0-9]{2}(_[A-Z0-9_]+)?$")
    catalogue_id: str
    version: str
    name: str
    framework: str
    clinical_area: str
    statement_13sa: str | None
    feed: str
    measure_type: MeasureType
    denominator_type: DenominatorType
    first_age: int = Field(ge=0)
    last_age: int = Field(le=NO_UPPER_AGE, description="200 where there is no upper age.")
    unit: str
    multiplier: float = Field(gt=0)
    polarity: Literal["lower_better", "higher_better", "contextual"]
    method: str
    numerator: str
    denominator: str
    exclusions: tuple[str, ...]
    counted_over: Literal["every_part", "last_part"] = Field(
        default="every_part",
        description="last_part: its cube holds for each part what the period that ends with it holds (people once).",
    )
    period_types: tuple[PeriodType, ...] = Field(min_length=1)
    breakdowns_excluded: dict[Breakdown, str] = Field(description="Breakdown -> why it makes no sense here.")
    practice_weighted: bool = Field(
        default=False, description="Also by practice_imd_quintile: by the deprivation of the practice, not the patient."
    )
    disclosure_profile: str
    targets: tuple[Target, ...]
    code_lists: tuple[str, ...]
    traps: tuple[str, ...]
    evidence: dict[str, str] = Field(min_length=1)
    reference_url: str
    fingertips_id: int | None
    owner: str
    review_date: date

    @model_validator(mode="after")
    def _is_consistent(self) -> Indicator:
        if (self.measure_type in ("crude_rate", "dsr")) != (self.denominator_type == "population"):
            raise ValueError("rates, and only rates, have the population as denominator")
        if self.first_age > self.last_age:
            raise ValueError("first_age is above last_age")
        starts, ends = range(0, 95, 5), (*range(4, 94, 5), NO_UPPER_AGE)
        if self.measure_type == "dsr" and self.first_age not in starts:
            raise ValueError("a standardised rate starts at the first age of a band; publish a crude rate instead")
        if self.measure_type == "dsr" and self.last_age not in ends:
            raise ValueError("a standardised rate ends at the last age of a band; publish a crude rate instead")
        return self

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        """Breakdowns the indicator is published by."""
        return tuple(name for name in BREAKDOWNS if name not in self.breakdowns_excluded)

    @property
    def evidence_text(self) -> str:
        """Evidence tags in one line, such as `definition: V; codes: K`."""
        return "; ".join(f"{fact}: {tag}" for fact, tag in sorted(self.evidence.items()))

    @property
    def target_text(self) -> str | None:
        """Targets in one line each, with scope, date and status."""
        lines = [
            f"{target.value} by {target.by or 'no date'} ({target.scope}; {target.status}; evidence {target.evidence})"
            for target in self.targets
        ]
        return "; ".join(lines) or None


def read_indicator(path: Path) -> Indicator:
    """The indicator of one `ind_<id>.yml`. Raises IndicatorError naming the file and the key."""
    try:
        document: Any = read_yaml(path)
        meta = document["models"][0]["config"]["meta"]["indicator"]
        model = document["models"][0]["name"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise IndicatorError(f"{path}: cannot be read as YAML") from None
    except (KeyError, IndexError, TypeError):
        raise IndicatorError(f"{path}: has no models[0].config.meta.indicator") from None
    try:
        indicator = Indicator.model_validate(meta)
    except ValidationError as error:
        raise IndicatorError(f"{path}: {faults_of(error, 'indicator')}") from None
    if model != path.stem or model != f"ind_{indicator.id.lower()}":
        raise IndicatorError(f"{path}: file, model and indicator id must be ind_<id>, <id> in lower case")
    return indicator


def load_indicators(folder: Path = INDICATOR_MODELS) -> dict[str, Indicator]:
    """Every indicator by id. A model without its YAML, or the other way round, is an error."""
    files = sorted(folder.rglob("ind_*.yml"))
    models = {path.with_suffix("") for path in folder.rglob("ind_*.sql")}
    described = {path.with_suffix("") for path in files}
    if models != described:
        lonely = sorted(path.name for path in models ^ described)
        raise IndicatorError(f"{folder}: SQL or YAML is missing for {', '.join(lonely)}")
    found: dict[str, Indicator] = {}
    for path in files:
        indicator = read_indicator(path)
        if indicator.id in found:
            raise IndicatorError(f"{path}: indicator {indicator.id} is described twice")
        found[indicator.id] = indicator
    return dict(sorted(found.items()))

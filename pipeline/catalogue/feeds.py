"""Feed contracts: what a delivery of a feed looks like, as data in `reference_data/feeds/<feed>.yml`.

Belongs here: the models of a contract, their validation, and reading the files. Does not belong here: judging a
delivery against a contract (`pipeline.landing`) and what a code means (`reference_data/codes`).
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.catalogue.due import DueRule, Evidence
from pipeline.settings import REFERENCE_DATA
from pipeline.validation import faults_of, read_yaml

FEED_CONTRACTS = REFERENCE_DATA / "feeds"

# Named groups a period expression may use; see pipeline.landing.periods for how they are read.
PERIOD_GROUPS = frozenset({"year", "month", "month_name", "day", "quarter"})

Role = Literal["key", "submitter", "period", "activity_date", "identifier", "attribute", "measure"]
Grain = Literal["month", "week", "quarter", "financial_year"]
Format = Literal["csv", "parquet", "xlsx"]
Share = Annotated[float, Field(ge=0, le=1)]


class ContractError(ValueError):
    """A feed contract is missing or malformed; the message names the file and the key."""


def _compiles(expression: str) -> str:
    try:
        re.compile(expression)
    except re.error:
        raise ValueError("is not a regular expression") from None
    return expression


def _compiles_in_arrow(expression: str) -> str:
    """Values are judged by Arrow's engine (RE2), which knows no look-around."""
    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid:
        raise ValueError("is not a regular expression of RE2") from None
    return expression


Regex = Annotated[str, AfterValidator(_compiles)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Pattern(_Model):
    """The shape of a field's values. It tells columns apart; whether a code is valid is the gate's question."""

    regex: Annotated[str, AfterValidator(_compiles_in_arrow)]
    min_share: Share = Field(description="Least share of the non-blank values that must match.")


class FeedField(_Model):
    """One canonical field of the feed."""

    name: Name
    description: str = Field(min_length=3)
    role: Role = "attribute"
    required: bool = Field(default=False, description="A row in which it is blank is rejected.")
    pseudonymise: bool = Field(default=False, description="Land as HMAC-SHA256; always so for identifiers.")
    pattern: Pattern | None = None

    @property
    def is_pseudonymised(self) -> bool:
        return self.pseudonymise or self.role == "identifier"


class Column(_Model):
    """One column of a known file layout. Without a field it is known and dropped."""

    name: str = Field(min_length=1)
    field: Name | None = None
    optional: bool = False
    keep: Annotated[str, AfterValidator(_compiles_in_arrow)] | None = Field(
        default=None, description="Values that do not match become blank before anything is stored, whatever they are."
    )
    check: Name | None = Field(
        default=None, description="Field that says Y or N: an NHS NUMBER by its check digit, found before it is hashed."
    )


class PeriodInColumn(_Model):
    """The period as a column of the file says it."""

    field: Name
    regex: Regex
    year_to_date_month: str | None = Field(
        default=None, description="A `month` that stands for the whole financial year (HES writes 99)."
    )


class PeriodInName(_Model):
    """The period as the file name says it."""

    regex: Regex
    optional: bool = Field(default=False, description="True where names without a period are known.")


class PeriodClaim(_Model):
    """Where a layout claims its period. Both places, where both speak, must agree."""

    column: PeriodInColumn | None = None
    file_name: PeriodInName | None = None
    several: bool = Field(default=False, description="One file holds several periods.")

    @model_validator(mode="after")
    def _claims_once(self) -> PeriodClaim:
        if self.column is None and (self.file_name is None or self.file_name.optional):
            raise ValueError("names neither a column nor a mandatory file-name part that claims the period")
        if self.several and self.file_name is not None:
            raise ValueError("a file of several periods cannot claim one in its name")
        for place in (self.column, self.file_name):
            if place is not None:
                groups = set(re.compile(place.regex).groupindex)
                if "year" not in groups or groups - PERIOD_GROUPS:
                    raise ValueError(f"period regex needs the group 'year' and may use {sorted(PERIOD_GROUPS)}")
        return self


class ControlRow(_Model):
    """A row that carries the publisher's own total: kept in raw, exempt from row checks, missing when cut off."""

    field: Name
    value: str = Field(min_length=1, description="Compared without regard to case.")


class Layout(_Model):
    """One known file layout of a feed."""

    layout: Name
    description: str = Field(min_length=3)
    evidence: Evidence
    file_name: Regex
    example: str = Field(description="A file name the expression accepts; shown to suppliers.")
    format: Format
    title_rows: int = Field(default=0, ge=0, description="Rows of a workbook above its column names.")
    restatement_name: Regex | None = Field(default=None, description="A file name that declares a restatement.")
    release_state: str | None = Field(default=None, description="Where the layout says it; else the feed's default.")
    period: PeriodClaim
    control_row: ControlRow | None = None
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_consistent(self) -> Layout:
        _no_repeats("column", [column.name for column in self.columns])
        _no_repeats("field", [column.field for column in self.columns if column.field])
        if not re.search(self.file_name, self.example):
            raise ValueError("its example does not match its file_name")
        claim = self.period.file_name
        if claim and not claim.optional and not re.search(claim.regex, self.example):
            raise ValueError("its example does not claim a period")
        if self.control_row and self.period.several:
            raise ValueError("a control row needs a file of one period")
        if self.title_rows and self.format != "xlsx":
            raise ValueError("title_rows are known of workbooks only")
        return self

    @property
    def field_of(self) -> dict[str, str]:
        """Source column -> canonical field, in file order, for the columns that are kept."""
        return {column.name: column.field for column in self.columns if column.field}

    @property
    def keep_of(self) -> dict[str, str]:
        """Canonical field -> what its values must match to be stored."""
        return {column.field: column.keep for column in self.columns if column.field and column.keep}

    @property
    def check_of(self) -> dict[str, str]:
        """Canonical field of NHS numbers -> field that says whether each is one."""
        return {column.field: column.check for column in self.columns if column.field and column.check}


class ActivityWindow(_Model):
    """How much of the activity must lie inside the claimed period: last month's rows under this month's label fail."""

    min_share: Share
    unknown_dates: tuple[date, ...] = Field(default=(), description="Dates that stand for 'not known'.")


class DateOrder(_Model):
    """Two dates of which one is never later than the other; tells swapped date columns apart."""

    earlier: Name
    later: Name
    min_share: Share


class Limits(_Model):
    """What an archive may unpack to before it is taken for a bomb."""

    max_bytes: int = Field(default=50_000_000_000, gt=0)
    max_ratio: float = Field(default=250.0, gt=1)
    ratio_from_bytes: int = Field(default=64_000_000, gt=0, description="Below this size the ratio is not judged.")


class Feed(_Model):
    """The contract of one feed."""

    feed: Name
    name: str
    kind: Literal["record", "aggregate", "list"]
    publisher: str
    licence: str
    url: str
    evidence: Evidence
    note: str = ""
    cadence: Literal["daily", "weekly", "monthly", "quarterly", "annual"]
    period_grain: Grain
    due: DueRule | None = Field(default=None, description="The publisher's rule for the due day, where it has one.")
    expected_lag_days: int = Field(ge=0, description="Days to the due day where no calendar says it.")
    amber_days: int
    red_days: int
    disclosure_profile: str
    submitters: Literal["listed", "publisher"]
    submitter_area_type: Literal["provider", "practice"] = Field(
        default="provider", description="The kind of area a submitter's own figures are published as."
    )
    default_release_state: str
    key: tuple[Name, ...] = Field(min_length=1, description="Fields that together name a row.")
    max_reject_share: Share = Field(description="Share of rejected rows above which the file is rejected.")
    activity_window: ActivityWindow | None = None
    date_order: tuple[DateOrder, ...] = ()
    measure_pattern: Pattern | None = Field(default=None, description="Pattern of measures that bring none.")
    limits: Limits = Limits()
    fields: tuple[FeedField, ...] = Field(min_length=1)
    layouts: tuple[Layout, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_consistent(self) -> Feed:
        names = [field.name for field in self.fields]
        _no_repeats("field", names)
        _no_repeats("layout", [layout.layout for layout in self.layouts])
        if not self.expected_lag_days <= self.amber_days <= self.red_days:
            raise ValueError("expected_lag_days, amber_days and red_days must rise")
        expected_submitters = 1 if self.submitters == "listed" else 0
        if len(self.with_role("submitter")) != expected_submitters:
            raise ValueError(f"submitters '{self.submitters}' needs {expected_submitters} field with role submitter")
        dates = self.with_role("activity_date")
        if len(dates) > 1 or bool(dates) != (self.activity_window is not None):
            raise ValueError("one field with role activity_date and an activity_window belong together")
        ordered = [name for pair in self.date_order for name in (pair.earlier, pair.later)]
        _known("date_order", ordered, names)
        _known("key", self.key, names)
        always = {field.name for field in self.fields if field.required}
        _known("key (required fields)", [field.name for field in self.with_role("key")], self.key)
        if not set(self.key) & always:
            raise ValueError("key needs a required field")
        must = always | {field.name for field in dates}
        for layout in self.layouts:
            _layout_fits(layout, names, must)
        return self

    def with_role(self, role: Role) -> tuple[FeedField, ...]:
        return tuple(field for field in self.fields if field.role == role)

    @property
    def amber_grace(self) -> int:
        """Days behind a due day, however that is known, that are not amber yet."""
        return self.amber_days - self.expected_lag_days

    @property
    def red_grace(self) -> int:
        """Days behind a due day that are not red yet."""
        return self.red_days - self.expected_lag_days

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """Canonical fields in contract order: the columns of every raw part."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def patterns(self) -> dict[str, Pattern]:
        """Pattern by field, the feed's measure pattern filled in."""
        found = {field.name: field.pattern for field in self.fields if field.pattern}
        if self.measure_pattern:
            for field in self.with_role("measure"):
                found.setdefault(field.name, self.measure_pattern)
        return found

    @cached_property
    def version(self) -> str:
        """Hash of the contract but its due rule: a delivery judged under another one is judged again."""
        return hashlib.sha256(self.model_dump_json(exclude={"due"}).encode()).hexdigest()[:16]

    @cached_property
    def raw_version(self) -> str:
        """Hash of what decides the content of raw: a part made under another one is made again."""
        mapping = [(field.name, field.is_pseudonymised) for field in self.fields]
        layouts = [
            (layout.layout, sorted(layout.field_of.items()), *layout.check_of.items(), *layout.keep_of.items())
            for layout in self.layouts
        ]
        return hashlib.sha256(repr((mapping, layouts)).encode()).hexdigest()[:16]


def load_feed(name: str, folder: Path = FEED_CONTRACTS) -> Feed:
    """The contract of one feed. Raises ContractError naming the file and the keys at fault."""
    path = folder / f"{name}.yml"
    try:
        values: Any = read_yaml(path)
    except FileNotFoundError:
        known = ", ".join(sorted(item.stem for item in folder.glob("*.yml"))) or "none"
        raise ContractError(f"no contract for feed '{name}' in {folder}; known feeds: {known}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise ContractError(f"{path}: cannot be read as YAML") from None
    try:
        feed = Feed.model_validate(values)
    except ValidationError as error:
        raise ContractError(f"{path}: {faults_of(error, 'contract')}") from None
    if feed.feed != name:
        raise ContractError(f"{path}: describes feed '{feed.feed}'; the file name must be the feed")
    return feed


def load_feeds(folder: Path = FEED_CONTRACTS) -> dict[str, Feed]:
    """Every feed contract by name, in name order."""
    return {path.stem: load_feed(path.stem, folder) for path in sorted(folder.glob("*.yml"))}


def _no_repeats(what: str, names: list[Any]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} named twice: {', '.join(repeated)}")


def _known(where: str, used: list[str] | tuple[str, ...], names: list[str] | tuple[str, ...]) -> None:
    unknown = sorted(set(used) - set(names))
    if unknown:
        raise ValueError(f"{where} names unknown fields: {', '.join(unknown)}")


def _layout_fits(layout: Layout, names: list[str], must: set[str]) -> None:
    mapped = layout.field_of
    made = list(layout.check_of.values())
    _known(f"layout {layout.layout}", [*mapped.values(), *made], names)
    _no_repeats("field", [*mapped.values(), *made])
    mandatory = {column.field for column in layout.columns if column.field and not column.optional}
    if layout.period.column:
        must = must | {layout.period.column.field}
    if layout.control_row:
        must = must | {layout.control_row.field}
    missing = sorted(must - mandatory)
    if missing:
        raise ValueError(f"layout {layout.layout} has no mandatory column for: {', '.join(missing)}")

"""Every path, switch and environment variable of a run, in one typed table.

Belongs here: what a platform team may set, its default, and the folders that follow from it. Does not belong here:
thresholds (a policy file), facts about feeds (feed contracts), secrets in any form but a name of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pipeline.validation import faults_of, read_yaml

PROJECT_ROOT = Path(__file__).resolve().parent.parent
REFERENCE_DATA = PROJECT_ROOT / "reference_data"
EXPECTATIONS = PROJECT_ROOT / "expectations"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"

# Environment variable -> setting. The only environment the pipeline reads.
ENVIRONMENT = {
    "CORE20_HOME": "home",
    "CORE20_REFERENCE_MIRROR": "reference_mirror",
    "CORE20_PSEUDONYM_KEY": "pseudonym_key",
    "CORE20_AS_OF": "as_of",
    "CORE20_ALERT_WEBHOOK": "alert_webhook",
    "CORE20_SMTP_PASSWORD": "smtp_password",
}
# Settings that are secrets, and never in a file.
_SECRETS = {
    "pseudonym_key": "CORE20_PSEUDONYM_KEY",
    "alert_webhook": "CORE20_ALERT_WEBHOOK",
    "smtp_password": "CORE20_SMTP_PASSWORD",
}


class SettingsError(ValueError):
    """A setting is missing, unknown or out of range; the message says which and what to do."""


class FeedSource(BaseModel):
    """Where the deliveries of one feed are found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Field(description="Folder that is read, never written.")
    pattern: str = Field(default="*", description="Glob of the file names that belong to the feed.")


class Alerts(BaseModel):
    """Who is told of held and degraded nights and of recovery, and how. Secrets come from the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook_form: Literal["slack", "teams"] = Field(default="slack", description="What CORE20_ALERT_WEBHOOK takes.")
    mail_to: tuple[str, ...] = Field(default=(), description="E-mail addresses; none, no e-mail.")
    mail_from: str | None = Field(default=None, description="Sender of the e-mail.")
    smtp_host: str | None = Field(default=None, description="Mail server that takes the e-mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "none"] = Field(
        default="starttls", description="none is for a local relay only."
    )
    smtp_user: str | None = Field(default=None, description="User name; its password is CORE20_SMTP_PASSWORD.")
    link: str = Field(default="http://127.0.0.1:3000", description="Address of the Dagster UI as readers reach it.")

    report_link: str = Field(
        default="http://127.0.0.1:3001", description="Address of the folder of quality reports as readers reach it."
    )

    @model_validator(mode="after")
    def _mail_needs_a_server(self) -> Alerts:
        if self.mail_to and not (self.smtp_host and self.mail_from):
            raise ValueError("mail_to needs smtp_host and mail_from")
        return self


class Settings(BaseModel):
    """One run's settings. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(
        default=Path("var"),
        description="Folder for everything the pipeline writes (0750; what lies in it 0700, but releases and reports).",
    )
    source: Literal["sample", "files"] = Field(
        default="sample", description="The embedded fictional country, or your own files."
    )
    feeds: dict[str, FeedSource] = Field(
        default_factory=dict, description="Feeds to run and where their files are. The sample brings its own."
    )
    imd_editions: tuple[Literal[2019, 2025], ...] = Field(
        default=(2019, 2025), min_length=1, description="IMD editions to publish by, each stamped on its rows."
    )
    organisation_edition: Literal[2024, 2026] = Field(
        default=2026, description="ICB boundaries: April 2024 (42) or April 2026 (36)."
    )
    ethnicity: Literal["recorded", "best_known"] = Field(
        default="recorded", description="Ethnic category of each record as recorded, or the best known of its person."
    )
    expected_submitters: Path | None = Field(
        default=None,
        description="CSV feed,submitter_code,valid_from,valid_to: who must send. A feed not in it goes by its history.",
    )
    due_dates: Path | None = Field(
        default=None,
        description="CSV feed,period,due_date, before the shipped calendars of publishers and the contract's lag.",
    )
    waivers: Path | None = Field(
        default=None, description="YAML list of waivers: failed measures that somebody vouches for, 90 days at most."
    )
    reference_mirror: str | None = Field(
        default=None, description="Folder or URL that holds the reference files, for places without internet."
    )
    reference_sources: Path = Field(
        default=REFERENCE_DATA / "reference_sources.csv", description="Table of reference files and their checks."
    )
    as_of: date | None = Field(default=None, description="The day timeliness is judged on. Default: today.")
    sample_seed: int = Field(default=20, description="Seed of the fictional country.")
    sample_feeds: tuple[str, ...] = Field(
        default=(), description="Feeds of the fictional country to run, for a quicker look; none named, all."
    )
    sample_scale: float = Field(default=1.0, gt=0, le=50, description="1 is about two million records.")
    threads: int = Field(default=2, ge=1, le=256, description="Threads of the build database.")
    memory_limit: str = Field(default="4GB", description="Memory limit of the build database.")
    alerts: Alerts = Field(default=Alerts(), description="Who is told of held and degraded nights.")
    pseudonym_key: SecretStr | None = Field(
        default=None, description="Key of the person pseudonyms; only ever from the environment."
    )
    alert_webhook: SecretStr | None = Field(
        default=None, description="Webhook that takes alerts; its address is a secret, only ever from the environment."
    )
    smtp_password: SecretStr | None = Field(
        default=None, description="Password of alerts.smtp_user; only ever from the environment."
    )

    @model_validator(mode="after")
    def _files_need_feeds(self) -> Settings:
        if self.source == "files" and not self.feeds:
            raise ValueError("source 'files' needs a 'feeds' table: a folder for each feed to run")
        if self.source == "files" and self.sample_feeds:
            raise ValueError("sample_feeds is for the fictional country; source 'files' runs those of 'feeds'")
        if len(set(self.imd_editions)) != len(self.imd_editions):
            raise ValueError("imd_editions names an edition twice")
        return self

    @property
    def is_synthetic(self) -> bool:
        """True when what is published rests on the fictional country."""
        return self.source == "sample"

    @property
    def today(self) -> date:
        """The day timeliness is judged on."""
        return self.as_of or date.today()

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def ledger(self) -> Path:
        return self.home / "raw" / "ledger.sqlite"

    @property
    def reference(self) -> Path:
        return self.home / "reference"

    @property
    def build(self) -> Path:
        return self.home / "build"

    @property
    def build_database(self) -> Path:
        return self.home / "build" / "build.duckdb"

    @property
    def candidate(self) -> Path:
        return self.home / "build" / "candidate"

    @property
    def measures(self) -> Path:
        """True counts of the night under way; those of releases are in `measures/`, private like this."""
        return self.home / "build" / "measures.parquet"

    @property
    def kept_measures(self) -> Path:
        return self.home / "measures"

    @property
    def receipt(self) -> Path:
        return self.home / "build" / "receipt.json"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def sample(self) -> Path:
        return self.home / "sample"


def load_settings(config: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from a YAML file, then the environment, then keyword overrides.

    Paths in the file are relative to the file. Raises SettingsError naming the file and the key, never a value.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if config is not None:
        values = _read_config(config)
    for variable, key in ENVIRONMENT.items():
        if environ.get(variable):
            values[key] = environ[variable]
    values.update({key: value for key, value in overrides.items() if value is not None})
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        where = f"{config}: " if config else ""
        raise SettingsError(f"{where}{faults_of(error, 'settings')}") from None
    return settings.model_copy(update={"home": settings.home.expanduser().resolve()})


def _read_config(config: Path) -> dict[str, Any]:
    try:
        values = read_yaml(config) or {}
    except OSError as error:
        raise SettingsError(f"{config}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise SettingsError(f"{config}: is not valid YAML") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{config}: must be a table of settings")
    for key, variable in _SECRETS.items():
        if key in values:
            raise SettingsError(f"{config}: {key} belongs in {variable}, never in a file")
    base = config.resolve().parent
    for key in ("home", "expected_submitters", "due_dates", "waivers", "reference_sources"):
        if isinstance(values.get(key), str):
            values[key] = base / Path(values[key]).expanduser()
    mirror = values.get("reference_mirror")
    if isinstance(mirror, str) and "://" not in mirror:
        values["reference_mirror"] = str(base / Path(mirror).expanduser())
    feeds = values.get("feeds")
    for feed in feeds.values() if isinstance(feeds, dict) else ():
        if isinstance(feed, dict) and isinstance(feed.get("folder"), str):
            feed["folder"] = base / Path(feed["folder"]).expanduser()
    return values

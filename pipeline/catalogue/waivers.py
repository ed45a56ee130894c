"""Waivers: a failed measure that its owner vouches for, for a while.

Belongs here: the model of one waiver, reading the file that the settings name, and which are in force on a day. What is
malformed, too wide or expired is no waiver. Does not belong here: what a waiver changes (`pipeline.quality.verdict`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.catalogue.policy import Policy
from pipeline.validation import faults_of, read_yaml

LONGEST = timedelta(days=90)


class Waiver(BaseModel):
    """One waiver: for one rule, feed and submitter, by somebody, for a reason, from one day to another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    waiver_id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")
    rule_id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    feed: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    submitter_code: str = Field(
        pattern=r"^(all|[A-Z0-9]{2,12})$", description="ODS code, or all for a measure of the whole feed; no pattern."
    )
    periods: tuple[str, ...] = Field(min_length=1, max_length=24, description="Periods as the ledger names them.")
    owner: str = Field(min_length=3, max_length=120, description="Who answers for it: a role or a person.")
    reason: str = Field(min_length=10, max_length=400)
    start: date
    expiry: date = Field(description="The last day on which it counts; 90 days after the start at most.")

    @model_validator(mode="after")
    def _is_short(self) -> Waiver:
        if not timedelta(0) <= self.expiry - self.start <= LONGEST:
            raise ValueError(f"expiry must be 0 to {LONGEST.days} days after start")
        return self

    @property
    def caution(self) -> str:
        """What every row it touches says."""
        return f"Waiver {self.waiver_id} of rule {self.rule_id} until {self.expiry}: {self.reason} ({self.owner})"


@dataclass(frozen=True)
class Waivers:
    """The waivers that count today, by id, and a sentence for each entry that does not."""

    in_force: tuple[Waiver, ...] = ()
    refused: tuple[str, ...] = ()


def load_waivers(path: Path | None, policy: Policy, feeds: Collection[str], today: date) -> Waivers:
    """What of the file counts on a day. Never raises: without a file, or with one that cannot be read, none counts."""
    if path is None:
        return Waivers()
    try:
        entries: Any = read_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return Waivers(refused=(f"{path.name}: cannot be read as YAML, so no waiver counts.",))
    if not isinstance(entries, list):
        return Waivers(refused=(f"{path.name}: must be a list of waivers, so none counts.",))
    found: dict[str, Waiver] = {}
    refused: list[str] = []
    for number, entry in enumerate(entries, start=1):
        waiver, fault = _read(entry, policy, feeds, today)
        if waiver is not None and waiver.waiver_id in found:
            fault = "waiver_id is there twice"
        if waiver is None or fault:
            refused.append(f"{path.name}: waiver {number} does not count: {fault}.")
        else:
            found[waiver.waiver_id] = waiver
    return Waivers(tuple(found[name] for name in sorted(found)), tuple(refused))


def _read(entry: object, policy: Policy, feeds: Collection[str], today: date) -> tuple[Waiver | None, str]:
    """A waiver, and why it does not count: blank where it does. A fault names keys, never what was written there."""
    try:
        waiver = Waiver.model_validate(entry)
    except ValidationError as error:
        return None, faults_of(error, "entry")
    if waiver.rule_id not in {rule.rule_id for rule in policy.rules if rule.may_be_waived}:
        return waiver, "rule_id: the policy has no such rule that may be waived"
    if waiver.feed not in feeds:
        return waiver, "feed: is no feed of this run"
    if waiver.start > today:
        return waiver, f"it starts on {waiver.start}"
    if waiver.expiry < today:
        return waiver, f"it expired on {waiver.expiry}"
    return waiver, ""

"""The publication policy: every rule of the gate with its threshold, severity and reason, as data.

Belongs here: the models of `reference_data/policies/publication.yml` and reading it. Does not belong here: measuring
(SQL), judging (`pipeline.quality`), what a rule means to a reader (its page in `expectations/rules/`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.settings import EXPECTATIONS, REFERENCE_DATA
from pipeline.validation import faults_of, read_yaml

POLICY_FILE = REFERENCE_DATA / "policies" / "publication.yml"
RULE_PAGES = EXPECTATIONS / "rules"

Stage = Literal["feed", "publication"]
Severity = Literal["critical", "withhold", "caution", "shadow"]
# `diagnosis` is every breakdown of the indicators that look for a diagnosis.
BreakdownFamily = Literal["all", "ethnicity", "deprivation", "diagnosis"]


class PolicyError(ValueError):
    """The policy file is missing or wrong; the message names the key."""


class Rule(BaseModel):
    """One rule of the gate.

    critical: a failure holds the release. withhold: the smallest unit it concerns is withheld and the release is
    degraded. caution: the release is degraded and says why, nothing is withheld. shadow: a new rule shows what it would
    do: it is measured, judged and shown, and nothing follows from it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule_id: str = Field(pattern=r"^[a-z][a-z0-9_]+$")
    stage: Stage
    dimension: Literal[
        "timeliness", "completeness", "validity", "plausibility", "conservation", "disclosure", "identity"
    ]
    severity: Severity
    threshold_pct: float = Field(
        ge=0, allow_inf_nan=False, description="Most per cent of `expected` that may be violated."
    )
    reason: str = Field(min_length=10, description="Why this threshold and severity.")
    evidence: Literal["V", "M", "K", "I"]
    applies_to: tuple[str, ...] = Field(min_length=1, description="Feeds, or published tables.")
    withholds: BreakdownFamily | None = None
    may_be_not_evaluable: bool = Field(default=False, description="A denominator of zero degrades instead of holding.")
    counts: Literal["records", "other"] = Field(
        default="records", description="What is counted. Records of people are published by the disclosure rule."
    )
    measures: Literal["submitters", "areas"] = Field(
        default="submitters", description="Whose measures they are: nobody writes a letter to an area."
    )
    may_be_waived: bool = Field(default=False, description="A waiver may vouch for a failed measure.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Rule:
        if (self.severity == "withhold") != (self.withholds is not None):
            raise ValueError("severity withhold and the key withholds belong together")
        if self.stage == "publication" and self.severity == "withhold":
            raise ValueError("a publication rule holds or cautions; withholding happens before publication")
        if self.may_be_waived and (self.stage == "publication" or self.severity == "shadow"):
            raise ValueError("only a rule about feeds from which something follows can be waived")
        return self


class Policy(BaseModel):
    """Every rule that has to run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(min_length=1, description="Moves with every change; the certificate says so where it did not.")
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rules_are_unique(self) -> Policy:
        names = [rule.rule_id for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("a rule is named twice")
        return self

    def rules_for(self, stage: Stage, subject: str) -> tuple[Rule, ...]:
        """Rules of a stage that apply to one feed or published table."""
        return tuple(rule for rule in self.rules if rule.stage == stage and subject in rule.applies_to)

    def rule(self, rule_id: str) -> Rule:
        """One rule by id. Raises KeyError."""
        return {rule.rule_id: rule for rule in self.rules}[rule_id]

    @property
    def sha256(self) -> str:
        """Hash of the policy as judged by, for the receipt."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


# What of a rule decides on a release: a change of it is shown in the certificate of the next one.
DECIDES = ("severity", "threshold_pct", "withholds", "may_be_not_evaluable", "may_be_waived", "applies_to")


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """The publication policy. Raises PolicyError naming the key at fault."""
    try:
        values: Any = read_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise PolicyError(f"{path}: cannot be read as YAML") from None
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        raise PolicyError(f"{path}: {faults_of(error, 'policy')}") from None

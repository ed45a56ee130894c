"""What every step of a run needs: settings, contracts, indicators and policy, read once.

Belongs here: reading and cross-checking them. Does not belong here: Dagster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipeline.catalogue.due import PublisherCalendars, load_calendars
from pipeline.catalogue.feeds import Feed, load_feeds
from pipeline.catalogue.indicators import Indicator, load_indicators
from pipeline.catalogue.policy import Policy, load_policy
from pipeline.catalogue.waivers import Waivers, load_waivers
from pipeline.sample.timeline import AS_OF as SAMPLE_DAY
from pipeline.settings import Settings, SettingsError

# The feeds the fictional country sends.
SAMPLE_FEEDS = (
    "cvdprevent",
    "ecds",
    "fingertips",
    "gp_extract",
    "gp_list_lsoa",
    "lda_inpatient",
    "mhsds_contact",
    "mhsds_detention",
    "mhsds_restrictive",
    "msds_birth",
    "msds_booking",
    "msds_contact",
    "national_audit",
    "nhs_app",
    "plus_group",
    "qof",
    "qof_practice",
    "rcrd",
    "sus_apc",
    "sus_op",
    "talking_therapies",
    "tobacco_sdcs",
    "wlmds",
)


@dataclass(frozen=True)
class RunContext:
    """Settings with everything that is read as data. Contracts are all that are known, feeds those of this run.

    The fictional country has a day of its own: without another day in the settings, timeliness is judged on it.
    """

    settings: Settings

    def __post_init__(self) -> None:
        if self.settings.is_synthetic and self.settings.as_of is None:
            object.__setattr__(self, "settings", self.settings.model_copy(update={"as_of": SAMPLE_DAY}))

    @cached_property
    def contracts(self) -> dict[str, Feed]:
        """Every feed contract by name: the models read all feeds, empty where the run has none."""
        return load_feeds()

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """Contracts of the feeds of this run. Raises SettingsError on a feed nobody described, or the sample lacks."""
        if self.settings.is_synthetic:
            names = tuple(sorted(set(self.settings.sample_feeds))) or SAMPLE_FEEDS
            known, says = list(SAMPLE_FEEDS), "sample_feeds: the fictional country does not send {}; it sends: {}"
        else:
            names = tuple(sorted(self.settings.feeds))
            known, says = sorted(self.contracts), "feeds: no contract for {}; known feeds: {}"
        unknown = [name for name in names if name not in known]
        if unknown:
            raise SettingsError(says.format(", ".join(unknown), ", ".join(known)))
        return {name: self.contracts[name] for name in names}

    @cached_property
    def publisher_calendars(self) -> PublisherCalendars:
        """The publishers' calendars that the project ships."""
        return load_calendars(self.contracts)

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """Every indicator by id."""
        return load_indicators()

    @cached_property
    def policy(self) -> Policy:
        """The publication policy."""
        return load_policy()

    @property
    def waivers(self) -> Waivers:
        """The waivers of the day, read each time: one that expired at midnight does not outlive a long night."""
        return load_waivers(self.settings.waivers, self.policy, self.feeds, self.settings.today)

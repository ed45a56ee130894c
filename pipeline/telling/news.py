"""What an alert says: one title, a few lines, one link.

Belongs here: wording, the same for every channel. Does not belong here: sending (`channels`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["held", "degraded", "recovered", "failed"]

_TITLES: dict[Kind, str] = {
    "held": "Core20 night held: nothing was published",
    "degraded": "Core20 release degraded",
    "recovered": "Core20 recovered: a complete release is published",
    "failed": "Core20 night failed: nothing was published",
}
_LINES_SHOWN = 20


@dataclass(frozen=True)
class News:
    """What came of a night, in words.

    `findings` name rules and subjects, `submitters` who failed which rule, `problems` the deliveries that were not
    taken; `release_id` is the release that is current, blank where there is none; `report` is the address of the
    newest quality report.
    """

    kind: Kind
    release_id: str
    findings: tuple[str, ...]
    submitters: tuple[str, ...]
    problems: tuple[str, ...]
    link: str
    is_synthetic: bool
    report: str = ""

    @property
    def title(self) -> str:
        return _TITLES[self.kind] + (" (fictional country)" if self.is_synthetic else "")

    @property
    def lines(self) -> list[str]:
        """Plain sentences, without the link."""
        current = f"Release {self.release_id} is current." if self.release_id else "There is no release yet."
        said = [*self.findings, *self.submitters, *(problem.strip() for problem in self.problems)]
        shown = said[:_LINES_SHOWN]
        if len(said) > len(shown):
            shown.append(f"And {len(said) - len(shown)} more.")
        return [current, *shown, *([f"Quality report: {self.report}"] if self.report else [])]

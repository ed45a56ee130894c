"""Cases of specifications: each adds its rows to a tiny warehouse, all are built together, and each finds its own.

Belongs here: registering cases and handing back what they left to look for. Does not belong here: any case.
Test modules register their cases when they are imported, which pytest does before the first fixture is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.spec.numbers import Numbers
from tests.spec.tiny import Tiny

Case = Callable[[Tiny], Any]


@dataclass(frozen=True)
class World:
    """The built warehouse, and what each case left to look for, by its name."""

    numbers: Numbers
    found: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.found[name]


@dataclass
class Cases:
    """A set of cases that are built together; used as a decorator."""

    rows: dict[str, Case] = field(default_factory=dict)

    def __call__(self, case: Case) -> Case:
        if case.__name__ in self.rows:
            raise ValueError(f"two cases are named {case.__name__}")
        self.rows[case.__name__] = case
        return case

    def build(self, tiny: Tiny) -> World:
        """Add the rows of every case and build once."""
        found = {name: case(tiny) for name, case in self.rows.items()}
        return World(tiny.build(), found)


domain_rules = Cases()
indicators = Cases()

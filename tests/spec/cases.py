"""Cases of specifications: each adds its rows to a tiny warehouse, all are built together, and each finds its own.

Belongs here: registering cases and handing back what they left to look for. Does not belong here: any case.
Test modules register their cases when they are imported. A world is built from the cases of all of them, in the order
they are written in, whichever tests were chosen: a test alone sees the same numbers as among all the others.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
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
        for path in sorted(Path(__file__).parent.glob("test_*.py")):
            importlib.import_module(f"{__package__}.{path.stem}")
        written = sorted(self.rows.values(), key=lambda case: (case.__module__, case.__code__.co_firstlineno))
        found = {case.__name__: case(tiny) for case in written}
        return World(tiny.build(), found)


domain_rules = Cases()
indicators = Cases()
best_known = Cases()

"""The list of faults, and the mark by which a test says which of them it tries.

Belongs here: names, the words a test says of itself, the invariants. Does not belong here: trying anything.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

LIST = Path(__file__).with_name("list.yml")
INVARIANTS = {
    "pointer": "the pointer names a whole release that verifies",
    "no mixture": "what a reader sees is of one release, byte for byte",
    "not green": "published without a word only when complete; else degraded, held or failed",
    "one incident": "one record says what happened, without values",
    "no canary": "fake NHS numbers, names and secrets are in no sink",
    "same bytes": "after the fault is gone: the bytes of a night that never had it",
    "queryable": "the last good release answers queries",
    "exit code": "0 published, 10 degraded, 20 held, 30 infrastructure",
}


@cache
def listed() -> dict[str, str]:
    """`group: fault` -> what it waits for; blank where it must have a test. In the order of the list."""
    groups: dict[str, list[str | dict[str, str]]] = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for group, names in groups.items():
        for item in names:
            name, waits = (item, "") if isinstance(item, str) else (item["name"], item["waits"])
            assert f"{group}: {name}" not in found, f"{group}: {name} is listed twice"
            found[f"{group}: {name}"] = waits
    return found


def fault(name: str, done: str, happened: str, checked: str = "") -> pytest.MarkDecorator:
    """Mark a test as trying a fault of the list: what it does, what it asserts to happen, which invariants it checks.

    `checked` names invariants, with commas. Those checked by `invariants.hold` are noted by themselves.
    """
    unknown = [item for item in _split(checked) if item not in INVARIANTS]
    if name not in listed() or unknown:
        raise ValueError(f"no fault of {LIST.name}, or no invariants: {name}, {unknown}")
    return pytest.mark.fault(name, done=done, happened=happened, checked=_split(checked))


def _split(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]

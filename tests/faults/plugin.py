"""Collects what came of tests that try a fault, for the report; without CORE20_FAULTS_REPORT it only knows the mark.

Belongs here: marks in, one JSON line a test out. Does not belong here: the report (`report`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_CHECKED: list[str] = []


def note_invariant(name: str) -> None:
    """An invariant was checked, by the test under way or by what it was set up with."""
    if name not in _CHECKED:
        _CHECKED.append(name)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(name, done, happened, checked): tries a fault of tests/faults/list.yml")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Give the report of a marked test what the mark says and which invariants were checked."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    marks = [{"fault": mark.args[0], **mark.kwargs} for mark in item.iter_markers("fault")]
    if marks:
        # Through user_properties it reaches the process that writes, when tests are spread over several.
        report.user_properties = [*report.user_properties, ("faults", marks), ("invariants", list(_CHECKED))]
    if report.when == "teardown":
        _CHECKED.clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Append the outcome of a marked test: of its call, or of what kept it from being called."""
    target = os.environ.get("CORE20_FAULTS_REPORT")
    properties: dict[str, Any] = dict(report.user_properties)
    if not target or os.environ.get("PYTEST_XDIST_WORKER") or "faults" not in properties:
        return
    if report.when != "call" and report.outcome == "passed":
        return
    why = str(report.longrepr[2]) if report.skipped and isinstance(report.longrepr, tuple) else ""
    lines = [
        {**mark, "checked": [*mark["checked"], *properties["invariants"]], "test": report.nodeid,
         "outcome": report.outcome, "why": why.removeprefix("Skipped: ")}
        for mark in properties["faults"]
    ]  # fmt: skip
    with Path(target).open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)

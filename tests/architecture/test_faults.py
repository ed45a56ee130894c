"""The list of faults and the tests that try them know each other, and the report is of both."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import PROJECT_ROOT
from tests.faults.listed import fault, listed
from tests.faults.report import DATA, faults


def marked() -> Iterator[str]:
    """First argument of every call of `fault` in the other tests."""
    for path in sorted({*(PROJECT_ROOT / "tests").rglob("*.py")} - {Path(__file__)}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_mark = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fault"
            if is_mark and node.args and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                yield str(node.args[0].value)  # type: ignore[attr-defined]


def test_every_listed_fault_has_a_test_or_says_what_it_waits_for() -> None:
    found = set(marked())
    assert [name for name, waits in listed().items() if name not in found and not waits] == []
    assert [name for name, waits in listed().items() if name in found and waits] == [], "it waits no longer"
    assert found - listed().keys() == set()


def test_a_mark_of_a_fault_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValueError, match="files: of no list"):
        fault("files: of no list", done="", happened="")
    with pytest.raises(ValueError, match="an invariant of no list"):
        fault("files: late", done="", happened="", checked="an invariant of no list")


def test_the_report_has_every_fault_and_every_one_passed_or_says_what_it_waits_for() -> None:
    report = json.loads(DATA.read_text(encoding="utf-8"))["faults"]
    assert [f"{item['group']}: {item['fault']}" for item in report] == list(listed()), "run `make faults`"
    unsettled = [item["fault"] for item in report if item["verdict"] != "passed" and not item["waits_for"]]
    assert unsettled == [], "run `make faults`"


def test_a_fault_without_a_test_and_a_test_that_did_not_run_do_not_count_as_passed() -> None:
    base = {"done": "d", "happened": "h", "checked": [], "test": "t", "why": "no root"}
    lines = [
        {**base, "fault": "files: late", "outcome": "passed"},
        {**base, "fault": "files: zero byte", "outcome": "skipped"},
        {**base, "fault": "files: header only", "outcome": "failed"},
        {**base, "fault": "files: header only", "outcome": "passed"},
    ]
    verdicts = {item["fault"]: item["verdict"] for item in faults(lines)}
    wanted = {"late": "passed", "zero byte": "skipped", "header only": "failed", "HTML page": "missing"}
    assert {name: verdicts[name] for name in wanted} == wanted

"""Every published reference case runs through a test, by name; what is left out is named here with the reason."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from tests.golden.cases import VECTORS

LEFT_OUT = {
    "le_p01": "life expectancy is not published yet",
    "le_p02_suppressions": "life expectancy is not published yet",
}


def case_ids() -> set[str]:
    return {case["id"] for case in json.loads((VECTORS / "cases.json").read_text(encoding="utf-8"))}


def texts_of_tests() -> set[str]:
    """Every text constant of the test functions here and of their parameters; comments and this file do not count."""
    files = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    functions = [
        node
        for path in files
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.Assign)
    ]
    constants = [node for function in functions for node in ast.walk(function) if isinstance(node, ast.Constant)]
    return {node.value for node in constants if isinstance(node.value, str)}


def test_every_case_is_run_or_left_out_with_a_reason() -> None:
    assert case_ids() - texts_of_tests() == set(LEFT_OUT)


def test_every_case_has_its_input_and_its_answer() -> None:
    run_here = case_ids() - set(LEFT_OUT)
    assert len(run_here) > 0
    for kind in ("input", "expected"):
        assert {path.name.removesuffix(f".{kind}.csv") for path in VECTORS.glob(f"*.{kind}.csv")} == run_here

"""The examples of the specifications, as a reader of the reference pages sees them.

Belongs here: finding the tables of examples and putting each line into words. Does not belong here: any example.
A module of specifications names its tables in `EXAMPLES`: indicator -> the table, or the table and the records that are
not asked for, or (`lines.Tables`) the usual record and its lines. What a line means beyond its cells is its comment.
`USUAL` has the whole usual record of each.
"""

from __future__ import annotations

import ast
import importlib
import io
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

Row = tuple[str, ...]
_COUNTED = {True: "yes", False: "no"}


def examples() -> dict[str, tuple[str, list[Row]]]:
    """Indicator -> the usual record; and a header and the examples: what is other than usual, and whether it counts."""
    found: dict[str, tuple[str, list[Row]]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        for indicator, table in getattr(module, "EXAMPLES", {}).items():
            usual = ", ".join(_cell(field, value) for field, value in module.USUAL[indicator].items())
            found[indicator] = (usual, list(_rows(module, path, table)))
    return found


def _rows(module: ModuleType, path: Path, table: Any) -> Iterator[Row]:
    if isinstance(table, list):
        yield "what is other than usual", "in the numerator"
        for counted, text in _lines(module, path, table):
            yield text, _COUNTED[counted]
        return
    first, second = table
    yield "what is other than usual", "in the numerator", "in the denominator"
    if isinstance(first, Mapping):
        for words, ((numerator, denominator), _) in second.items():
            yield words, _COUNTED[bool(numerator)], _COUNTED[bool(denominator)]
        return
    for counted, text in _lines(module, path, first):
        yield text, _COUNTED[counted], "yes"
    for _, text in _lines(module, path, second):
        yield text, "no", "no"


def _lines(module: ModuleType, path: Path, table: list[Any]) -> Iterator[tuple[bool, str]]:
    """Whether each line of a table counts, and its words: its cells and its comment."""
    name = next(name for name, value in vars(module).items() if value is table)
    for line, comment in zip(table, _comments(path, name), strict=True):
        counted, cells = line if isinstance(line, tuple) else (False, line)
        said = ", ".join(_cell(field, value) for field, value in cells.items()) or "nothing"
        yield counted, f"{said} ({comment})" if comment else said


def _cell(field: str, value: str | None) -> str:
    words = field.replace("_", " ")
    return f"no {words}" if value is None else f"{words} {value}"


def _comments(path: Path, name: str) -> list[str]:
    """The comment at the end of each element of a list that a module assigns to a name."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comment = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            assert isinstance(node.value, ast.List), name
            return [comment.get(element.end_lineno or 0, "") for element in node.value.elts]
    raise ValueError(f"{path.name}: {name} is not a list with a type")

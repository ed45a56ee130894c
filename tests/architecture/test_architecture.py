"""The shape of the project, read from its text: which way imports go, what happens on import, how SQL is written.

Belongs here: rules that hold for every file. Does not belong here: behaviour. A file that breaks a rule is changed, or
the rule is argued away in a decision; there is no list of exceptions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.quality.candidate import PUBLISHED_TABLES
from pipeline.settings import DBT_PROJECT, PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
MODELS = sorted((DBT_PROJECT / "models").rglob("*.sql"))
SQL = [*MODELS, *sorted((DBT_PROJECT / "macros").rglob("*.sql")), *sorted((DBT_PROJECT / "tests").rglob("*.sql"))]

# Who may import whom, inside the package. Every name at the top of `pipeline` is here.
ARROWS: dict[str, set[str]] = {
    "validation": set(),
    "settings": {"validation"},
    "files": set(),
    "catalogue": {"settings", "validation"},
    "warehouse": {"settings", "files"},
    "landing": {"settings", "files", "catalogue"},
    "reference": {"settings", "validation", "catalogue"},
    "sample": {"settings", "files", "catalogue"},
    "quality": {"settings", "files", "catalogue", "warehouse"},
    "release": {"settings", "files", "catalogue", "warehouse", "quality"},
    "telling": {"settings", "files", "catalogue", "warehouse"},
    "orchestration": {
        "settings",
        "files",
        "catalogue",
        "warehouse",
        "landing",
        "reference",
        "sample",
        "quality",
        "release",
        "telling",
    },
    "definitions": {"settings", "orchestration"},
    "cli": {
        "settings",
        "files",
        "catalogue",
        "warehouse",
        "landing",
        "reference",
        "quality",
        "release",
        "orchestration",
        "sample",
    },
}
# Names that, called while a module is imported, read, write, connect or configure.
AT_WORK = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "touch", "unlink", "iterdir", "glob",
    "rglob", "exists", "is_file", "is_dir", "stat", "connect", "basicConfig", "dictConfig", "fileConfig", "addHandler",
    "get", "post", "request", "urlopen", "Client", "run", "Popen", "check_output", "system", "safe_load", "read_csv",
    "read_parquet", "read_table", "load_settings", "getenv", "today", "now", "setlocale", "seed", "print",
}  # fmt: skip
LOGGERS = {"getLogger"}  # naming a logger sets nothing up


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


def top(path: Path) -> str:
    """The part of the package a file belongs to: `landing`, `cli`; blank for the package's own __init__."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(node: ast.AST) -> Iterator[str]:
    """Dotted names that a piece of code imports, inside functions too."""
    for item in ast.walk(node):
        if isinstance(item, ast.Import):
            yield from (alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom):
            assert item.level == 0, "imports are absolute"
            yield from ([f"pipeline.{alias.name}" for alias in item.names] if item.module == "pipeline" else [])
            yield item.module or ""


def on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported: everything but the bodies of functions and of a main guard."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, *child.args.defaults, *child.args.kw_defaults):
                if part is not None:
                    yield part
                    yield from on_import(part)
        elif isinstance(child, ast.Lambda) or (isinstance(child, ast.If) and "__main__" in ast.unparse(child.test)):
            continue
        else:
            yield child
            yield from on_import(child)


def called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def without_comments(sql: str) -> str:
    """SQL without Jinja, line and block comments and without text in quotes; every line keeps its number."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    sql = re.sub(r"\{#.*?#\}|/\*.*?\*/", blank, sql, flags=re.DOTALL)
    sql = re.sub(r"'(?:[^']|'')*'", lambda match: "''" + blank(match), sql)
    return re.sub(r"--[^\n]*", "", sql)


def sql_faults(sql: str) -> list[str]:
    """What the house rules forbid in a piece of SQL, as `line: rule`."""
    text = without_comments(sql)
    return [
        f"{text[: match.start()].count(chr(10)) + 1}: {rule}"
        for rule, pattern in FORBIDDEN_SQL.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


DECIMAL_LITERAL = r"(?<![\w.])\d+\.\d*(?![\d.eE])|(?<![\w.])\.\d+\b(?![eE])"
FORBIDDEN_SQL = {
    "QUALIFY is not portable: number rows in a CTE": r"\bqualify\b",
    "a macro of the database hides logic: use a dbt macro": r"\bcreate\s+(or\s+replace\s+)?(temp\w*\s+)?macro\b",
    "UNION BY NAME is not portable: list the columns": r"\bunion\s+(all\s+)?by\s+name\b",
    "strftime is not portable": r"\bstrftime\b",
    "// is not portable: cast a floor": r"//",
    "arg_max and its like are not portable: rank in a CTE": r"\b(arg_(max|min)|max_by|min_by)\b",
    "a bare decimal literal is DECIMAL and overflows: write 5e-1": DECIMAL_LITERAL,
}


# -- imports ---------------------------------------------------------------------------------------------------------


def test_every_part_of_the_package_has_its_arrows() -> None:
    assert {top(path) for path in MODULES} - {""} == set(ARROWS)


@pytest.mark.parametrize("part", sorted(ARROWS))
def test_arrows_run_one_way(part: str) -> None:
    found = {
        (name_of(path), name.split(".")[1])
        for path in MODULES
        if top(path) == part
        for name in imports(tree(path))
        if name.startswith("pipeline.")
    }
    assert {(path, other) for path, other in found if other != part and other not in ARROWS[part]} == set()


def test_the_arrows_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(ARROWS):
        ready = {part for part, others in ARROWS.items() if part not in done and others <= done}
        assert ready, f"a circle among {sorted(set(ARROWS) - done)}"
        done |= ready


def test_nothing_imports_the_entry_points() -> None:
    entries = ("pipeline.cli", "pipeline.definitions")
    assert [name_of(path) for path in MODULES for name in imports(tree(path)) if name.startswith(entries)] == []


def test_only_orchestration_knows_dagster() -> None:
    found = {top(path) for path in MODULES for name in imports(tree(path)) if name.split(".")[0].startswith("dagster")}
    assert found == {"orchestration", "definitions"}


def test_only_orchestration_runs_dbt() -> None:
    found = {top(path) for path in MODULES for name in imports(tree(path)) if name.split(".")[0] == "dbt"}
    assert found == {"orchestration"}


def test_one_module_knows_great_expectations_and_only_inside_functions() -> None:
    known = [path for path in MODULES if any(n.startswith("great_expectations") for n in imports(tree(path)))]
    assert [name_of(path) for path in known] == ["pipeline/quality/judge.py"]
    at_import = [
        node
        for path in known
        for node in on_import(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(node)
        if name.startswith("great_expectations")
    ]
    assert at_import == []


# -- what happens on import --------------------------------------------------------------------------------------------


def test_nothing_is_read_written_or_set_up_on_import() -> None:
    found = [
        f"{name_of(path)}:{getattr(node, 'lineno', 0)} calls {called(node)}()"
        for path in MODULES
        for node in on_import(tree(path))
        if called(node) in AT_WORK
    ]
    assert found == []


def test_the_environment_is_not_read_on_import() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in on_import(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "environ"
    ]
    assert found == []


def test_the_heuristic_sees_what_it_is_for() -> None:
    source = "import duckdb\nclass A:\n    x = duckdb.connect()\ndef f(a=open('x')):\n    return open('y')\n"
    assert [called(node) for node in on_import(ast.parse(source)) if called(node) in AT_WORK] == ["connect", "open"]


# -- modules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_belongs_in_it_and_what_does_not(path: Path) -> None:
    charter = " ".join((ast.get_docstring(tree(path)) or "").split())
    assert "elongs here" in charter
    assert "oes not belong here" in charter


def test_no_module_is_longer_than_400_lines() -> None:
    files = [*MODULES, *sorted((PROJECT_ROOT / "tests").rglob("*.py")), *SQL]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_nothing_prints() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        if called(node) == "print" and not (path.name == "cli.py" and "console.print" in ast.unparse(node.func))
    ]
    assert found == []


# -- SQL ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SQL, ids=name_of)
def test_sql_is_portable(path: Path) -> None:
    assert sql_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select a from b qualify row_number() over (order by a) = 1",
        "create or replace macro f(x) as x",
        "select 1 union all by name select 2",
        "select strftime(d, '%Y')",
        "select a // b",
        "select arg_max(a, b)",
        "select max_by(a, b)",
        "select a * 0.5",
        "select a * .5",
        "select 1.",
    ],
)
def test_the_sql_rules_see_what_they_are_for(sql: str) -> None:
    assert len(sql_faults(sql)) == 1


@pytest.mark.parametrize(
    "sql",
    ["select 5e-1, 1.96e0, 1.5E-3", "-- 0.5 // strftime", "{# 0.5\n qualify #}", "/* // */", "select '0.5//'", "a.b2"],
)
def test_the_sql_rules_leave_the_rest_alone(sql: str) -> None:
    assert sql_faults(sql) == []


def test_no_model_passes_a_relation_on_with_all_its_columns() -> None:
    """`select *` from a ref or source belongs in an import CTE; what a model gives is listed by name."""
    relation = r"select\s+\*\s+from\s+\{\{\s*(ref|source)\s*\("
    found = []
    for path in MODELS:
        text = without_comments(path.read_text(encoding="utf-8").replace("'", '"'))
        for match in re.finditer(relation, text, re.IGNORECASE):
            before = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text[: match.start()], flags=re.DOTALL)
            if before.count("(") == before.count(")"):
                found.append(f"{name_of(path)}:{text[: match.start()].count(chr(10)) + 1}")
    assert found == []


# -- models' descriptions ----------------------------------------------------------------------------------------------


def described(path: Path) -> dict[str, Any]:
    """The entry of a model in the yml beside it; empty where there is none."""
    beside = path.with_suffix(".yml")
    if not beside.is_file():
        return {}
    document = yaml.safe_load(beside.read_text(encoding="utf-8")) or {}
    found: list[dict[str, Any]] = [item for item in document.get("models", []) if item["name"] == path.stem]
    return found[0] if found else {}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_described_beside_it_with_its_grain(path: Path) -> None:
    description = " ".join(str(described(path).get("description", "")).split())
    assert re.search(r"Grain: .{6,}\.", description), f"{path.with_suffix('.yml').name}: say `Grain: one row a ...`"


@pytest.mark.parametrize("table", sorted(PUBLISHED_TABLES))
def test_every_published_column_is_described(table: str) -> None:
    model = described(DBT_PROJECT / "models" / "publication" / f"pub_{table}.sql")
    assert model["config"]["contract"] == {"enforced": True}
    assert {column["name"] for column in model["columns"] if len(str(column.get("description", ""))) < 5} == set()
    assert {column["name"] for column in model["columns"]} >= set(PUBLISHED_TABLES[table])


# -- engines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("package", "major"), [("duckdb", 2), ("pandas", 3)])
def test_the_engines_are_the_ones_the_locks_name(package: str, major: int) -> None:
    """A lock that fell back to an older major would still run, with other bytes."""
    assert int(version(package).split(".")[0]) == major
    locked = (PROJECT_ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{package}=={major}\.", locked, re.MULTILINE)

"""Render the product's own SQL macros without dbt, so that golden tests run what the models run.

Belongs here: loading `dbt_project/macros/statistics` into Jinja. Does not belong here: any formula.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment

STATISTICS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "statistics"


class _Exceptions:
    @staticmethod
    def raise_compiler_error(message: str) -> str:
        raise ValueError(message)


def statistics_macros() -> Any:
    """Every macro of the statistics folder as attributes of one module."""
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 - SQL, not HTML
    environment.globals["exceptions"] = _Exceptions
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATISTICS.glob("*.sql")))
    return environment.from_string(source).module

"""A built warehouse with some tables replaced by rows of a specification, and some models built on them again.

Belongs here: replacing and building. Does not belong here: any row, what is right.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipeline.orchestration.dbt import build_models, dbt_environment
from pipeline.settings import Settings
from tests.spec.numbers import Numbers


def rebuilt(numbers: Numbers, home: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], *models: str) -> Numbers:
    """A copy of the warehouse in `home` with `tables` (schema.name -> rows), and `models` built from them."""
    settings = Settings(home=home)
    settings.build_database.parent.mkdir(parents=True)
    shutil.copy(numbers.database, settings.build_database)
    with duckdb.connect(str(settings.build_database)) as connection:
        for name, rows in tables.items():
            frame = pd.DataFrame(rows)
            connection.register("rows_of_the_specification", frame)
            connection.execute(f"create or replace table {name} as select * from rows_of_the_specification")
            connection.unregister("rows_of_the_specification")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dbt_environment(settings).items():
            patch.setitem(os.environ, name, value)
        build_models(settings, "--select", *models)
    return Numbers(settings.build_database)

"""A whole night on the fictional country, as the command line runs it.

Belongs here: what is left of it to look at. Does not belong here: what is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd


@dataclass(frozen=True)
class NightRun:
    """The sample's folder and the release database of the night."""

    sample: Path
    database: Path

    def query(self, sql: str, *values: str) -> pd.DataFrame:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql, list(values)).df()

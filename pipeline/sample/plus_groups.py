"""PLUS groups of the system's own (plus_group): one list of one fictional group, with first and last days.

Belongs here: who is on the list, the columns and file of the feed. Does not belong here: groups that the GP extract
knows, which records a member has (`links`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sample.files import Written, write_csv
from pipeline.sample.geography import Geography
from pipeline.sample.persons import make_persons
from pipeline.sample.population import Population
from pipeline.sample.recording import day_number, days, text
from pipeline.sample.streams import stream
from pipeline.sample.timeline import FIRST_MONTH, SNAPSHOTS

FEED = "plus_group"
COLUMNS = ("plus_group_id", "plus_group_name", "person_id", "valid_from", "valid_to")
GROUP, NAME = "coastal_community_project", "People of the coastal community project (fictional)"
_SHARE, _LEFT = 0.12, 0.25  # of all persons, who is on the list; of those, who has left again
_LONGEST = 420  # days from the first month on within which people join, and stay when they leave again


def write_plus_groups(
    folder: Path, seed: int, geography: Geography, population: Population
) -> Iterator[tuple[str, list[Written]]]:
    """Writes the one list there is; yields its day and file."""
    persons = make_persons(seed, geography, population)
    rng = stream(seed, FEED)
    rows = np.flatnonzero(rng.random(len(persons)) < _SHARE)
    count = len(rows)
    joined = day_number(FIRST_MONTH) + np.floor(rng.random(count) * _LONGEST).astype(np.int64)
    left = joined + np.floor(rng.random(count) * _LONGEST).astype(np.int64)
    table = pa.table(
        {
            "plus_group_id": text(np.full(count, GROUP, dtype=object)),
            "plus_group_name": text(np.full(count, NAME, dtype=object)),
            "person_id": persons.ids.take(pa.array(rows)),
            "valid_from": days(joined),
            "valid_to": pc.if_else(pa.array(rng.random(count) < _LEFT), days(left), pa.scalar(None, pa.date32())),
        }
    )
    day = SNAPSHOTS[-1].isoformat()
    yield day, [write_csv(folder / f"plus_group_{day}.csv", table.select(COLUMNS))]

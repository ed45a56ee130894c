"""Reference files: fetch, verify and load IMD, LSOA lookups, ODS organisations and populations.

Belongs here: everything that knows what a reference file is and which vintage it has. Does not belong here: activity
feeds (`landing`), transformation (dbt).
"""

from pipeline.reference.download import FetchPolicy
from pipeline.reference.fetch import FetchReport, fetch_reference
from pipeline.reference.load import LoadedSource, load_reference
from pipeline.reference.sources import ReferenceError_, ReferenceSource, read_sources

__all__ = [
    "FetchPolicy",
    "FetchReport",
    "LoadedSource",
    "ReferenceError_",
    "ReferenceSource",
    "fetch_reference",
    "load_reference",
    "read_sources",
]

"""Dagster resources: the one writer's lock, held for a whole run.

Belongs here: what a run holds on to. Does not belong here: steps.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext

from pipeline.settings import Settings
from pipeline.warehouse.database import writer_lock


class Writer(ConfigurableResource[None]):
    """Holding this means being the one run that writes. A second run fails at once and says why."""

    home: str

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Generator[None, None, None]:
        with writer_lock(Settings(home=Path(self.home))):
            yield

"""Dagster's event log on SQLite, with connections that stay open.

Belongs here: how the log reaches its files. Does not belong here: what an event is and where it is written, which is
Dagster's own `SqliteEventLogStorage`: the files are the same, and either class reads what the other wrote. Dagster
opens an engine and a connection of its own for each event, twelve of the hundred seconds of a night.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import EventLogEntry
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

# One file a run and the index over all: a web server looks at many runs, and keeps the last few open.
_ENGINES = 4


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` in `$DAGSTER_HOME/history/runs`, its place by default."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._within_batch = threading.local()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> PooledSqliteEventLogStorage:
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        open_connections: dict[str, Connection] = getattr(self._within_batch, "connections", {})
        if shard in open_connections:
            yield open_connections[shard]
            return
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run in one transaction a file: all or, after an error, none of them."""
        run = events[0].run_id
        with (
            self._db_lock,
            self._engine(run).begin() as run_connection,
            self._engine(INDEX_SHARD_NAME).begin() as index_connection,
        ):
            self._within_batch.connections = {run: run_connection, INDEX_SHARD_NAME: index_connection}
            try:
                super().store_event_batch(events)
            finally:
                self._within_batch.connections = {}

    def dispose(self) -> None:
        """Close every connection."""
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()

    def _engine(self, shard: str) -> Engine:
        """The engine of a file, its tables made on first use. Called with the lock held."""
        engine = self._engines.pop(shard, None)
        if engine is None:
            wait = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            engine = create_engine(self.conn_string_for_shard(shard), connect_args=wait)
            event.listen(engine, "connect", _wait_for_no_disk)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > _ENGINES:
            self._engines.popitem(last=False)[1].dispose()
        return engine


def _wait_for_no_disk(connection: Any, _: Any) -> None:
    """A process that is killed loses no event; a machine that loses its power may lose the last few of the log."""
    connection.execute("pragma synchronous = normal")

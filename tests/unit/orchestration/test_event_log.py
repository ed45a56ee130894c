"""The event log writes what Dagster's own class reads, in one transaction a batch."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterEvent, DagsterEventType, EventLogEntry
from dagster._core.events import AssetMaterializationPlannedData
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from pipeline.orchestration.event_log import PooledSqliteEventLogStorage

RUN = "00000000-0000-0000-0000-000000000001"


def planned(number: int) -> EventLogEntry:
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value,
        job_name="nightly",
        event_specific_data=AssetMaterializationPlannedData(AssetKey(["raw", f"feed_{number}"])),
    )
    return EventLogEntry(None, 10, "", RUN, time.time(), job_name="nightly", dagster_event=event)  # type: ignore[no-untyped-call]


def keys(storage: SqlEventLogStorage) -> list[str]:
    return sorted(key.path[-1] for key in storage.all_asset_keys())  # type: ignore[no-untyped-call]


def test_a_batch_is_read_by_dagsters_own_class(tmp_path: Path) -> None:
    ours = PooledSqliteEventLogStorage(str(tmp_path))
    ours.store_event_batch([planned(number) for number in range(3)])
    ours.store_event(planned(3))
    theirs = SqliteEventLogStorage(str(tmp_path))
    assert len(theirs.get_logs_for_run(RUN)) == 4
    assert keys(theirs) == keys(ours) == ["feed_0", "feed_1", "feed_2", "feed_3"]
    ours.dispose()


def test_a_batch_that_fails_leaves_nothing_and_can_be_stored_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = PooledSqliteEventLogStorage(str(tmp_path))
    stored = SqliteEventLogStorage.store_event

    def fail_at_the_last(self: SqliteEventLogStorage, event: EventLogEntry) -> None:
        stored(self, event)
        if event.dagster_event and event.dagster_event.asset_key == AssetKey(["raw", "feed_2"]):
            raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteEventLogStorage, "store_event", fail_at_the_last)
        with pytest.raises(OSError, match="disk is full"):
            ours.store_event_batch([planned(number) for number in range(3)])
    assert keys(ours) == []
    assert len(ours.get_logs_for_run(RUN)) == 0
    ours.store_event_batch([planned(number) for number in range(3)])
    assert len(keys(ours)) == len(ours.get_logs_for_run(RUN)) == 3
    ours.dispose()


def test_many_runs_are_read_with_few_open_files(tmp_path: Path) -> None:
    ours = PooledSqliteEventLogStorage(str(tmp_path))
    for number in range(9):
        run = f"00000000-0000-0000-0000-00000000001{number}"
        ours.store_event(planned(0)._replace(run_id=run))
        assert len(ours.get_logs_for_run(run)) == 1
    assert len(ours._engines) == 4
    ours.dispose()
    assert not ours._engines

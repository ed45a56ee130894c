"""Time each layer of a night on N million generated records, beside a raw scan of the same columns.

Belongs here: measuring. Timings are for comparing within one run on one machine; no test reads them.
Does not belong here: steps of the night (`nightly`).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.orchestration import nightly
from pipeline.orchestration.context import RunContext
from pipeline.orchestration.dbt import PUBLICATION, build_models, dbt_environment, manifest_path
from pipeline.sample import generate
from pipeline.settings import Settings
from pipeline.warehouse.database import connect

RECORDS_AT_SCALE_ONE = 1_920_000
_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Timing:
    """One layer: seconds, records a second and peak memory of the process while it ran."""

    layer: str
    seconds: float
    records_per_second: float
    peak_mib: float


def run_benchmark(millions: float, threads: int, say: Callable[[str], None]) -> list[Timing]:
    """Generate about `millions` million records and run one night on them, layer by layer, in a folder of its own."""
    manifest_path()
    with tempfile.TemporaryDirectory(prefix="core20-bench-") as folder:
        settings = Settings(home=Path(folder), sample_scale=millions * 1e6 / RECORDS_AT_SCALE_ONE, threads=threads)
        night = RunContext(settings)
        os.environ.update(dbt_environment(night.settings))
        say(f"generating about {millions:g} million records")
        generate(night.settings)
        timings: list[Timing] = []
        records = [0]

        def measure(layer: str, step: Callable[[], object]) -> None:
            say(layer)
            seconds, peak = _measured(step)
            timings.append(Timing(layer, seconds, records[0] / seconds, peak))

        seconds, peak = _measured(lambda: nightly.land_feeds(night))
        records[0] = sum(part.rows for name in night.feeds for part in nightly.active(night, name))
        timings.append(Timing("landing", seconds, records[0] / seconds, peak))
        measure("prepare", lambda: nightly.prepare(night))
        measure("raw scan", lambda: _raw_scan(night))
        for layer in ("staging", "intermediate", "indicators", "marts", "quality"):
            selection = f"path:models/{layer}"
            before = ["resource_type:seed"] if layer == "staging" else []
            measure(layer, lambda s=selection, b=before: build_models(  # type: ignore[misc]
                night.settings, "--select", s, *b, "--exclude", PUBLICATION
            ))  # fmt: skip
        measure("gate, feeds", lambda: nightly.judge_feeds(night))
        measure("publication", lambda: build_models(night.settings, "--select", PUBLICATION))
        measure("gate, publication", lambda: nightly.judge_publication(night))
        measure("release", lambda: nightly.publish_release(night))
        return timings


def _raw_scan(night: RunContext) -> None:
    """Read every landed column once and do nothing with it: what no query can be faster than."""
    with connect(night.settings, read_only=True) as connection:
        for name, feed in night.feeds.items():
            counts = ", ".join(f"count({column})" for column in feed.field_names)
            connection.execute(f"select {counts} from raw.{name}").fetchall()


def _measured(step: Callable[[], object]) -> tuple[float, float]:
    process = psutil.Process()
    peak = [process.memory_info().rss]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started = time.perf_counter()
    try:
        step()
    finally:
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
    return seconds, peak[0] / 2**20

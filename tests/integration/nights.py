"""Nights for tests: small ones, run once a test run and copied by the tests that change them.

Belongs here: making a project folder, running the command line on it, reading what came of it. Does not belong here:
any expectation about it.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.orchestration.dbt import ManifestMissing, manifest_path
from pipeline.settings import PROJECT_ROOT

SCALE = 0.02
KEY = "a key for tests, long enough to be one"
AS_OF = "2026-10-20"
RESTATED_FILE = "hes_apc_202603-revised.csv"
PUBLISHED, DEGRADED, HELD, INFRASTRUCTURE = 0, 10, 20, 30
_made: dict[str, Night] = {}


@dataclass(frozen=True)
class Ran:
    """What a command line said (both streams) and its exit code."""

    code: int
    output: str


@dataclass(frozen=True)
class Night:
    """A project folder with its config, the night that was run on it, and where everything lies."""

    folder: Path
    ran: Ran

    @property
    def config(self) -> Path:
        return self.folder / "config.yml"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.releases / "current"

    @property
    def current_id(self) -> str:
        return self.current.readlink().name

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.current / "manifest.json")
        return found

    @property
    def parts(self) -> dict[str, str]:
        """Part of the current release -> sha256 of what lies on the disk now."""
        return {
            path.relative_to(self.current.resolve()).as_posix(): sha256(path)
            for path in sorted(self.current.resolve().rglob("*"))
            if path.is_file()
        }

    def core20(self, *arguments: str, **environment: str) -> Ran:
        """The command line on this folder."""
        return core20(self.config, *arguments, **environment)

    def copy(self, target: Path) -> Night:
        """The same folder elsewhere; parts of releases, which nothing may change, are linked instead of copied."""
        shutil.copytree(self.folder, target, symlinks=True, copy_function=_link_or_copy)
        return Night(target, self.ran)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_manifest() -> None:
    """Fail, saying what to do, where the models have not been parsed."""
    try:
        manifest_path()
    except ManifestMissing as error:
        pytest.fail(f"a night cannot be run: {error}", pytrace=False)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a night: no setting of whoever runs the tests, a key, lines as they are said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORE20_", "DAGSTER_"))}
    return kept | {"CORE20_PSEUDONYM_KEY": KEY, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"} | changes


def command(config: Path, name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline.cli", name, *arguments, "--config", str(config)]


def core20(config: Path, *arguments: str, **changes: str) -> Ran:
    """Run one command to its end."""
    done = subprocess.run(
        command(config, *arguments),
        cwd=PROJECT_ROOT,
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout)


def sample_night(base: Path, name: str = "sample", threads: int = 1, **changes: str) -> Night:
    """A night on the embedded sample, made once a session under each name."""

    def make(folder: Path) -> Night:
        folder.mkdir()
        write_config(folder, {"home": "home", "sample_scale": SCALE, "threads": threads})
        return Night(folder, core20(folder / "config.yml", "run", **changes))

    return _once(name, base, make)


def files_night(base: Path) -> Night:
    """A night on files: the sample's admitted care without its restatement, and its CVDPREVENT export.

    As a platform team would run it: folders, a mirror of the reference files, a key in the environment.
    """

    def make(folder: Path) -> Night:
        make_files_project(sample_night(base), folder)
        return Night(folder, core20(folder / "config.yml", "run"))

    return _once("files", base, make)


def restated_night(base: Path) -> Night:
    """The night after `files_night`, on which a restated month came."""

    def make(folder: Path) -> Night:
        night = files_night(base).copy(folder)
        deliver_restatement(night)
        return Night(folder, night.core20("run"))

    return _once("restated", base, make)


def make_files_project(sample: Night, folder: Path) -> None:
    """Folders and config of a run on files, from what a night on the sample left."""
    made = sample.home / "sample"
    for feed in ("sus_apc", "cvdprevent"):
        shutil.copytree(made / "landing" / feed, folder / "landing" / feed)
    aside = folder / "aside"
    aside.mkdir()
    for path in (folder / "landing" / "sus_apc").glob(f"{RESTATED_FILE}*"):
        path.rename(aside / path.name)
    for path in (folder / "landing" / "cvdprevent").glob("*.csv"):
        # A run on files is a run on England.
        path.write_text(path.read_text(encoding="utf-8").replace("F92000001", "E92000001"), encoding="utf-8")
    shutil.copytree(made / "reference", folder / "reference")
    _name_mirror_files(folder / "reference" / "sources.csv")
    shutil.copy(made / "expected_submitters.csv", folder)
    write_config(
        folder,
        {
            "home": "home",
            "source": "files",
            "as_of": AS_OF,
            "reference_mirror": "reference",
            "reference_sources": "reference/sources.csv",
            "expected_submitters": "expected_submitters.csv",
            "feeds": {
                "sus_apc": {"folder": "landing/sus_apc"},
                "cvdprevent": {"folder": "landing/cvdprevent"},
            },
        },
    )
    for path in folder.rglob("*.*"):
        settle(path)


def deliver_restatement(night: Night) -> None:
    """The restated month arrives, with its manifest."""
    for path in (night.folder / "aside").iterdir():
        shutil.copy(path, night.folder / "landing" / "sus_apc" / path.name)


def settle(path: Path) -> None:
    """Make a file look as if nobody had written to it for a day."""
    then = time.time() - 86_400
    os.utime(path, (then, then))


def write_config(folder: Path, values: dict[str, Any]) -> None:
    (folder / "config.yml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def _once(name: str, base: Path, make: Callable[[Path], Night]) -> Night:
    """The night of that name below `base`, which every process of a test run shares: one makes it, the others wait."""
    if name not in _made:
        require_manifest()
        said = base / f"{name}.json"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not said.exists():
                shutil.rmtree(base / name, ignore_errors=True)
                night = make(base / name)
                said.write_text(json.dumps(asdict(night.ran)), encoding="utf-8")
        _made[name] = Night(base / name, Ran(**read_json(said)))
    return _made[name]


def _name_mirror_files(sources: Path) -> None:
    """The sample's source table names no file of a mirror, for the sample needs none."""
    with sources.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with sources.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"mirror_file": row["file"]} for row in rows)


def _link_or_copy(source: str, target: str) -> None:
    if "/home/releases/" in source and not Path(source).name.startswith((".", "history")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)

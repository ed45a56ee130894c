"""Servers started for a test, and where they listen.

Belongs here: starting, waiting, ending, looking at sockets, a temporary PostgreSQL. Does not belong here: expectations.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from pipeline.settings import PROJECT_ROOT

PASSWORD = "a password for tests 7d1f"
MONITOR_PASSWORD = "a password of monitors 93c0"
_SECONDS = 180


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    """A program and its children, ended afterwards."""
    with log.open("wb") as output:
        started = subprocess.Popen(command, cwd=PROJECT_ROOT, env=dict(environment), stdout=output, stderr=output)
    process = psutil.Process(started.pid)
    try:
        yield process
    finally:
        family = [process, *process.children(recursive=True)] if process.is_running() else []
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        for member in family:
            if member.is_running():
                member.kill()


def wait_for(address: str, process: psutil.Process, log: Path) -> None:
    """Until the address answers; fails with what the program said when it ends first."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(address, timeout=10)
            return
        except httpx.HTTPError:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.5)
    pytest.fail(f"{address} does not answer:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def graphql(port: int, query: str, **variables: Any) -> dict[str, Any]:
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": query, "variables": variables}, timeout=120)
    found: dict[str, Any] = answer.json()
    assert "errors" not in found, found["errors"]
    data: dict[str, Any] = found["data"]
    return data


def listening(process: psutil.Process) -> dict[str, set[int]]:
    """Address -> ports on which the program or a child of it listens."""
    found: dict[str, set[int]] = {}
    for member in (process, *process.children(recursive=True)):
        for connection in member.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.setdefault(connection.laddr.ip, set()).add(connection.laddr.port)
    return found


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server with a database `core20`, its owner `core20` and a role `core20_monitor` that only reads."""

    port: int

    def environment(self, user: str = "core20", password: str = PASSWORD) -> dict[str, str]:
        return {
            "CORE20_PG_HOST": "127.0.0.1",
            "CORE20_PG_PORT": str(self.port),
            "CORE20_PG_DATABASE": "core20",
            "CORE20_PG_USER": user,
            "CORE20_PG_PASSWORD": password,
        }


def _program(name: str) -> str:
    found = shutil.which(name)
    places = [found, *(str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True))]
    program = next((place for place in places if place), None)
    if program is None:
        pytest.skip(f"no {name} on this machine: install the PostgreSQL server to run this test")
    return program


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A temporary server on loopback that asks for passwords, under another user where we are root: it refuses root."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    is_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="core20-postgres-"))
    try:
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if is_root:
            for path in (folder, folder / "password"):
                shutil.chown(path, "nobody", "nogroup")

        def as_server(*command: str) -> None:
            other: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if is_root else {}
            done = subprocess.run(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **other
            )
            assert done.returncode == 0, done.stdout

        port, data = free_port(), folder / "data"
        as_server(initdb, "-D", str(data), "-U", "core20", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        as_server(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            _prepare(port)
            yield Postgres(port)
        finally:
            as_server(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(port: int) -> None:
    import psycopg2

    connection = psycopg2.connect(host="127.0.0.1", port=port, user="core20", password=PASSWORD, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("create database core20")
        cursor.execute(f"create role core20_monitor login password '{MONITOR_PASSWORD}'")
        cursor.execute("grant pg_read_all_data to core20_monitor")
    connection.close()

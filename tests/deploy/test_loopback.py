"""What `make dev` starts listens on loopback and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from tests.deploy.servers import free_port, listening, running, wait_for
from tests.integration import nights

pytestmark = pytest.mark.slow


def test_the_ui_and_the_reports_listen_on_loopback_only(tmp_path: Path) -> None:
    nights.require_manifest()
    nights.write_config(tmp_path, {"home": "home"})
    (tmp_path / "home" / "reports").mkdir(parents=True)
    (tmp_path / "home" / "reports" / "index.html").write_text("a report", encoding="utf-8")
    port, log = free_port(), tmp_path / "log"
    config = str(tmp_path / "config.yml")
    command = [sys.executable, "-m", "pipeline.cli", "ui", "--config", config, "--port", str(port)]
    with running(command, nights.environment(), log) as process:
        wait_for(f"http://127.0.0.1:{port}/server_info", process, log)
        assert httpx.get(f"http://127.0.0.1:{port + 1}/").text == "a report"
        assert httpx.get(f"http://127.0.0.1:{port + 1}/../config.yml").status_code == 404
        found = listening(process)
        assert {"127.0.0.1"} == set(found), found
        assert {port, port + 1} <= found["127.0.0.1"]

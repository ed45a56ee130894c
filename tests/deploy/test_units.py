"""What `deploy/` names exists, listens on loopback, and has no more power than it needs.

Belongs here: the files as text, and systemd's own opinion of them. Does not belong here: starting what they describe.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
import yaml

from pipeline.settings import ENVIRONMENT, PROJECT_ROOT
from tests.deploy.units import DEPLOY, INSTALLED, UNITS, command, directives

SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HARDENED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "UMask": "0027",
}


@pytest.fixture(params=SERVICES, ids=lambda unit: unit.stem)
def service(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_there_is_a_nightly_a_ui_and_a_read_only_monitor() -> None:
    assert {unit.name for unit in UNITS} == {
        "core20-daemon.service",
        "core20-monitor.service",
        "core20-nightly.service",
        "core20-nightly.timer",
        "core20-ui.service",
    }


def test_a_service_has_no_more_power_than_it_needs(service: Path) -> None:
    found = directives(service)
    assert {name: found.get(name) for name in HARDENED} == {name: [value] for name, value in HARDENED.items()}
    assert found["User"] == ["core20-monitor" if "monitor" in service.name else "core20"]
    (written,) = found["ReadWritePaths"]
    assert written == ("/var/lib/core20-monitor" if "monitor" in service.name else "/var/lib/core20")


def test_the_monitor_reads_only_and_cannot_enter_the_home_nor_read_the_secrets() -> None:
    unit = DEPLOY / "core20-monitor.service"
    assert "--read-only" in command(unit)
    assert directives(unit)["InaccessiblePaths"] == ["/var/lib/core20"]
    assert directives(unit)["EnvironmentFile"] == ["/etc/core20/monitor.env"]


def test_every_program_and_path_of_a_service_is_one_of_the_project(service: Path) -> None:
    program, *arguments = command(service)
    assert Path(program).parent == INSTALLED / ".venv" / "bin"
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    scripts = set(project["scripts"]) | {
        entry.name
        for package in ("dagster", "dagster-webserver")
        for entry in distribution(package).entry_points.select(group="console_scripts")
    }
    assert Path(program).name in scripts
    paths = [argument for argument in arguments if argument.startswith(str(INSTALLED))]
    paths += [value.removeprefix("file://") for value in directives(service)["Documentation"]]
    assert [path for path in paths if not Path(path.replace(str(INSTALLED), str(PROJECT_ROOT), 1)).is_file()] == []


def test_what_listens_listens_on_loopback_each_on_a_port_of_its_own() -> None:
    ports = []
    for unit in SERVICES:
        arguments = command(unit)
        if Path(arguments[0]).name == "dagster-webserver":
            assert arguments[arguments.index("--host") + 1] == "127.0.0.1", unit.name
            ports.append(arguments[arguments.index("--port") + 1])
    assert len(ports) == len(set(ports)) == 2
    proxied = re.findall(r"proxy_pass http://([^/;]+)", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert set(proxied) == {"127.0.0.1:4180", *(f"127.0.0.1:{port}" for port in ports)}


def test_the_proxy_lets_nobody_in_who_is_not_signed_in() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    places = re.findall(r"location ([^{]+?) \{(.*?)\n    \}", text, re.DOTALL)
    assert {name for name, _ in places} == {"/oauth2/", "= /oauth2/auth", "/reports/", "/"}
    assert [name for name, body in places if "oauth2" not in name and "auth_request /oauth2/auth;" not in body] == []
    assert [name for name, body in places if name == "= /oauth2/auth" and "internal;" not in body] == []


def test_no_file_of_deploy_holds_a_secret() -> None:
    for path in DEPLOY.iterdir():
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"(?:KEY|PASSWORD|WEBHOOK|SECRET)\s*=\s*\S", text) == [], path.name


@pytest.mark.parametrize("form", ["sqlite", "postgres"])
def test_dagster_sends_nothing_out_and_its_password_comes_from_the_environment(form: str) -> None:
    document = yaml.safe_load((DEPLOY / f"dagster-{form}.yaml").read_text(encoding="utf-8"))
    assert document["telemetry"] == {"enabled": False}
    if form == "postgres":
        settings = document["storage"]["postgres"]["postgres_db"]
        assert {name for name, value in settings.items() if not isinstance(value, dict)} == {"scheme"}
        assert {name for name, value in settings.items() if isinstance(value, dict) and set(value) != {"env"}} == set()
        assert settings["password"] == {"env": "CORE20_PG_PASSWORD"}


def test_every_variable_of_a_unit_is_one_that_something_reads(service: Path) -> None:
    known = {*ENVIRONMENT, "CORE20_CONFIG", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY", "DAGSTER_EVENT_BATCH_SIZE"}
    assert {line.partition("=")[0] for line in directives(service)["Environment"]} - known == set()


def test_the_extra_fits_the_dagster_of_the_lock() -> None:
    """dagster-postgres is released with dagster-dbt: same number, or the two do not fit."""
    for name in ("requirements-postgres.txt", "requirements-dev.txt"):
        locked = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        assert f"dagster-postgres=={version('dagster-dbt')} " in locked
        assert f"dagster=={version('dagster')} " in locked


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """On copies whose programs exist; systemd looks for them."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    for unit in UNITS:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    copies = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run([program, "verify", *copies], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "core20" in line] == []
    assert done.returncode == 0, done.stderr

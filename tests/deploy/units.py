"""The systemd units of `deploy/`, read as systemd reads them.

Belongs here: reading a unit, and its command on this machine. Does not belong here: what a unit must say.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from pipeline.settings import PROJECT_ROOT

DEPLOY = PROJECT_ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
INSTALLED = Path("/opt/core20")


def directives(unit: Path) -> dict[str, list[str]]:
    """Directive -> its values, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            found.setdefault(name.strip(), []).append(value.strip())
    return found


def command(unit: Path) -> list[str]:
    """The unit's command with its paths as they are installed."""
    (line,) = directives(unit)["ExecStart"]
    return shlex.split(line)


def command_here(unit: Path, port: int) -> list[str]:
    """The unit's command on this checkout and interpreter, on another port."""
    program, *arguments = command(unit)
    here = [argument.replace(str(INSTALLED), str(PROJECT_ROOT)) for argument in arguments]
    if "--port" in here:
        here[here.index("--port") + 1] = str(port)
    return [str(Path(sys.executable).with_name(Path(program).name)), *here]

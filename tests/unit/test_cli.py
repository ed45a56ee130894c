"""What the command line says of an error that is not the product's own.

Belongs here: the one line and the exit code. Does not belong here: what a command does.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import INFRASTRUCTURE, app


@pytest.mark.parametrize("command", ["sample", "run", "status"])
def test_a_home_that_cannot_be_written_is_one_line_and_infrastructure(command: str, tmp_path: Path) -> None:
    """A file stands where a folder must be: so it is for every user, root included."""
    (tmp_path / "file").write_text("not a folder")
    home = tmp_path / "file" / "home"
    outcome = CliRunner().invoke(app, [command], env={"CORE20_HOME": str(home)})
    assert outcome.exit_code == INFRASTRUCTURE
    assert outcome.output.splitlines() == [f"{home}: cannot be read or written (Not a directory)."]

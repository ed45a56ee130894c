"""The fault report: `python -m tests.faults.report` (or `make faults`) tries every fault and writes what happened.

Writes docs/reference/faults.md and faults.json, also when something fails. Options go to pytest (`-n 0`, a folder).
Belongs here: running the marked tests and the two files. Does not belong here: faults.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from pipeline.settings import PROJECT_ROOT
from tests.faults.listed import INVARIANTS, listed

PAGE = PROJECT_ROOT / "docs" / "reference" / "faults.md"
DATA = PAGE.with_suffix(".json")
TESTS = ["tests/faults", "tests/unit", "tests/spec", "tests/integration", "tests/golden"]


def tried(options: list[str]) -> list[dict[str, Any]]:
    """Run the marked tests; one entry a test and fault."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines"
        lines.touch()
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "fault", "-n", "2", "--dist", "loadfile"]
        subprocess.run(
            [sys.executable, *command, *(options or TESTS)],
            cwd=PROJECT_ROOT,
            env={**os.environ, "CORE20_FAULTS_REPORT": str(lines)},
            check=False,
        )
        return [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]


def faults(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a fault of the list, in its order: verdict, and what was done, what happened, by which tests."""
    cases: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        cases[line["fault"]][line["done"], line["happened"]].append(line)
    return [_fault(name, waits, cases[name]) for name, waits in listed().items()]


def _fault(name: str, waits: str, cases: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    tests = [
        {
            "done": done,
            "happened": happened,
            "invariants": [item for item in INVARIANTS if any(item in line["checked"] for line in found)],
            "tests": sorted({line["test"].split("[")[0] for line in found}),
            "outcomes": dict(sorted(Counter(_outcome(line) for line in found).items())),
        }
        for (done, happened), found in sorted(cases.items())
    ]
    outcomes = {outcome for test in tests for outcome in test["outcomes"]}
    verdict = "passed" if outcomes == {"passed"} else "missing" if not outcomes else "failed"
    if "failed" not in outcomes and any(item.startswith("skipped") for item in outcomes):
        verdict = "skipped"
    group, fault = name.split(": ", 1)
    return {"group": group, "fault": fault, "verdict": verdict, "waits_for": waits, "tried": tests}


def _outcome(line: dict[str, Any]) -> str:
    return f"skipped ({line['why']})" if line["outcome"] == "skipped" else str(line["outcome"])


def page(found: list[dict[str, Any]]) -> str:
    """The report, in Markdown."""
    verdicts = Counter(item["verdict"] for item in found)
    said = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    lines = [
        "# Faults, and what happens",
        "",
        f"Made by `make faults`: {len(found)} faults, {said}. Each is planted for real, in",
        "files, processes, folders or code, by the tests that [faults.json](faults.json) names. Without a test a fault",
        "is missing, and a test that did not run is skipped with its reason: neither counts as passed. Fake NHS",
        "numbers, names and secrets travel with them, and are looked for in every byte of every sink, unpacked too.",
        "",
        "Invariants, checked where the fault reaches that far:",
        "",
        *(f"- **{name}**: {sentence}" for name, sentence in INVARIANTS.items()),
    ]
    group = ""
    for item in found:
        if item["group"] != group:
            group = item["group"]
            lines += ["", f"## {group.capitalize()}", "", "| fault | done | happened | invariants | result |"]
            lines += ["|---|---|---|---|---|"]
        if not item["tried"]:
            lines += [f"| {item['fault']} | | waits for: {item['waits_for'] or 'a test'} | | **missing** |"]
        for at, test in enumerate(item["tried"]):
            result = ", ".join(f"{number} {outcome}" for outcome, number in test["outcomes"].items())
            cells = ["" if at else item["fault"], test["done"], test["happened"], ", ".join(test["invariants"]), result]
            lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the report; exit with 1 unless every fault passed or says what it waits for."""
    began = time.monotonic()
    found = faults(tried(sys.argv[1:]))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(found), encoding="utf-8")
    DATA.write_text(json.dumps({"faults": found}, indent=1) + "\n", encoding="utf-8")
    open_faults = [item for item in found if item["verdict"] != "passed" and not item["waits_for"]]
    for item in open_faults:
        sys.stdout.write(f"{item['verdict']}: {item['group']}: {item['fault']}\n")
    sys.stdout.write(
        f"{PAGE.relative_to(PROJECT_ROOT)} is written: {len(found)} faults, {len(open_faults)} open, "
        f"{(time.monotonic() - began) / 60:.0f} minutes\n"
    )
    raise SystemExit(1 if open_faults else 0)


if __name__ == "__main__":
    main()

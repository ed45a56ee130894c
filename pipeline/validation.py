"""Reading a file of ours: its YAML, and what is wrong with it in one line that repeats none of its values.

Belongs here: the parser, and the words for pydantic's errors. Does not belong here: models, and which error a reader
raises.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

# The C parser reads ten times faster, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """The document of a UTF-8 YAML file. Raises OSError, UnicodeDecodeError, YAMLError, ValueError."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both loaders are safe


def faults_of(error: ValidationError, whole: str) -> str:
    """Each fault as `key.key: reason`, joined by `; `. `whole` stands for the document where no key is at fault."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or whole}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )

"""What is wrong with a file of ours, in one line that repeats none of its values.

Belongs here: the words for pydantic's errors. Does not belong here: models, and which error a reader raises.
"""

from __future__ import annotations

from pydantic import ValidationError


def faults_of(error: ValidationError, whole: str) -> str:
    """Each fault as `key.key: reason`, joined by `; `. `whole` stands for the document where no key is at fault."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or whole}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )

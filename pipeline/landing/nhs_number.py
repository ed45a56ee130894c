"""Whether values are NHS numbers: ten digits of which the last is the check digit, modulus 11.

Belongs here: the check, on whole columns, before a number becomes a pseudonym. Does not belong here: whose number it
is, whether it was traced (the status code says so), any value in a message.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WEIGHTS = np.arange(10, 1, -1)


def nhs_number_check(distinct: pa.StringArray) -> pa.StringArray:
    """Y or N for each value; spaces and hyphens do not count. Ten digits that are all alike stand for no number."""
    bare = pc.replace_substring_regex(distinct, "[ -]", "")
    is_ten = np.asarray(pc.match_substring_regex(bare, "^[0-9]{10}$"), dtype=np.bool_)
    ten = np.array(bare.filter(pa.array(is_ten)).to_numpy(zero_copy_only=False), dtype="S10")
    digit = ten.view(np.uint8).reshape(-1, 10).astype(np.int64) - ord("0")
    wanted = (11 - digit[:, :9] @ _WEIGHTS % 11) % 11
    is_valid = np.zeros(len(bare), np.bool_)
    is_valid[is_ten] = (wanted == digit[:, 9]) & (digit != digit[:, :1]).any(axis=1)
    return pa.array(np.where(is_valid, "Y", "N"), pa.string())

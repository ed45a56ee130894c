"""Person identifiers become HMAC-SHA256 pseudonyms before anything is written.

Belongs here: the key and the hashing. Does not belong here: which fields are identifiers (the contract says so).
An unsalted hash of an NHS number can be enumerated in minutes; a keyed one cannot without the key.
"""

from __future__ import annotations

import hashlib
import hmac

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.landing.faults import LandingError
from pipeline.settings import Settings

# Not a secret: the fictional country has no persons, and the same seed must give the same bytes everywhere.
SYNTHETIC_KEY = "core20 fictional country, not a secret"
_SHORTEST_KEY = 16
_BLOCK = 64  # SHA-256 block size in bytes, RFC 2104
# The same persons come back in every block and month; about 200 MB of them are remembered within a run.
_REMEMBERED = 700_000


class Pseudonymiser:
    """HMAC-SHA256 of the distinct values of a column, as hexadecimal text."""

    def __init__(self, key: str) -> None:
        secret = key.encode()
        secret = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
        padded = secret.ljust(_BLOCK, b"\0")
        # The two keyed states are made once and copied for each value: half the work of hmac.digest.
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
        self._remembered: dict[str, str] = {}
        self.check = hmac.digest(secret, b"core20 key check", "sha256").hex()[:16]

    def apply(self, distinct: pa.StringArray) -> pa.StringArray:
        """Pseudonyms of distinct values, in their order. Blank stays NULL; spaces at the ends do not count."""
        values = pc.utf8_trim_whitespace(distinct).to_pylist()
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        pseudonyms: list[str | None] = list(map(self._remembered.get, values))
        inner, outer, remembered = self._inner, self._outer, self._remembered
        for place in [place for place, pseudonym in enumerate(pseudonyms) if pseudonym is None]:
            value = values[place]
            if value:
                first = inner.copy()
                first.update(value.encode())
                second = outer.copy()
                second.update(first.digest())
                pseudonyms[place] = remembered[value] = second.hexdigest()
        return pa.array(pseudonyms, pa.string())


def pseudonymiser(settings: Settings) -> Pseudonymiser:
    """The run's pseudonymiser. Raises LandingError when real files come without a key, or with a weak one."""
    if settings.pseudonym_key is None:
        if settings.is_synthetic:
            return Pseudonymiser(SYNTHETIC_KEY)
        raise LandingError(
            "these feeds hold person identifiers and CORE20_PSEUDONYM_KEY is not set; nothing was loaded. "
            "Set it to a secret of at least 32 characters and keep it: another key breaks every link between months"
        )
    key = settings.pseudonym_key.get_secret_value()
    if len(key) < _SHORTEST_KEY:
        raise LandingError(f"CORE20_PSEUDONYM_KEY is shorter than {_SHORTEST_KEY} characters; nothing was loaded")
    return Pseudonymiser(key)

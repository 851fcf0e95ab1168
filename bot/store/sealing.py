"""Encryption at rest with keys derived from DATA_KEYS."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_KEY = 32

_log = structlog.get_logger(__name__)


def _fernet(key: str) -> Fernet:
    # `info` keeps this use of a data key apart from every other (signing links).
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"partner-access/redeem-url").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))


class Seal:
    """Closes with the newest key, opens with any.

    `data_keys`, newest first: any strings of 32 characters or more. Raises ValueError otherwise. Without any it does
    neither: who only looks needs no key.
    """

    def __init__(self, data_keys: Sequence[str]) -> None:
        if any(len(key) < SHORTEST_KEY for key in data_keys):
            raise ValueError(f"DATA_KEYS: each key has at least {SHORTEST_KEY} characters")
        self._fernet = MultiFernet([_fernet(key) for key in data_keys]) if data_keys else None

    def close(self, secret: str) -> str:
        """Raises ValueError without a key."""
        if self._fernet is None:
            raise ValueError("DATA_KEYS holds no key")
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """None where no key fits."""
        if self._fernet is None:
            return None
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            _log.warning("sealed_value_unreadable", remedy="was a key removed from DATA_KEYS?")
            return None

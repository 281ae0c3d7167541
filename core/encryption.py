"""Encryption of secrets at rest: Fernet tokens under the keys of ENCRYPTION_KEYS, which can be rotated."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class EncryptionError(Exception):
    """A secret cannot be written or read; the message says what an operator must do."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current_cipher() -> MultiFernet:
    keys = tuple(settings.ENCRYPTION_KEYS)
    if not keys:
        raise EncryptionError("No encryption key is configured, so no secret can be stored; set ENCRYPTION_KEYS.")
    try:
        return _cipher(keys)
    except ValueError:
        # The library's own message does not name the setting.
        raise EncryptionError(
            "ENCRYPTION_KEYS holds a key that is no Fernet key (32 bytes in URL-safe base64)."
        ) from None


def new_key() -> str:
    """Return a random key for ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def encrypt(text: str) -> str:
    """Return ``text`` as a token under the first key. Raises EncryptionError without a usable key."""
    return _current_cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text of a token under any of the keys. Raises EncryptionError when none of them decrypts it."""
    try:
        return _current_cipher().decrypt(token).decode()
    except InvalidToken:
        raise EncryptionError(_UNREADABLE) from None


def rotate(token: str) -> str:
    """Return the same secret under the first key. Raises EncryptionError when none of the keys decrypts it."""
    try:
        return _current_cipher().rotate(token).decode()
    except InvalidToken:
        raise EncryptionError(_UNREADABLE) from None


_UNREADABLE = (
    "None of the configured keys decrypts this secret; put the key that encrypted it back into ENCRYPTION_KEYS, "
    "or send the secret's value again."
)

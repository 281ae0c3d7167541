"""Encryption of secrets at rest: Fernet tokens under the keys of ENCRYPTION_KEYS, which can be rotated."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet


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


def rotate_rows(secrets: QuerySet[Any], *, batch: int) -> tuple[int, list[str]]:
    """Encrypt the ``token`` of all rows again, with the first key. Return how many, and the names of the others.

    The others are rows that no key decrypts; they stay as they are. Each batch is a transaction of its own, so
    that a large table is never locked whole, and an interrupted run can be started again. Raises EncryptionError
    if there is no usable key.
    """
    # Without a usable key, no secret could be decrypted: this raises instead.
    encrypt("")
    rotated, last = 0, 0
    unreadable: list[str] = []
    while True:
        with transaction.atomic():
            rows = list(secrets.select_for_update(of=["self"]).filter(pk__gt=last).order_by("pk")[:batch])
            if not rows:
                return rotated, unreadable
            readable = []
            for row in rows:
                try:
                    row.token = rotate(row.token)
                    readable.append(row)
                except EncryptionError:
                    unreadable.append(str(row))
            secrets.model.objects.bulk_update(readable, ["token"])
        rotated += len(readable)
        last = rows[-1].pk


_UNREADABLE = (
    "None of the configured keys decrypts this secret; put the key that encrypted it back into ENCRYPTION_KEYS, "
    "or send the secret's value again."
)

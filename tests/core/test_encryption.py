"""Encrypted texts, and the keys that read them."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from core.encryption import EncryptionError, decrypt, encrypt, rotate


def test_a_rotated_text_is_read_with_the_new_key_and_the_old_text_is_not(settings: Any) -> None:
    token = encrypt("text")
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    rotated = rotate(token)
    settings.ENCRYPTION_KEYS = [new]
    assert decrypt(rotated) == "text"
    for use in (decrypt, rotate):
        with pytest.raises(EncryptionError, match="None of the configured keys"):
            use(token)

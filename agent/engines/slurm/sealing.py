"""Secrets on their way over a shared disk: sealed so that one process alone can open them."""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PUBLIC_BYTES = 32
# Each key seals one text.
_NONCE = bytes(12)


class Recipient:
    """The receiver of sealed texts, and alone able to open them; the private key stays in this process."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()

    @property
    def address(self) -> str:
        """The public key in Base64, for ``seal``."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed; raises ValueError if it was for somebody else, or was changed."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            sender = raw[:_PUBLIC_BYTES]
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(sender))
            key = _key(shared, sender, self._private.public_key().public_bytes_raw())
            return ChaCha20Poly1305(key).decrypt(_NONCE, raw[_PUBLIC_BYTES:], None)
        except InvalidTag as error:
            raise ValueError("it was sealed for somebody else, or was changed on its way") from error


def seal(address: str, text: bytes) -> str:
    """Return a text in a form that only the recipient with this address can open; raises ValueError for others."""
    recipient = base64.b64decode(address, validate=True)
    private = X25519PrivateKey.generate()
    sender = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(recipient))
    sealed = ChaCha20Poly1305(_key(shared, sender, recipient)).encrypt(_NONCE, text, None)
    return base64.b64encode(sender + sealed).decode()


def _key(shared: bytes, sender: bytes, recipient: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"scale-agent" + sender + recipient).derive(shared)

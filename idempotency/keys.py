"""The header ``Idempotency-Key``, and what makes two requests the same."""

import re
from hashlib import sha256

from rest_framework.request import Request

from core.services import Refused
from idempotency.models import MAX_KEY_LENGTH
from idempotency.services import HEADER

# A string of RFC 8941, section 3.3.3, and what many clients send instead: the same without quotes.
KEY = re.compile(rf'"((?:[ !#-\[\]-~]|\\["\\]){{1,{MAX_KEY_LENGTH}}})"|([ !#-~]{{1,{MAX_KEY_LENGTH}}})')
_ESCAPED = re.compile(r'\\(["\\])')


def key_of(request: Request) -> str | None:
    """Return the key that ``request`` was sent with, None without the header. Raises Refused for any other value.

    The header is that of draft-ietf-httpapi-idempotency-key-header, section 2.1.
    """
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    found = KEY.fullmatch(sent)
    if found is None:
        sentence = f"{HEADER}: must be 1 to {MAX_KEY_LENGTH} printable ASCII characters, in double quotes or not."
        raise Refused.because("INVALID_HEADER", sentence, f"/{HEADER}")
    quoted, plain = found.groups()
    return _ESCAPED.sub(r"\1", quoted) if quoted else plain


def fingerprint_of(request: Request) -> str:
    """Return a digest that is the same for requests with the same method, URL, media type and bytes of the body."""
    head = f"{request.method} {request.get_full_path()}\n{request.content_type}\n"
    return sha256(head.encode() + request.body).hexdigest()

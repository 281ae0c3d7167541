"""The parser of request bodies: JSON of limited size that databases can store and answers can show."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from core.api.exceptions import PayloadTooLarge
from seed import DocumentError, parse_document

_MOST_DISCARDED, _CHUNK = 64 * 1024 * 1024, 64 * 1024  # bytes


class StrictJSONParser(BaseParser):
    """JSON that ``seed.parse_document`` accepts. Other bytes are a 400, more than MAX_BODY_BYTES a 413.

    It is not a ``JSONParser``, because for those DRF reads the whole body itself, up to a limit of its own.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer  # the browsable API fills its forms with it

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.MAX_BODY_BYTES
        too_large = PayloadTooLarge(f"The body is larger than the limit of {limit} bytes.")
        if _content_length(parser_context) > limit:
            discard(stream)
            raise too_large
        body = stream.read(limit + 1)
        if len(body) > limit:
            discard(stream)
            raise too_large
        try:
            return parse_document(body)
        except DocumentError as error:
            place = f" (at {error.path})" if error.path else ""
            raise ParseError(f"The body is no acceptable JSON{place}: {error.description}") from None


def discard(stream: IO[bytes]) -> None:
    """Read the rest of a body, so that a client that reads the answer only after it has sent everything gets it.

    Of a very long rest, only the first 64 MiB are read; then the connection is closed.
    """
    for _ in range(_MOST_DISCARDED // _CHUNK):
        if not stream.read(_CHUNK):
            return


def _content_length(parser_context: Mapping[str, Any] | None) -> int:
    length = ((parser_context or {}).get("request") or HttpRequest()).META.get("CONTENT_LENGTH")
    return int(length) if length and length.isdigit() else 0

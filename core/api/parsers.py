"""Reads request bodies: JSON that can be stored and sent again, of a bounded size."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from core.api.exceptions import PayloadTooLarge
from seed import DocumentError, parse_document

_DISCARDED, _AT_ONCE = 64 * 1024 * 1024, 64 * 1024


class StrictJSONParser(BaseParser):
    """JSON as `seed.parse_document` takes it. 400 for other bytes, 413 for more than MAX_BODY_BYTES.

    No `JSONParser`: of those the framework reads the whole body itself, up to a limit of its own.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer  # what the browsable API writes its forms with

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.MAX_BODY_BYTES
        too_large = PayloadTooLarge(f"The body is larger than {limit} bytes, the most that is read here.")
        if _told_length(parser_context) > limit:
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


def discard(stream: IO[Any]) -> None:
    """Reads the rest of a body away, so that a client that looks at the answer only afterwards gets it.

    A rest that is very long stays where it is: then the connection ends.
    """
    for _ in range(_DISCARDED // _AT_ONCE):
        if not stream.read(_AT_ONCE):
            return


def _told_length(parser_context: Mapping[str, Any] | None) -> int:
    length = ((parser_context or {}).get("request") or HttpRequest()).META.get("CONTENT_LENGTH")
    return int(length) if length and length.isdigit() else 0

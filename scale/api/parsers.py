"""Reads request bodies: JSON that can be stored and sent again, of a bounded size."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from scale.api.exceptions import PayloadTooLarge
from seed import DocumentError, parse_document


class StrictJSONParser(JSONParser):
    """JSON as `seed.parse_document` takes it. 400 for other bytes, 413 for more than MAX_BODY_BYTES."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.MAX_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes, the most that is read here.")
        try:
            return parse_document(body)
        except DocumentError as error:
            place = f" (at {error.path})" if error.path else ""
            raise ParseError(f"The body is no acceptable JSON{place}: {error.description}") from None

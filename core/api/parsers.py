"""The parser of request bodies: JSON that databases can store and answers can show."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from seed import DocumentError, parse_document


class StrictJSONParser(BaseParser):
    """JSON that ``seed.parse_document`` accepts. Other bytes are a 400."""

    media_type = "application/json"
    renderer_class = JSONRenderer  # the browsable API fills its forms with it

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return parse_document(stream.read())
        except DocumentError as error:
            place = f" (at {error.path})" if error.path else ""
            raise ParseError(f"The body is no acceptable JSON{place}: {error.description}") from None

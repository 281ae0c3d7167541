"""The choice of the parser that reads a request body."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

# The Content-Types that say nothing about a body: none, and the one that `curl -d` sends with every body.
UNSAID = frozenset({"", "application/x-www-form-urlencoded"})


class JSONUnlessSaidOtherwise(DefaultContentNegotiation):
    """Content negotiation for which a body without a Content-Type, or with the one of ``curl -d``, is JSON.

    A body that really is form data is then a 400 that asks for JSON. Any other type is a 415, as usual.
    """

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        if request.content_type.split(";")[0].strip().lower() in UNSAID:
            return next(iter(parsers))
        return super().select_parser(request, parsers)

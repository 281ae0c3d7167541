"""Which parser reads a body."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

# What `curl -d` says of any body, and what clients say that do not say anything.
UNSAID = frozenset({"", "application/x-www-form-urlencoded"})


class JSONUnlessSaidOtherwise(DefaultContentNegotiation):
    """Takes a body for JSON when its Content-Type is absent or the one that `curl -d` sends by itself.

    A body that really is a form is then a 400 that asks for JSON; any other type is a 415 as usual.
    """

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        if request.content_type.split(";")[0].strip().lower() in UNSAID:
            return next(iter(parsers))
        return super().select_parser(request, parsers)

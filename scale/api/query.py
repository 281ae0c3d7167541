"""The query parameters of a request, with what browser clients send for "nothing" left out."""

from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

ABSENT_VALUES = frozenset({"", "null", "undefined"})


def query_parameters(request: Request | Any) -> QueryDict:
    """The query of `request` without the values that count as absent; a parameter with none left is gone."""
    cleaned = QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        if kept := [value for value in values if value not in ABSENT_VALUES]:
            cleaned.setlist(name, kept)
    return cleaned

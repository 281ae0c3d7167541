"""The check that every operation of the OpenAPI document is measured."""

import re
from collections.abc import Iterable

from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from tests.benchmarks.entries import Entry

_METHODS = ("get", "post", "put", "patch", "delete")
# A registry takes what it takes; the rest is a registration.
_ELSEWHERE = {("POST", "/v6/job-types/import/")}
_PARAMETER = re.compile(r"<[^>]*>|\{[^}]*\}")


def unmeasured(entries: Iterable[Entry]) -> list[str]:
    """Return the operations, as method and path, that no entry measures."""
    # The probes have no route: a middleware serves them.
    measured = {
        (entry.method, _shape(_route(entry.example))) for entry in entries if entry.example.startswith("/v6/")
    }
    document = SchemaGenerator().get_schema(request=None, public=True)
    return [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method in _METHODS and (method.upper(), _shape(path)) not in measured | _ELSEWHERE
    ]


def _route(path: str) -> str:
    return f"/{resolve(path.partition('?')[0]).route}"


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path)

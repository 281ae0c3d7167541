"""Answers of the catalogue that are given again, whole, until the catalogue changes."""

from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from catalogue.models import current_revision
from catalogue.views import EARLY_REVISION
from scale.authentication import authenticate_early

MOST_BYTES = 8 * 2**20
"""How large the answers are that a process keeps; then it begins again. Larger ones than an eighth are not kept."""

# What an answer depends on, beside the catalogue.
_PARTS = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
)
# With any of these, a request is a case of its own.
_OTHERS = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING")

_Key = tuple[str | None, ...]


class _Given(NamedTuple):
    content: bytes
    headers: dict[str, str]
    match: ResolverMatch | None


class RepeatsMiddleware:
    """Gives an answer again that was given to such a request before, at the same revision of the catalogue.

    A view says of an answer that it shows nothing but the catalogue, and the same to all who may read: see
    ``catalogue.views.repeatable``. The token of each request is looked up, in the query that reads the revision.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._lock = Lock()
        self._size = 0
        # Read and replaced together.
        self._given: tuple[str, dict[_Key, _Given]] = "", {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path_info.startswith("/v6/"):
            return self.get_response(request)
        key = tuple(request.META.get(part) for part in _PARTS)
        last_revision, given = self._given
        answer = None if _is_apart(request) else given.get(key)
        revision = request.META[EARLY_REVISION] = _revision(request, is_needed=answer is not None)
        if answer and revision == last_revision:
            request.resolver_match = answer.match
            return HttpResponse(answer.content, headers=answer.headers)
        response = self.get_response(request)
        if shown := getattr(response, "catalogue_revision", None):
            self._keep(shown, key, _Given(response.content, dict(response.items()), request.resolver_match))
        return response

    def _keep(self, revision: str, key: _Key, answer: _Given) -> None:
        size = len(answer.content) + sum(map(len, filter(None, key)))
        if size > MOST_BYTES // 8:
            return
        with self._lock:
            if revision != self._given[0] or self._size + size > MOST_BYTES:
                self._given, self._size = (revision, {}), 0
            self._given[1][key] = answer
            self._size += size


def _is_apart(request: HttpRequest) -> bool:
    # gunicorn says 0 where a request has no body.
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0") or any(map(request.META.get, _OTHERS))


def _revision(request: HttpRequest, *, is_needed: bool) -> str | None:
    """Return the revision of the catalogue if the request may read, and if it is needed or comes with the token."""
    if "HTTP_AUTHORIZATION" in request.META:
        return authenticate_early(request)
    return current_revision() if is_needed and settings.PUBLIC_READ_API else None

"""Answers of the catalogue that are given again, whole, until the catalogue changes."""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from catalogue.models import current_revision
from catalogue.views import EARLY_REVISION
from core.reads.cache import Kept
from scale.authentication import authenticate_early
from scale.replica import REPLICA

MOST_BYTES = 16 * 2**20
"""How large the answers are that a process keeps; then it begins again. Larger ones than an eighth are not kept."""

OVERHEAD = 8 * 2**10
"""How much memory an answer takes beside its body and its key, in bytes."""

# What an answer depends on, beside the catalogue.
_PARTS = (
    "wsgi.url_scheme",
    "SERVER_NAME",
    "SERVER_PORT",
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

# The parts, and whether there is a token: `Vary` depends on it.
_Key = tuple[str | bool | None, ...]


class _Given(NamedTuple):
    content: bytes
    headers: dict[str, str]
    match: ResolverMatch
    size: int


class RepeatsMiddleware:
    """Gives an answer again that was given to such a request before, at the same revision of the catalogue.

    A view says of an answer that it shows nothing but the catalogue, and the same to all who may read: see
    ``catalogue.views.repeatable``. The token of each request is looked up, in the query that reads the revision.
    With a replica it does nothing: clients that read there would get newer answers at times, and then older ones.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if REPLICA in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._given: Kept[_Key | None, _Given] = Kept(size=attrgetter("size"), most=MOST_BYTES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path_info.startswith("/v6/"):
            return self.get_response(request)
        has_token = "HTTP_AUTHORIZATION" in request.META
        key = None if _is_apart(request) else (has_token, *map(request.META.get, _PARTS))
        revision = _revision(request) if has_token or self._given.has(key) else None
        if revision and (answer := self._given.of(revision).get(key)):
            request.resolver_match = answer.match
            return HttpResponse(answer.content, headers=answer.headers)
        request.META[EARLY_REVISION] = revision
        response = self.get_response(request)
        shown, match = getattr(response, "catalogue_revision", None), request.resolver_match
        if key and shown and match:
            match.tried = []  # the patterns that did not match
            headers = dict(response.items())
            size = len(response.content) + len(str((key, headers))) + OVERHEAD
            if size <= MOST_BYTES // 8:
                self._given.keep(shown, {key: _Given(response.content, headers, match, size)})
        return response


def _is_apart(request: HttpRequest) -> bool:
    # gunicorn says 0 where a request has no body.
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0") or any(map(request.META.get, _OTHERS))


def _revision(request: HttpRequest) -> str | None:
    """Return the revision of the catalogue, read with a token if there is one; None for those who may not read."""
    try:
        if "HTTP_AUTHORIZATION" in request.META:
            return authenticate_early(request)
        return current_revision() if settings.PUBLIC_READ_API else None
    except Error:  # The view meets the same, and says so.
        return None

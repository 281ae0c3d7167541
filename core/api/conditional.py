"""Conditional requests (RFC 9110, section 13): ``If-None-Match`` for reads, both headers for writes."""

from collections.abc import Callable

from django.utils.http import parse_etags
from rest_framework.request import Request

from core.api.exceptions import InvalidParameter
from core.entity_tags import ANY


def seen_by_editor(request: Request) -> frozenset[str] | None:
    """Return the tags in ``If-Match``, none of them with ``If-None-Match: *``, or None without these headers.

    With ``If-None-Match: *`` a client says that it expects nothing to be there. Raises InvalidParameter if
    one of the headers holds no tag.
    """
    headers = {name: request.headers[name] for name in ("If-Match", "If-None-Match") if name in request.headers}
    tags = {name: _tags(header) for name, header in headers.items()}
    for name, found in tags.items():
        if not found:
            raise InvalidParameter(
                f'{name}: must hold entity tags as ETag shows them, with their quotes, or be "*".'
            )
    return frozenset() if ANY in tags.get("If-None-Match", ()) else tags.get("If-Match")


class NotModified(Exception):
    """The client has the current state of the resource, whose entity tag is ``tag``: the answer is a 304."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def unless_seen(request: Request, current: Callable[[], str | None]) -> None:
    """Raise NotModified if ``If-None-Match`` holds the tag that ``current`` returns.

    ``current`` returns the tag of the resource, or None if it does not exist. It is called only if the request
    has the header.
    """
    if not (tags := seen_by_reader(request)):
        return
    tag = current()
    if tag is not None and (tag in tags or ANY in tags):
        raise NotModified(tag)


def seen_by_reader(request: Request) -> frozenset[str]:
    """Return the tags in ``If-None-Match``, none if the request is for an HTML page, which has no tag."""
    header = request.headers.get("If-None-Match")
    return frozenset() if header is None or not _is_json(request) else _tags(header)


def tagged(request: Request, tag: str) -> dict[str, str]:
    """Return the headers that show ``tag``: none for HTML pages, which also show who is logged in."""
    return {"ETag": tag} if _is_json(request) else {}


def _tags(header: str) -> frozenset[str]:
    # A proxy that compresses answers marks tags as weak. Ours identify states, not bytes, so they still hold.
    return frozenset(tag.removeprefix("W/") for tag in parse_etags(header))


def _is_json(request: Request) -> bool:
    return request.accepted_renderer.format == "json"

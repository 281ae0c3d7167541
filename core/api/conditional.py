"""Conditional requests (RFC 9110, section 13): `If-None-Match` saves an answer, `If-Match` a lost update."""

from collections.abc import Callable

from django.utils.http import parse_etags
from rest_framework.request import Request

from core.api.exceptions import InvalidHeader
from core.entity_tags import ANY


def seen_by_editor(request: Request) -> frozenset[str] | None:
    """The tags of `If-Match`, or None without it. Raises InvalidHeader when it holds none."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    if not (tags := _tags(header)):
        raise InvalidHeader('If-Match: must be entity tags as ETag shows them, quotes included, or "*".')
    return tags


class NotModified(Exception):
    """The client has seen the current state, whose tag is `tag`: it gets a 304."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def unless_seen(request: Request, current: Callable[[], str | None]) -> None:
    """Raises NotModified when `If-None-Match` names the tag that `current` answers.

    `current` is asked only when there is something to compare it with; it answers None for what does not exist.
    """
    if not (tags := seen_by_reader(request)):
        return
    tag = current()
    if tag is not None and (tag in tags or ANY in tags):
        raise NotModified(tag)


def seen_by_reader(request: Request) -> frozenset[str]:
    """The tags of `If-None-Match`; none without it, and for pages, which have no tags."""
    header = request.headers.get("If-None-Match")
    return frozenset() if header is None or not _is_json(request) else _tags(header)


def tagged(request: Request, tag: str) -> dict[str, str]:
    """The headers that show `tag`; none on pages, which show more than the resource."""
    return {"ETag": tag} if _is_json(request) else {}


def _tags(header: str) -> frozenset[str]:
    # A proxy that compresses answers makes tags weak. Ours name states, not bytes, so that they stay good.
    return frozenset(tag.removeprefix("W/") for tag in parse_etags(header))


def _is_json(request: Request) -> bool:
    return request.accepted_renderer.format == "json"

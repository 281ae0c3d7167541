"""Requests as values: what is sent, whether it may be sent again, and how its answer is read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import ValidationError

from client.base import Model
from client.errors import UnexpectedAnswer

_KEY = re.compile(r"[ !#-\[\]-~]{1,255}")

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Value = str | int | bool | datetime
Filter = Value | Sequence[Value] | None
"""The value of a query parameter; a sequence repeats it, and None leaves it out."""
Body = Mapping[str, Any] | Model
"""A body: an object, or one of the models whose name ends in ``BodyRequest``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of success: its body, which may be one from memory, and its entity tag."""

    status: int
    content: bytes
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request. ``path`` is below ``/v6/``, with its query; ``repeatable``: sending it twice is safe."""

    method: str
    path: str
    read: Callable[[Answer], T]
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True


class Page(Model, Generic[M]):
    """A page of a list: its rows, how many there are on all pages, and whether a page follows."""

    count: int
    next: str | None
    results: list[M]


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """A list, which is read page by page."""

    path: str
    row: type[M]
    query: Mapping[str, Filter] = field(default_factory=dict)

    def page(self, number: int) -> Call[Page[M]]:
        """Return the request for a page, by its number: ``next`` may have another host than clients do."""
        reader = reading(Page[self.row])  # type: ignore[name-defined]
        return Call("GET", with_query(self.path, {**self.query, "page": number}), reader)


def path_of(*segments: str | int) -> str:
    """Return a path below ``/v6/`` of ``segments``, such as ``job-types/cloud-mask/1.0.0/``.

    Raises ValueError for a segment that a path cannot have.
    """
    if wrong := [segment for segment in segments if str(segment) in ("", ".", "..")]:
        raise ValueError(
            f"{str(wrong[0])!r} can be no part of a URL; a name, a version or a number would be right."
        )
    return "".join(quote(str(segment), safe="") + "/" for segment in segments)


def with_query(path: str, query: Mapping[str, Filter]) -> str:
    """Return ``path`` with query parameters, of which those that are None are left out."""
    pairs = [(name, _text(one)) for name, value in query.items() for one in _values(value)]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _values(value: Filter) -> Sequence[Value]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def get(path: str, model: type[M], query: Mapping[str, Filter] | None = None) -> Call[M]:
    """Return the request for one thing."""
    return Call("GET", with_query(path, query or {}), reading(model))


def write(
    method: str,
    path: str,
    read: Callable[[Answer], T],
    body: Body,
    *,
    repeatable: bool,
    if_match: str | None = None,
) -> Call[T]:
    """Return a request that writes. With ``if_match`` it is not repeated: the first may have changed the tag."""
    headers = {} if if_match is None else {"If-Match": if_match}
    return Call(method, path, read, document_of(body), headers, repeatable and if_match is None)


def with_key(path: str, model: type[M], body: Body, key: str | None) -> Call[M]:
    """Return a POST with an ``Idempotency-Key``, a new one unless ``key`` is given: it may be sent again.

    Raises ValueError for a key that no header can have.
    """
    key = str(uuid4()) if key is None else key
    if not _KEY.fullmatch(key):
        raise ValueError(
            "An Idempotency-Key has 1 to 255 printable ASCII characters, and no quotes or backslashes."
        )
    return Call("POST", path, reading(model), document_of(body), {"Idempotency-Key": f'"{key}"'})


def document_of(body: Body) -> dict[str, Any]:
    """Return the JSON object of a body: of a model, what was set of it."""
    return body.model_dump(mode="json", exclude_unset=True) if isinstance(body, Model) else dict(body)


def reading(model: type[M]) -> Callable[[Answer], M]:
    """Return the function that reads an answer as ``model``; it raises UnexpectedAnswer."""

    def read(answer: Answer) -> M:
        try:
            value = model.model_validate_json(answer.content)
        except ValidationError as error:
            # The values stay out of it.
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            place = ".".join(str(step) for step in first["loc"])
            raise UnexpectedAnswer(
                f"The answer is no {model.__name__} of this API: {f'{place}: ' if place else ''}{first['msg']}"
            ) from None
        value._etag = answer.etag
        return value

    return read

"""Where the answers of two systems differ in their fields and the types of these."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


class Found(NamedTuple):
    """A difference: the request, the field (``results/*/id``, "" for the status), what is there and what here."""

    request: str
    field: str
    there: str
    here: str

    def __str__(self) -> str:
        return f"{self.request}  {self.field}: {self.there} there, {self.here} here"


def differences(request: str, there: Sequence[Any], here: Sequence[Any], *path: str) -> Iterator[Found]:
    """Yield where the answers of the live system (``there``) and of this service to the same requests differ.

    The answers of each side are compared all at once, and so are the members of an array: the names that any of
    them has, and the types that any has at a name. Below a difference nothing is compared.
    """
    theirs, ours = _types(there), _types(here)
    if theirs != ours:
        yield Found(request, "/".join(path), theirs, ours)
        return
    names = {name for value in (*there, *here) if isinstance(value, dict) for name in value}
    for name in sorted(names):
        yield from differences(request, _members(there, name), _members(here, name), *path, name)
    their_items, our_items = _items(there), _items(here)
    if their_items and our_items:
        yield from differences(request, their_items, our_items, *path, "*")


def _types(values: Sequence[Any]) -> str:
    return " or ".join(sorted({_TYPES[type(value)] for value in values})) or "absent"


def _members(values: Sequence[Any], name: str) -> list[Any]:
    return [value[name] for value in values if isinstance(value, dict) and name in value]


def _items(values: Sequence[Any]) -> list[Any]:
    return [item for value in values if isinstance(value, list) for item in value]

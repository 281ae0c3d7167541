"""Where two JSON documents differ."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

_SETS = ("results", "job_types", "recipe_types", "sub_recipe_types", "super_recipe_types")
"""Members whose items have no order: those of the same name, version and number belong together."""

_LONGEST_TEXT = 100


class _Absent(Enum):
    """The type of what is not there."""

    ABSENT = "absent"


ABSENT = _Absent.ABSENT


class About(Enum):
    """What a difference is about: what is part of this service, an id that a takeover changed, or neither."""

    OWN = "own"
    MOVED = "moved"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between two answers.

    ``name`` is what it is about, ``url`` the path that was read there, below the base, and ``pointer`` the JSON
    Pointer of the value (RFC 6901), empty for the whole answer. ``there`` and ``here`` are the values, or ABSENT.
    ``about`` says whether it can be expected.
    """

    name: str
    url: str
    pointer: str
    there: Any
    here: Any
    about: About = About.OTHER

    def __str__(self) -> str:
        return (
            f"{self.url} ({self.name}) {self.pointer}: {self.text(self.there)} there, {self.text(self.here)} here"
        )

    def text(self, value: Any) -> str:
        """Return what is shown of a value: no text of a configuration, which may be a secret."""
        if value is ABSENT:
            return "absent"
        if isinstance(value, Mapping):
            return "an object"
        if isinstance(value, list):
            return "an array"
        if isinstance(value, str) and "/configuration/" in self.pointer and value.strip("*"):
            return "a text"
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def differences(there: Any, here: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two values differ: the JSON Pointer, and both values. Nothing is compared below a difference.

    Numbers are equal if their values are. Pointers have the places that items of arrays have in ``there``, and
    those in ``here`` for what is there only.
    """
    if isinstance(there, dict) and isinstance(here, dict):
        for name in sorted(there.keys() | here.keys()):
            at = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            compare = _differences_of_sets if name in _SETS and _are_sets(there, here, name) else differences
            yield from compare(there.get(name, ABSENT), here.get(name, ABSENT), at)
    elif isinstance(there, list) and isinstance(here, list):
        for place in range(max(len(there), len(here))):
            yield from differences(_item(there, place), _item(here, place), f"{pointer}/{place}")
    elif there != here or isinstance(there, bool) != isinstance(here, bool):
        yield pointer, there, here


def pairs_by(
    key: Callable[[Any], Any], there: Sequence[Any], here: Sequence[Any]
) -> Iterator[tuple[int, Any, Any]]:
    """Yield the items of two arrays in pairs of the same key, ABSENT for one that is missing, with a place."""
    ours = {key(item): (place, item) for place, item in enumerate(here)}
    for place, item in enumerate(there):
        yield place, item, ours.pop(key(item), (0, ABSENT))[1]
    for place, item in ours.values():
        yield place, ABSENT, item


def _are_sets(there: Mapping[str, Any], here: Mapping[str, Any], name: str) -> bool:
    return isinstance(there.get(name), list) and isinstance(here.get(name), list)


def _differences_of_sets(there: list[Any], here: list[Any], pointer: str) -> Iterator[tuple[str, Any, Any]]:
    for place, theirs, ours in pairs_by(_identity, there, here):
        yield from differences(theirs, ours, f"{pointer}/{place}")


def _identity(item: Any) -> object:
    if isinstance(item, dict):
        return item.get("name"), item.get("version"), item.get("revision_num") if "name" not in item else None
    return json.dumps(item)


def _item(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else ABSENT

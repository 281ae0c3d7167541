"""Where two JSON documents differ."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from seed import Manifest, object_in

_SETS = ("results", "versions", "job_types", "recipe_types", "sub_recipe_types", "super_recipe_types")
"""Members whose items have no order: those of the same name, version and number belong together."""

_SETTINGS = "/configuration/settings/"
_SECRETS = re.compile("/configuration/(.*/)?(settings|credentials)/")
_LONGEST_TEXT = 100


class _Absent(Enum):
    """The type of what is not there."""

    ABSENT = "absent"


ABSENT = _Absent.ABSENT


class About(Enum):
    """What a difference is about.

    OWN is part of this service, MOVED an id that a takeover changed, NEWER what changed after its last run, and
    UNDECLARED a setting that its manifest does not declare, or declares as secret.
    """

    OWN = "own"
    MOVED = "moved"
    NEWER = "newer"
    UNDECLARED = "undeclared"
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
        """Return what is shown of a value: nothing of a configuration that may be a secret."""
        if value is ABSENT:
            return "absent"
        if isinstance(value, Mapping):
            return "an object"
        if isinstance(value, list):
            return "an array"
        if isinstance(value, str) and "/configuration/" in self.pointer and value.strip("*"):
            return "a text"
        if isinstance(value, int | float) and not isinstance(value, bool) and _SECRETS.search(self.pointer):
            return "a number"
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


def is_undeclared(document: Any, pointer: str) -> bool:
    """Return whether a place is a setting that the manifest beside it does not declare, or declares as secret.

    ``document`` is the answer of the other system: the details of a job type or of a job, or what contains them.
    """
    owner, found, setting = pointer.rpartition(_SETTINGS)
    if not found or not isinstance(holder := _value_at(document, owner), dict):
        return False
    manifest = holder.get("manifest") or object_in(holder, "job_type_rev").get("manifest")
    read = Manifest.read(manifest if isinstance(manifest, dict) else {})
    return _unescaped(setting) not in read.setting_names - read.secret_settings


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
    names = ("name", "version") if isinstance(item, dict) and "name" in item else ("revision_num",)
    return json.dumps([item.get(name) for name in names] if isinstance(item, dict) else item)


def _value_at(document: Any, pointer: str) -> Any:
    """Return the value at a JSON Pointer, None where there is none."""
    for part in pointer.split("/")[1:]:
        if isinstance(document, dict):
            document = document.get(_unescaped(part))
        else:
            document = document[int(part)] if isinstance(document, list) and int(part) < len(document) else None
    return document


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _item(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else ABSENT

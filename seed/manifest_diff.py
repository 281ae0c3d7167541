"""The difference between two revisions of a job type, field by field, and what it means to recipes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, get_args

from seed.findings import json_pointer
from seed.manifest import InputFile, InputJson, OutputFile, OutputJson
from seed.recipe import Interface, Output
from seed.recipe_rules import misfit
from seed.wording import quoted

MOST_CHANGES = 1_000
"""How many changes of two documents are looked for."""

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_Place = tuple[str | int, ...]

# Where a revision has arrays of objects that a member tells apart, whose order says nothing: the member.
_NAMED: dict[_Place, str] = {
    ("manifest", "job", "interface", "inputs", "files"): "name",
    ("manifest", "job", "interface", "inputs", "json"): "name",
    ("manifest", "job", "interface", "outputs", "files"): "name",
    ("manifest", "job", "interface", "outputs", "json"): "name",
    ("manifest", "job", "interface", "mounts"): "name",
    ("manifest", "job", "interface", "settings"): "name",
    ("manifest", "job", "resources", "scalar"): "name",
    ("manifest", "job", "errors"): "code",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs: ``old`` at the JSON Pointer ``old_path`` became ``new`` at ``new_path``.

    What was added has no ``old_path``, and what was removed no ``new_path``.
    """

    kind: Kind
    old_path: str | None
    new_path: str | None
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True)
class InterfaceChange:
    """An input or output that is gone, new or another one.

    ``breaks`` says whether a recipe cannot go on as it is that uses it or, for an input that is new, that runs the
    job type at all; ``description`` is a sentence for a person.
    """

    kind: Kind
    of: Literal["input", "output"]
    name: str
    breaks: bool
    description: str


def revision_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return how two revisions differ, the first ``MOST_CHANGES``, in the order of ``old``.

    They are JSON objects with a ``manifest``, and the pointers lead into them. Inputs, outputs, mounts, settings
    and resources are told apart by their names, and errors by their codes. Another array is one value.
    """
    return list(islice(_object_changes(old, new, (), ()), MOST_CHANGES))


def _changes(old: Any, new: Any, old_place: _Place, new_place: _Place) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_changes(old, new, old_place, new_place)
        return
    # No place in _NAMED has an index in it, so that it is the same in both.
    before, after = (_by_member(value, _NAMED.get(old_place)) for value in (old, new))
    if before is not None and after is not None:
        yield from _member_changes(before, after, old_place, new_place)
    elif _canonical(old) != _canonical(new):
        yield Change("changed", json_pointer(old_place), json_pointer(new_place), old, new)


def _object_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], old_place: _Place, new_place: _Place
) -> Iterator[Change]:
    before, after = ({name: (name, value) for name, value in each.items()} for each in (old, new))
    yield from _member_changes(before, after, old_place, new_place)


def _member_changes(
    old: Mapping[Any, tuple[str | int, Any]],
    new: Mapping[Any, tuple[str | int, Any]],
    old_place: _Place,
    new_place: _Place,
) -> Iterator[Change]:
    """Compare the members with the same key, each with its name or index in its own document."""
    for key, (part, value) in old.items():
        if key in new:
            yield from _changes(value, new[key][1], (*old_place, part), (*new_place, new[key][0]))
        else:
            yield Change("removed", json_pointer((*old_place, part)), None, old=value)
    for key, (part, value) in new.items():
        if key not in old:
            yield Change("added", None, json_pointer((*new_place, part)), new=value)


def _by_member(value: object, member: str | None) -> dict[Any, tuple[int, Any]] | None:
    """Return the items of an array by a member, each with its index; None if that does not tell them apart."""
    if member is None or not isinstance(value, list):
        return None
    items = {}
    for index, item in enumerate(value):
        key = item.get(member) if isinstance(item, dict) else None
        if not isinstance(key, str | int) or key in items:
            return None
        items[key] = (index, item)
    return items


def _canonical(value: object) -> str:
    """Return a text that is the same for values that JSON does not tell apart, and for those alone."""
    return json.dumps(value, sort_keys=True)


def interface_changes(old: Interface, new: Interface) -> list[InterfaceChange]:
    """Return what becomes of the inputs and outputs of a job type, and what that means to recipes."""
    return [
        *_interface_changes("input", old.inputs, new.inputs, _gone_input, _new_input, _changed_input),
        *_interface_changes("output", old.outputs, new.outputs, _gone_output, _new_output, _changed_output),
    ]


def _interface_changes(
    of: Literal["input", "output"],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    gone: Callable[[Any], tuple[bool, str]],
    added: Callable[[Any], tuple[bool, str]],
    changed: Callable[[Any, Any], tuple[bool, str]],
) -> Iterator[InterfaceChange]:
    for name, item in old.items():
        if name not in new:
            breaks, clause = gone(item)
            yield InterfaceChange("removed", of, name, breaks, f"The {of} {quoted(name)} is gone: {clause}.")
        elif item != new[name]:
            breaks, clause = changed(item, new[name])
            yield InterfaceChange("changed", of, name, breaks, f"The {of} {quoted(name)} is another one: {clause}.")
    for name, item in new.items():
        if name not in old:
            breaks, clause = added(item)
            yield InterfaceChange("added", of, name, breaks, f"The {of} {quoted(name)} is new: {clause}.")


def _gone_input(item: InputFile | InputJson) -> tuple[bool, str]:
    return False, "what recipes feed it is used no more"


def _new_input(item: InputFile | InputJson) -> tuple[bool, str]:
    return (True, "it is required, and no recipe feeds it") if item.required else (False, "it is optional")


def _changed_input(old: InputFile | InputJson, new: InputFile | InputJson) -> tuple[bool, str]:
    if reason := misfit(old, new):
        return True, f"what was right for the old one may not be for this: {reason}"
    if isinstance(old, InputFile) and isinstance(new, InputFile) and _narrows(old.media_types, new.media_types):
        return False, f"it takes only {', '.join(new.media_types)} now"
    return False, "it takes what it took"


def _gone_output(item: Output) -> tuple[bool, str]:
    return True, "recipes that use it cannot any more"


def _new_output(item: Output) -> tuple[bool, str]:
    return False, "no recipe uses it yet"


def _changed_output(old: Output, new: Output) -> tuple[bool, str]:
    if reason := misfit(new, _taker_of(old)):
        return True, f"what took the old one may not take this: {reason}"
    if isinstance(old, OutputFile) and isinstance(new, OutputFile) and old.media_type != new.media_type:
        return False, f"its media type is {new.media_type}, and was {old.media_type}"
    return False, "what took the old one takes it, too"


def _taker_of(output: Output) -> InputFile | InputJson:
    """Return the input that takes an output and nothing else."""
    match output:
        case OutputFile():
            return InputFile(output.name, output.required, (output.media_type,), output.multiple)
        case OutputJson():
            return InputJson(output.name, output.type, output.required)
        case _:
            return output


def _narrows(old: Sequence[str], new: Sequence[str]) -> bool:
    return bool(new) and (not old or not set(old) <= set(new))

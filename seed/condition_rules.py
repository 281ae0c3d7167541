"""The checks of the conditions of a recipe: the filters of each, and the inputs that these look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from seed.data import is_of_type
from seed.findings import Finding
from seed.manifest import InputFile, InputJson
from seed.recipe import Condition
from seed.wording import nearest_names, quoted, shortened

_TEXT_CONDITIONS = ("==", "!=", "in", "not in", "contains")
_NUMBER_CONDITIONS = ("<", "<=", ">", ">=", "==", "!=", "between", "in", "not in")
_OBJECT_CONDITIONS = ("subset of", "superset of")
# How many values a condition looks at; any number of at least one where it is not named.
_NUMBERS_OF_VALUES = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", *_OBJECT_CONDITIONS), 1),
    "between": 2,
}
# The JSON type of an input, or "file" -> the types that a filter of it may have.
_TYPES_OF_FILTERS = {
    "file": ("filename", "media-type", "data-type", "meta-data"),
    "string": ("string",),
    "integer": ("integer", "number"),
    "number": ("integer", "number"),
    "boolean": ("boolean",),
    "object": ("object",),
}


@dataclass(frozen=True, slots=True)
class _FilterType:
    """What a type of filters means: its conditions, and the JSON type of its values."""

    conditions: tuple[str, ...]
    values: str


_FILTER_TYPES = {
    **dict.fromkeys(("string", "filename", "media-type", "data-type"), _FilterType(_TEXT_CONDITIONS, "string")),
    **{name: _FilterType(_NUMBER_CONDITIONS, name) for name in ("integer", "number")},
    "boolean": _FilterType(("==", "!="), "boolean"),
    **dict.fromkeys(("object", "meta-data"), _FilterType(_OBJECT_CONDITIONS, "object")),
}


def condition_errors(conditions: Mapping[str, Condition]) -> Iterator[Finding]:
    """Yield the errors of the conditions of a recipe, which are given by the names of their nodes.

    INVALID_CONDITION (not one of those of its type), INVALID_FIELDS (not one for each value), VALUE_ERROR (not of
    the type of the filter) and MISMATCHED_TYPE (a filter of another type than the input that it looks at).
    """
    for node, condition in conditions.items():
        for index, item in enumerate(condition.filters):
            found = partial(_of_filter, node, index)
            yield from _filter_errors(item, found)
            if (looked_at := condition.interface.inputs.get(item["name"])) and (
                reason := _mismatch(item, looked_at)
            ):
                yield found("MISMATCHED_TYPE", reason, "type")


def condition_warnings(conditions: Mapping[str, Condition]) -> Iterator[Finding]:
    """Yield the warnings about the conditions of a recipe, which are given by the names of their nodes.

    UNMATCHED_FILTER (no such input), UNMATCHED_PARAMETERS (inputs that no filter looks at), UNEXPECTED_VALUES (too
    few for the condition, which is then never met, or more than it looks at) and UNUSED_MEMBER.
    """
    # All names at once: the comparisons of a check are bounded.
    unknown = [
        item["name"]
        for condition in conditions.values()
        for item in condition.filters
        if item["name"] not in condition.interface.inputs
    ]
    nearest = nearest_names(unknown, sorted({name for one in conditions.values() for name in one.interface.inputs}))
    for node, condition in conditions.items():
        inputs = condition.interface.inputs
        for index, item in enumerate(condition.filters):
            found = partial(_of_filter, node, index)
            if item["name"] not in inputs:
                hint = nearest.get(item["name"])
                sentence = f"{quoted(item['name'])} is no input of the condition, so that this is never met"
                more = f"; the nearest is {quoted(hint)}" if hint in inputs else ""
                yield found("UNMATCHED_FILTER", sentence + more, "name")
            yield from _value_warnings(item, found)
            yield from _unused_members(item, found)
        looked_at = {item["name"] for item in condition.filters}
        if others := [name for name in inputs if name not in looked_at]:
            sentence = f"no filter looks at these inputs of the condition: {shortened(', '.join(others))}"
            place = ("nodes", node, "node_type", "data_filter")
            yield Finding.at(place, "UNMATCHED_PARAMETERS", sentence)


def _of_filter(node: str, index: int, name: str, sentence: str, *member: str | int) -> Finding:
    place = ("nodes", node, "node_type", "data_filter", "filters", index, *member)
    return Finding.at(place, name, sentence)


def _filter_errors(item: Mapping[str, Any], found: Callable[..., Finding]) -> Iterator[Finding]:
    meaning = _FILTER_TYPES[item["type"]]
    if meaning.values == "object" and "fields" in item:
        # A field holds any JSON value, so that any condition and any value will do.
        if len(item["fields"]) != len(item["values"]):
            sentence = f"{len(item['fields'])} fields for {len(item['values'])} values; each value has a field"
            yield found("INVALID_FIELDS", sentence, "fields")
        return
    if item["condition"] not in meaning.conditions:
        conditions = ", ".join(meaning.conditions)
        more = ", and with fields any other" if meaning.values == "object" else ""
        sentence = f"{quoted(item['condition'])} is none of those for the type {item['type']}: {conditions}{more}"
        yield found("INVALID_CONDITION", sentence, "condition")
    for index, value in enumerate(item["values"]):
        if not is_of_type(value, meaning.values):
            sentence = (
                f"{quoted(value)} is not of the JSON type {meaning.values}, as the type {item['type']} requires"
            )
            yield found("VALUE_ERROR", sentence, "values", index)


def _mismatch(item: Mapping[str, Any], looked_at: InputFile | InputJson) -> str | None:
    """Return why a filter cannot look at an input; None if it can."""
    kind = "file" if isinstance(looked_at, InputFile) else looked_at.type
    types = _TYPES_OF_FILTERS.get(kind, ())
    if item["type"] in types:
        return None
    what = "takes files" if kind == "file" else f"is of the JSON type {kind}"
    can = f"it is filtered as {' or '.join(types)}" if types else "no filter can look at that"
    return f"{quoted(item['name'])} {what}, and the filter is of the type {item['type']}; {can}"


def _value_warnings(item: Mapping[str, Any], found: Callable[..., Finding]) -> Iterator[Finding]:
    number = _NUMBERS_OF_VALUES.get(item["condition"], 1)
    if len(item["values"]) < number:
        sentence = f"fewer values than {quoted(item['condition'])} needs, {number}, so that this is never met"
        yield found("UNEXPECTED_VALUES", sentence, "values")
    elif len(item["values"]) > number and "fields" not in item and item["condition"] in _NUMBERS_OF_VALUES:
        sentence = f"{quoted(item['condition'])} looks at the first {number} of these values alone"
        yield found("UNEXPECTED_VALUES", sentence, "values")


def _unused_members(item: Mapping[str, Any], found: Callable[..., Finding]) -> Iterator[Finding]:
    has_fields = _FILTER_TYPES[item["type"]].values == "object"
    uses = {
        "fields": (has_fields, "only filters of the types object and meta-data look at fields"),
        "all_fields": (has_fields and "fields" in item, "there are no fields"),
        "all_files": (item["type"] in _TYPES_OF_FILTERS["file"], "the filter looks at no files"),
    }
    for member, (is_used, reason) in uses.items():
        if member in item and not is_used:
            yield found("UNUSED_MEMBER", f"means nothing here: {reason}", member)

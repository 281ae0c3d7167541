"""The JSON Schemas of this package, with every breach of them described in a sentence of our own."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import partial
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from seed.findings import Finding, json_pointer
from seed.versions import is_semantic_version
from seed.wording import kind, location, quoted

Schema = Mapping[str, Any]

_WITH_ARTICLE = {"array": "an array", "integer": "an integer", "object": "an object"}
_LONGEST_INNER_NAME = 255
_TEXT = {"type", "maxLength"}


def manifest_breaches(document: object) -> Iterator[Finding]:
    """Yield a JSON_VALIDATION_ERROR for each breach of ``schemas/manifest.json``; no value raises."""
    return _findings(document, _MANIFEST, "manifest", "JSON_VALIDATION_ERROR", _refuse)


def configuration_breaches(document: object) -> Iterator[Finding]:
    """Yield an INVALID_CONFIGURATION for each breach of ``schemas/configuration.json``; no value raises.

    The sentences give the JSON type of what was found and never its value, since settings hold passwords.
    """
    return _findings(
        document, _CONFIGURATION, "configuration", "INVALID_CONFIGURATION", lambda value: f"{kind(value)}, not"
    )


def workspace_breaches(document: object) -> Iterator[Finding]:
    """Yield an INVALID_CONFIGURATION for each breach of ``schemas/workspace.json``; no value raises.

    The sentences give the JSON type of what was found and never its value, since credentials are secrets.
    """
    return _findings(
        document, _WORKSPACE, "configuration", "INVALID_CONFIGURATION", lambda value: f"{kind(value)}, not"
    )


def definition_breaches(document: object) -> Iterator[Finding]:
    """Yield an INVALID_DEFINITION for each breach of ``schemas/recipe.json``; no value raises."""
    return _findings(document, _RECIPE, "definition", "INVALID_DEFINITION", _refuse)


def _refuse(value: object) -> str:
    return f"{quoted(value)} is not"


def _findings(
    document: object, schema: Validator, what: str, name: str, refuse: Callable[[object], str]
) -> Iterator[Finding]:
    if not isinstance(document, dict):
        yield Finding(name, f"The {what} is not a JSON object but {kind(document)}")
        return
    for error in schema.iter_errors(document):
        for sentence, path in _breaches(error, refuse):
            yield Finding(name, sentence, path)


def _breaches(error: ValidationError, refuse: Callable[[object], str]) -> Iterator[tuple[str, str]]:
    """Yield the sentence and the path of each breach that one error of jsonschema stands for."""
    place = tuple(error.path)
    schema: Any = error.schema
    instance: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "required":
        for member in schema["required"]:
            if member not in instance:
                yield _missing_member(schema, place, member), _path(place)
    elif error.validator == "additionalProperties":
        known = ", ".join(schema["properties"])
        owner = schema.get("title", "an object here")
        for member in instance:
            if member not in schema["properties"]:
                unknown = (*place, member)
                yield f"{location(unknown)}: unknown member; {owner} may have {known}", _path(unknown)
    elif error.validator == "propertyNames":
        yield f"{location(place)}: the name of a member has more than {rule['maxLength']} characters", _path(place)
    elif error.validator in ("maxItems", "maxProperties"):
        what = "elements" if isinstance(instance, list) else "members"
        yield f"{location(place)}: has {len(instance)} {what}; at most {rule} are allowed", _path(place)
    else:
        yield f"{location(place)}: {refuse(instance)} {_expectation(error)}", _path(place)


def _missing_member(schema: Schema, place: tuple[str | int, ...], member: str) -> str:
    if "title" in schema:
        return f"{location(place)}: '{member}' is missing; {schema['title']} requires it"
    return f"{location((*place, member))}: missing; it is required"


def _expectation(error: ValidationError) -> str:
    rule: Any = error.validator_value
    match error.validator:
        case "type":
            # null is left out: it is legal for a setting, and a separate rule checks where.
            wanted = next(each for each in ([rule] if isinstance(rule, str) else rule) if each != "null")
            return _WITH_ARTICLE.get(wanted, f"a {wanted}")
        case "enum":
            return ("one of " if len(rule) > 1 else "") + ", ".join(quoted(each) for each in rule)
        case "maxLength":
            return f"a text of at most {rule} characters"
        case _:
            # A pattern and a format say in words, beside them in the schema, what they allow.
            schema: Any = error.schema
            return schema["description"]


def _path(place: tuple[str | int, ...]) -> str:
    # Each finding inside an object repeats the names that lead there. A name of a megabyte over thousands of
    # faults would fill the memory, so the path ends before such a name; it still resolves.
    for index, part in enumerate(place[:-1]):
        if isinstance(part, str) and len(part) > _LONGEST_INNER_NAME:
            return json_pointer(place[:index])
    return json_pointer(place)


# The keywords below decide as those of jsonschema do, save where a comment says otherwise. They exist because
# those of jsonschema write the value at fault into a message that nobody reads, which raises for a number of
# 5,000 digits or an array of 10,000 levels, and because they make a validator for each value that they go down to,
# which takes most of the time of a check.


def _descend(validator: Validator, instance: object, schema: Schema, *path: str | int) -> Iterator[ValidationError]:
    """Yield the errors of ``instance``, which ``path`` leads to, by a part of the schema of ``validator``.

    A schema that takes any value is written ``{}``.
    """
    for keyword, rule in schema.items():
        if check := validator.VALIDATORS.get(keyword):
            for error in check(validator, rule, instance, schema):
                error._set(validator=keyword, validator_value=rule, instance=instance, schema=schema)
                error.path.extendleft(path)
                yield error


def _ref(validator: Any, reference: str, instance: object, schema: Schema) -> Iterator[ValidationError]:
    return _descend(validator, instance, validator.schema["$defs"][reference.removeprefix("#/$defs/")])


def _if(validator: Validator, condition: Schema, instance: object, schema: Schema) -> Iterator[ValidationError]:
    is_met = next(_descend(validator, instance, condition), None) is None
    return _descend(validator, instance, schema.get("then" if is_met else "else", {}))


def _properties(
    validator: Validator, properties: Mapping[str, Schema], instance: object, schema: Schema
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for member, wanted in properties.items():
            if member in instance:
                yield from _descend(validator, instance[member], wanted, member)


def _type(
    validator: Validator, allowed: str | list[str], instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    if not any(validator.is_type(instance, each) for each in ([allowed] if isinstance(allowed, str) else allowed)):
        yield ValidationError("")


def _enum(
    validator: Validator, allowed: list[str | int], instance: object, schema: Schema
) -> Iterator[ValidationError]:
    # For the strings and integers that our schemas list, Python's equality is that of JSON but for booleans.
    if isinstance(instance, bool) or instance not in allowed:
        yield ValidationError("")


def _bound(
    kind: type[Sized], validator: Validator, most: int, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    if isinstance(instance, kind) and len(instance) > most:
        yield ValidationError("")


def _property_names(
    validator: Validator, names: Schema, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and any(len(name) > names["maxLength"] for name in instance):
        yield ValidationError("")


def _are_texts(schema: Schema, values: Iterable[object]) -> bool:
    """Return whether ``schema`` is that of a text, and all ``values`` meet it: thousands are looked at at once."""
    longest = schema.get("maxLength", 0)
    return schema.keys() == _TEXT and all(isinstance(value, str) and len(value) <= longest for value in values)


def _items(validator: Validator, items: Schema, instance: object, schema: Schema) -> Iterator[ValidationError]:
    # An array with too many elements is one breach, whatever they are.
    if isinstance(instance, list) and len(instance) <= schema["maxItems"] and not _are_texts(items, instance):
        for index, item in enumerate(instance):
            yield from _descend(validator, item, items, index)


def _pattern(validator: Validator, pattern: str, instance: object, schema: Schema) -> Iterator[ValidationError]:
    # A full match: Python's $ also matches before a line feed at the end, which that of ECMA-262 does not.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("")


def _required(
    validator: Validator, members: list[str], instance: object, schema: Schema
) -> Iterator[ValidationError]:
    # One error for all that is missing, as for additionalProperties; _breaches takes it apart.
    if isinstance(instance, dict) and not all(member in instance for member in members):
        yield ValidationError("")


def _additional_properties(
    validator: Validator, additional: bool | Schema, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict) or len(instance) > schema.get("maxProperties", len(instance)):
        return
    # In the order of the document; jsonschema's own goes through a set, whose order changes from run to run.
    extras = [member for member in instance if member not in schema.get("properties", {})]
    if isinstance(additional, bool):
        if extras and not additional:
            yield ValidationError("")
    elif not _are_texts(additional, map(instance.__getitem__, extras)):
        for member in extras:
            yield from _descend(validator, instance[member], additional, member)


_FORMATS = FormatChecker(formats=())
_FORMATS.checks("semantic-version")(lambda value: not isinstance(value, str) or is_semantic_version(value))

_Validator = extend(
    Draft202012Validator,
    {
        "$ref": _ref,
        "if": _if,
        "properties": _properties,
        "type": _type,
        "enum": _enum,
        "pattern": _pattern,
        "required": _required,
        "items": _items,
        "propertyNames": _property_names,
        "maxItems": partial(_bound, list),
        "maxProperties": partial(_bound, dict),
        "maxLength": partial(_bound, str),
        "additionalProperties": _additional_properties,
    },
)


def _compiled(file_name: str) -> Validator:
    schema = json.loads(Path(__file__).with_name("schemas").joinpath(file_name).read_text("utf-8"))
    return _Validator(schema, format_checker=_FORMATS)


_MANIFEST = _compiled("manifest.json")
_CONFIGURATION = _compiled("configuration.json")
_RECIPE = _compiled("recipe.json")
_WORKSPACE = _compiled("workspace.json")

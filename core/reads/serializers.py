"""How rows become answers, at the cost of reading their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rest_framework import serializers

# How fields show what the renderer writes as the database gives it. One that does more in a subclass is asked.
_AS_STORED = {
    kind.to_representation
    for kind in (
        serializers.BigIntegerField,  # type: ignore[attr-defined]  # newer than the stubs
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateTimeField,
        serializers.IntegerField,
        serializers.JSONField,
    )
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a serializer shows: columns, methods of the serializer, and fields that show themselves.

    `members` are the names of all of them as they are declared, each with its column, or None. `is_row` says that a
    mapping of these columns is the answer already.
    """

    members: tuple[tuple[str, str | None], ...]
    columns: dict[str, str]
    methods: dict[str, str]
    fields: dict[str, serializers.Field[Any, Any, Any, Any]]
    is_row: bool


class RowSerializer(serializers.Serializer[Any]):
    """Shows rows, which are models or mappings. For answers alone: bodies have rules of their own.

    A column is shown as it is stored, times as `datetime`; the framework would look into each value of each row to
    find that out again, and make all fields anew for each answer. What needs the context is a method: fields of
    any other kind are shared by all answers.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shape = _shape_of(type(self))
        if shape.is_row and isinstance(instance, dict) and instance.keys() == shape.columns.keys():
            return instance
        read = instance.__getitem__ if isinstance(instance, Mapping) else instance.__getattribute__
        return {
            name: self._other(name, shape, instance) if column is None else read(column)
            for name, column in shape.members
        }

    def _other(self, name: str, shape: _Shape, instance: Any) -> Any:
        if name in shape.methods:
            return getattr(self, shape.methods[name])(instance)
        field = shape.fields[name]
        value = field.get_attribute(instance)
        return None if value is None else field.to_representation(value)


@cache
def _shape_of(serializer_class: type[RowSerializer]) -> _Shape:
    fields = serializer_class().fields
    columns = {
        str(name): str(field.source)
        for name, field in fields.items()
        if type(field).to_representation in _AS_STORED and len(field.source_attrs) == 1
    }
    methods = {
        name: str(field.method_name)
        for name, field in fields.items()
        if isinstance(field, serializers.SerializerMethodField)
    }
    others = {name: field for name, field in fields.items() if name not in columns and name not in methods}
    is_row = not methods and not others and all(name == column for name, column in columns.items())
    members = tuple((str(name), columns.get(str(name))) for name in fields)
    return _Shape(members, columns, methods, others, is_row)

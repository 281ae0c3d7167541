"""How rows become answers, at the cost of reading their columns."""

from collections.abc import Callable, Mapping
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

    `order` holds the names of all of them as they are declared. `is_row` says that a mapping of these columns is
    the answer already.
    """

    order: tuple[str, ...]
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
        if shape.is_row:
            return {name: read(column) for name, column in shape.columns.items()}
        return {name: self._member(name, shape, instance, read) for name in shape.order}

    def _member(self, name: str, shape: _Shape, instance: Any, read: Callable[[str], Any]) -> Any:
        if name in shape.columns:
            return read(shape.columns[name])
        if name in shape.methods:
            return getattr(self, shape.methods[name])(instance)
        field = shape.fields[name]
        value = field.get_attribute(instance)
        return None if value is None else field.to_representation(value)


@cache
def _shape_of(serializer_class: type[RowSerializer]) -> _Shape:
    fields = serializer_class().fields
    columns = {
        name: str(field.source)
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
    return _Shape(tuple(fields), columns, methods, others, is_row)

"""Serializers that show rows at little more than the cost of reading their columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework import serializers
from rest_framework.fields import SkipField, empty, get_attribute

# How fields of these classes show a value: as it is stored. Subclasses that override the method show it themselves.
_AS_STORED = {
    field_class.to_representation
    for field_class in (
        serializers.BigIntegerField,  # type: ignore[attr-defined]  # newer than the stubs
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateTimeField,
        serializers.IntegerField,
        serializers.JSONField,
    )
}
# Options that change what a field shows, with the value that changes nothing.
_AS_STORED_OPTIONS = {"format": empty, "timezone": None, "binary": False, "coerce_to_string": False}

AnyField = serializers.Field[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an answer: a column of the row, as it is stored or by ``show``, or what ``read`` returns."""

    name: str
    column: str = ""
    show: Callable[[Any], Any] | None = None
    read: Callable[["RowSerializer", Any], Any] | None = None


class RowSerializer(serializers.Serializer[Any]):
    """A serializer that shows rows, models or mappings, as Django REST framework does. Not for request bodies.

    DRF copies all fields for each answer, and looks up each value of each row through its field. Here the fields
    are inspected once, when the class is created:

    - A field that shows its column as it is stored is not called; datetimes are left to the renderer.
    - A dict with exactly such columns, in their order, is the answer itself.
    - Any other field is called as DRF would.
    - A relation would be a query for each row, and ``get_fields`` might depend on the request: a class that has
      either raises ImproperlyConfigured.
    """

    _members: tuple[_Member, ...]
    # The keys of a dict that is the answer itself; None if the class shows something else than its columns.
    _row_keys: tuple[str, ...] | None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls, serializers.ModelSerializer) and not hasattr(cls, "Meta"):
            return  # an abstract base class
        if cls.get_fields not in (serializers.Serializer.get_fields, serializers.ModelSerializer.get_fields):
            raise ImproperlyConfigured(
                f"{cls.__name__}.get_fields: a RowSerializer has the same fields for all answers."
            )
        cls._members = tuple(_member(name, field) for name, field in cls().fields.items() if not field.write_only)
        is_answer = all(member.column == member.name and not member.show for member in cls._members)
        is_plain = cls.to_representation is RowSerializer.to_representation
        cls._row_keys = tuple(member.name for member in cls._members) if is_plain and is_answer else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if type(instance) is dict and tuple(instance) == self._row_keys:
            return instance
        is_mapping = isinstance(instance, Mapping)
        column = instance.__getitem__ if is_mapping else lambda name: get_attribute(instance, [name])
        try:
            return {
                member.name: member.read(self, instance)
                if member.read
                else column(member.column)
                if member.show is None
                else member.show(column(member.column))
                for member in self._members
            }
        except (KeyError, AttributeError, SkipField):
            # A value is missing: DRF knows what that means for the options of the field.
            return super().to_representation(instance)


def _member(name: str, field: AnyField) -> _Member:
    if isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
        place = f"{type(field.parent).__name__}.{name}"
        raise ImproperlyConfigured(f"{place}: a RowSerializer shows no relations; declare the columns to show.")
    if isinstance(field, serializers.SerializerMethodField):
        method = str(field.method_name)
        return _Member(name, read=lambda serializer, row: getattr(serializer, method)(row))
    if type(field).get_attribute is serializers.Field.get_attribute and len(field.source_attrs) == 1:
        column = field.source_attrs[0]
        if _is_shown_as_stored(field):
            return _Member(name, column)
        if _is_shared(field):
            return _Member(name, column, lambda value: None if value is None else field.to_representation(value))
    return _Member(name, read=lambda serializer, row: _read(serializer.fields[name], row))


def _is_shared(field: Any) -> bool:
    """Return whether all answers can share ``field``: it shows columns alone, and looks at nothing else."""
    if isinstance(field, serializers.ListSerializer | serializers.DictField):
        return type(field) in (serializers.ListSerializer, serializers.DictField) and _is_shared(field.child)
    if isinstance(field, RowSerializer):
        is_plain = type(field).to_representation is RowSerializer.to_representation
        return is_plain and not any(member.read for member in field._members)
    return _is_shown_as_stored(field) or type(field).to_representation is serializers.FloatField.to_representation


def _is_shown_as_stored(field: AnyField) -> bool:
    return type(field).to_representation in _AS_STORED and all(
        getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()
    )


def _read(field: AnyField, row: Any) -> Any:
    value = field.get_attribute(row)
    return None if value is None else field.to_representation(value)

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
Show = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an answer: a column of the row, converted by ``show`` if it is set, or the result of ``read``."""

    name: str
    column: str = ""
    show: Show | None = None
    read: Callable[["RowSerializer", Any], Any] | None = None


class RowSerializer(serializers.Serializer[Any]):
    """A serializer that shows rows, models or mappings, as Django REST framework does. Not for request bodies.

    DRF copies all fields for each answer, and looks up each value of each row through its field. Here the fields
    are inspected once, when the class is created:

    - A field that shows its column as it is stored is not called; datetimes are left to the renderer.
    - A dict with exactly the members to show is the answer itself.
    - Any other field shows its value. All answers share it, so a field that needs the request must be a
      ``SerializerMethodField``.
    - A relation would be a query for each row: a class that declares one raises ImproperlyConfigured.
    """

    _members: tuple[_Member, ...]
    # The keys of a dict that is the answer itself; None if a field converts its value.
    _row_keys: frozenset[str] | None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls, serializers.ModelSerializer) and not hasattr(cls, "Meta"):
            return  # an abstract base class
        fields = {name: field for name, field in cls().fields.items() if not field.write_only}
        cls._members = tuple(_member(name, field) for name, field in fields.items())
        as_stored = all(member.column == member.name and member.show is None for member in cls._members)
        cls._row_keys = frozenset(fields) if as_stored else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if self._row_keys is not None and type(instance) is dict and instance.keys() == self._row_keys:
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
        return _Member(name, column=field.source_attrs[0], show=_show(field))
    return _Member(
        name, read=lambda serializer, row: _unless_none(field.to_representation)(field.get_attribute(row))
    )


def _show(field: AnyField) -> Show | None:
    """Return the function that converts a column as ``field`` does, None if that shows it as it is stored."""
    if type(field).to_representation in _AS_STORED:
        if all(getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()):
            return None
    elif isinstance(field, serializers.ListSerializer) and isinstance(field.child, RowSerializer):
        return _show_list(field)
    return _unless_none(field.to_representation)


def _show_list(field: serializers.ListSerializer[Any]) -> Show:
    """Return the function that shows a list of rows. It returns the list itself if each row is its own answer."""
    child: Any = field.child

    def show(rows: Any) -> Any:
        if type(rows) is list and all(type(row) is dict and row.keys() == child._row_keys for row in rows):
            return rows
        return None if rows is None else field.to_representation(rows)

    return show


def _unless_none(show: Show) -> Show:
    return lambda value: None if value is None else show(value)

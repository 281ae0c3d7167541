"""How rows become answers, at the cost of reading their columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework import serializers
from rest_framework.fields import SkipField, empty, get_attribute

# Fields whose values the renderer writes as the database returns them. A subclass that does more is asked itself.
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
# Options with which a field shows something else, and what they are where it does not.
_AS_STORED_OPTIONS = {"format": empty, "timezone": None, "binary": False, "coerce_to_string": False}

AnyField = serializers.Field[Any, Any, Any, Any]
Show = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an answer: a column of the row, perhaps shown by ``show``, or what ``read`` makes of the row."""

    name: str
    column: str = ""
    show: Show | None = None
    read: Callable[["RowSerializer", Any], Any] | None = None


class RowSerializer(serializers.Serializer[Any]):
    """Shows rows, which are models or mappings, as Django REST framework does. For answers; bodies have their own.

    The framework makes all fields anew for each answer, and looks each value of each row up. Here the fields of a
    class are read once, when it is made: a column is shown as it is stored, times as ``datetime``, and a mapping
    that holds what is shown and nothing else is the answer itself. Every other field shows itself; it is shared by
    all answers, so that what needs the request is a ``SerializerMethodField``. A relation would be a query for each
    row: a class that declares one raises ImproperlyConfigured.
    """

    _members: tuple[_Member, ...]
    _row: frozenset[str] | None  # the members of a mapping that is the answer itself, None where none is

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls, serializers.ModelSerializer) and not hasattr(cls, "Meta"):
            return  # a base of others
        fields = {name: field for name, field in cls().fields.items() if not field.write_only}
        cls._members = tuple(_member(name, field) for name, field in fields.items())
        is_row = all(member.column == member.name and member.show is None for member in cls._members)
        cls._row = frozenset(fields) if is_row else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if self._row is not None and type(instance) is dict and instance.keys() == self._row:
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
            # Something is missing: what that means depends on the options of its field.
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
    """Return what shows a column as ``field`` does; None where that is as it is stored."""
    if type(field).to_representation in _AS_STORED:
        if all(getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()):
            return None
    elif isinstance(field, serializers.ListSerializer) and isinstance(field.child, RowSerializer):
        return _rows_by(field)
    return _unless_none(field.to_representation)


def _rows_by(field: serializers.ListSerializer[Any]) -> Show:
    """Return what shows a list of rows, which is the answer itself where each of the rows is."""
    child: Any = field.child

    def show(rows: Any) -> Any:
        if type(rows) is list and all(type(row) is dict and row.keys() == child._row for row in rows):
            return rows
        return None if rows is None else field.to_representation(rows)

    return show


def _unless_none(show: Show) -> Show:
    return lambda value: None if value is None else show(value)

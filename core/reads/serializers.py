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
    """A member of an answer: a column of the row, converted by ``show`` if it is set, or the result of ``read``.

    ``is_answer`` says whether the value of a column is what ``show`` would return; None means that it always is.
    """

    name: str
    column: str = ""
    show: Show | None = None
    read: Callable[["RowSerializer", Any], Any] | None = None
    is_answer: Callable[[Any], bool] | None = None


class RowSerializer(serializers.Serializer[Any]):
    """A serializer that shows rows, models or mappings, as Django REST framework does. Not for request bodies.

    DRF copies all fields for each answer, and looks up each value of each row through its field. Here the fields
    are inspected once, when the class is created:

    - A field that shows its column as it is stored is not called; datetimes are left to the renderer.
    - A dict with exactly the members to show, nested rows included, is the answer itself.
    - A list is the answer itself if its first row is: its rows come from one query, and have the same columns.
    - Any other field shows its value. All answers share it, so a field that needs the request must be a
      ``SerializerMethodField``.
    - A relation would be a query for each row: a class that declares one raises ImproperlyConfigured.
    """

    _members: tuple[_Member, ...]
    # The keys of a dict that may be the answer itself; None if a field has another name than its column, or
    # always converts its value.
    _row_keys: frozenset[str] | None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls, serializers.ModelSerializer) and not hasattr(cls, "Meta"):
            return  # an abstract base class
        fields = {name: field for name, field in cls().fields.items() if not field.write_only}
        cls._members = tuple(_member(name, field) for name, field in fields.items())
        as_stored = all(
            member.column == member.name and (member.show is None or member.is_answer) for member in cls._members
        )
        cls._row_keys = frozenset(fields) if as_stored else None

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> "RowListSerializer":
        rows: Any = super().many_init(*args, **kwargs)
        # DRF would take the class from Meta, which not every serializer has, and which each would have to repeat.
        rows.__class__ = RowListSerializer
        return rows

    @classmethod
    def is_answer(cls, row: Any) -> bool:
        """Return whether ``row`` is the dict that ``to_representation`` would make of it."""
        return (
            type(row) is dict
            and row.keys() == cls._row_keys
            and all(member.is_answer(row[member.name]) for member in cls._members if member.is_answer)
        )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if self.is_answer(instance):
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


class RowListSerializer(serializers.ListSerializer[Any]):
    """The list serializer of a RowSerializer."""

    child: RowSerializer

    def is_answer(self, rows: Any) -> bool:
        """Return whether ``rows`` is the list that ``to_representation`` would make of it."""
        if type(rows) is not list:
            return False
        return not rows or (self.child.is_answer(rows[0]) and set(map(len, rows)) == {len(rows[0])})

    def to_representation(self, data: Any) -> list[Any]:
        return data if self.is_answer(data) else super().to_representation(data)


def _member(name: str, field: AnyField) -> _Member:
    if isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
        place = f"{type(field.parent).__name__}.{name}"
        raise ImproperlyConfigured(f"{place}: a RowSerializer shows no relations; declare the columns to show.")
    if isinstance(field, serializers.SerializerMethodField):
        method = str(field.method_name)
        return _Member(name, read=lambda serializer, row: getattr(serializer, method)(row))
    show = _unless_none(field.to_representation)
    if type(field).get_attribute is not serializers.Field.get_attribute or len(field.source_attrs) != 1:
        return _Member(name, read=lambda serializer, row: show(field.get_attribute(row)))
    column = field.source_attrs[0]
    if _is_shown_as_stored(field):
        return _Member(name, column)
    if isinstance(field, RowSerializer | RowListSerializer):
        is_answer = field.is_answer
        return _Member(name, column, show, is_answer=lambda value: value is None or is_answer(value))
    return _Member(name, column, show)


def _is_shown_as_stored(field: AnyField) -> bool:
    return type(field).to_representation in _AS_STORED and all(
        getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()
    )


def _unless_none(show: Show) -> Show:
    return lambda value: None if value is None else show(value)

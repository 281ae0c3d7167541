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
    """A member of an answer: a column of the row as it is stored, nested rows in one, or what ``read`` returns.

    ``is_answer`` says whether nested rows are the answer themselves; ``show`` makes the answer of them.
    """

    name: str
    column: str = ""
    is_answer: Callable[[Any], bool] | None = None
    show: Callable[[Any], Any] | None = None
    read: Callable[["RowSerializer", Any], Any] | None = None


class RowSerializer(serializers.Serializer[Any]):
    """A serializer that shows rows, models or mappings, as Django REST framework does. Not for request bodies.

    DRF copies all fields for each answer, and looks up each value of each row through its field. Here the fields
    are inspected once, when the class is created:

    - A field that shows its column as it is stored is not called; datetimes are left to the renderer.
    - A dict with exactly the members to show, in their order, nested rows included, is the answer itself.
    - Any other field is called as DRF would.
    - A relation would be a query for each row, and ``get_fields`` might depend on the request: a class that has
      either raises ImproperlyConfigured.
    """

    # Whether the rows of any list that is shown are alike, nested rows too: then the first of them is looked at.
    rows_are_alike = False

    _members: tuple[_Member, ...]
    # The keys of a dict that may be the answer itself; None if the class shows something else than its columns.
    _row_keys: tuple[str, ...] | None
    # The members with nested rows, and what says whether those are the answer themselves.
    _nested: tuple[tuple[str, Callable[[Any], bool]], ...]

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls, serializers.ModelSerializer) and not hasattr(cls, "Meta"):
            return  # an abstract base class
        if cls.get_fields not in (serializers.Serializer.get_fields, serializers.ModelSerializer.get_fields):
            raise ImproperlyConfigured(
                f"{cls.__name__}.get_fields: a RowSerializer has the same fields for all answers."
            )
        fields = {name: field for name, field in cls().fields.items() if not field.write_only}
        cls._members = tuple(_member(name, field) for name, field in fields.items())
        is_plain = cls.to_representation is RowSerializer.to_representation
        as_stored = is_plain and all(member.column == member.name for member in cls._members)
        cls._row_keys = tuple(fields) if as_stored else None
        cls._nested = tuple((member.name, member.is_answer) for member in cls._members if member.is_answer)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        rows: Any = super().many_init(*args, **kwargs)
        if type(rows) is serializers.ListSerializer:
            # DRF takes the class from Meta, which not every serializer has, and which each would have to repeat.
            rows.__class__ = RowListSerializer
        return rows

    @classmethod
    def is_answer(cls, row: Any) -> bool:
        """Return whether ``row`` is the dict that ``to_representation`` would make of it."""
        if type(row) is not dict or tuple(row) != cls._row_keys:
            return False
        for name, is_answer in cls._nested:  # noqa: SIM110  (a generator would take as long as all the rest)
            if not is_answer(row[name]):
                return False
        return True

    @classmethod
    def are_answers(cls, rows: Any) -> bool:
        """Return whether ``rows`` is the list that ``to_representation`` would make of each of them.

        Flat rows are those of one query, which have the same columns: the first one is looked at. Rows with nested
        rows are all looked at, unless ``rows_are_alike``.
        """
        if type(rows) is not list or not rows:
            return rows == []
        if cls._nested and not cls.rows_are_alike:
            return all(map(cls.is_answer, rows))
        return cls.is_answer(rows[0]) and set(map(type, rows)) == {dict} and set(map(len, rows)) == {len(rows[0])}

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

    def to_representation(self, data: Any) -> list[Any]:
        return data if self.child.are_answers(data) else super().to_representation(data)


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
        # These show columns alone, so that all answers can share them.
        if is_answer := _answers(field):
            return _nested(name, column, field, is_answer)
    return _Member(name, read=lambda serializer, row: _read(serializer.fields[name], row))


def _answers(field: AnyField) -> Callable[[Any], bool] | None:
    """Return what says whether a value of ``field`` is the answer itself; None where no value is known to be."""
    if type(field).to_representation is serializers.FloatField.to_representation:
        return lambda value: type(value) is float
    if isinstance(field, RowSerializer) and field._row_keys:
        return field.is_answer
    if type(field) is RowListSerializer and field.child._row_keys:
        return field.child.are_answers
    if type(field) is serializers.DictField and (is_answer := _answers(field.child)):
        return lambda values: (
            type(values) is dict and set(map(type, values)) <= {str} and all(map(is_answer, values.values()))
        )
    if type(field) is serializers.CharField and _is_shown_as_stored(field):
        return lambda value: type(value) is str
    return None


def _nested(name: str, column: str, field: AnyField, is_answer: Callable[[Any], bool]) -> _Member:
    return _Member(
        name,
        column,
        is_answer=lambda value: value is None or is_answer(value),
        show=lambda value: None if value is None else field.to_representation(value),
    )


def _is_shown_as_stored(field: AnyField) -> bool:
    return type(field).to_representation in _AS_STORED and all(
        getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()
    )


def _read(field: AnyField, row: Any) -> Any:
    value = field.get_attribute(row)
    return None if value is None else field.to_representation(value)

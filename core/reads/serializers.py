"""Serializers that show rows at little more than the cost of reading their columns."""

from collections.abc import Callable, Mapping
from functools import partial
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

# Fields of values that have a field of their own, and the one of those of which nothing is declared.
_CONTAINERS = (serializers.ListSerializer, serializers.ListField, serializers.DictField)
_AnyValue = type(serializers.ListField.child)

AnyField = serializers.Field[Any, Any, Any, Any]


class RowSerializer(serializers.Serializer[Any]):
    """A serializer that shows rows, models or mappings, as Django REST framework does. Not for request bodies.

    Rows are data: a function in a mapping would be shown, and not called.

    DRF copies all fields for each answer, and looks up each value of each row through its field. Here the fields
    are inspected once, when the class is created:

    - A field that shows its column as it is stored is not called; datetimes are left to the renderer.
    - A dict with exactly such columns, in their order, is the answer itself.
    - A field that shows its column by a rule of its own, whatever the answer, is one for all answers.
    - Any other field is asked as DRF would ask it.
    - A relation would be a query for each row, and ``get_fields`` might depend on the request: a class that has
      either raises ImproperlyConfigured.
    """

    # All members, in their order.
    _members: dict[str, None]
    # The columns of those that show one, and what shows it where that is not as it is stored.
    _columns: dict[str, str]
    _shown: dict[str, Callable[[Any], Any]]
    # Those whose fields are asked.
    _asked: list[str]
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
        fields = {name: field for name, field in cls().fields.items() if not field.write_only}
        for name, field in fields.items():
            if isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
                place = f"{cls.__name__}.{name}"
                raise ImproperlyConfigured(
                    f"{place}: a RowSerializer shows no relations; declare the columns to show."
                )
        alike = {name: field for name, field in fields.items() if _shows_one_column(field) and _is_shared(field)}
        cls._members = dict.fromkeys(fields)
        cls._columns = {name: str(field.source) for name, field in alike.items()}
        cls._shown = {
            name: field.to_representation for name, field in alike.items() if not _is_shown_as_stored(field)
        }
        cls._asked = [name for name in fields if name not in alike]
        is_answer = not cls._asked and not cls._shown and list(cls._columns) == list(cls._columns.values())
        cls._row_keys = tuple(fields) if is_answer and _is_plain(cls) else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if type(instance) is dict and tuple(instance) == self._row_keys:
            return instance
        column = instance.__getitem__ if isinstance(instance, Mapping) else partial(_attribute, instance)
        try:
            shown = self._members | dict(zip(self._columns, map(column, self._columns.values()), strict=True))
            for name, show in self._shown.items():
                if shown[name] is not None:
                    shown[name] = show(shown[name])
            for name in self._asked:
                shown[name] = _ask(self.fields[name], instance)
        except (KeyError, AttributeError, SkipField):
            # A value is missing: DRF knows what that means for the options of the field.
            return super().to_representation(instance)
        return shown


def _is_plain(serializer: type[RowSerializer]) -> bool:
    return serializer.to_representation is RowSerializer.to_representation


def _shows_one_column(field: AnyField) -> bool:
    if callable(field.default) and field.default is not empty:
        return False  # it may need the context of the answer
    return type(field).get_attribute is serializers.Field.get_attribute and len(field.source_attrs) == 1


def _is_shared(field: Any) -> bool:
    """Return whether all answers can share ``field``: what it shows of a value depends on nothing else."""
    if isinstance(field, _CONTAINERS):
        return type(field) in _CONTAINERS and _is_shared(field.child)
    if isinstance(field, RowSerializer):
        return _is_plain(type(field)) and not field._asked
    return _is_shown_as_stored(field) or type(field) in (serializers.FloatField, _AnyValue)


def _is_shown_as_stored(field: AnyField) -> bool:
    return type(field).to_representation in _AS_STORED and all(
        getattr(field, name, stored) is stored for name, stored in _AS_STORED_OPTIONS.items()
    )


def _attribute(instance: Any, name: str) -> Any:
    return get_attribute(instance, [name])


def _ask(field: AnyField, row: Any) -> Any:
    value = field.get_attribute(row)
    return None if value is None else field.to_representation(value)

"""How rows become answers, at the cost of reading their columns."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from rest_framework import serializers

# What the renderer writes as the database gives it. A subclass may do more, and is asked.
_AS_STORED = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.DateTimeField,
    serializers.IntegerField,
    serializers.JSONField,
)


class RowSerializer(serializers.Serializer[Any]):
    """Shows rows, which are models or mappings. For answers alone: bodies have rules of their own.

    A column is shown as it is stored, times as `datetime`; the framework would look into each value of each row to
    find that out again. Fields of any other kind show themselves.
    """

    @cached_property
    def _shown(self) -> list[tuple[str, str | None, Any]]:
        """(member, column, field) of what is shown; no column where the field shows itself."""
        return [
            (name, str(field.source) if type(field) in _AS_STORED and len(field.source_attrs) == 1 else None, field)
            for name, field in self.fields.items()
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        read = instance.__getitem__ if isinstance(instance, Mapping) else instance.__getattribute__
        shown = {}
        for name, column, field in self._shown:
            if column is not None:
                shown[name] = read(column)
            else:
                value = field.get_attribute(instance)
                shown[name] = None if value is None else field.to_representation(value)
        return shown

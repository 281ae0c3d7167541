"""Body fields that take a JSON type and nothing that merely looks like it, and bodies that know their fields."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from scale.api.moments import parse_moment


class JSONBooleanField(serializers.BooleanField):
    """`true` or `false`; no string, no number."""

    default_error_messages = {"invalid": "must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class JSONIntegerField(serializers.IntegerField):
    """A whole number; no string, no boolean."""

    default_error_messages = {
        "invalid": "must be a whole number.",
        "min_value": "must be at least {min_value}.",
        "max_value": "must be at most {max_value}.",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class JSONStringField(serializers.CharField):
    """A string, without the white space around it; no number, no boolean."""

    default_error_messages = {
        "invalid": "must be a string.",
        "blank": "must not be blank.",
        "max_length": "must have at most {max_length} characters.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        # The limit is that of the document, on what is sent: not on what is left without the white space.
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class JSONMomentField(serializers.DateTimeField):
    """An ISO-8601 datetime; without an offset it is UTC."""

    default_error_messages = {"invalid": "must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z."}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or value.lstrip("+-").startswith("P"):
            self.fail("invalid")
        try:
            return parse_moment(value, now=timezone.now())
        except ValueError:
            self.fail("invalid")


class BodySerializer(serializers.Serializer[Any]):
    """A request body: a JSON object whose members are all fields of the serializer."""

    default_error_messages = {"invalid": "The body is not a JSON object."}

    def run_validation(self, data: Any = None) -> Any:
        # DRF takes null for "no data"; here it is one more thing that is no object.
        return super().run_validation([] if data is None else data)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = {}
        if isinstance(data, dict):
            valid = ", ".join(self.fields)
            unknown = {
                name: [serializers.ErrorDetail(f"unknown field; the valid ones are: {valid}.", "unknown_field")]
                for name in data
                if name not in self.fields
            }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            # All faults are reported at once: those of the fields beside the fields that do not exist.
            raise serializers.ValidationError({**error.detail, **unknown}) from None  # type: ignore[dict-item]
        if unknown:
            raise serializers.ValidationError(unknown)
        return values

"""Serializer fields: for JSON types, without DRF's conversion from other types, and for whole documents."""

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.moments import parse_moment
from seed import LONGEST_TEXT, MOST_COUNTED


class _JSONField(serializers.Field[Any, Any, Any, Any]):
    """A field of one JSON type; values of other types are invalid."""

    json_type: type

    def to_internal_value(self, data: object) -> Any:
        if type(data) is not self.json_type:  # isinstance() takes true for an integer
            self.fail("invalid")
        return super().to_internal_value(data)


class JSONBooleanField(_JSONField, serializers.BooleanField):
    """``true`` or ``false``."""

    json_type = bool
    default_error_messages = {"invalid": "must be true or false."}


class JSONIntegerField(_JSONField, serializers.IntegerField):
    """A whole number, which JSON may write as ``5.0`` too."""

    json_type = int
    default_error_messages = {
        "invalid": "must be a whole number.",
        "min_value": "must be at least {min_value}.",
        "max_value": "must be at most {max_value}.",
    }

    def to_internal_value(self, data: object) -> int:
        if type(data) is int:  # DRF makes a text of it, and a number of that
            return data
        # Beyond that, the parser of bodies takes no number that is written as a whole one either.
        is_whole = isinstance(data, float) and data.is_integer() and abs(data) < 2**63
        return super().to_internal_value(int(cast(float, data)) if is_whole else data)

    def run_validators(self, value: int) -> None:
        # To call the validators of both bounds takes longer than all else. They only have to say what is wrong.
        low = value if self.min_value is None else self.min_value
        high = value if self.max_value is None else self.max_value
        if len(self.validators) > 2 or not low <= value <= high:
            super().run_validators(value)


class JSONStringField(_JSONField, serializers.CharField):
    """A string, which is stripped of surrounding white space."""

    json_type = str
    default_error_messages = {
        "invalid": "must be a string.",
        "blank": "must not be blank.",
        "max_length": "must have at most {max_length} characters.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, **options})

    def to_internal_value(self, data: object) -> str:
        # The API document limits the length of what is sent, before white space is stripped.
        if isinstance(data, str) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class JSONUUIDField(_JSONField, serializers.UUIDField):
    """A UUID, as a string."""

    json_type = str
    default_error_messages = {"invalid": "must be a UUID such as 0b2f8f0e-5d2b-4b7e-9d3c-6a1f0c2d4e5f."}


class JSONListField(serializers.ListField):
    """An array of at most ``max_length`` values, called ``of`` in messages; none of a longer one is looked at.

    Validation stops after ``MOST_COUNTED`` faults, as a report lists no more.
    """

    def __init__(self, *, of: str, **options: Any) -> None:
        messages: dict[str, Any] = {
            "not_a_list": f"must be an array of {of}.",
            "max_length": f"must hold at most {{max_length}} {of}.",
        }
        super().__init__(error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        values, faults, count = [], {}, 0
        for index, item in enumerate(data):
            try:
                values.append(self.child.run_validation(item))
            except serializers.ValidationError as error:
                faults[index] = error.detail
                count += len(error.detail)
            if count >= MOST_COUNTED:
                break
        if faults:
            raise serializers.ValidationError(faults)  # type: ignore[arg-type]  # keys are indexes, as in DRF
        return values


class JSONMomentField(serializers.DateTimeField):
    """An ISO-8601 datetime, in UTC if it has no offset."""

    default_error_messages = {"invalid": "must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z."}

    def to_internal_value(self, value: object) -> datetime:
        # Durations and dates alone are for queries.
        if not isinstance(value, str) or value.lstrip("+-").startswith("P") or "T" not in value:
            self.fail("invalid")
        try:
            return parse_moment(value, now=timezone.now())
        except ValueError:
            self.fail("invalid")


class AnyDocumentField(serializers.Field[Any, Any, Any, Any]):
    """A document of any shape, which ``seed`` checks."""

    def validate_empty_values(self, data: object) -> tuple[bool, Any]:
        # `seed` reports null as an invalid document, together with all other faults.
        return (True, None) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: object) -> Any:
        return data

    def to_representation(self, value: object) -> Any:
        return value


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectDocumentField(AnyDocumentField):
    """A JSON object, which ``seed`` checks."""


@extend_schema_field({})
class ShownField(AnyDocumentField):
    """A field of the details that a client may send along but not set."""

    def __init__(self) -> None:
        super().__init__(required=False, help_text="Cannot be set; may be sent along as the details show it.")


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.JSONField):
    """A JSON object, shown as it is stored."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentBodyField(serializers.Field[Any, Any, Any, Any]):
    """A JSON value; ``seed`` checks its shape."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_internal_value(self, data: object) -> Any:
        return data


class ObjectBodyField(DocumentBodyField):
    """A JSON object of any members."""

    default_error_messages = {"invalid": "must be an object."}

    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

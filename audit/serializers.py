"""The shape of a record in an answer."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.models import Record
from core.reads.serializers import RowSerializer


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"old": {}, "new": {}, "changed": {"type": "boolean"}},
            "additionalProperties": False,
        },
    }
)
class ChangesField(serializers.JSONField):
    """The changed fields, each with its old and its new value."""


class RecordSerializer(RowSerializer, serializers.ModelSerializer[Record]):
    """One change."""

    changes = ChangesField(help_text=Record._meta.get_field("changes").help_text)

    class Meta:
        model = Record
        fields = tuple(field.name for field in Record._meta.fields)

"""The shape of a record of the audit."""

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
    """Field -> what it was and is."""


class RecordSerializer(RowSerializer, serializers.ModelSerializer[Record]):
    """One change."""

    changes = ChangesField(
        help_text="The changed fields: `old` and `new`, or `changed` for documents and for settings."
    )

    class Meta:
        model = Record
        fields = (
            "id",
            "at",
            "actor",
            "door",
            "request_id",
            "command",
            "kind",
            "name",
            "version",
            "action",
            "changes",
        )
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the record; later ones are larger."},
            "at": {"help_text": "When the change was made."},
            "actor": {"help_text": "The account that made it; of a command, the system account that ran it."},
            "door": {"help_text": "The way that it came in."},
            "request_id": {"help_text": "The X-Request-ID of the request; empty for commands."},
            "command": {"help_text": "The command; empty for requests."},
            "kind": {"help_text": "What was changed."},
            "name": {"help_text": "Its name."},
            "version": {"help_text": "Its version; empty for what has none."},
            "action": {"help_text": "What was done; `followed` is a recipe type that what it holds took along."},
        }

"""The shape of an error in an answer."""

from rest_framework import serializers

from core.reads.serializers import RowSerializer
from errors.models import Error
from errors.selectors import COLUMNS


class ErrorSerializer(RowSerializer, serializers.ModelSerializer[Error]):
    """An error, whole."""

    class Meta:
        model = Error
        ref_name = "JobError"
        fields = COLUMNS
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the error."},
            "name": {"help_text": "The name, unique among the errors of its job type name."},
            "title": {"help_text": "The human readable name."},
            "description": {"help_text": "What the error means."},
            "job_type_name": {"help_text": "The job type name that declares it; null for a built-in error."},
            "category": {"help_text": "Where the cause lies: SYSTEM, ALGORITHM or DATA."},
            "is_builtin": {"help_text": "Whether the service brings the error along."},
            "should_be_retried": {"help_text": "Whether a job that failed of it may be tried again as it is."},
            "created": {"help_text": "When the error became known."},
            "last_modified": {"help_text": "When it last changed."},
        }

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

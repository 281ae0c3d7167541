"""The shape of a workspace in an answer and in a body."""

from django.db import models
from rest_framework import serializers

from core.api.bodies import BodySerializer
from core.api.fields import JSONBooleanField, JSONStringField
from core.reads.serializers import RowSerializer
from workspaces.models import Workspace


class WorkspaceSerializer(RowSerializer, serializers.ModelSerializer[Workspace]):
    """A workspace, whole."""

    class Meta:
        model = Workspace
        # By name: a column that is added one day may hold credentials.
        fields = (
            *("id", "name", "title", "description", "base_url"),
            *("is_active", "created", "deprecated", "last_modified"),
        )


class WorkspaceEditBody(BodySerializer, serializers.ModelSerializer[Workspace]):
    """The fields of a workspace that can be changed."""

    serializer_field_mapping = {models.CharField: JSONStringField, models.BooleanField: JSONBooleanField}

    class Meta:
        model = Workspace
        fields: tuple[str, ...] = ("title", "description", "base_url", "is_active")


class WorkspaceBody(WorkspaceEditBody):
    """A new workspace."""

    class Meta(WorkspaceEditBody.Meta):
        fields = (*WorkspaceEditBody.Meta.fields, "name")
        # Without DRF's query for the name: the service refuses one that is taken, even at the same moment.
        extra_kwargs = {"name": {"validators": Workspace._meta.get_field("name").validators[:1]}}

"""The shape of a workspace in an answer and in a body."""

from typing import Any

from django.db import models
from rest_framework import serializers

from core.api.bodies import ShownBodySerializer
from core.api.fields import JSONBooleanField, JSONStringField, ObjectDocumentField, ObjectField
from core.api.openapi import FindingSerializer
from core.reads.serializers import RowSerializer
from workspaces.models import Workspace


class WorkspaceSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A workspace in a list."""

    class Meta:
        model = Workspace
        # By name: a column that is added one day may hold credentials.
        fields: tuple[str, ...] = (
            *("id", "name", "title", "description", "base_url"),
            *("is_active", "created", "deprecated", "last_modified"),
        )


class WorkspaceDetailsSerializer(WorkspaceSerializer):
    """A whole workspace; of its configuration, everything but the credentials."""

    configuration = ObjectField(
        allow_null=True, help_text=Workspace._meta.get_field("configuration").help_text, read_only=True
    )

    class Meta(WorkspaceSerializer.Meta):
        fields = (*WorkspaceSerializer.Meta.fields, "configuration")


class WrittenWorkspaceSerializer(WorkspaceDetailsSerializer):
    """A workspace that was created or edited."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(WorkspaceDetailsSerializer.Meta):
        fields = (*WorkspaceDetailsSerializer.Meta.fields, "warnings")


class WorkspaceEditBody(ShownBodySerializer, serializers.ModelSerializer[Workspace]):
    """The fields of a workspace that can be changed. What else the service shows of it may come along."""

    details = WrittenWorkspaceSerializer
    serializer_field_mapping = {models.CharField: JSONStringField, models.BooleanField: JSONBooleanField}
    configuration = ObjectDocumentField(
        required=False,
        allow_null=True,
        help_text="The broker, which replaces the old one whole. Asterisks for a credential keep its value.",
    )

    class Meta:
        model = Workspace
        fields: tuple[str, ...] = ("title", "description", "base_url", "is_active", "configuration")
        extra_kwargs: dict[str, Any] = {"description": {"allow_null": True}, "base_url": {"allow_null": True}}

    def validate_description(self, description: str | None) -> str:
        return description or ""

    def validate_base_url(self, url: str | None) -> str:
        return url or ""


class WorkspaceBody(WorkspaceEditBody):
    """A new workspace. Without a name, one is made of its title."""

    class Meta(WorkspaceEditBody.Meta):
        fields = (*WorkspaceEditBody.Meta.fields, "name")
        extra_kwargs = {
            **WorkspaceEditBody.Meta.extra_kwargs,
            # Without DRF's query for the name: the service refuses one that is taken, even at the same moment.
            "name": {"required": False, "validators": Workspace._meta.get_field("name").validators[:1]},
        }

    def validate_name(self, name: str) -> str:
        if name.isdecimal() or name == "validation":
            raise serializers.ValidationError("must be no number and not 'validation', which URLs use.")
        return name

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not (fields.get("name") or fields.get("title")):
            raise serializers.ValidationError({"title": "required, unless a name is sent."}, "required")
        return fields

"""The shape of a workspace in an answer and in a body."""

from rest_framework import serializers

from core.api.bodies import BodySerializer
from core.api.fields import JSONBooleanField, JSONStringField
from core.reads.serializers import RowSerializer
from workspaces.models import Workspace


class WorkspaceSerializer(RowSerializer, serializers.ModelSerializer[Workspace]):
    """A workspace, whole."""

    class Meta:
        model = Workspace
        fields = [
            "id",
            "name",
            "title",
            "description",
            "base_url",
            "is_active",
            "created",
            "deprecated",
            "last_modified",
        ]
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the workspace."},
            "name": {"help_text": "The name that job configurations use."},
            "title": {"help_text": "The human readable name."},
            "description": {"help_text": "What the workspace is for."},
            "base_url": {"help_text": "The URL under which its files can be read; empty when there is none."},
            "is_active": {"help_text": "Whether outputs should go there."},
            "created": {"help_text": "When it was created."},
            "deprecated": {"help_text": "Since when it is inactive; null while it is active."},
            "last_modified": {"help_text": "When it last changed."},
        }


class WorkspaceEditBody(BodySerializer):
    """The fields of a workspace that can be changed."""

    title = JSONStringField(required=False, allow_blank=True, max_length=200, help_text="The human readable name.")
    description = JSONStringField(
        required=False, allow_blank=True, max_length=2000, help_text="What the workspace is for."
    )
    base_url = JSONStringField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="The URL under which its files can be read.",
    )
    is_active = JSONBooleanField(required=False, help_text="Whether outputs should go there; true by default.")


class WorkspaceBody(WorkspaceEditBody):
    """A new workspace."""

    name = JSONStringField(
        max_length=50,
        validators=Workspace._meta.get_field("name").validators[:1],
        help_text="The name that job configurations use: letters, digits, `_` and `-`.",
    )

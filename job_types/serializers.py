"""The shapes of job types and revisions in answers, and of the bodies that register and edit them."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.bodies import ShownBodySerializer
from core.api.fields import (
    AnyDocumentField,
    JSONBooleanField,
    JSONIntegerField,
    JSONStringField,
    ObjectDocumentField,
    ObjectField,
    ShownField,
)
from core.api.openapi import FindingSerializer, ReportSerializer
from core.reads.serializers import RowSerializer
from job_types import hooks
from job_types.models import LARGEST_INTEGER, MAX_DOCKER_IMAGE_LENGTH, JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS, LIST_COLUMNS, NAME_COLUMNS


def help_of(model: type[models.Model], name: str) -> str:
    """Return the help text of a field of a model."""
    field: Any = model._meta.get_field(name)
    return field.help_text


class JobTypeBriefSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A job type as other answers name it."""

    class Meta:
        model = JobType
        fields: tuple[str, ...] = BRIEF_COLUMNS
        extra_kwargs = {"id": {"help_text": "The unique identifier of the job type."}}


class JobTypeSerializer(JobTypeBriefSerializer):
    """A job type in a list."""

    class Meta(JobTypeBriefSerializer.Meta):
        fields = LIST_COLUMNS


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class StringsField(serializers.JSONField):
    """Strings in an answer."""


class JobTypeNameSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A name: all its versions, and beside them what its latest version shows."""

    versions = StringsField(read_only=True, help_text="All versions of this name, ascending.")
    latest_version = serializers.CharField(
        help_text="The version of highest semantic-version precedence, active or not."
    )

    class Meta:
        model = JobType
        fields = NAME_COLUMNS


class JobTypeDetailsSerializer(JobTypeSerializer):
    """A whole job type; of its configuration, everything but the secrets."""

    manifest = ObjectField(help_text=help_of(JobType, "manifest"))
    configuration = ObjectField(help_text=help_of(JobType, "configuration"))
    recipe_types = hooks.recipes.serializer(
        many=True, help_text="The recipe types that the job type is a member of."
    )

    class Meta(JobTypeSerializer.Meta):
        fields = (*LIST_COLUMNS, "docker_image_digest", "manifest", "configuration", "recipe_types")


class RegisteredSerializer(JobTypeDetailsSerializer):
    """A job type that was registered."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(JobTypeDetailsSerializer.Meta):
        fields = (*JobTypeDetailsSerializer.Meta.fields, "warnings")


class JobTypeRevisionSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A revision in a list."""

    job_type = JobTypeBriefSerializer(read_only=True, help_text=help_of(JobTypeRevision, "job_type"))

    class Meta:
        model = JobTypeRevision
        fields: tuple[str, ...] = ("id", "job_type", "revision_num", "docker_image", "created")
        extra_kwargs = {"id": {"help_text": "The unique identifier of the revision."}}


class JobTypeRevisionDetailsSerializer(JobTypeRevisionSerializer):
    """A whole revision."""

    manifest = ObjectField(help_text=help_of(JobTypeRevision, "manifest"))

    class Meta(JobTypeRevisionSerializer.Meta):
        fields = (*JobTypeRevisionSerializer.Meta.fields, "docker_image_digest", "manifest")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "object", "additionalProperties": True},
            {"type": "string", "contentMediaType": "application/json"},
        ]
    }
)
class ManifestField(AnyDocumentField):
    """A Seed manifest: a JSON object, or a string that holds one."""


_MANIFEST_HELP = "The Seed manifest: a JSON object, or a string that holds one, as a Docker label does."
_CONFIGURATION_HELP = (
    "The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, "
    "null removes it."
)


class JobTypeBody(ShownBodySerializer, serializers.ModelSerializer[Any]):
    """What a client sets of a job type, to register or to edit it. What else the service shows may come along."""

    details = RegisteredSerializer
    serializer_field_mapping = {
        models.BooleanField: JSONBooleanField,
        models.CharField: JSONStringField,
        models.PositiveIntegerField: JSONIntegerField,
    }
    configuration = ObjectDocumentField(required=False, help_text=_CONFIGURATION_HELP)
    manifest = ManifestField(required=False, help_text=_MANIFEST_HELP)
    auto_update = JSONBooleanField(
        required=False, help_text="Whether recipe types that contain the job type follow to its new revision."
    )

    class Meta:
        model = JobType
        fields = (
            "icon_code",
            "is_published",
            "is_active",
            "is_paused",
            "max_scheduled",
            "docker_image",
            "configuration",
            "manifest",
            "auto_update",
        )
        extra_kwargs: dict[str, Any] = {
            "max_scheduled": {"min_value": 1, "max_value": LARGEST_INTEGER},
            "docker_image": {"required": False},
        }
        validators: list[Any] = []  # the services know which names and versions exist

    def validate_icon_code(self, code: str | None) -> str | None:
        return code or None


class ValidationBody(JobTypeBody):
    """A Seed image to validate: what a registration takes, of which the manifest alone is required."""

    manifest = ManifestField(help_text=_MANIFEST_HELP)


class RegistrationBody(ValidationBody):
    """A Seed image to register. What else this or another installation shows of a job type is let pass."""

    class Meta(JobTypeBody.Meta):
        extra_kwargs = {"max_scheduled": JobTypeBody.Meta.extra_kwargs["max_scheduled"]}


class ImportBody(JobTypeBody):
    """A Seed image to import from its registry: what a registration takes beside the manifest, which it has."""

    manifest = None
    image = JSONStringField(
        max_length=MAX_DOCKER_IMAGE_LENGTH,
        help_text="The reference of the image, such as `registry.example.com/team/my-job-1.0.0-seed:1.0.0`.",
    )
    dry_run = JSONBooleanField(
        required=False, help_text="Whether to answer what the validation answers, and to register nothing."
    )

    class Meta(JobTypeBody.Meta):
        fields = (
            *("image", "icon_code", "is_published", "is_active", "is_paused", "max_scheduled"),
            *("configuration", "auto_update", "dry_run"),
        )
        extra_kwargs = {"max_scheduled": JobTypeBody.Meta.extra_kwargs["max_scheduled"]}

    def get_fields(self) -> dict[str, Any]:
        # A manifest beside that of the image would be let pass, and mean nothing.
        return {name: field for name, field in super().get_fields().items() if not isinstance(field, ShownField)}


class EditBody(JobTypeBody):
    """The changes to a job type. What else the service showed of it may come along, as it was shown."""


class EditedSerializer(ReportSerializer):
    """The outcome of an edit."""

    name = serializers.CharField(help_text="The name of the job type.")
    version = serializers.CharField(help_text="The version of the job type.")
    revision_num = serializers.IntegerField(help_text="The number of its current revision, after the edit.")

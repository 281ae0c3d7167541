"""The shapes of job types and revisions in answers, and of the bodies that register and edit them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.bodies import BodySerializer, EditBodySerializer
from core.api.fields import (
    AnyDocumentField,
    JSONBooleanField,
    JSONIntegerField,
    JSONStringField,
    ObjectField,
    ShownField,
)
from core.api.openapi import ReportSerializer
from core.reads.serializers import RowSerializer
from job_types import hooks
from job_types.models import (
    LARGEST_INTEGER,
    MAX_DOCKER_IMAGE_LENGTH,
    MAX_ICON_CODE_LENGTH,
    JobType,
    JobTypeRevision,
)
from job_types.querysets import BRIEF_COLUMNS, LIST_COLUMNS, NAME_COLUMNS

_HELP = {
    "id": "The unique identifier of the job type.",
    "name": "The name of the job type, `job.name` of its manifest.",
    "version": "The version of the job type, `job.jobVersion` of its manifest.",
    "title": "The human readable display name, from the current manifest.",
    "description": "A longer description, from the current manifest.",
    "is_active": "Whether the job type is active; a deprecated one is not.",
    "is_paused": "Whether the job type is paused: while it is, none of its jobs leaves the queue.",
    "is_published": "Whether the job type publishes its output.",
    "is_system": "Whether the system itself brought the job type along.",
    "icon_code": "The Font Awesome code of the icon that stands for the job type; null when there is none.",
    "unmet_resources": "The resources it requires that nobody offers, comma-separated; null when none is unmet.",
    "max_scheduled": "How many of its jobs may run at the same time; null for no limit.",
    "max_tries": "How often a job is tried.",
    "revision_num": "The number of the current revision, which is how many there are.",
    "docker_image": "The Docker image that holds the algorithm.",
    "created": "When the job type was registered.",
    "deprecated": "When it was deprecated; null while it is active.",
    "paused": "When it was paused; null while it is not.",
    "last_modified": "When it last changed.",
}
_HELP_TEXTS = {name: {"help_text": text} for name, text in _HELP.items()}


class JobTypeBriefSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A job type as other answers name it."""

    class Meta:
        model = JobType
        fields = BRIEF_COLUMNS
        extra_kwargs = _HELP_TEXTS


class JobTypeSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A job type in a list."""

    class Meta:
        model = JobType
        fields: tuple[str, ...] = LIST_COLUMNS
        extra_kwargs = _HELP_TEXTS


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
        extra_kwargs = _HELP_TEXTS


class JobTypeDetailsSerializer(JobTypeSerializer):
    """A job type, whole; of its configuration everything but the secrets."""

    manifest = ObjectField(help_text="The current Seed manifest, as it was sent.")
    configuration = ObjectField(help_text="The job configuration, without the values of secret settings.")
    recipe_types = hooks.recipes.serializer(
        many=True, help_text="The recipe types that the job type is a member of."
    )

    class Meta(JobTypeSerializer.Meta):
        fields = (*LIST_COLUMNS, "manifest", "configuration", "recipe_types")


class JobTypeRevisionSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A revision in a list."""

    job_type = JobTypeBriefSerializer(read_only=True, help_text="The job type, as it is now.")

    class Meta:
        model = JobTypeRevision
        fields: tuple[str, ...] = ("id", "job_type", "revision_num", "docker_image", "created")
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the revision."},
            "revision_num": {"help_text": "The number of the revision, from 1."},
            "docker_image": {"help_text": "The Docker image as it was then."},
            "created": {"help_text": "When the revision was made."},
        }


class JobTypeRevisionDetailsSerializer(JobTypeRevisionSerializer):
    """A revision, whole."""

    manifest = ObjectField(help_text="The Seed manifest as it was then.")

    class Meta(JobTypeRevisionSerializer.Meta):
        fields = (*JobTypeRevisionSerializer.Meta.fields, "manifest")


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


@extend_schema_field({"type": "object", "additionalProperties": True})
class ConfigurationField(AnyDocumentField):
    """A job configuration: a JSON object."""


_MANIFEST_HELP = "The Seed manifest: a JSON object, or a string that holds one, as a Docker label does."
_CONFIGURATION_HELP = (
    "The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, "
    "null removes it."
)


class ValidationBody(BodySerializer):
    """Documents to validate."""

    manifest = ManifestField(help_text=_MANIFEST_HELP)
    configuration = ConfigurationField(required=False, help_text="The job configuration.")


class JobTypeBody(BodySerializer):
    """What is said of a job type to register or edit it."""

    icon_code = JSONStringField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=MAX_ICON_CODE_LENGTH,
        help_text="A Font Awesome icon code.",
    )
    is_published = JSONBooleanField(required=False, help_text="Whether the job type publishes its output.")
    is_active = JSONBooleanField(required=False, help_text="False deprecates the job type, true activates it.")
    is_paused = JSONBooleanField(required=False, help_text="True pauses the job type, false resumes it.")
    max_scheduled = JSONIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text="How many of its jobs may run at the same time; null for no limit.",
    )
    docker_image = JSONStringField(
        required=False,
        max_length=MAX_DOCKER_IMAGE_LENGTH,
        help_text="The Docker image that holds the algorithm.",
    )
    configuration = ConfigurationField(required=False, help_text=_CONFIGURATION_HELP)
    manifest = ManifestField(required=False, help_text=_MANIFEST_HELP)
    auto_update = JSONBooleanField(
        required=False, help_text="Whether recipe types that contain the job type follow to its new revision."
    )

    def validate_icon_code(self, code: str | None) -> str | None:
        return code or None


class RegistrationBody(JobTypeBody):
    """A Seed image to register."""

    docker_image = JSONStringField(
        max_length=MAX_DOCKER_IMAGE_LENGTH, help_text="The Docker image that holds the algorithm."
    )
    manifest = ManifestField(help_text=_MANIFEST_HELP)


class EditBody(JobTypeBody, EditBodySerializer):
    """The changes to a job type. What else the details show may come along, as it was shown."""

    id = ShownField()
    name = ShownField()
    version = ShownField()
    title = ShownField()
    description = ShownField()
    is_system = ShownField()
    unmet_resources = ShownField()
    max_tries = ShownField()
    revision_num = ShownField()
    recipe_types = ShownField()
    created = ShownField()
    deprecated = ShownField()
    paused = ShownField()
    last_modified = ShownField()


class EditedSerializer(ReportSerializer):
    """What came of an edit."""

    name = serializers.CharField(help_text="The name of the job type.")
    version = serializers.CharField(help_text="The version of the job type.")
    revision_num = serializers.IntegerField(help_text="The number of its current revision, after the edit.")

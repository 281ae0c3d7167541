"""The shapes of job types and revisions in answers, and of the bodies that register and edit them."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
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
from seed import KINDS, MOST_CHANGES


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
    findings = FindingSerializer(many=True, help_text=help_of(JobType, "findings"))
    recipe_types = hooks.recipes.serializer(
        many=True, help_text="The recipe types that the job type is a member of."
    )

    class Meta(JobTypeSerializer.Meta):
        fields = (*LIST_COLUMNS, "docker_image_digest", "manifest", "configuration", "findings", "recipe_types")


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


class ComparedRevisionSerializer(JobTypeRevisionSerializer):
    """One of the revisions that are compared."""

    class Meta(JobTypeRevisionSerializer.Meta):
        fields = (*JobTypeRevisionSerializer.Meta.fields, "docker_image_digest")


@extend_schema_field({})
class ValueField(serializers.JSONField):
    """Any JSON value in an answer."""


class ChangeSerializer(RowSerializer):
    """A value that differs."""

    kind = serializers.ChoiceField(KINDS, help_text="What became of it.")
    old_path = serializers.CharField(
        allow_null=True, help_text="Where it was: a JSON Pointer into the old revision; null for what was added."
    )
    new_path = serializers.CharField(
        allow_null=True, help_text="Where it is: a JSON Pointer into the new revision; null for what was removed."
    )
    old = ValueField(help_text="What it was; null for what was added.")
    new = ValueField(help_text="What it is; null for what was removed.")


class InterfaceChangeSerializer(RowSerializer):
    """An input or output that is gone, new, or another one."""

    kind = serializers.ChoiceField(KINDS, help_text="What became of it.")
    of = serializers.ChoiceField(["input", "output"], help_text="What it is.")
    name = serializers.CharField(help_text="Its name.")
    breaks = serializers.BooleanField(
        help_text="Whether recipes that use it cannot go on as they are; for a new input, all of the job type."
    )
    description = serializers.CharField(help_text="The same as a sentence.")


class EffectSerializer(RowSerializer):
    """A recipe type that holds the job type of the old revision."""

    id = serializers.IntegerField(help_text="The unique identifier of the recipe type.")
    name = serializers.CharField(help_text="The name of the recipe type.")
    title = serializers.CharField(help_text="Its title.")
    revision_num = serializers.IntegerField(help_text="The number of its revision, which was looked at.")
    breaks = serializers.BooleanField(help_text="Whether it would be wrong with the new revision.")
    reasons = FindingSerializer(many=True, help_text="What would be wrong, as its validation says it.")


@extend_schema_serializer(many=False)
class DifferenceSerializer(RowSerializer):
    """How two revisions differ."""

    old = ComparedRevisionSerializer(help_text="The revision of `from`.")
    new = ComparedRevisionSerializer(help_text="The revision of `to`.")
    changes = ChangeSerializer(
        many=True,
        help_text=f"The values that differ, at most {MOST_CHANGES:,}. Inputs, outputs, mounts, settings and "
        "resources are matched by their names and errors by their codes, in any order; any other array is one "
        "value.",
    )
    is_complete = serializers.BooleanField(help_text="Whether there are no more changes.")
    interface = InterfaceChangeSerializer(many=True, help_text="What became of the inputs and outputs.")
    recipe_types = EffectSerializer(
        many=True, help_text="The active recipe types that hold the job type of the old revision, by name."
    )
    unchecked_recipe_types = StringsField(
        help_text="The names of those that are too many, or too large, to be looked at."
    )


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

    manifest = None  # type: ignore[assignment]  # DRF's way to leave out a field of the base
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

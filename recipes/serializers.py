"""The shapes of recipe types and revisions in answers, and of the bodies that register and edit them."""

from functools import partial
from typing import Any

from django.db import models
from rest_framework import serializers

from core.api.bodies import ShownBodySerializer
from core.api.fields import JSONBooleanField, JSONStringField, ObjectDocumentField, ObjectField
from core.api.openapi import FindingSerializer, ReportSerializer
from core.reads.serializers import RowSerializer
from job_types.models import JobType
from job_types.serializers import JobTypeDetailsSerializer, StringsField, help_of
from recipes.members import MemberRecipeTypeSerializer
from recipes.models import MAX_NAME_LENGTH, RESERVED_NAME, RecipeType, RecipeTypeRevision


class JobTypeKeySerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """The name and version of a job type."""

    class Meta:
        model = JobType
        fields = ("name", "version")


class RecipeTypeSerializer(MemberRecipeTypeSerializer):
    """A recipe type in a list."""

    job_types = JobTypeKeySerializer(many=True, help_text=help_of(RecipeType, "job_types"))
    sub_recipe_types = StringsField(help_text="The names of the recipe types that its nodes run, as they are now.")

    class Meta(MemberRecipeTypeSerializer.Meta):
        fields = (*MemberRecipeTypeSerializer.Meta.fields, "job_types", "sub_recipe_types")


class RecipeTypeDetailsSerializer(MemberRecipeTypeSerializer):
    """A whole recipe type."""

    definition = ObjectField(help_text=help_of(RecipeType, "definition"))
    findings = FindingSerializer(many=True, help_text=help_of(RecipeType, "findings"))
    job_types = JobTypeDetailsSerializer(many=True, help_text=help_of(RecipeType, "job_types"))
    sub_recipe_types = MemberRecipeTypeSerializer(many=True, help_text=help_of(RecipeType, "sub_recipe_types"))
    super_recipe_types = MemberRecipeTypeSerializer(
        many=True, help_text="The recipe types whose nodes run this one, as they are now."
    )

    class Meta(MemberRecipeTypeSerializer.Meta):
        fields = (
            *MemberRecipeTypeSerializer.Meta.fields,
            "definition",
            "findings",
            "job_types",
            "sub_recipe_types",
            "super_recipe_types",
        )


class RegisteredRecipeTypeSerializer(RecipeTypeDetailsSerializer):
    """A recipe type that was registered."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(RecipeTypeDetailsSerializer.Meta):
        fields = (*RecipeTypeDetailsSerializer.Meta.fields, "warnings")


class RecipeTypeRevisionSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A revision in a list."""

    recipe_type = MemberRecipeTypeSerializer(read_only=True, help_text=help_of(RecipeTypeRevision, "recipe_type"))

    class Meta:
        model = RecipeTypeRevision
        fields: tuple[str, ...] = ("id", "recipe_type", "revision_num", "created")
        extra_kwargs = {"id": {"help_text": "The unique identifier of the revision."}}


class RecipeTypeRevisionDetailsSerializer(RecipeTypeRevisionSerializer):
    """A whole revision."""

    definition = ObjectField(help_text=help_of(RecipeTypeRevision, "definition"))

    class Meta(RecipeTypeRevisionSerializer.Meta):
        fields = (*RecipeTypeRevisionSerializer.Meta.fields, "definition")


_DefinitionField = partial(ObjectDocumentField, help_text=help_of(RecipeType, "definition"))


class _NameField(JSONStringField):
    default_error_messages = {
        "pattern": "must be of the letters a-z and A-Z, digits, '_' and '-', and not 'validation'."
    }

    def __init__(self, **options: Any) -> None:
        help_text = f"{help_of(RecipeType, 'name')} It is made of the title where it is absent."
        super().__init__(max_length=MAX_NAME_LENGTH, help_text=help_text, **options)

    def to_internal_value(self, data: object) -> str:
        name = super().to_internal_value(data)
        if name == RESERVED_NAME or not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
            self.fail("pattern")
        return name


class RecipeTypeBody(ShownBodySerializer, serializers.ModelSerializer[Any]):
    """What a client sets of a recipe type. What else the service showed of it may come along."""

    serializer_field_mapping = {models.BooleanField: JSONBooleanField, models.TextField: JSONStringField}
    details = RegisteredRecipeTypeSerializer
    definition = _DefinitionField(required=False)
    auto_update = JSONBooleanField(
        required=False, help_text="Whether recipe types that contain it follow to its new revision."
    )

    class Meta:
        model = RecipeType
        fields: tuple[str, ...] = ("title", "description", "definition", "is_active", "auto_update")
        extra_kwargs = {name: {"allow_null": True} for name in ("title", "description")}

    def validate_title(self, title: str | None) -> str:
        return title or ""

    def validate_description(self, description: str | None) -> str:
        return description or ""


class RecipeTypeRegistrationBody(RecipeTypeBody):
    """A recipe type to register, or to validate."""

    name = _NameField(required=False)
    definition = _DefinitionField()

    class Meta(RecipeTypeBody.Meta):
        fields = (*RecipeTypeBody.Meta.fields, "name")


class RecipeTypeEditBody(RecipeTypeBody):
    """The changes to a recipe type."""


class CheckedRecipeTypeSerializer(ReportSerializer):
    """What was found in a recipe type."""

    diff = ObjectField(
        help_text="What the definition that was sent changes of the current one, node by node; empty if none was "
        "sent, if there is none yet, or if there are errors."
    )


class EditedRecipeTypeSerializer(CheckedRecipeTypeSerializer):
    """The outcome of an edit."""

    name = serializers.CharField(help_text="The name of the recipe type.")
    revision_num = serializers.IntegerField(help_text="The number of its current revision, after the edit.")

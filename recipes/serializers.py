"""The shapes of recipe types and revisions in answers, and of the bodies that register and edit them."""

from functools import partial
from typing import Any

from django.db import models
from rest_framework import serializers

from core.api.bodies import BodySerializer, ShownBodySerializer
from core.api.fields import JSONBooleanField, JSONStringField, ObjectDocumentField, ObjectField
from core.api.openapi import ReportSerializer
from core.reads.serializers import RowSerializer
from job_types.serializers import JobTypeBriefSerializer, help_of
from recipes.members import MemberRecipeTypeSerializer
from recipes.models import MAX_NAME_LENGTH, RecipeType, RecipeTypeRevision


class RecipeTypeSerializer(MemberRecipeTypeSerializer):
    """A recipe type in a list."""


class RecipeTypeDetailsSerializer(RecipeTypeSerializer):
    """A whole recipe type."""

    definition = ObjectField(help_text=help_of(RecipeType, "definition"))
    job_types = JobTypeBriefSerializer(many=True, help_text=help_of(RecipeType, "job_types"))

    class Meta(RecipeTypeSerializer.Meta):
        fields = (*RecipeTypeSerializer.Meta.fields, "definition", "job_types")


class RecipeTypeRevisionSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A revision in a list."""

    recipe_type = RecipeTypeSerializer(read_only=True, help_text=help_of(RecipeTypeRevision, "recipe_type"))

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
        super().__init__(max_length=MAX_NAME_LENGTH, help_text=help_of(RecipeType, "name"), **options)

    def to_internal_value(self, data: object) -> str:
        name = super().to_internal_value(data)
        if name == "validation" or not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
            self.fail("pattern")
        return name


class RecipeTypeBody(BodySerializer, serializers.ModelSerializer[Any]):
    """What a client sets of a recipe type, to register or to edit it."""

    serializer_field_mapping = {models.BooleanField: JSONBooleanField, models.TextField: JSONStringField}
    definition = _DefinitionField(required=False)
    auto_update = JSONBooleanField(
        required=False, help_text="Whether recipe types that contain it follow to its new revision."
    )

    class Meta:
        model = RecipeType
        fields: tuple[str, ...] = ("title", "description", "definition", "is_active", "auto_update")


class RecipeTypeRegistrationBody(RecipeTypeBody):
    """A recipe type to register."""

    name = _NameField()
    definition = _DefinitionField()

    class Meta(RecipeTypeBody.Meta):
        fields = (*RecipeTypeBody.Meta.fields, "name")


class DefinitionBody(BodySerializer):
    """A definition to validate."""

    name = _NameField(required=False)
    definition = _DefinitionField()


class RecipeTypeEditBody(RecipeTypeBody, ShownBodySerializer):
    """The changes to a recipe type. What else the details show may come along, as it was shown."""

    details = RecipeTypeDetailsSerializer


class EditedRecipeTypeSerializer(ReportSerializer):
    """The outcome of an edit."""

    name = serializers.CharField(help_text="The name of the recipe type.")
    revision_num = serializers.IntegerField(help_text="The number of its current revision, after the edit.")

"""The shapes of recipe types and revisions in answers, and of the bodies that register and edit them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.bodies import BodySerializer, EditBodySerializer
from core.api.fields import AnyDocumentField, JSONBooleanField, JSONStringField, ObjectField, ShownField
from core.api.openapi import ReportSerializer
from core.reads.serializers import RowSerializer
from job_types.serializers import JobTypeBriefSerializer
from recipes.members import MemberRecipeTypeSerializer
from recipes.models import MAX_NAME_LENGTH, RecipeTypeRevision

_DEFINITION_HELP = "The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."


class RecipeTypeSerializer(MemberRecipeTypeSerializer):
    """A recipe type in a list."""


class RecipeTypeDetailsSerializer(RecipeTypeSerializer):
    """A recipe type, whole."""

    definition = ObjectField(help_text=_DEFINITION_HELP)
    job_types = JobTypeBriefSerializer(many=True, help_text="The job types that its nodes run, as they are now.")


class RecipeTypeRevisionSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A revision in a list."""

    recipe_type = RecipeTypeSerializer(read_only=True, help_text="The recipe type, as it is now.")

    class Meta:
        model = RecipeTypeRevision
        fields: tuple[str, ...] = ("id", "recipe_type", "revision_num", "created")
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the revision."},
            "revision_num": {"help_text": "The number of the revision, from 1."},
            "created": {"help_text": "When the revision was made."},
        }


class RecipeTypeRevisionDetailsSerializer(RecipeTypeRevisionSerializer):
    """A revision, whole."""

    definition = ObjectField(help_text="The definition as it was then.")

    class Meta(RecipeTypeRevisionSerializer.Meta):
        fields = (*RecipeTypeRevisionSerializer.Meta.fields, "definition")


@extend_schema_field({"type": "object", "additionalProperties": True})
class DefinitionField(AnyDocumentField):
    """A definition of any shape: what is right about it is for `seed` to say."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text=_DEFINITION_HELP, **options)


class _NameField(JSONStringField):
    default_error_messages = {
        "pattern": "must be of the letters a-z and A-Z, digits, '_' and '-', and not 'validation'."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_NAME_LENGTH, help_text="The name, which is for good.", **options)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name == "validation" or not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
            self.fail("pattern")
        return name


class RecipeTypeBody(BodySerializer):
    """What is said of a recipe type to register or edit it."""

    title = JSONStringField(required=False, allow_blank=True, help_text="The human readable display name.")
    description = JSONStringField(required=False, allow_blank=True, help_text="A longer description.")
    definition = DefinitionField(required=False)
    is_active = JSONBooleanField(required=False, help_text="False deprecates the recipe type, true activates it.")
    auto_update = JSONBooleanField(
        required=False, help_text="Whether recipe types that contain it follow to its new revision."
    )


class RecipeTypeRegistrationBody(RecipeTypeBody):
    """A recipe type to register."""

    name = _NameField()
    definition = DefinitionField()


class DefinitionBody(BodySerializer):
    """A definition to validate."""

    name = _NameField(required=False)
    definition = DefinitionField()


class RecipeTypeEditBody(RecipeTypeBody, EditBodySerializer):
    """The changes to a recipe type. What else the details show may come along, as it was shown."""

    id = ShownField()
    name = ShownField()
    is_system = ShownField()
    revision_num = ShownField()
    created = ShownField()
    deprecated = ShownField()
    last_modified = ShownField()
    job_types = ShownField()


class EditedRecipeTypeSerializer(ReportSerializer):
    """What came of an edit."""

    name = serializers.CharField(help_text="The name of the recipe type.")
    revision_num = serializers.IntegerField(help_text="The number of its current revision, after the edit.")

"""The shapes of files in answers and in bodies."""

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.bodies import BodySerializer, ShownBodySerializer
from core.api.fields import (
    JSONBooleanField,
    JSONIntegerField,
    JSONMomentField,
    JSONStringField,
    JSONUUIDField,
    ObjectBodyField,
    ObjectField,
)
from core.api.openapi import FindingSerializer
from core.reads.serializers import RowSerializer
from files.models import DIGEST_LENGTH, File
from files.paths import LONGEST_PATH, fault_of_path
from files.rows import FILE_TYPES
from workspaces.models import Workspace

LARGEST_SIZE = 2**63 - 1
_DIGEST = rf"\A[0-9a-fA-F]{{{DIGEST_LENGTH}}}\Z"


def _help(name: str) -> str:
    """Return the help text of a column of files."""
    column: Any = File._meta.get_field(name)
    return column.help_text


class WorkspaceOfFileSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A workspace, as files show it."""

    class Meta:
        model = Workspace
        fields = ("id", "name")


class JobTypeOfFileSerializer(RowSerializer):
    """The job type of the job that made a file, as it is now."""

    id = serializers.IntegerField(help_text="The unique identifier of the job type.")
    name = serializers.CharField(help_text="Its name.")
    version = serializers.CharField(help_text="Its version.")
    title = serializers.CharField(help_text="Its title.")
    description = serializers.CharField(help_text="What it does.")
    is_active = serializers.BooleanField(help_text="Whether it takes jobs; if not, it is deprecated.")
    is_paused = serializers.BooleanField(help_text="Whether its jobs wait.")
    is_published = serializers.BooleanField(help_text="Whether its outputs are published.")
    is_system = serializers.BooleanField(help_text="Whether it belongs to Scale itself.")
    icon_code = serializers.CharField(allow_null=True, help_text="The code of its icon; null for none.")
    unmet_resources = serializers.CharField(
        allow_null=True, help_text="What its queued jobs require and no node has; null if it is nothing."
    )


class JobOfFileSerializer(RowSerializer):
    """The job that made a file."""

    id = serializers.IntegerField(help_text="The unique identifier of the job.")


class TryOfFileSerializer(RowSerializer):
    """The try that made a file."""

    id = serializers.IntegerField(allow_null=True, help_text="The unique identifier of the try.")
    exe_num = serializers.IntegerField(help_text=_help("exe_num"))


@extend_schema_field({"type": "string", "format": "uuid"})
class _UuidField(serializers.CharField):
    """A UUID, which rows have as a string."""


class FileSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A file in a list."""

    uuid = _UuidField(help_text=_help("uuid"))
    workspace = WorkspaceOfFileSerializer(help_text=_help("workspace"))
    file_type = serializers.ChoiceField(
        choices=FILE_TYPES, help_text="PRODUCT if a job made it, else SOURCE, which somebody registered."
    )
    url = serializers.CharField(
        allow_null=True, help_text="Where it can be read; null if its workspace has no `base_url`."
    )
    job_type = JobTypeOfFileSerializer(allow_null=True, help_text="The job type of its job; null for a source.")
    job = JobOfFileSerializer(allow_null=True, help_text=_help("job"))
    job_exe = TryOfFileSerializer(allow_null=True, help_text="The try that made it; null for a source.")
    job_output = serializers.CharField(
        allow_null=True, help_text="The output of the manifest that it is of; null for a source."
    )
    data_type_tags = serializers.ListField(
        child=serializers.CharField(), help_text="Tags of what it holds; empty, as there are none yet."
    )
    source_started = serializers.DateTimeField(allow_null=True, help_text="When its source data begin; null.")
    source_ended = serializers.DateTimeField(allow_null=True, help_text="When its source data end; null.")
    source_sensor_class = serializers.CharField(
        allow_null=True, help_text="The class of sensor that took its source data; null."
    )
    source_sensor = serializers.CharField(allow_null=True, help_text="The sensor that took them; null.")
    source_collection = serializers.CharField(allow_null=True, help_text="Their collection; null.")
    source_task = serializers.CharField(allow_null=True, help_text="Their task; null.")
    geometry = serializers.CharField(allow_null=True, help_text="The place that it shows; null, see `meta_data`.")
    center_point = serializers.CharField(allow_null=True, help_text="The middle of that place; null.")
    countries = serializers.ListField(
        child=serializers.CharField(), help_text="The countries that it shows; empty, as none are known yet."
    )
    recipe_type = ObjectField(allow_null=True, help_text="The recipe type of its recipe; null.")
    recipe = ObjectField(allow_null=True, help_text="The recipe that its job is part of; null, as none runs yet.")
    recipe_node = serializers.CharField(allow_null=True, help_text="The node of that recipe; null.")
    batch = ObjectField(allow_null=True, help_text="The batch of its job; null, as there are none yet.")
    is_superseded = serializers.BooleanField(help_text="Whether another file replaced it; false, as none does yet.")
    superseded = serializers.DateTimeField(allow_null=True, help_text="When another file replaced it; null.")

    class Meta:
        model = File
        fields: tuple[str, ...] = (
            *("id", "uuid", "file_name", "workspace", "data_type_tags", "media_type", "file_type", "file_size"),
            *("sha256", "file_path", "is_deleted", "url", "created", "deleted", "data_started", "data_ended"),
            *("source_started", "source_ended", "source_sensor_class", "source_sensor", "source_collection"),
            *("source_task", "last_modified", "geometry", "center_point", "countries", "job_type", "job"),
            *(
                "job_exe",
                "job_output",
                "recipe_type",
                "recipe",
                "recipe_node",
                "batch",
                "is_superseded",
                "superseded",
            ),
        )
        extra_kwargs = {"id": {"help_text": "The unique identifier of the file."}}


class FileDetailsSerializer(FileSerializer):
    """A whole file."""

    meta_data = ObjectField(help_text=_help("meta_data"))

    class Meta(FileSerializer.Meta):
        fields = (*FileSerializer.Meta.fields, "meta_data")


class RegisteredFileSerializer(FileDetailsSerializer):
    """A file that was registered."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(FileDetailsSerializer.Meta):
        fields = (*FileDetailsSerializer.Meta.fields, "warnings")


class _KnownBody(BodySerializer):
    """What is known of a file beside what it is."""

    media_type = JSONStringField(required=False, allow_blank=True, max_length=250, help_text=_help("media_type"))
    data_started = JSONMomentField(required=False, allow_null=True, help_text=_help("data_started"))
    data_ended = JSONMomentField(required=False, allow_null=True, help_text=_help("data_ended"))
    meta_data = ObjectBodyField(help_text=_help("meta_data"))


class FileBody(ShownBodySerializer, _KnownBody):
    """What can be changed of a file. What else the service shows of it may come along."""

    details = RegisteredFileSerializer
    is_deleted = JSONBooleanField(required=False, help_text=_help("is_deleted"))


class NewFileBody(_KnownBody):
    """A file that lies in a workspace."""

    workspace = JSONStringField(max_length=50, help_text="The name of the workspace that it lies in.")
    file_path = JSONStringField(
        trim_whitespace=False,
        max_length=LONGEST_PATH,
        help_text=f"{_help('file_path')} Such as `in/scene.tif`: relative, no part of it is empty, `.` or `..`.",
    )
    file_name = JSONStringField(
        required=False, trim_whitespace=False, help_text="Its name; by default the last part of its path."
    )
    file_size = JSONIntegerField(min_value=0, max_value=LARGEST_SIZE, help_text=_help("file_size"))
    sha256 = JSONStringField(
        required=False,
        trim_whitespace=False,
        validators=[RegexValidator(_DIGEST, f"must have {DIGEST_LENGTH} hexadecimal digits.")],
        help_text="The SHA-256 digest of what it holds, in hexadecimal.",
    )
    uuid = JSONUUIDField(required=False, help_text="Its universally unique id; by default one is made.")

    def validate_file_path(self, path: str) -> str:
        if fault := fault_of_path(path):
            raise serializers.ValidationError(fault)
        return path

    def validate_sha256(self, digest: str) -> str:
        return digest.lower()

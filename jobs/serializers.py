"""The shapes of jobs and of the status services in answers, and of the bodies that create and change jobs."""

from functools import partial
from typing import Any

from django_filters import Filter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.bodies import BodySerializer
from core.api.fields import (
    JSONBooleanField,
    JSONIntegerField,
    JSONListField,
    JSONMomentField,
    JSONStringField,
    ObjectField,
)
from core.api.filters import LARGEST_ID, RepeatedFilter
from core.api.openapi import FindingSerializer
from core.reads.serializers import RowSerializer
from errors.models import Category
from errors.serializers import ErrorSerializer
from job_types.models import LARGEST_INTEGER, JobType, JobTypeRevision
from job_types.serializers import JobTypeBriefSerializer, JobTypeRevisionSerializer, help_of
from jobs.claims import MOST_CLAIMED
from jobs.filters import JobSelectionFilterSet
from jobs.models import MAX_NODE_LENGTH, Job
from jobs.querysets import DOCUMENTS
from jobs.selectors import LIST_COLUMNS
from jobs.services import MOST_AT_ONCE
from jobs.states import Status
from jobs.transitions import MOST_CHANGES, OUTCOMES
from seed import overlay_configuration

_help = partial(help_of, Job)
_WHOLE: dict[str, Any] = {"required": False, "min_value": 1, "max_value": LARGEST_INTEGER}


class RevisionBriefSerializer(RowSerializer, serializers.ModelSerializer[JobTypeRevision]):
    """A revision of a job type, as jobs show it."""

    class Meta:
        model = JobTypeRevision
        fields = ("id", "revision_num", "docker_image")
        extra_kwargs = {
            **JobTypeRevisionSerializer.Meta.extra_kwargs,
            "docker_image": {"help_text": help_of(JobType, "docker_image")},
        }


class JobSerializer(RowSerializer, serializers.ModelSerializer[Job]):
    """A job in a list."""

    job_type = JobTypeBriefSerializer(help_text=_help("job_type"))
    job_type_rev = RevisionBriefSerializer(help_text=_help("job_type_rev"))
    error = ErrorSerializer(allow_null=True, help_text=_help("error"))

    class Meta:
        model = Job
        fields: tuple[str, ...] = ("id", "job_type", "job_type_rev", "error", *LIST_COLUMNS[1:])
        extra_kwargs = {"id": {"help_text": "The unique identifier of the job."}}


class JobDetailsSerializer(JobSerializer):
    """A job, whole."""

    input = ObjectField(help_text=_help("input"))
    output = ObjectField(help_text=_help("output"))
    configuration = ObjectField(help_text=_help("configuration"))

    class Meta(JobSerializer.Meta):
        fields = (*JobSerializer.Meta.fields, *DOCUMENTS)


class CreatedJobSerializer(JobDetailsSerializer):
    """A job that was created."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(JobDetailsSerializer.Meta):
        fields = (*JobDetailsSerializer.Meta.fields, "warnings")


class ClaimedJobSerializer(RowSerializer, serializers.ModelSerializer[Job]):
    """A job, for the node that is to run it."""

    job_type = JobTypeBriefSerializer(help_text=_help("job_type"))
    job_type_rev = RevisionBriefSerializer(help_text="The revision to run; its manifest is at its own URL.")
    input = ObjectField(help_text=_help("input"))
    configuration = serializers.SerializerMethodField(
        help_text="The configuration to run it with, without the values of secret settings."
    )

    class Meta:
        model = Job
        fields = ("id", "job_type", "job_type_rev", "input", "configuration", "priority", "num_exes", "started")
        extra_kwargs = JobSerializer.Meta.extra_kwargs

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_configuration(self, job: Job) -> dict[str, Any]:
        return overlay_configuration(job.job_type.configuration, job.configuration)


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentBodyField(serializers.Field[Any, Any, Any, Any]):
    """A JSON value; ``seed`` checks its shape."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_internal_value(self, data: object) -> Any:
        return data


class ObjectBodyField(DocumentBodyField):
    """A JSON object of any members."""

    default_error_messages = {"invalid": "must be an object."}

    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data


class JobBody(BodySerializer):
    """A job to create."""

    job_type_id = JSONIntegerField(**{**_WHOLE, "max_value": LARGEST_ID}, help_text="The id of its job type.")
    job_type_name = JSONStringField(
        required=False, help_text="The name of its job type, with `job_type_version`, instead of the id."
    )
    job_type_version = JSONStringField(required=False, help_text="The version of its job type.")
    input = DocumentBodyField(help_text=_help("input"))
    configuration = DocumentBodyField(help_text=_help("configuration"))
    priority = JSONIntegerField(**_WHOLE, help_text=_help("priority"))
    status = serializers.ChoiceField(
        choices=[Status.QUEUED, Status.PENDING],
        required=False,
        error_messages={"invalid_choice": "must be QUEUED or PENDING."},
        help_text="QUEUED by default; PENDING holds it until a transition queues it.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        by_id, by_key = "job_type_id" in values, {"job_type_name", "job_type_version"} & values.keys()
        if by_id == bool(by_key) or len(by_key) == 1:
            sentence = "The job type: send either job_type_id, or job_type_name and job_type_version."
            raise serializers.ValidationError(sentence)
        return values


class ChangeBody(BodySerializer):
    """What is reported of one job."""

    job_id = JSONIntegerField(min_value=1, max_value=LARGEST_ID, help_text="The id of the job.")
    status = serializers.ChoiceField(
        choices=Status.choices,
        error_messages={"invalid_choice": f"must be one of {', '.join(Status.values)}."},
        help_text="The status that it enters.",
    )
    when = JSONMomentField(required=False, help_text="When it did; by default now.")
    exit_code = JSONIntegerField(
        **{**_WHOLE, "min_value": -LARGEST_INTEGER},
        help_text="With FAILED or COMPLETED: the exit code; with FAILED, the manifest says which error it means.",
    )
    error = JSONStringField(
        required=False,
        max_length=255,
        help_text="With FAILED: the name of an error of the job type, or of a built-in one.",
    )
    node = JSONStringField(
        required=False, max_length=MAX_NODE_LENGTH, help_text="The node that the report is from."
    )
    output = ObjectBodyField(help_text="With COMPLETED: what it left behind.")
    num_exes = JSONIntegerField(
        **_WHOLE,
        help_text="Which try the report is about, as the claim gave it: one that is over changes nothing.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        allowed = {
            "exit_code": (Status.FAILED, Status.COMPLETED),
            "error": (Status.FAILED,),
            "output": (Status.COMPLETED,),
        }
        faults = {
            name: [f"only {' and '.join(statuses)} have it, not {values['status']}."]
            for name, statuses in allowed.items()
            if name in values and values["status"] not in statuses
        }
        if faults:
            raise serializers.ValidationError(faults)
        return values


class TransitionsBody(BodySerializer):
    """What is reported of jobs."""

    changes = JSONListField(
        child=ChangeBody(),
        max_length=MOST_CHANGES,
        error_messages={
            "not_a_list": "must be an array of changes.",
            "max_length": "must hold at most {max_length} changes.",
        },
        help_text=f"Up to {MOST_CHANGES} changes, which are carried out in this order.",
    )
    atomic = JSONBooleanField(
        required=False, help_text="Whether all changes are carried out or, when one is refused, none."
    )


class OutcomeSerializer(RowSerializer):
    """What became of a change."""

    job_id = serializers.IntegerField(help_text="The id of the job.")
    outcome = serializers.ChoiceField(
        choices=OUTCOMES,
        help_text="`unchanged`: it had been reported before; `refused`: `refusal` says why.",
    )
    status = serializers.ChoiceField(
        choices=Status.choices,
        allow_null=True,
        help_text="The status of the job now; null when there is no such job.",
    )
    refusal = FindingSerializer(allow_null=True, help_text="Why the change was not carried out.")


class OutcomesSerializer(RowSerializer):
    """What became of the changes, in their order."""

    results = OutcomeSerializer(many=True, help_text="One for each change.")
    changed = serializers.IntegerField(help_text="How many were carried out.")
    unchanged = serializers.IntegerField(help_text="How many had been reported before.")
    refused = serializers.IntegerField(help_text="How many were refused.")


class ResourcesField(ObjectBodyField):
    """Resource names and amounts."""

    default_error_messages = {
        "amount": "'{name}' must be a number from 0 to 1e15.",
        "many": "must name at most 100 resources of at most 250 characters.",
    }

    def to_internal_value(self, data: object) -> dict[str, float]:
        resources = super().to_internal_value(data)
        if len(resources) > 100 or any(len(name) > 250 for name in resources):
            self.fail("many")
        for name, amount in resources.items():
            if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount <= 1e15:
                self.fail("amount", name=name)
        return resources


class ClaimBody(BodySerializer):
    """A node that asks for work."""

    node = JSONStringField(max_length=MAX_NODE_LENGTH, help_text="The name of the node.")
    limit = JSONIntegerField(
        min_value=1, max_value=MOST_CLAIMED, help_text=f"How many jobs at most, from 1 to {MOST_CLAIMED}."
    )
    resources = ResourcesField(
        help_text="What the node has free, by name (cpus, mem, disk, gpus, …; mem and disk in MiB). The jobs that "
        "are handed out fit into it together. What is not named counts as 0. Without the field, jobs are handed "
        "out whatever they require."
    )


class ClaimedSerializer(RowSerializer):
    """The jobs that the node is to run now."""

    results = ClaimedJobSerializer(many=True, help_text="The jobs, now RUNNING; empty when there is none.")


_FILTER_VALUE = {"oneOf": [{"type": "string"}, {"type": "integer"}]}


_FILTER_VALUES = {"type": "array", "items": _FILTER_VALUE, "minItems": 1, "maxItems": MOST_AT_ONCE}


@extend_schema_field({"oneOf": [*_FILTER_VALUE["oneOf"], _FILTER_VALUES]})
class SelectionField(DocumentBodyField):
    """A filter: a value, or an array of values; read as the texts that a query string would have."""

    default_error_messages = {
        "invalid": "must be a string or a whole number, or an array of them that is not empty.",
        "several": "must be one value.",
        "many": "must hold at most {most} values.",
        "blank": "must not be blank.",
    }

    def __init__(self, declared: Filter) -> None:
        super().__init__(help_text=declared.extra["help_text"].replace("may repeat", "a value or an array"))
        self.may_repeat = isinstance(declared, RepeatedFilter)

    def to_internal_value(self, data: object) -> list[str]:
        values = data if isinstance(data, list) else [data]
        if len(values) > MOST_AT_ONCE:
            self.fail("many", most=MOST_AT_ONCE)
        if not values or any(isinstance(one, bool) or not isinstance(one, int | str) for one in values):
            self.fail("invalid")
        if len(values) > 1 and not self.may_repeat:
            self.fail("several")
        if "" in values:
            self.fail("blank")
        return [str(one)[:1000] for one in values]


class SelectionBody(BodySerializer):
    """Which jobs: the filters of the list, each a value or an array of values; one of them at least."""

    default_error_messages = {"empty": "Name at least one filter: {names}."}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: SelectionField(declared) for name, declared in JobSelectionFilterSet.base_filters.items()}

    def validate(self, values: dict[str, list[str]]) -> dict[str, list[str]]:
        if not values:
            self.fail("empty", names=", ".join(self.fields))
        return values


class SteppedSerializer(RowSerializer):
    """How many jobs were changed."""

    count = serializers.IntegerField(help_text="How many jobs were changed, 10,000 at most.")
    remaining = serializers.IntegerField(help_text="How many more match and can be changed: send it again.")


class JobCountSerializer(RowSerializer):
    """How many jobs are in a status."""

    status = serializers.ChoiceField(choices=Status.choices, help_text="The status.")
    count = serializers.IntegerField(help_text="How many jobs.")
    most_recent = serializers.DateTimeField(help_text="When one of them last entered the status.")
    category = serializers.ChoiceField(
        choices=Category.choices, allow_null=True, help_text="For FAILED the category of the error, else null."
    )


class _JobTypeCountsSerializer(RowSerializer):
    """Rows of the status services, thousands of which ``jobs.selectors`` makes alike."""

    rows_are_alike = True


class JobTypeStatusSerializer(_JobTypeCountsSerializer):
    """How the work of a job type is going."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    job_counts = JobCountSerializer(
        many=True, help_text="Its jobs that changed in the window, and all that run, by status and category."
    )


class JobTypePendingSerializer(_JobTypeCountsSerializer):
    """The jobs of a job type that wait."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs are PENDING or QUEUED.")
    longest_pending = serializers.DateTimeField(
        help_text="When the one that waits longest was queued or, if it never was, last changed its status."
    )


class JobTypeRunningSerializer(_JobTypeCountsSerializer):
    """The jobs of a job type that run."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs are RUNNING.")
    longest_running = serializers.DateTimeField(help_text="When the one that runs longest started.")


class JobTypeFailuresSerializer(_JobTypeCountsSerializer):
    """The jobs of a job type that failed of one error of category SYSTEM."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    error = ErrorSerializer(help_text="The error, of category SYSTEM.")
    count = serializers.IntegerField(help_text="How many of its jobs are FAILED of it.")
    first_error = serializers.DateTimeField(help_text="When the first of them failed.")
    last_error = serializers.DateTimeField(help_text="When the last of them failed.")

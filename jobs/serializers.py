"""The shapes of jobs and of the status services in answers; those of bodies are in ``bodies``."""

from functools import partial
from typing import Any

from rest_framework import serializers

from core.api.fields import ObjectField
from core.api.openapi import FindingSerializer
from core.reads.serializers import RowSerializer
from errors.models import Category
from errors.serializers import ErrorSerializer
from files.models import File
from job_types.models import JobType, JobTypeRevision
from job_types.serializers import (
    JobTypeBriefSerializer,
    JobTypeRevisionDetailsSerializer,
    JobTypeRevisionSerializer,
    help_of,
)
from jobs.claim_rows import ClaimedJob
from jobs.execution_serializers import RESOURCES_HELP, ExecutionDetailsSerializer
from jobs.heartbeats import CONTINUE, REASONS, STOP
from jobs.models import Job
from jobs.node_serializers import NodeBriefSerializer
from jobs.querysets import DOCUMENTS
from jobs.rows import COLUMNS, NOTHING_YET
from jobs.states import Status
from jobs.supplies import InputFile
from jobs.transitions import OUTCOMES
from jobs.waiting import Name
from workspaces.models import Workspace
from workspaces.selectors import OpenWorkspace

_help = partial(help_of, Job)


class RevisionBriefSerializer(RowSerializer, serializers.ModelSerializer[JobTypeRevision]):
    """A revision of a job type, as claims show it."""

    class Meta:
        model = JobTypeRevision
        fields: tuple[str, ...] = ("id", "revision_num", "docker_image")
        extra_kwargs = {
            **JobTypeRevisionSerializer.Meta.extra_kwargs,
            "docker_image": {"help_text": help_of(JobType, "docker_image")},
        }


class _JobTypeIdSerializer(RowSerializer):
    """A job type, by its id alone."""

    id = serializers.IntegerField(help_text="The unique identifier of the job type.")


class RevisionOfJobSerializer(RevisionBriefSerializer):
    """A revision of a job type, as lists of jobs show it."""

    job_type = _JobTypeIdSerializer(help_text="Its job type.")

    class Meta(RevisionBriefSerializer.Meta):
        fields = ("id", "job_type", "revision_num", "docker_image")


class EventSerializer(RowSerializer):
    """The event that made a job: somebody created it."""

    id = serializers.IntegerField(help_text="The identifier of the event, which is that of the job.")
    type = serializers.CharField(help_text="USER: an account created it.")
    occurred = serializers.DateTimeField(help_text=_help("created"))
    description = ObjectField(
        help_text="`user`: the name of the account, null if it is not known, and for readers without an account."
    )


class JobSerializer(RowSerializer, serializers.ModelSerializer[Job]):
    """A job in a list."""

    job_type = JobTypeBriefSerializer(help_text=_help("job_type"))
    job_type_rev: Any = RevisionOfJobSerializer(help_text=_help("job_type_rev"))
    error = ErrorSerializer(allow_null=True, help_text=_help("error"))
    node = NodeBriefSerializer(allow_null=True, help_text=_help("node"))
    event = EventSerializer(help_text="Who created it, and when.")
    ingest_event = ObjectField(allow_null=True, help_text="The ingest that made it; null, as there are none yet.")
    recipe = ObjectField(allow_null=True, help_text="The recipe that it is part of; null, as none runs yet.")
    batch = ObjectField(allow_null=True, help_text="The batch that it is part of; null, as there are none yet.")
    is_superseded = serializers.BooleanField(help_text="Whether another job replaced it; false, as none does yet.")
    superseded = serializers.DateTimeField(allow_null=True, help_text="When another job replaced it; null.")
    superseded_job = ObjectField(allow_null=True, help_text="The job that it replaced; null.")
    input_files = ObjectField(
        help_text="The names of its input files, by input; empty: `/v6/jobs/{id}/input_files/` lists the files."
    )
    input_file_size = serializers.FloatField(allow_null=True, help_text="The size of its input files in MiB; null.")
    source_started = serializers.DateTimeField(allow_null=True, help_text="When its source data begin; null.")
    source_ended = serializers.DateTimeField(allow_null=True, help_text="When its source data end; null.")
    source_sensor_class = serializers.CharField(
        allow_null=True, help_text="The class of sensor that took its source data; null."
    )
    source_sensor = serializers.CharField(allow_null=True, help_text="The sensor that took them; null.")
    source_collection = serializers.CharField(allow_null=True, help_text="Their collection; null.")
    source_task = serializers.CharField(allow_null=True, help_text="Their task; null.")

    class Meta:
        model = Job
        fields: tuple[str, ...] = (
            *("id", "job_type", "job_type_rev", "error", "node", "event"),
            *COLUMNS[1:],
            *NOTHING_YET,
        )
        extra_kwargs = {"id": {"help_text": "The unique identifier of the job."}}


class _WholeJobSerializer(JobSerializer):
    """A job, whole."""

    job_type_rev = JobTypeRevisionDetailsSerializer(help_text=_help("job_type_rev"))
    superseded_by_job = ObjectField(allow_null=True, help_text="The job that replaced it; null.")
    resources = ObjectField(help_text=RESOURCES_HELP)
    execution = ExecutionDetailsSerializer(allow_null=True, help_text="Its last try; null if it never started.")
    input = ObjectField(help_text=_help("input"))
    output = ObjectField(help_text="What it left behind, as it was reported; `files` and `json` are empty before.")
    configuration = ObjectField(
        help_text="How it runs: its own configuration, and where that says nothing, that of its job type "
        "when it was last queued; without secrets."
    )

    class Meta(JobSerializer.Meta):
        fields = (*JobSerializer.Meta.fields, "superseded_by_job", "resources", "execution", *DOCUMENTS)


class ReasonSerializer(RowSerializer):
    """What keeps a job from running."""

    name = serializers.ChoiceField(choices=Name.choices, help_text="The name of the reason.")
    description = serializers.CharField(help_text="The reason, in a sentence.")


class JobDetailsSerializer(_WholeJobSerializer):
    """A job, whole, and why it does not run."""

    waiting = ReasonSerializer(
        many=True,
        allow_null=True,
        help_text="Why it does not run, the weightiest reason first; null unless it is PENDING, BLOCKED or QUEUED.",
    )

    class Meta(_WholeJobSerializer.Meta):
        fields = (*_WholeJobSerializer.Meta.fields, "waiting")


class CreatedJobSerializer(_WholeJobSerializer):
    """A job that was created."""

    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")

    class Meta(_WholeJobSerializer.Meta):
        fields = (*_WholeJobSerializer.Meta.fields, "warnings")


class CreatedJobsSerializer(RowSerializer):
    """Jobs that were created."""

    count = serializers.IntegerField(help_text="How many.")
    ids = serializers.ListField(
        child=serializers.IntegerField(help_text="The id of a job."),
        help_text="Their ids, in the order in which they were sent.",
    )
    warnings = FindingSerializer(many=True, help_text="Findings that are worth knowing but are not faults.")


class InputFileSerializer(RowSerializer, serializers.ModelSerializer[File]):
    """A file that a job reads."""

    workspace = serializers.CharField(help_text="The name of the workspace where it lies.")
    is_deleted = serializers.BooleanField(help_text=help_of(File, "is_deleted"))

    class Meta:
        model = File
        fields = tuple(InputFile.__annotations__)
        extra_kwargs = {
            "id": {"help_text": "The unique identifier of the file."},
            "media_type": {"required": True},
            "sha256": {"required": True},
        }


class OpenWorkspaceSerializer(RowSerializer, serializers.ModelSerializer[Workspace]):
    """What it takes to read and write the files of a workspace."""

    broker = ObjectField(
        allow_null=True, help_text="The broker of its files, with the credentials in clear; null if it has none."
    )
    is_active = serializers.BooleanField(help_text=help_of(Workspace, "is_active"))

    class Meta:
        model = Workspace
        fields = tuple(OpenWorkspace.__annotations__)


class ClaimedJobSerializer(RowSerializer, serializers.ModelSerializer[Job]):
    """A job, for the node that is to run it."""

    job_type = JobTypeBriefSerializer(help_text=_help("job_type"))
    job_type_rev = RevisionBriefSerializer(help_text="The revision to run; its manifest is at its own URL.")
    input = ObjectField(help_text=_help("input"))
    configuration = ObjectField(
        help_text="The configuration to run it with, without the values of secret settings."
    )
    secrets = serializers.DictField(
        child=serializers.CharField(),
        help_text="The values of its secret settings, by name. No other answer holds them.",
    )
    files = serializers.DictField(
        child=InputFileSerializer(many=True),
        help_text="Its input files, by input, in the order of `input.files`, without those that do not exist.",
    )
    workspaces = serializers.DictField(
        child=OpenWorkspaceSerializer(),
        help_text="The workspaces of its input files, those that its configuration names for outputs, and "
        "`log_workspace`, by name.",
    )
    product_path = serializers.CharField(
        help_text="The folder below which this try stores its products, from the root of their workspace."
    )
    log_workspace = serializers.CharField(
        allow_null=True,
        help_text="The one of `workspaces` in which the node is to store its whole logs; null for none.",
    )
    timeout = serializers.IntegerField(
        allow_null=True, help_text="How long it may take, in seconds; null for no limit. The node ends it then."
    )
    lease_expires = serializers.DateTimeField(
        help_text="When it goes to another node, unless a heartbeat comes before."
    )

    class Meta:
        model = Job
        fields = tuple(ClaimedJob.__annotations__)
        extra_kwargs = JobSerializer.Meta.extra_kwargs


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


_LEASE_SECONDS_HELP = (
    "For how long a node keeps a job without a heartbeat, in seconds; it counts from before it sends the request."
)


class ClaimedSerializer(RowSerializer):
    """The jobs that the node is to run now."""

    results = ClaimedJobSerializer(many=True, help_text="The jobs, now RUNNING; empty when there is none.")
    lease_seconds = serializers.IntegerField(help_text=_LEASE_SECONDS_HELP)
    waited = serializers.FloatField(
        default=0.0, help_text="How many seconds after the claim arrived the jobs were looked for, as `wait` asked."
    )


class OutcomesSerializer(RowSerializer):
    """What became of the changes, in their order."""

    results = OutcomeSerializer(many=True, help_text="One for each change.")
    changed = serializers.IntegerField(help_text="How many were carried out.")
    unchanged = serializers.IntegerField(help_text="How many had been reported before.")
    refused = serializers.IntegerField(help_text="How many were refused.")
    claimed = ClaimedSerializer(
        allow_null=True, help_text="As the answer to a claim; null if the request had no `claim`."
    )


class OrderSerializer(RowSerializer):
    """What a node is to do with a job that it runs."""

    job_id = serializers.IntegerField(help_text="The id of the job.")
    num_exes = serializers.IntegerField(help_text="The number of the try.")
    action = serializers.ChoiceField(choices=[CONTINUE, STOP], help_text="What to do.")
    reason = serializers.ChoiceField(
        choices=REASONS,
        allow_null=True,
        help_text="Why to stop: the job was canceled, it runs longer than its timeout, or the try is not (or no "
        "longer) one that this account claimed for this node.",
    )
    lease_expires = serializers.DateTimeField(
        allow_null=True, help_text="When the lease expires, which was renewed; null if there is none."
    )


class OrdersSerializer(RowSerializer):
    """What a node is to do with the jobs that it runs, in their order."""

    results = OrderSerializer(many=True, help_text="One for each job.")
    lease_seconds = serializers.IntegerField(help_text=_LEASE_SECONDS_HELP)


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


class JobTypeStatusSerializer(RowSerializer):
    """How the work of a job type is going."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    job_counts = JobCountSerializer(
        many=True, help_text="Its jobs that changed in the window, and all that run, by status and category."
    )


class JobTypePendingSerializer(RowSerializer):
    """The jobs of a job type that wait."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs are PENDING, or in the statuses asked for.")
    longest_pending = serializers.DateTimeField(
        help_text="When the one that waits longest was queued or, if it never was, last changed its status."
    )


class QueueStatusSerializer(RowSerializer):
    """The jobs of a job type that are in the queue."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs are QUEUED.")
    longest_queued = serializers.DateTimeField(help_text="When the one that is queued longest was queued.")
    highest_priority = serializers.IntegerField(
        help_text="The priority of the one that comes first: the lowest number."
    )


class JobTypeRunningSerializer(RowSerializer):
    """The jobs of a job type that run."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs are RUNNING.")
    longest_running = serializers.DateTimeField(help_text="When the one that runs longest started.")


class JobTypeFailuresSerializer(RowSerializer):
    """The jobs of a job type that failed of one error of category SYSTEM."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    error = ErrorSerializer(help_text="The error, of category SYSTEM.")
    count = serializers.IntegerField(help_text="How many of its jobs are FAILED of it.")
    first_error = serializers.DateTimeField(help_text="When the first of them failed.")
    last_error = serializers.DateTimeField(help_text="When the last of them failed.")

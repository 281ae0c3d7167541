"""The shapes of tries in answers."""

from functools import partial

from rest_framework import serializers

from core.api.fields import ObjectField
from core.reads.serializers import RowSerializer
from errors.serializers import ErrorSerializer
from job_types.models import JobTypeRevision
from job_types.serializers import JobTypeBriefSerializer, help_of
from jobs.models import JobExecution
from jobs.node_serializers import NodeBriefSerializer
from jobs.states import STATUSES_OF_A_TRY, End

_help = partial(help_of, JobExecution)
_FOR_ACCOUNTS = " Null for readers without an account."
RESOURCES_HELP = "`resources`: how much it requires of each resource, by name."


class _JobIdSerializer(RowSerializer):
    """A job, by its id alone."""

    id = serializers.IntegerField(help_text="The unique identifier of the job.")


class ExecutionSerializer(RowSerializer):
    """A try of a job in a list."""

    id = serializers.IntegerField(help_text="The unique identifier of the try.")
    status = serializers.ChoiceField(choices=STATUSES_OF_A_TRY, help_text=_help("status"))
    exe_num = serializers.IntegerField(help_text=_help("exe_num"))
    cluster_id = serializers.CharField(allow_null=True, help_text="Null, as there is no cluster.")
    created = serializers.DateTimeField(help_text=_help("started"))
    queued = serializers.DateTimeField(allow_null=True, help_text=_help("queued"))
    started = serializers.DateTimeField(help_text=_help("started"))
    ended = serializers.DateTimeField(allow_null=True, help_text=_help("ended"))
    job = _JobIdSerializer(help_text=_help("job"))
    node = NodeBriefSerializer(allow_null=True, help_text=_help("node"))
    error = ErrorSerializer(allow_null=True, help_text=_help("error"))
    job_type = JobTypeBriefSerializer(help_text="The job type of the job, as it is now.")
    timeout = serializers.IntegerField(allow_null=True, help_text=help_of(JobTypeRevision, "timeout"))
    input_file_size = serializers.FloatField(allow_null=True, help_text="Null, as for the job.")
    account = serializers.CharField(
        allow_null=True, help_text="The name of the account that claimed it; null if none did." + _FOR_ACCOUNTS
    )
    end = serializers.ChoiceField(choices=End.choices, allow_null=True, help_text=_help("end"))
    ended_by = serializers.CharField(allow_null=True, help_text=_help("ended_by") + _FOR_ACCOUNTS)
    exit_code = serializers.IntegerField(allow_null=True, help_text=_help("exit_code"))
    times_out = serializers.DateTimeField(allow_null=True, help_text=_help("times_out"))
    lease_expires = serializers.DateTimeField(allow_null=True, help_text=_help("lease_expires"))
    log_workspace = serializers.CharField(allow_null=True, help_text=_help("log_workspace"))
    log_path = serializers.CharField(
        allow_null=True,
        help_text="The folder there that has its `stdout.log` and `stderr.log`; null if they are nowhere.",
    )


class ExecutionDetailsSerializer(ExecutionSerializer):
    """A whole try of a job."""

    resources = ObjectField(help_text=RESOURCES_HELP)
    task_results = ObjectField(help_text="What became of its tasks; none are known.")
    configuration = ObjectField(help_text="How its tasks were configured; none are known.")
    output = ObjectField(help_text="What it left behind; the `output` of the job shows it.")

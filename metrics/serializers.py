"""The shapes of plots, of the load and of statistics."""

from functools import partial

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.reads.serializers import RowSerializer
from job_types.models import JobType
from job_types.serializers import help_of
from metrics.models import LoadSample

_help = partial(help_of, JobType)
_help_of_sample = partial(help_of, LoadSample)


class ChoiceSerializer(RowSerializer):
    """A job type that a plot can be of."""

    id = serializers.IntegerField(help_text="The unique identifier of the job type.")
    name = serializers.CharField(help_text=_help("name"))
    version = serializers.CharField(help_text=_help("version"))
    title = serializers.CharField(help_text=_help("title"))
    icon_code = serializers.CharField(allow_null=True, help_text=_help("icon_code"))


class PlotColumnSerializer(RowSerializer):
    """A column of a plot."""

    name = serializers.CharField(help_text="Its name, for the parameter `column`.")
    title = serializers.CharField(help_text="Its name for people.")
    description = serializers.CharField(help_text="What it shows.")
    units = serializers.CharField(help_text="What its values count or measure.")
    group = serializers.CharField(help_text="The name of its group.")
    aggregate = serializers.CharField(help_text="How the values of several job types are put together.")


class PlotGroupSerializer(RowSerializer):
    """A group of columns."""

    name = serializers.CharField(help_text="Its name, for the parameter `group`.")
    title = serializers.CharField(help_text="Its name for people.")
    description = serializers.CharField(help_text="What its columns show.")


class PlotFilterSerializer(RowSerializer):
    """What a choice is shown by."""

    param = serializers.CharField(help_text="The name of a member of each choice.")
    type = serializers.CharField(help_text="Its type.")


@extend_schema_serializer(many=False)
class PlotTypeSerializer(RowSerializer):
    """What there is to plot of job types."""

    name = serializers.CharField(help_text="The name, `job-types`.")
    title = serializers.CharField(help_text="The name for people.")
    description = serializers.CharField(help_text="What it is about.")
    filters = PlotFilterSerializer(many=True, help_text="What choices can be filtered by.")
    groups = PlotGroupSerializer(many=True, help_text="The groups of columns.")
    columns = PlotColumnSerializer(many=True, help_text="The columns.")
    choices = ChoiceSerializer(many=True, help_text="All job types, by name and version.")


class PlotValueSerializer(RowSerializer):
    """A value of an hour or a day."""

    datetime = serializers.DateTimeField(help_text="When the hour or the day begins.")
    value = serializers.IntegerField(help_text="How many jobs, more than zero.")


class PlotValueOfChoiceSerializer(PlotValueSerializer):
    """A value of an hour or a day, of one job type if ``choice_id`` was sent."""

    id = serializers.IntegerField(required=False, help_text="The job type, if `choice_id` was sent.")


class PlotSerializer(RowSerializer):
    """The values of a column, of all job types together."""

    column = PlotColumnSerializer(help_text="The column.")
    values = PlotValueSerializer(many=True, help_text="Its values.")


@extend_schema_field(PlotValueOfChoiceSerializer(many=True))
class WrittenValuesField(serializers.ReadOnlyField):
    """Values that are JSON already."""


class PlotOfChoicesSerializer(RowSerializer):
    """The values of a column, for each job type that was asked for."""

    column = PlotColumnSerializer(help_text="The column.")
    values = WrittenValuesField(
        help_text="Its values by time: one for each hour of a window of up to 48 hours, one for each day (in UTC) "
        "of a longer one. Values of zero are left out.",
    )


class LoadSerializer(RowSerializer):
    """How many jobs waited and ran at a moment."""

    time = serializers.DateTimeField(help_text=_help_of_sample("time"))
    pending_count = serializers.IntegerField(help_text=_help_of_sample("pending_count"))
    queued_count = serializers.IntegerField(help_text=_help_of_sample("queued_count"))
    running_count = serializers.IntegerField(help_text=_help_of_sample("running_count"))


class DurationsSerializer(RowSerializer):
    """How long jobs waited or ran, in seconds; null where none did."""

    mean = serializers.FloatField(allow_null=True, help_text="The mean, which is exact.")
    p50 = serializers.FloatField(
        allow_null=True, help_text="The median, less than √2 (1.42) times too long or too short."
    )
    p95 = serializers.FloatField(
        allow_null=True, help_text="What 95 of 100 did not exceed, less than √2 times too long or too short."
    )
    at_least = serializers.FloatField(
        allow_null=True, help_text="A limit below the shortest, less than √2 times below it; 0 below a second."
    )
    at_most = serializers.FloatField(
        allow_null=True, help_text="A limit above the longest, at most √2 times above it; null above 17 days."
    )


class _EndedSerializer(RowSerializer):
    """What ended in a time."""

    datetime = serializers.DateTimeField(help_text="When that time begins.")
    completed_count = serializers.IntegerField(help_text="How many jobs COMPLETED.")
    failed_count = serializers.IntegerField(help_text="How many jobs FAILED.")
    canceled_count = serializers.IntegerField(help_text="How many jobs were CANCELED.")
    error_system_count = serializers.IntegerField(help_text="How many FAILED of an error of the system.")
    error_algorithm_count = serializers.IntegerField(help_text="How many FAILED of an error of the algorithm.")
    error_data_count = serializers.IntegerField(help_text="How many FAILED of an error of their input data.")
    throughput = serializers.FloatField(
        allow_null=True,
        help_text="How many jobs COMPLETED or FAILED per hour, in what has passed of that time; null before it.",
    )
    failure_rate = serializers.FloatField(
        allow_null=True, help_text="Which part of those FAILED, from 0 to 1; null if there are none."
    )
    wait = DurationsSerializer(help_text="How long those had waited in the queue, before their last try.")
    run = DurationsSerializer(help_text="How long their last try ran.")


class QueueSerializer(RowSerializer):
    """The queue at the latest sample of the load; all null if there is none of the last five minutes."""

    time = serializers.DateTimeField(allow_null=True, help_text="When the sample was taken.")
    queued_count = serializers.IntegerField(allow_null=True, help_text="How many jobs were QUEUED.")
    change_per_hour = serializers.FloatField(
        allow_null=True, help_text="How many more they became per hour, during the hour before; negative for fewer."
    )
    empty_in = serializers.FloatField(
        allow_null=True,
        help_text="In how many seconds the queue is empty if that goes on; null while it does not become shorter.",
    )


@extend_schema_serializer(many=False)
class StatisticsSerializer(RowSerializer):
    """How the work of a job type, or of all, is going."""

    period = serializers.ChoiceField(
        choices=["hour", "day"], help_text="`hour` for a window of up to 48 hours, `day` (in UTC) for a longer one."
    )
    total = _EndedSerializer(help_text="What ended in all of these hours or days.")
    periods = _EndedSerializer(many=True, help_text="What ended in each of them, by time.")
    queue = QueueSerializer(help_text="The queue now.")

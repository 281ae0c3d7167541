"""The shape of status/, which shows how the fleet is doing."""

from typing import Any

from rest_framework import serializers

from core.reads.serializers import RowSerializer
from job_types.serializers import JobTypeBriefSerializer, help_of
from jobs.fleet_status import COUNTED_EVERY, MOST_NODES, MOST_REVISIONS, MOST_TRIES, NodeState, SchedulerState
from jobs.models import Node


class ResourceSerializer(RowSerializer):
    """How much there is of a resource."""

    total = serializers.FloatField(help_text="What the nodes have that were heard of within the last hour.")
    running = serializers.FloatField(help_text="What running jobs require.")
    unavailable = serializers.FloatField(help_text="What is left on nodes that are paused.")
    free = serializers.FloatField(help_text="What is left elsewhere.")


class ResourcesSerializer(RowSerializer):
    """The resources of all nodes together."""

    cpus = ResourceSerializer(help_text="Processors.")
    mem = ResourceSerializer(help_text="Memory, in MiB.")
    disk = ResourceSerializer(help_text="Disk space, in MiB.")
    gpus = ResourceSerializer(help_text="Graphics processors.")


class TotalSerializer(RowSerializer):
    """A number of tries."""

    total = serializers.IntegerField(help_text="How many.")


class FailedSerializer(TotalSerializer):
    """Tries that failed, by the categories of their errors."""

    system = TotalSerializer(help_text="Of errors of the system.")
    algorithm = TotalSerializer(help_text="Of errors of the algorithm.")
    data: Any = TotalSerializer(help_text="Of errors of the data.")


class RunningOfTypeSerializer(RowSerializer):
    """How many tries of a job type run on a node."""

    job_type_id = serializers.IntegerField(help_text="The id of the job type.")
    count = serializers.IntegerField(help_text="How many.")


class RunningOnNodeSerializer(TotalSerializer):
    """Tries that run on a node."""

    by_job_type = RunningOfTypeSerializer(
        many=True,
        help_text=f"By job type: of the {MOST_REVISIONS} revisions of which most jobs run; `total` has all.",
    )


class ExecutionsSerializer(RowSerializer):
    """The tries of a node."""

    running = RunningOnNodeSerializer(help_text="Those that run.")
    completed = TotalSerializer(
        help_text=f"Those that were completed within the last three hours, and among the last {MOST_TRIES} "
        "that ended on any node."
    )
    failed = FailedSerializer(help_text="Those that failed, of the same.")


class NodeStateSerializer(RowSerializer):
    """Whether a node gets jobs."""

    name = serializers.ChoiceField(choices=NodeState.choices, help_text="The name of the state.")
    title = serializers.CharField(help_text="The name to show.")
    description = serializers.CharField(help_text="What it means.")


class NodeStatusSerializer(RowSerializer):
    """What a node does."""

    id = serializers.IntegerField(help_text="The unique identifier of the node.")
    hostname = serializers.CharField(help_text=help_of(Node, "hostname"))
    state = NodeStateSerializer(help_text="Whether it gets jobs.")
    job_executions = ExecutionsSerializer(help_text=f"Its tries, counted every {COUNTED_EVERY} seconds.")


class SchedulerStateSerializer(NodeStateSerializer):
    """Whether nodes get jobs."""

    name = serializers.ChoiceField(choices=SchedulerState.choices, help_text="The name of the state.")


class SchedulerStatusSerializer(RowSerializer):
    """What hands jobs out."""

    hostname = serializers.CharField(help_text="The name of the service, as the request has it.")
    state = SchedulerStateSerializer(help_text="Whether nodes get jobs.")
    warnings: Any = serializers.ListField(
        child=serializers.CharField(), help_text="None; a job type and a job say what they wait for."
    )


class DetailSerializer(RowSerializer):
    """What is known of a dependency."""

    msg = serializers.CharField(help_text="A sentence.")


class DependencySerializer(RowSerializer):
    """Something that the service depends on."""

    OK = serializers.BooleanField(help_text="Whether it works; where it does not, the answer is a 503.")
    detail = DetailSerializer(help_text="What is known of it.")
    errors: Any = serializers.ListField(child=serializers.CharField(), help_text="None.")
    warnings: Any = serializers.ListField(child=serializers.CharField(), help_text="None.")


class DependenciesSerializer(RowSerializer):
    """What the service depends on."""

    database = DependencySerializer(help_text="The database.")


class FleetStatusSerializer(RowSerializer):
    """How the fleet is doing."""

    resources = ResourcesSerializer(help_text="The resources of all nodes together.")
    nodes = NodeStatusSerializer(
        many=True, help_text=f"The nodes, by name: the {MOST_NODES} that were heard of last."
    )
    job_types = JobTypeBriefSerializer(many=True, help_text="The job types that `nodes` name.")
    scheduler = SchedulerStatusSerializer(help_text="What hands jobs out.")
    dependencies = DependenciesSerializer(help_text="What the service depends on.")

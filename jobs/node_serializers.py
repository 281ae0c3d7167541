"""The shapes of nodes and of the scheduler in answers and in bodies."""

from functools import partial
from typing import Any

from rest_framework import serializers

from core.api.bodies import BodySerializer, ShownBodySerializer
from core.api.fields import JSONBooleanField, JSONStringField, ObjectField
from core.reads.serializers import RowSerializer
from job_types.serializers import JobTypeBriefSerializer, help_of
from jobs.models import Node, Scheduler
from jobs.node_rows import COLUMNS, MOST_JOB_TYPES

_help = partial(help_of, Node)


class NodeBriefSerializer(RowSerializer):
    """A node, as jobs show it."""

    id = serializers.IntegerField(
        allow_null=True, help_text="The unique identifier of the node; null if it never claimed a job."
    )
    hostname = serializers.CharField(help_text=_help("hostname"))


class NodeSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A node in a list."""

    labels = ObjectField(help_text=_help("labels"))
    account = serializers.CharField(
        allow_null=True,
        help_text="The name of the account that claims for it; null while none has, and for readers without an "
        "account.",
    )
    resources = ObjectField(allow_null=True, help_text=_help("capacity"))

    class Meta:
        model = Node
        fields: tuple[str, ...] = (*COLUMNS, "account", "resources")
        extra_kwargs = {"id": {"help_text": "The unique identifier of the node."}}


class RunningSerializer(RowSerializer):
    """How many jobs of a job type run on a node."""

    job_type = JobTypeBriefSerializer(help_text="The job type.")
    count = serializers.IntegerField(help_text="How many of its jobs run on the node.")


class NodeDetailsSerializer(NodeSerializer):
    """A whole node."""

    running = RunningSerializer(
        many=True,
        help_text=f"The jobs that run on it, counted by job type: the {MOST_JOB_TYPES} with most jobs.",
    )

    class Meta(NodeSerializer.Meta):
        fields = (*NodeSerializer.Meta.fields, "running")


class NodeBody(ShownBodySerializer):
    """What an operator changes of a node. What else the service shows of it may come along."""

    details = NodeDetailsSerializer
    description = JSONStringField(required=False, allow_blank=True, help_text=_help("description"))
    pause_reason = JSONStringField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Why it is paused; null once it no longer is, whatever is sent.",
    )
    is_paused = JSONBooleanField(required=False, help_text=_help("is_paused"))
    is_active = JSONBooleanField(required=False, help_text=_help("is_active"))


class SchedulerSerializer(RowSerializer):
    """The scheduler."""

    is_paused = serializers.BooleanField(help_text=help_of(Scheduler, "is_paused"))


class SchedulerBody(BodySerializer):
    """What an operator changes of the scheduler."""

    is_paused = JSONBooleanField(required=False, help_text=help_of(Scheduler, "is_paused"))

"""The bodies that select, claim and change jobs."""

from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.datastructures import MultiValueDict
from django_filters import Filter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.settings import api_settings

from core.api.bodies import BodySerializer
from core.api.fields import (
    DocumentBodyField,
    JSONBooleanField,
    JSONIntegerField,
    JSONListField,
    JSONMomentField,
    JSONStringField,
    JSONUUIDField,
    ObjectBodyField,
)
from core.api.filters import LARGEST_ID, FlagFilter, RepeatedFilter
from job_types.models import LARGEST_INTEGER, JobType
from job_types.serializers import help_of
from jobs.claims import MOST_CLAIMED
from jobs.filters import JobBodyFilterSet, choosing
from jobs.heartbeats import MOST_TRIES
from jobs.models import MAX_NODE_LENGTH, MAX_TAIL_LENGTH, Job, JobExecution, Node
from jobs.product_bodies import MOST_PRODUCTS, ProductBody
from jobs.services import MOST_AT_ONCE
from jobs.states import ENDS_OF_A_TRY, Status
from jobs.transitions import MOST_CHANGES
from seed import is_of_type
from workspaces.models import MAX_NAME_LENGTH, valid_name

_help = partial(help_of, Job)
_help_of_try = partial(help_of, JobExecution)
_WHOLE: dict[str, Any] = {"required": False, "min_value": 1, "max_value": LARGEST_INTEGER}


class TailField(JSONStringField):
    """The end of a log: of one that is longer than is kept, the last characters. It may be empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_blank=True, trim_whitespace=False, max_length=None, **options)

    def to_internal_value(self, data: object) -> str:
        return super().to_internal_value(data)[-MAX_TAIL_LENGTH:]


class LogBody(BodySerializer):
    """The ends of the logs of a try."""

    stdout = TailField(help_text=_help_of_try("stdout"))
    stderr = TailField(help_text=_help_of_try("stderr"))


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
    output = ObjectBodyField(
        help_text="With COMPLETED: what it left behind. With `files`, these become its own `files`."
    )
    files = JSONListField(
        of="files",
        child=ProductBody(),
        required=False,
        max_length=MOST_PRODUCTS,
        help_text="With COMPLETED: the files that it left in workspaces, which are registered with it; "
        f"{MOST_PRODUCTS:,} at most in a request.",
    )
    num_exes = JSONIntegerField(
        **_WHOLE,
        help_text="Which try the report is about, as the claim gave it: one that is over changes nothing.",
    )
    log = LogBody(
        required=False,
        help_text=f"With COMPLETED, FAILED or QUEUED: the ends of the logs of the try; of each, "
        f"{MAX_TAIL_LENGTH} characters are kept.",
    )

    log_workspace = JSONStringField(
        required=False,
        max_length=MAX_NAME_LENGTH,
        allow_null=True,
        validators=[valid_name],
        help_text="With COMPLETED, FAILED or QUEUED: the `log_workspace` of the claim, if the node stored the "
        "whole `stdout.log` and `stderr.log` of the try there, below its `product_path`.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        allowed = {
            "exit_code": (Status.FAILED, Status.COMPLETED),
            "error": (Status.FAILED,),
            "output": (Status.COMPLETED,),
            "files": (Status.COMPLETED,),
            "log": ENDS_OF_A_TRY,
            "log_workspace": ENDS_OF_A_TRY,
        }
        faults = {
            name: [f"only {' and '.join(statuses)} have it, not {values['status']}."]
            for name, statuses in allowed.items()
            if values.get(name) is not None and values["status"] not in statuses
        }
        if faults:
            raise serializers.ValidationError(faults)
        return values


# For how many seconds a claim may wait: proxies often wait sixty for an answer.
LONGEST_WAIT = 30
# Of what a node says of itself: how many resources or labels it names, and how long each text is.
_MOST_NAMES = 100
_LONGEST_NAME = 250


class ResourcesField(ObjectBodyField):
    """Resource names and amounts."""

    default_error_messages = {
        "amount": "'{name}' must be a number from 0 to 1e15.",
        "many": f"must name at most {_MOST_NAMES} resources, each by at most {_LONGEST_NAME} characters.",
    }

    def to_internal_value(self, data: object) -> dict[str, float]:
        resources = super().to_internal_value(data)
        if len(resources) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in resources):
            self.fail("many")
        for name, amount in resources.items():
            if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount <= 1e15:
                self.fail("amount", name=name)
        return resources


class LabelsField(ObjectBodyField):
    """Names and texts."""

    default_error_messages = {
        "labels": f"must hold at most {_MOST_NAMES} names, each with a text; names and texts have at most "
        f"{_LONGEST_NAME} characters."
    }

    def to_internal_value(self, data: object) -> dict[str, str]:
        labels = super().to_internal_value(data)
        if len(labels) > _MOST_NAMES or not all(
            isinstance(text, str) and len(text) <= _LONGEST_NAME for pair in labels.items() for text in pair
        ):
            self.fail("labels")
        return labels


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
    claim_id = JSONUUIDField(
        required=False,
        help_text="A UUID that the client makes for this claim. Sent again with it, as when the answer was lost, "
        "the claim returns the same jobs while their leases last.",
    )
    is_system = JSONBooleanField(
        required=False,
        help_text="Only jobs of system job types (true), or only of others (false), as for a node that has nothing "
        "to run for the former; both without it.",
    )
    wait = JSONIntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_WAIT,
        help_text=f"For how many seconds, {LONGEST_WAIT} at most, the answer may wait for a job while there is "
        "none. It may come sooner without one.",
    )


class NextClaimBody(ClaimBody):
    """A node that asks for work while it reports what became of other work."""

    wait = None  # type: ignore[assignment]  # the report has to be answered

    claim_id = JSONUUIDField(
        help_text="A UUID that the client makes for this claim, and sends again with it, as in any claim."
    )


class TransitionsBody(BodySerializer):
    """What is reported of jobs."""

    changes = JSONListField(
        of="changes",
        child=ChangeBody(),
        max_length=MOST_CHANGES,
        help_text=f"Up to {MOST_CHANGES} changes, which are carried out in this order.",
    )
    atomic = JSONBooleanField(
        required=False, help_text="Whether all changes are carried out or, when one is refused, none."
    )

    claim = NextClaimBody(
        required=False,
        help_text="Jobs to claim after the changes are made, with a `claim_id`, so that it is safe to send the "
        "request again. It needs the right to claim, too.",
    )

    def validate_changes(self, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if sum(len(change.get("files", ())) for change in changes) > MOST_PRODUCTS:
            raise serializers.ValidationError(f"must hold at most {MOST_PRODUCTS:,} files in all.")
        return changes


class RunningTryBody(BodySerializer):
    """A try that a node runs."""

    job_id = JSONIntegerField(min_value=1, max_value=LARGEST_ID, help_text="The id of the job.")
    num_exes = JSONIntegerField(
        **{**_WHOLE, "required": True}, help_text="The number of the try, as the claim gave it."
    )
    log = LogBody(
        required=False,
        help_text=f"The ends of its logs, where these are new; {MAX_TAIL_LENGTH} characters of each are kept.",
    )


class HeartbeatBody(BodySerializer):
    """A node that says that it is alive, and what it runs."""

    node = JSONStringField(max_length=MAX_NODE_LENGTH, help_text="The name of the node.")
    jobs = JSONListField(
        of="jobs",
        child=RunningTryBody(),
        max_length=MOST_TRIES,
        help_text=f"The jobs that it runs, {MOST_TRIES} at most; empty when it runs none.",
    )
    resources = ResourcesField(
        help_text="What the node has free, as in a claim. Without the field, what it had stays."
    )
    software_version = JSONStringField(required=False, max_length=100, help_text=help_of(Node, "software_version"))
    labels = LabelsField(help_text=help_of(Node, "labels"))


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
        if not values or not all(isinstance(one, str) or is_of_type(one, "integer") for one in values):
            self.fail("invalid")
        if len(values) > 1 and not self.may_repeat:
            self.fail("several")
        if "" in values:
            self.fail("blank")
        return [(one if isinstance(one, str) else str(int(one)))[:1000] for one in values]


class SelectionFlagField(JSONBooleanField):
    """A filter that is true or false; read as the text that a query string would have."""

    def to_internal_value(self, data: object) -> list[str]:
        return [str(super().to_internal_value(data)).lower()]


class JobTypeKeyBody(BodySerializer):
    """A job type, by its name and version."""

    name = JSONStringField(help_text=help_of(JobType, "name"))
    version = JSONStringField(help_text=help_of(JobType, "version"))


class SelectionBody(BodySerializer):
    """Which jobs: the filters of the list, each a value or an array of values, and those of v6's bodies.

    One filter at least, beside ``is_superseded``, which chooses nothing in particular. A job is chosen that all of
    them match.
    """

    default_error_messages = {"empty": "Name at least one filter: {names}."}

    job_types = JSONListField(
        of="job types",
        child=JobTypeKeyBody(),
        required=False,
        allow_empty=False,
        max_length=MOST_AT_ONCE,
        help_text="Only jobs of these job types, each named by its `name` and `version`.",
    )
    url = DocumentBodyField(help_text="Let pass: the web client of Scale sends it.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        filters = {
            name: SelectionFlagField(required=False, help_text=declared.extra["help_text"])
            if isinstance(declared, FlagFilter)
            else SelectionField(declared)
            for name, declared in JobBodyFilterSet.base_filters.items()
        }
        return {**filters, **super().get_fields()}

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the chosen ``jobs``, a queryset, and the ``selection`` that chose them."""
        names = choosing(JobBodyFilterSet)
        if not values.keys() & names:
            self.fail("empty", names=", ".join(names))
        chosen = {name: value for name, value in values.items() if name in JobBodyFilterSet.base_filters}
        filterset = JobBodyFilterSet(data=MultiValueDict(chosen), queryset=Job.objects.all())
        if not filterset.is_valid():
            faults = dict(filterset.errors)
            faults[api_settings.NON_FIELD_ERRORS_KEY] = faults.pop(NON_FIELD_ERRORS, [])
            raise serializers.ValidationError(faults)
        selection = {
            name: [" ".join(one.values()) if isinstance(one, dict) else one for one in value]
            for name, value in chosen.items()
        }
        return {"jobs": filterset.qs, "selection": selection}


class RequeueBody(SelectionBody):
    """Which jobs to requeue, and how."""

    priority = JSONIntegerField(**_WHOLE, help_text="The priority that they get; without it they keep their own.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**super().validate(values), "priority": values.get("priority")}

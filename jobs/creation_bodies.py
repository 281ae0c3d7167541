"""The bodies that create jobs."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from rest_framework import serializers

from core.api.bodies import BodySerializer
from core.api.fields import DocumentBodyField, JSONIntegerField, JSONListField, JSONStringField
from core.api.filters import LARGEST_ID
from job_types.models import LARGEST_INTEGER
from job_types.serializers import help_of
from jobs.creation import MOST_CREATED, JobsAlike
from jobs.models import Job
from jobs.states import STATUSES_OF_A_NEW_JOB

_help = partial(help_of, Job)
_WHOLE: dict[str, Any] = {"required": False, "min_value": 1}


class JobBody(BodySerializer):
    """A job to create."""

    job_type_id = JSONIntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="The id of its job type."
    )
    job_type_name = JSONStringField(
        required=False, help_text="The name of its job type, with `job_type_version`, instead of the id."
    )
    job_type_version = JSONStringField(required=False, help_text="The version of its job type.")
    input = DocumentBodyField(help_text=_help("input"))
    configuration = DocumentBodyField(help_text=_help("configuration"))
    priority = JSONIntegerField(**_WHOLE, max_value=LARGEST_INTEGER, help_text=_help("priority"))
    status = serializers.ChoiceField(
        choices=STATUSES_OF_A_NEW_JOB,
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


class JobsBody(JobBody):
    """Jobs to create: inputs for one job type, or jobs that each say what they are of."""

    default_error_messages = {
        "either": "Send either jobs, or inputs with their job type.",
        "alone": "belongs to inputs; each of the jobs has its own.",
    }

    input = None  # type: ignore[assignment]  # so DRF leaves out a field of the base class
    inputs = JSONListField(
        of="inputs",
        child=DocumentBodyField(),
        required=False,
        allow_empty=False,
        max_length=MOST_CREATED,
        help_text=f"Up to {MOST_CREATED:,} inputs: one job for each of them, alike in all else.",
    )
    jobs = JSONListField(
        of="jobs",
        child=JobBody(),
        required=False,
        allow_empty=False,
        max_length=MOST_CREATED,
        help_text=f"Instead of all other fields: up to {MOST_CREATED:,} jobs, each as for `POST /v6/jobs/`.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return ``groups`` of jobs that are alike."""
        jobs, inputs = values.pop("jobs", None), values.pop("inputs", None)
        if (jobs is None) == (inputs is None):
            self.fail("either")
        if jobs is None:
            shared: Any = super().validate(values)
            return {"groups": [JobsAlike(shared, _placed("/inputs", inputs))]}
        if values:
            raise serializers.ValidationError({name: [self.error_messages["alone"]] for name in values})
        return {"groups": [JobsAlike.one(job, place) for place, job in _placed("/jobs", jobs)]}


def _placed(place: str, items: Iterable[Any]) -> list[tuple[str, Any]]:
    """Return the items of the array at ``place`` of a body, each after its own JSON Pointer."""
    return [(f"{place}/{index}", item) for index, item in enumerate(items)]

"""What jobs of the other system refer to, as it is here: job types, revisions, errors and configurations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from errors.models import Error
from errors.services import builtin_error
from job_types.models import JobType, JobTypeConfiguration, JobTypeRevision
from seed import Manifest, complete_configuration
from takeover.models import Kind
from takeover.readers.configurations import read_configuration
from takeover.readers.fields import Document, number_of, object_of, text_of, text_or_empty
from takeover.run import Run
from takeover.source import BadAnswer, is_id

_MOST_CONFIGURATIONS = 10_000  # of jobs, which are kept as they were read; most jobs have that of their job type
_MOST_OF_A_JOB_TYPE = 20
LARGEST_NUMBER = 2**31 - 1
"""The largest number that columns of numbers of tries and priorities hold."""
_MAPS = ("mounts", "settings")

NO_REVISION = "its revision did not come, so that it is shown with the current one"
NO_ERROR = "its error is not known here, so that it is shown as failed of `unknown`"
UNNAMED_ERROR = "no error is named that it failed of, so that it is shown as failed of `unknown`"
MORE_CONFIGURED = "its configuration is shown with what else its job type configures now"


@dataclass(frozen=True, slots=True)
class OwnConfiguration:
    """The configuration of a job: that of its job type with a number, and what the job has different."""

    number: int
    priority: int
    difference: Mapping[str, Any]
    remarks: Sequence[str]


class References:
    """Finds what jobs refer to. What had arrived when it was made is read once."""

    def __init__(self, run: Run) -> None:
        self._keeps_ids = run.options.keeps_ids
        self._job_types = run.arrived(Kind.JOB_TYPE)
        self._errors = run.arrived(Kind.ERROR)
        self._revisions = run.arrived(Kind.JOB_TYPE_REVISION)
        columns = ("pk", "job_type_id", "revision_num")
        revisions = list(JobTypeRevision.objects.order_by("revision_num").values_list(*columns))
        self._job_type_of = {pk: job_type for pk, job_type, _ in revisions}
        self._by_number = {(job_type, number): pk for pk, job_type, number in revisions}
        self._latest = {job_type: pk for pk, job_type, _ in revisions}
        self._by_version = {
            (name, version): pk for pk, name, version in JobType.objects.values_list("pk", "name", "version")
        }
        errors = Error.objects.values_list("pk", "job_type_name", "name")
        self._by_name = {(job_type, name): pk for pk, job_type, name in errors}
        self._configuration = lru_cache(_MOST_CONFIGURATIONS)(_configuration)

    def job_type(self, document: Document) -> int | None:
        """Return the id here of the job type in a list or details; None if it did not come."""
        if not document:
            return None
        arrived = self._job_types.get(number_of(document, "id"))
        return arrived if arrived in self._latest else self._by_version.get(_key(document))

    def revision(self, document: Document, job_type: int) -> tuple[int, Sequence[str]]:
        """Return the id here of the revision in ``job_type_rev``, and remarks. Raises BadAnswer."""
        arrived = self._revisions.get(number_of(document, "id"))
        if arrived is not None and self._job_type_of.get(arrived) == job_type:
            return arrived, ()
        if found := self._by_number.get((job_type, number_of(document, "revision_num"))):
            return found, ()
        if job_type not in self._latest:
            raise BadAnswer("Its job type has no revision here.")
        return self._latest[job_type], (NO_REVISION,)

    def error(self, document: Document | None) -> tuple[int, Sequence[str]]:
        """Return the id here of the error of what FAILED, and remarks; that of ``unknown`` if none is known."""
        if not document:
            return self._unknown, (UNNAMED_ERROR,)
        name, job_type_name = text_of(document, "name"), text_or_empty(document, "job_type_name") or None
        found = self._errors.get(number_of(document, "id")) or self._by_name.get((job_type_name, name))
        return (found, ()) if found else (self._unknown, (NO_ERROR,))

    def configuration(self, details: Document, job_type: int, revision: int) -> OwnConfiguration:
        """Return the configuration of a job, without secrets. Raises BadAnswer."""
        document = object_of(details, "configuration")
        return self._configuration(job_type, revision, json.dumps(document))

    def kept_id(self, document: Document) -> int | None:
        """Return the id that a try is to keep if it is free here; None for any."""
        shown = document.get("id")
        return shown if self._keeps_ids and is_id(shown) else None

    @cached_property
    def _unknown(self) -> int:
        return builtin_error("unknown").pk


def _key(document: Document) -> tuple[str, str]:
    return text_of(document, "name"), text_of(document, "version")


def _configuration(job_type: int, revision: int, text: str) -> OwnConfiguration:
    manifest = Manifest.read(JobTypeRevision.objects.values_list("manifest", flat=True).get(pk=revision))
    read = read_configuration(json.loads(text), manifest)
    rows = JobTypeConfiguration.objects.filter(job_type_id=job_type).order_by("-configuration_num")
    latest, *others = rows.values_list("configuration_num", "configuration")[:_MOST_OF_A_JOB_TYPE]
    fitting = (row for row in (latest, *others) if _is_within(row[1], read.document))
    number, base = next(fitting, latest)
    remarks = read.remarks if _is_within(base, read.document) else [*read.remarks, MORE_CONFIGURED]
    priority = min(max(read.document["priority"], 1), LARGEST_NUMBER)
    return OwnConfiguration(number, priority, _difference(base, read.document), remarks)


def _is_within(base: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Return whether nothing would be shown beyond the configuration ``shown`` if it was laid over ``base``."""
    lower = complete_configuration(base)
    spaces, others = lower["output_workspaces"], shown["output_workspaces"]
    return (
        all(lower[name].keys() <= shown[name].keys() for name in _MAPS)
        and spaces["outputs"].keys() <= others["outputs"].keys()
        and bool(others["default"] or not spaces["default"])
    )


def _difference(base: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes the configuration ``shown`` if it is laid over ``base``; it has no empty members."""
    lower = complete_configuration(base)
    own = {name: _other_items(lower[name], shown[name]) for name in _MAPS}
    spaces, others = lower["output_workspaces"], shown["output_workspaces"]
    own_spaces = {
        "default": others["default"] if others["default"] != spaces["default"] else "",
        "outputs": _other_items(spaces["outputs"], others["outputs"]),
    }
    own["output_workspaces"] = {name: value for name, value in own_spaces.items() if value}
    different = {name: value for name, value in own.items() if value}
    return different if shown["priority"] == lower["priority"] else {**different, "priority": shown["priority"]}


def _other_items(base: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in base or base[name] != value}

"""Creating jobs: one, or up to a thousand in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, TypedDict

from django.conf import settings as django_settings
from django.db import transaction

from core.actors import current_actor
from core.models.bulk import insert_rows
from core.models.clock import exact_time
from core.services import require_valid
from job_types.manifests import ReadManifest, manifests_of
from jobs.arrivals import announce
from jobs.creation_rows import Current, JobTypeKey, current_revisions, lock_job_types
from jobs.inputs import KnownFile, check_files, given_files, known_files
from jobs.models import Job
from jobs.rows import details_of_new
from jobs.states import Status, entering
from seed import (
    MOST_COUNTED,
    Finding,
    Manifest,
    Report,
    check_configuration,
    check_input,
    clear_settings,
    usable_configuration,
)
from workspaces.selectors import workspaces_by_name

MOST_CREATED = 1_000
# Those about what was sent. What is missing in the configuration of a job, its job type configures.
_WARNINGS = ("UNKNOWN_SETTING", "UNKNOWN_MOUNT", "UNKNOWN_OUTPUT", "DEPRECATED_WORKSPACE")


class SharedFields(TypedDict, total=False):
    """What a client says about new jobs; it names the job type by id, or by name and version."""

    job_type_id: int
    job_type_name: str
    job_type_version: str
    configuration: Any
    priority: int
    status: str


class JobFields(SharedFields, total=False):
    """What a client says about a new job."""

    input: Any


@dataclass(frozen=True, slots=True)
class JobsAlike:
    """Jobs to create that differ in their input alone.

    ``place`` is the JSON Pointer of the object in the body that has the ``fields``. ``inputs`` are the inputs, any
    JSON values, each after its own pointer.
    """

    fields: SharedFields
    inputs: Sequence[tuple[str, Any]]
    place: str = ""

    @classmethod
    def one(cls, fields: JobFields, place: str = "") -> "JobsAlike":
        """Return what is a single job."""
        return cls(fields, [(f"{place}/input", fields.get("input", {}))], place)

    @property
    def job_type(self) -> JobTypeKey:
        """Return which job type the fields name."""
        if "job_type_id" in self.fields:
            return self.fields["job_type_id"]
        return self.fields["job_type_name"], self.fields["job_type_version"]

    @property
    def configuration(self) -> Any:
        """Return what the jobs configure themselves, any JSON value."""
        return self.fields.get("configuration", {})

    def configures(self, member: str) -> bool:
        """Return whether the configuration has anything in a member."""
        return isinstance(self.configuration, dict) and bool(self.configuration.get(member))


def create_job(*, fields: JobFields) -> tuple[dict[str, Any], Report]:
    """Create a job of the current revision of its job type; QUEUED, unless ``status`` is PENDING.

    Its priority is ``priority``, else that of ``configuration``, else that of the job type. Return its details with
    the warnings about its files and its configuration. Raises Refused.

    Three queries; one less without files, one more if a process reads the manifest for the first time, and for
    workspaces in the configuration, and two more for settings.
    """
    one = JobsAlike.one(fields)
    # One that locks nothing writes in one statement: a transaction would take two more round trips.
    with transaction.atomic() if one.configures("settings") else nullcontext():
        checked, report = _check([one])
        (row,) = checked[0].rows(exact_time(checked[0].current["now"]))
        (pk,) = insert_rows(Job, [row])
        announce()
    return details_of_new({"id": pk, **row}, checked[0].current, checked[0].read.document), report


@transaction.atomic
def create_jobs(*, groups: Sequence[JobsAlike]) -> tuple[list[int], Report]:
    """Create jobs as ``create_job`` does, all or none, and return their ids in the order of the groups.

    The number of queries is that of one job, whatever the number of jobs; one more if several job types are named
    by name and version.
    """
    checked, report = _check(groups)
    now = exact_time(checked[0].current["now"])
    announce()
    return insert_rows(Job, [row for group in checked for row in group.rows(now)]), report


def _check(groups: Sequence[JobsAlike]) -> tuple[list["_Checked"], Report]:
    """Return what jobs are created of, with the warnings. Raises Refused with the errors of all of them."""
    keys = {group.job_type for group in groups}
    current = current_revisions(keys)
    # No setting becomes secret while a job that configures it is created.
    if locked := {
        row["job_type__id"]
        for group in groups
        if group.configures("settings") and (row := current.get(group.job_type))
    }:
        lock_job_types(locked)
        current = current_revisions(keys)
    manifests = manifests_of({row["id"]: row["created"] for row in current.values()})
    workspaces = workspaces_by_name() if any(group.configures("output_workspaces") for group in groups) else {}
    rows = [(group, current.get(group.job_type)) for group in groups]
    checked = [_Checked.of(group, row, manifests[row["id"]]) for group, row in rows if row]
    known = known_files(pk for group in checked for given in group.files for ids in given.values() for pk in ids)
    found = chain(
        (Report((refusal,)) for group, row in rows if (refusal := _refusal(group, row))),
        (report for group in checked for report in group.reports(known, workspaces)),
    )
    return checked, require_valid(_sum(found))


@dataclass(frozen=True, slots=True)
class _Checked:
    """Jobs to create, and what they are held against: the current revision of their job type, and its manifest."""

    alike: JobsAlike
    current: Current
    read: ReadManifest
    files: Sequence[Mapping[str, Sequence[int]]]  # of each input, as far as these are ids

    @classmethod
    def of(cls, alike: JobsAlike, current: Current, read: ReadManifest) -> "_Checked":
        return cls(alike, current, read, [given_files(given, read.manifest) for _, given in alike.inputs])

    def reports(self, known: Mapping[int, KnownFile], workspaces: Mapping[str, bool]) -> Iterator[Report]:
        """Return the findings on each input, and those on the configuration, with their places in the body."""
        manifest = self.read.manifest
        for (place, given), files in zip(self.alike.inputs, self.files, strict=True):
            yield _below(place, check_input(given, manifest) + check_files(files, manifest, known))
        if "configuration" in self.alike.fields:
            report = _check_configuration(self.alike.configuration, manifest, workspaces)
            yield _below(f"{self.alike.place}/configuration", report)

    def rows(self, now: datetime) -> Iterator[dict[str, Any]]:
        """Return the columns of each job, which are valid."""
        fields, current = self.alike.fields, self.current
        own = _without_version(self.alike.configuration)
        if "settings" in own:
            own["settings"] = clear_settings(own["settings"], self.read.manifest)
        shared = {
            "job_type_id": current["job_type__id"],
            "job_type_rev_id": current["id"],
            "configuration_num": current["job_type__configuration_num"],
            "priority": fields.get(
                "priority",
                int(own.get("priority", usable_configuration(current["job_type__configuration"])["priority"])),
            ),
            "output": {},
            "configuration": own,
            "max_tries": current["job_type__max_tries"],
            "num_exes": 0,
            "created_by": current_actor().name,
            "created": now,
            "queued": None,
            "last_modified": now,
            **entering(Status(fields.get("status", Status.QUEUED)), now),
        }
        return ({**shared, "input": _without_version(given)} for _, given in self.alike.inputs)


def _refusal(group: JobsAlike, current: Current | None) -> Finding | None:
    """Return why the job type of ``group`` takes no jobs: there is none, or it is deprecated."""
    member = "job_type_id" if isinstance(group.job_type, int) else "job_type_name"
    place = f"{group.place}/{member}"
    if current is None:
        shown = "the id {}" if isinstance(group.job_type, int) else "the name {} and the version {}"
        key = (group.job_type,) if isinstance(group.job_type, int) else group.job_type
        sentence = f"There is no job type with {shown.format(*key)}; see /v6/job-types/."
        return Finding("UNKNOWN_JOB_TYPE", sentence, place)
    if not current["job_type__is_active"]:
        name = f"{current['job_type__name']} {current['job_type__version']}"
        sentence = f"{name} is deprecated and takes no jobs; activate it, or use another version."
        return Finding("DEPRECATED_JOB_TYPE", sentence, place)
    return None


def _check_configuration(configuration: object, manifest: Manifest, workspaces: Mapping[str, bool]) -> Report:
    """Return the findings on a job's own configuration, which may leave out what its job type configures."""
    report = check_configuration(
        configuration,
        manifest,
        given=False,
        workspaces=workspaces,
        host_roots=django_settings.ALLOWED_HOST_MOUNTS,
    )
    # ``given=False``, which lets settings and workspaces be missing, only warns of these.
    outside = tuple(finding for finding in report.warnings if finding.name == "HOST_PATH_NOT_ALLOWED")
    warnings = tuple(finding for finding in report.warnings if finding.name in _WARNINGS)
    settings = configuration.get("settings") if isinstance(configuration, dict) else None
    secrets = tuple(
        Finding(
            "SECRET_SETTING",
            f"settings.{name}: is a secret, which only the configuration of the job type may hold",
            f"/settings/{name}",
        )
        for name in (settings if isinstance(settings, dict) else ())
        if name in manifest.secret_settings
    )
    return Report(errors=(*report.errors, *outside, *secrets), warnings=warnings)


def _sum(reports: Iterable[Report]) -> Report:
    """Return the findings of ``reports``; after ``MOST_COUNTED`` errors, no more are looked at."""
    errors: list[Finding] = []
    warnings: list[Finding] = []
    for report in reports:
        errors += report.errors
        warnings += report.warnings[: MOST_COUNTED - len(warnings)]
        if len(errors) >= MOST_COUNTED:
            break
    return Report.of(errors=errors, warnings=warnings)


def _below(place: str, report: Report) -> Report:
    """Return a report on the document at ``place`` of the body, with the paths of its findings into the body."""
    if not report.errors and not report.warnings:
        return report
    errors, warnings = (
        tuple(Finding(found.name, found.description, f"{place}{found.path}") for found in findings)
        for findings in (report.errors, report.warnings)
    )
    return Report(errors, warnings)


def _without_version(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "version"}

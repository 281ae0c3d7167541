"""Reads of job types that ask several models, and what each costs."""

from collections.abc import Collection
from typing import Any, cast

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from core import entity_tags
from core.marks import Mark
from core.reads.prepared import prepared
from core.reads.rows import columns_of, nested
from core.services import Missing
from job_types import hooks
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS, LIST_COLUMNS, REVISION_COLUMNS, JobTypeBrief, JobTypeRow, RevisionRow
from seed import complete_configuration

DETAIL_COLUMNS = (*LIST_COLUMNS, "docker_image_digest", "manifest", "configuration", "findings")
REVISION_DETAIL_COLUMNS = (*REVISION_COLUMNS, "docker_image_digest", "manifest")


class JobTypeDetails(JobTypeRow):
    """What the details of a job type show."""

    docker_image_digest: str | None
    manifest: dict[str, Any]
    configuration: dict[str, Any]
    findings: list[Mark]
    recipe_types: list[hooks.MemberRow]


class RevisionDetails(RevisionRow):
    """What the details of a revision show."""

    job_type: JobTypeBrief
    docker_image_digest: str | None
    manifest: dict[str, Any]


def get_job_type(*, name: str, version: str) -> JobTypeBrief:
    """Return what other answers show of a job type: one query. Raises Missing."""
    for row in _briefs(name=name, version=version):
        return cast(JobTypeBrief, row)
    raise no_such_job_type(name, version)


def job_type_exists(*, name: str, version: str) -> bool:
    """Return whether there is a job type: one query."""
    return bool(_briefs(name=name, version=version))


def get_details(*, name: str, version: str) -> JobTypeDetails:
    """Return what the details of a job type show: one query, two if recipe types hold it. Raises Missing."""
    for row in _details(name=name, version=version):
        # One that was stored by an earlier release may lack members of output_workspaces.
        row["configuration"] = complete_configuration(row["configuration"])
        recipe_types = hooks.recipes.memberships(row["id"]) if row.pop("is_member") else []
        return cast(JobTypeDetails, row | {"recipe_types": recipe_types})
    raise no_such_job_type(name, version)


def get_revision(*, name: str, version: str, revision_num: int) -> RevisionDetails:
    """Return what the details of a revision show: one query. Raises Missing."""
    for row in _revisions(name=name, version=version, revision_num=revision_num):
        return cast(RevisionDetails, {**row, "job_type": nested(row, "job_type", BRIEF_COLUMNS)})
    job_type = JobType.objects.with_key(name=name, version=version).only("name", "version", "revision_num").first()
    if job_type is None:
        raise no_such_job_type(name, version)
    raise Missing(f"There is no revision {revision_num} of {job_type}; it has {job_type.revision_num}.")


def entity_tag(*, name: str, version: str) -> str | None:
    """Return the entity tag of the details of a job type: one query of no document. None if it does not exist."""
    states = hooks.recipes.states(name, version)
    return entity_tags.entity_tag(states[0], states[1:]) if states else None


def newer_revisions(ids: Collection[int]) -> dict[int, int]:
    """Return the current revision of its job type for each of these revisions that takes the same inputs as that.

    Ids, of those that are not current themselves: one query. The database compares ``job.interface.inputs`` of the
    manifests, once for each revision.
    """
    inputs, of_current = (
        Coalesce(Cast(f"{way}manifest__job__interface__inputs", TextField()), Value("", TextField()))
        for way in ("", "job_type__revisions__")
    )
    # In one call of filter(), they are of one other revision.
    older = JobTypeRevision.objects.filter(
        Exact(inputs, of_current),
        pk__in=ids,
        revision_num__lt=F("job_type__revision_num"),
        job_type__revisions__revision_num=F("job_type__revision_num"),
    )
    return dict(older.values_list("pk", "job_type__revisions"))


def no_such_job_type(name: str, version: str) -> Missing:
    """Return the exception that says that there is no such job type."""
    return Missing(f"There is no job type {name} in version {version}; /v6/job-types/{name}/ lists its versions.")


@prepared
def _briefs(*, name: str, version: str) -> QuerySet[JobType, dict[str, Any]]:
    return JobType.objects.with_key(name=name, version=version).values(*BRIEF_COLUMNS)


@prepared
def _details(*, name: str, version: str) -> QuerySet[JobType, dict[str, Any]]:
    job_types = JobType.objects.with_key(name=name, version=version)
    return job_types.values(*DETAIL_COLUMNS, is_member=hooks.recipes.is_member)


@prepared
def _revisions(*, name: str, version: str, revision_num: int) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    revisions = JobTypeRevision.objects.of(name=name, version=version).filter(revision_num=revision_num)
    return revisions.values(*REVISION_DETAIL_COLUMNS, *columns_of("job_type", BRIEF_COLUMNS))

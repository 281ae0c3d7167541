"""Jobs as claims hand them out: with all that a node needs to run them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.db.models.functions import Now

from core.models.columns import array_of
from core.reads.prepared import prepared
from core.reads.rows import columns_of, nested
from job_types.models import JobTypeSecret
from job_types.querysets import BRIEF_COLUMNS
from jobs.models import Job, JobExecution
from seed import overlay_configuration, pinned_image

Row = Mapping[str, Any]


class ClaimedJob(TypedDict):
    """A job that was handed out: its present try, and what to run."""

    id: int
    job_type: Mapping[str, Any]
    job_type_rev: Mapping[str, Any]
    input: dict[str, Any]
    configuration: dict[str, Any]
    priority: int
    num_exes: int
    started: datetime
    secrets: dict[str, str]
    timeout: int | None
    lease_expires: datetime | None


_REVISION = ("id", "revision_num", "docker_image")
_DIGEST = "job_type_rev__docker_image_digest"
_FROZEN = "job_type_configuration__configuration"
# The secrets of the manifest of a job; null if its job type has none.
_DECLARED = Case(
    When(
        Exists(JobTypeSecret.objects.filter(job_type=OuterRef("job_type_id"))),
        then=F("job_type_rev__manifest__job__interface__settings"),
    )
)


def claim_rows(ids: Iterable[int]) -> list[Row]:
    """Return the rows of the jobs with these ids, from which ``claimed_job`` makes what is handed out: one query.

    They are in the order of the queue. ``now`` is the time of the query, and ``declared`` are the settings of the
    manifest if the job type has secrets.
    """
    return _rows(ids=array_of(ids))


def claimed_job(row: Row, one: JobExecution, secrets: dict[str, str]) -> ClaimedJob:
    """Return what is handed out of the job in ``row`` with its try ``one``."""
    return {
        "id": row["id"],
        "job_type": nested(row, "job_type", BRIEF_COLUMNS),
        "job_type_rev": {
            **nested(row, "job_type_rev", _REVISION),
            "docker_image": pinned_image(row["job_type_rev__docker_image"], row[_DIGEST]),
        },
        "input": row["input"],
        "configuration": overlay_configuration(row[_FROZEN], row["configuration"]),
        "priority": row["priority"],
        "num_exes": one.exe_num,
        "started": one.started,
        "secrets": secrets,
        "timeout": row["job_type_rev__timeout"],
        "lease_expires": one.lease_expires,
    }


@prepared
def _rows(*, ids: str) -> QuerySet[Job, Row]:
    columns = (
        *("id", "job_type_id", "job_type_rev_id", "priority", "queued", "num_exes", "last_status_change"),
        *("input", "configuration", _FROZEN, "job_type_rev__timeout", _DIGEST),
        *columns_of("job_type", BRIEF_COLUMNS),
        *columns_of("job_type_rev", _REVISION),
    )
    jobs = Job.objects.filter(pk__any_of=ids).order_by("priority", "queued", "pk")
    return jobs.values(*columns, declared=_DECLARED, now=Now())

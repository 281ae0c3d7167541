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
from jobs.models import Job
from jobs.products import product_path
from jobs.supplies import FROZEN, InputFile, Row, Supply
from seed import pinned_image
from workspaces.selectors import OpenWorkspace


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
    files: dict[str, list[InputFile]]
    workspaces: dict[str, OpenWorkspace]
    product_path: str
    timeout: int | None
    lease_expires: datetime | None


_REVISION = ("id", "revision_num", "docker_image")
_DIGEST = "job_type_rev__docker_image_digest"
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


def claimed_job(row: Row, one: Row, supply: Supply) -> ClaimedJob:
    """Return what is handed out of the job in ``row`` with its try ``one``, and with what it needs."""
    job_type = nested(row, "job_type", BRIEF_COLUMNS)
    return {
        "id": row["id"],
        "job_type": job_type,
        "job_type_rev": {
            **nested(row, "job_type_rev", _REVISION),
            "docker_image": pinned_image(row["job_type_rev__docker_image"], row[_DIGEST]),
        },
        "input": row["input"],
        "configuration": supply.configuration,
        "priority": row["priority"],
        "num_exes": one["exe_num"],
        "started": one["started"],
        "secrets": supply.secrets,
        "files": supply.files,
        "workspaces": supply.workspaces,
        "product_path": product_path(job_type["name"], job_type["version"], row["id"], one["exe_num"]),
        "timeout": row["job_type_rev__timeout"],
        "lease_expires": one["lease_expires"],
    }


@prepared
def _rows(*, ids: str) -> QuerySet[Job, Row]:
    columns = (
        *("id", "job_type_id", "job_type_rev_id", "priority", "queued", "num_exes", "last_status_change"),
        *("input", "configuration", FROZEN, "job_type_rev__timeout", _DIGEST),
        *columns_of("job_type", BRIEF_COLUMNS),
        *columns_of("job_type_rev", _REVISION),
    )
    jobs = Job.objects.filter(pk__any_of=ids).order_by("priority", "queued", "pk")
    return jobs.values(*columns, declared=_DECLARED, now=Now())

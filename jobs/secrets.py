"""The secrets of jobs that are handed out: read at each claim, shown nowhere else, and each delivery recorded."""

import logging
from collections.abc import Collection, Iterable
from functools import partial

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Length

from audit.models import Action, Kind
from audit.services import Subject, record_all
from core.encryption import EncryptionError, decrypt
from job_types.changes import operate_job_type
from job_types.models import JobType, JobTypeSecret
from jobs.models import Job

_logger = logging.getLogger(__name__)

# How large the secrets of the job type of a job are.
SECRET_BYTES = Coalesce(
    Subquery(
        JobTypeSecret.objects.filter(job_type=OuterRef("job_type_id"))
        .order_by()
        .values("job_type")
        .values(size=Sum(Length("token")))
    ),
    0,
)
# Of the manifest of a job; null if its job type has no secrets.
_DECLARED = Case(
    When(
        Exists(JobTypeSecret.objects.filter(job_type=OuterRef("job_type_id"))),
        then=F("job_type_rev__manifest__job__interface__settings"),
    )
)


def with_secrets(jobs: QuerySet[Job]) -> list[Job]:
    """Return those of ``jobs`` whose secrets can be read, with these in ``secrets``.

    A job gets the secrets of its job type that its own manifest declares. One query; two if a job type has
    secrets. If no key decrypts one of them any longer, the jobs of that job type are left out, and it is paused
    when the transaction is committed, so that they do not stand in the way of others.
    """
    declared = {job: job.declared or [] for job in jobs.annotate(declared=_DECLARED)}
    job_types = {job.job_type_id: job.job_type for job, settings in declared.items() if settings}
    values: dict[int, dict[str, str]] = {pk: {} for pk in job_types}
    broken = set()
    for secret in JobTypeSecret.objects.filter(job_type_id__in=job_types) if job_types else ():
        try:
            values[secret.job_type_id][secret.name] = decrypt(secret.token)
        except EncryptionError:
            broken.add(secret.job_type_id)
    if broken:
        transaction.on_commit(partial(_pause, [job_types[pk] for pk in sorted(broken)]))
    readable: list[Job] = []
    for job, settings in declared.items():
        if job.job_type_id not in broken:
            stored = values.get(job.job_type_id, {})
            job.secrets = {one["name"]: stored[one["name"]] for one in settings if one["name"] in stored}
            readable.append(job)
    return readable


def record_deliveries(jobs: Iterable[Job], node: str) -> None:
    """Record the names of the secrets that ``node`` is handed with the present tries of ``jobs``: one statement."""
    delivered = [
        (
            Subject(Kind.JOB, str(job.pk)),
            {
                name: {"new": value}
                for name, value in (("exe_num", job.num_exes), ("node", node), ("secrets", [*job.secrets]))
            },
        )
        for job in jobs
        if job.secrets
    ]
    if delivered:
        record_all(changed=delivered, action=Action.SECRETS_DELIVERED)


def _pause(job_types: Collection[JobType]) -> None:
    """Pause job types whose secrets no key decrypts, as an operator would, and log it."""
    for job_type in job_types:
        operate_job_type(name=job_type.name, version=job_type.version, fields={"is_paused": True})
        _logger.error(
            "No key in ENCRYPTION_KEYS decrypts the secrets of %s. It is paused: put the key back, or send the "
            "secrets again, and resume it.",
            job_type,
        )

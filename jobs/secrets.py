"""The secrets of jobs that are handed out: read at each claim, and shown nowhere else."""

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Length

from core.encryption import EncryptionError, decrypt
from job_types.changes import operate_job_type
from job_types.models import JobTypeSecret

Row = Mapping[str, Any]

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


def read_secrets(rows: Iterable[Row]) -> dict[int, dict[str, str]]:
    """Return job id -> the secrets of each of the jobs in ``rows`` (see ``claim_rows``) whose secrets can be read.

    A job gets the secrets of its job type that its own manifest declares. One query if a job type has secrets, none
    otherwise. If no key decrypts one of them any longer, the jobs of that job type are left out, and it is paused
    when the transaction is committed, so that they do not stand in the way of others.
    """
    rows = list(rows)
    job_types = {row["job_type_id"]: row for row in rows if row["setting_names"]}
    values: dict[int, dict[str, str]] = {pk: {} for pk in job_types}
    broken = set()
    for secret in JobTypeSecret.objects.filter(job_type_id__in=job_types) if job_types else ():
        try:
            values[secret.job_type_id][secret.name] = decrypt(secret.token)
        except EncryptionError:
            broken.add(secret.job_type_id)
    if broken:
        pause_without_key((job_types[pk] for pk in broken), "secrets")
    secrets = {}
    for row in rows:
        if row["job_type_id"] not in broken:
            stored = values.get(row["job_type_id"], {})
            secrets[row["id"]] = {name: value for name, value in stored.items() if name in row["setting_names"]}
    return secrets


def pause_without_key(rows: Iterable[Row], kind: str) -> None:
    """Pause the job types of ``rows`` when the transaction is committed, as an operator would, and log it.

    ``kind`` says what no key decrypts any longer.
    """
    job_types = {row["job_type_id"]: row["job_type"] for row in rows}
    transaction.on_commit(partial(_pause, [job_types[pk] for pk in sorted(job_types)], kind))


def _pause(job_types: Iterable[Mapping[str, Any]], kind: str) -> None:
    for job_type in job_types:
        key = {name: job_type[name] for name in ("name", "version")}
        operate_job_type(**key, fields={"is_paused": True})
        _logger.error(
            "No key in ENCRYPTION_KEYS decrypts the %(kind)s of %(name)s %(version)s. It is paused: put the key "
            "back, or send the %(kind)s again, and resume it.",
            {**key, "kind": kind},
        )

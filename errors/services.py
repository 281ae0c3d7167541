"""Writes errors: the built-in ones of this release, and those that a manifest declares."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from errors.models import Error
from seed import ManifestError

BUILTIN_ERRORS = Path(__file__).parent / "builtin-errors.json"

_DESCRIBING = ("title", "description", "category", "should_be_retried")


@transaction.atomic
def load_builtin_errors() -> int:
    """Creates or updates the built-in errors of `builtin-errors.json`; answers how many were written.

    One that this release no longer has stays: jobs of the past may have failed of it.
    """
    wanted = {facts["name"]: facts for facts in json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8"))}
    builtin = Error.objects.select_for_update().filter(job_type_name=None)
    stored = {error.name: error for error in builtin.order_by("name")}
    return _write(wanted, stored, job_type_name=None)


@transaction.atomic
def declare_errors(*, job_type_name: str, errors: Iterable[ManifestError]) -> int:
    """Makes the errors of a manifest known as those of `job_type_name`; answers how many were written.

    Errors are shared by all versions of the name, and the last manifest to describe one wins. Errors that
    no manifest declares any more stay, for the jobs that failed of them.
    """
    wanted = {
        error.name: {
            "title": error.title,
            "description": error.description,
            "category": error.category,
            "should_be_retried": False,
        }
        for error in errors
    }
    if not wanted:
        return 0
    own = Error.objects.select_for_update().filter(job_type_name=job_type_name, name__in=list(wanted))
    stored = {error.name: error for error in own.order_by("name")}
    return _write(wanted, stored, job_type_name=job_type_name)


def _write(
    wanted: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Error], *, job_type_name: str | None
) -> int:
    """Inserts or updates, in one statement and in the order of names, those that differ from what is stored.

    The fixed order keeps two versions of one name, edited at once, from waiting for each other in a circle.
    """
    now = timezone.now()
    changed = []
    for name, facts in sorted(wanted.items()):
        error = stored.get(name) or Error(
            name=name, job_type_name=job_type_name, is_builtin=job_type_name is None, created=now
        )
        values = {field: facts[field] for field in _DESCRIBING}
        if error.pk and values == {field: getattr(error, field) for field in _DESCRIBING}:
            continue
        for field, value in values.items():
            setattr(error, field, value)
        error.last_modified = now
        changed.append(error)
    written = ["last_modified", *_DESCRIBING]
    Error.objects.bulk_update([error for error in changed if error.pk], written)
    new = [error for error in changed if not error.pk]
    if job_type_name is None:
        # Another loader of the same release may have been faster; it wrote the same.
        Error.objects.bulk_create(new, ignore_conflicts=True)
    else:
        Error.objects.bulk_create(
            new, update_conflicts=True, unique_fields=["job_type_name", "name"], update_fields=written
        )
    return len(changed)

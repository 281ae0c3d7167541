"""Writes errors: the built-in ones of this release, and those that a manifest declares."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from core.models.clock import statement_time
from errors.models import Error
from seed import ManifestError

BUILTIN_ERRORS = Path(__file__).parent / "builtin-errors.json"

_DESCRIBING = ("title", "description", "category", "should_be_retried")


@transaction.atomic
def load_builtin_errors() -> int:
    """Create or update the built-in errors of ``builtin-errors.json``; return how many were written.

    Errors that this release no longer has stay: jobs of the past may have failed with them.
    """
    wanted = {facts["name"]: facts for facts in json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8"))}
    builtin = Error.objects.select_for_update().filter(job_type_name=None)
    stored = {error.name: error for error in builtin.order_by("name")}
    now = statement_time()
    written = 0
    for name, facts in sorted(wanted.items()):
        values = {field: facts[field] for field in _DESCRIBING} | {"last_modified": now}
        if name in stored:
            if _differs(stored[name], facts):
                Error.objects.filter(pk=stored[name].pk).update(**values)
                written += 1
        else:
            # Another process may have inserted the same error of the same release in the meantime.
            error = Error(name=name, is_builtin=True, created=now, **values)
            Error.objects.bulk_create([error], ignore_conflicts=True)
            written += 1
    return written


@transaction.atomic(savepoint=False)
def declare_errors(*, job_type_name: str, errors: Iterable[ManifestError]) -> int:
    """Create or update the errors that a manifest of ``job_type_name`` declares; return how many were written.

    All versions of the name share its errors, and the last manifest to describe one wins. Errors that no manifest
    declares any more stay, for the jobs that failed with them.
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
    stored = {
        error.name: error for error in Error.objects.filter(job_type_name=job_type_name, name__in=list(wanted))
    }
    now = statement_time()
    changed = [
        Error(name=name, job_type_name=job_type_name, created=now, last_modified=now, **facts)
        for name, facts in sorted(wanted.items())
        if name not in stored or _differs(stored[name], facts)
    ]
    # One statement locks the rows in the order of names, and no row is locked before it: otherwise two versions of
    # a name that are edited at the same time could deadlock.
    Error.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["job_type_name", "name"],
        update_fields=["last_modified", *_DESCRIBING],
    )
    return len(changed)


def builtin_error(name: str) -> Error:
    """Return the built-in error ``name`` of this release; load all of them first where it is not loaded yet."""
    error = Error.objects.filter(job_type_name=None, name=name).first()
    if error is None:
        load_builtin_errors()
        error = Error.objects.get(job_type_name=None, name=name)
    return error


def _differs(error: Error, facts: Mapping[str, Any]) -> bool:
    return any(getattr(error, field) != facts[field] for field in _DESCRIBING)

"""The service with faults: ``PATCH /v6/workspaces/{fault}/`` fails over the title that it is sent.

Only a server imports it, since the import puts the faults into place.
"""

from scale.wsgi import application

# isort: split
# Models can be imported once the application has loaded Django.
import warnings
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from jobs.models import Job
from jobs.states import Status
from workspaces.models import Workspace
from workspaces.views import WorkspaceViewSet

__all__ = ["application"]


def violate_a_check(private: str) -> None:
    Job.objects.update(status=Status.COMPLETED, started=F("queued"), ended=F("queued") - timedelta(hours=1))


def violate_a_key(private: str) -> None:
    for _ in range(2):
        Workspace.objects.create(name=private, created=timezone.now(), last_modified=timezone.now())


def send_what_is_no_number(private: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [private])
    Workspace.objects.get(pk=private)


def send_what_is_no_sql(private: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FRM workspaces WHERE name = %s", [private])


def fail_over_a_fault(private: str) -> None:
    try:
        violate_a_key(private)
    except Exception as error:
        error.add_note(private)
        raise RuntimeError(f"no workspace is named {private}") from error


def fail_beside_a_fault(private: str) -> None:
    try:
        int(private)
    except ValueError:
        warnings.warn(f"received {private!r}", RuntimeWarning, stacklevel=1)
        dict[str, str]()[private]


def fail(view: object, request: Request, name: str, **kwargs: Any) -> HttpResponse:
    globals()[name](request.data["title"])
    raise AssertionError(f"{name} did not fail")


WorkspaceViewSet.partial_update = fail  # type: ignore[assignment]  # it replaces the method

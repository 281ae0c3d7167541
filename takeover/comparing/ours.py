"""The reads of this service, in this process, as a member of its staff."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F
from django.urls import Resolver404, resolve
from rest_framework.test import APIRequestFactory, force_authenticate

from errors.models import Error
from job_types.models import JobType
from takeover.models import Imported, Kind, Takeover

_BASE = "/v6/"
_PAGE_SIZE = 1000
_IDS_AT_ONCE = 500  # Django refuses more than 1,000 parameters


class Ours:
    """This service. Its views are called without the middleware, which would log each read as a request."""

    def __init__(self) -> None:
        self._requests = APIRequestFactory(SERVER_NAME=_host())
        self._reader = get_user_model()(username="compare_scale", is_staff=True, is_active=True)

    def get(self, path: str, **params: Any) -> dict[str, Any] | None:
        """Return the answer at ``path`` below ``/v6/``; None for a 404."""
        request = self._requests.get(f"{_BASE}{path}", params, secure=True)
        force_authenticate(request, self._reader)
        try:
            match = resolve(request.path)
        except Resolver404:  # A name or version that no URL here can have.
            return None
        response = match.func(request, *match.args, **match.kwargs)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise ValueError(f"{_BASE}{path} answers {response.status_code} here")
        found: dict[str, Any] = json.loads(response.render().content)
        return found

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Return all rows of a list."""
        rows: list[dict[str, Any]] = []
        number = 1
        while page := self.get(path, page=number, page_size=_PAGE_SIZE):
            rows += page["results"]
            if page["next"] is None:
                break
            number += 1
        return rows

    def jobs(self, base: str, source_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the rows of the list for the jobs that came from the system at ``base``, by their ids there."""
        rows: dict[int, dict[str, Any]] = {}
        for first in range(0, len(source_ids), _IDS_AT_ONCE):
            some = source_ids[first : first + _IDS_AT_ONCE]
            arrived = Imported.objects.filter(takeover__url=base, kind=Kind.JOB, source_id__in=some)
            ids = dict(arrived.values_list("object_id", "source_id"))
            page = self.get("jobs/", job_id=list(ids), page_size=_PAGE_SIZE) if ids else None
            rows |= {ids[row["id"]]: row for row in page["results"]} if page else {}
        return rows

    def last_run(self, base: str) -> datetime | None:
        """Return when the last run of a takeover from ``base`` began."""
        return Takeover.objects.filter(url=base).values_list("started", flat=True).first()

    def own_names(self) -> set[str]:
        """Return the names of the system job types and built-in errors that no takeover has brought."""
        job_types = JobType.objects.filter(is_system=True).exclude(pk__in=_brought(Kind.JOB_TYPE))
        errors = Error.objects.filter(is_builtin=True).exclude(pk__in=_brought(Kind.ERROR))
        return {*job_types.values_list("name", flat=True), *errors.values_list("name", flat=True)}

    def ids(self) -> set[tuple[int, int]]:
        """Return which ids there stand for which here, jobs apart."""
        moved = Imported.objects.exclude(kind=Kind.JOB).exclude(source_id=F("object_id"))
        return set(moved.values_list("source_id", "object_id"))


def _brought(kind: Kind) -> Any:
    return Imported.objects.filter(kind=kind, written__isnull=False).values("object_id")


def _host() -> str:
    """Return a host that links may name, whichever they are."""
    host = next((name for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    return host.removeprefix(".")

"""Probes: is the process alive, and can it do its work."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import deadlines
from core.outages import missing_migrations

DATABASE_SECONDS = 3.0  # for the database to answer a probe


def unready_because() -> str:
    """Return why requests cannot be served: the database does not answer or lacks migrations; empty if they can."""
    try:
        with deadlines.within(DATABASE_SECONDS):
            missing = missing_migrations()
    except DatabaseError:
        return "The database does not answer."
    if missing:
        names = ", ".join(f"{app}.{name}" for app, name in missing)
        return f"Migrations are missing in the database: {names}. Run `manage.py migrate`."
    return ""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200: the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database answers and has all migrations of this code, else 503 with the reason."""
    if reason := unready_because():
        return JsonResponse({"status": "unready", "detail": reason}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok"})


class ProbesMiddleware:
    """Answers the probes before the Host header is checked, in which they have the address of a container."""

    PROBES = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        response = probe(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

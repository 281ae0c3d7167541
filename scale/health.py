"""Probes: is the process alive, and can it do its work."""

from functools import lru_cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Return the newest migration of each app in this code, as (app, name)."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200: the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database answers and has all migrations of this code, else 503 with the reason."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return _unready("The database does not answer.")
    if missing := sorted(_known_migrations() - applied):
        names = ", ".join(f"{app}.{name}" for app, name in missing)
        return _unready(f"Migrations are missing in the database: {names}. Run `manage.py migrate`.")
    return JsonResponse({"status": "ok"})


def _unready(reason: str) -> JsonResponse:
    return JsonResponse({"status": "unready", "detail": reason}, status=503, headers={"Retry-After": "5"})

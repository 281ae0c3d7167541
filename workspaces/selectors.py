"""Reads of workspaces."""

from collections.abc import Collection
from typing import Any, TypedDict

from django.db.models import QuerySet

from core.reads.prepared import prepared
from core.services import Missing
from workspaces.models import Workspace


class WorkspaceState(TypedDict):
    """What job configurations need to know of a workspace."""

    name: str
    is_active: bool


def workspaces_by_name() -> dict[str, bool]:
    """Return the names of all workspaces, each with whether it is active, in one query."""
    return {row["name"]: row["is_active"] for row in _workspaces()}


def get_workspace(*, key: str, columns: Collection[str]) -> dict[str, Any]:
    """Return ``columns`` of the workspace with a name or an id: one query. Raises Missing."""
    row = Workspace.objects.with_key(key).values(*columns).first()
    if row is None:
        raise no_such_workspace(key)
    return row


def no_such_workspace(key: str) -> Missing:
    """Return the exception that says that there is no such workspace."""
    return Missing(f"No workspace has the name or the id {key!r}; /v6/workspaces/ lists them.")


@prepared
def _workspaces() -> QuerySet[Workspace, WorkspaceState]:
    return Workspace.objects.values("name", "is_active")

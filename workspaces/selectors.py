"""Reads of workspaces."""

from typing import TypedDict

from django.db.models import QuerySet

from core.reads.prepared import prepared
from workspaces.models import Workspace


class WorkspaceState(TypedDict):
    """What job configurations need to know of a workspace."""

    name: str
    is_active: bool


def workspaces_by_name() -> dict[str, bool]:
    """Return the names of all workspaces, each with whether it is active, in one query."""
    return {row["name"]: row["is_active"] for row in _workspaces()}


@prepared
def _workspaces() -> QuerySet[Workspace, WorkspaceState]:
    return Workspace.objects.values("name", "is_active")

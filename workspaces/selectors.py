"""Reads of workspaces."""

from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from core.reads.prepared import prepared
from core.reads.rows import Row


def workspaces_by_name() -> dict[str, bool]:
    """The names of all workspaces, and whether each is active: one query."""
    return {row["name"]: row["is_active"] for row in _workspaces()}


@prepared
def _workspaces() -> QuerySet[Any, Row]:
    return apps.get_model("workspaces", "Workspace").objects.values("name", "is_active")

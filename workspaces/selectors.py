"""Reads of workspaces."""

from collections.abc import Collection, Iterable
from functools import cache as kept
from typing import Any, TypedDict

from django.db.models import QuerySet

from core.encryption import EncryptionError, decrypt
from core.reads.prepared import prepared
from core.services import Missing
from seed import broker_of
from workspaces.models import Workspace


class WorkspaceState(TypedDict):
    """What job configurations need to know of a workspace."""

    name: str
    is_active: bool


class OpenWorkspace(TypedDict):
    """What it takes to read and write the files of a workspace.

    ``broker`` is as it was configured, with the credentials in clear; None where there is none.
    """

    broker: dict[str, Any] | None
    is_active: bool


def workspaces_by_name() -> dict[str, bool]:
    """Return the names of all workspaces, each with whether it is active, in one query."""
    return {row["name"]: row["is_active"] for row in _workspaces()}


def open_workspaces(names: Iterable[str]) -> tuple[dict[str, OpenWorkspace], frozenset[str]]:
    """Return those of the workspaces with ``names`` that exist, by name, with their credentials: one query.

    Beside them return the names of those that have a credential that no key decrypts. What holds the result must
    be shown to nobody but a node that is to use it.
    """
    opened: dict[str, OpenWorkspace] = {}
    closed: set[str] = set()
    given = {f"name_{number}": name for number, name in enumerate(names)}
    for name, is_active, configuration, credential, token in _reading(len(given))(**given):
        if name not in opened:
            opened[name] = {"broker": {**broker_of(configuration)} or None, "is_active": is_active}
        broker = opened[name]["broker"]
        if broker is None or token is None:
            continue
        try:
            broker.setdefault("credentials", {})[credential] = decrypt(token)
        except EncryptionError:
            closed.add(name)
    return {name: one for name, one in opened.items() if name not in closed}, frozenset(closed)


def get_workspace(*, key: str, columns: Collection[str]) -> dict[str, Any]:
    """Return ``columns`` of the workspace with a name or an id: one query. Raises Missing."""
    row = Workspace.objects.with_key(key).values(*columns).first()
    if row is None:
        raise no_such_workspace(key)
    return row


def no_such_workspace(key: str) -> Missing:
    """Return the exception that says that there is no such workspace."""
    return Missing(f"No workspace has the name or the id {key!r}; /v6/workspaces/ lists them.")


@kept
def _reading(count: int) -> prepared[tuple[Any, ...]]:
    """Return what reads ``count`` workspaces by their names, a row for each credential."""

    @prepared
    def find(**names: str) -> QuerySet[Workspace, tuple[Any, ...]]:
        found = Workspace.objects.filter(name__in=list(names.values()))
        return found.values_list("name", "is_active", "configuration", "secrets__name", "secrets__token")

    return find


@prepared
def _workspaces() -> QuerySet[Workspace, WorkspaceState]:
    return Workspace.objects.values("name", "is_active")

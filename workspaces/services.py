"""Writes workspaces: creates and edits one."""

from typing import TypedDict

from django.db import IntegrityError, transaction

from audit.models import Action, Kind
from audit.services import Subject, changes_between, record
from core.models.clock import database_time
from core.services import Missing, Refused
from workspaces.models import Workspace


class WorkspaceFields(TypedDict, total=False):
    """The fields of a workspace that can be edited; one that is absent stays as it is."""

    title: str
    description: str
    base_url: str
    is_active: bool


def create_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """Create a workspace. Raises Refused when the name is taken, even if it is taken at the same moment."""
    now = database_time()
    deprecated = None if fields.get("is_active", True) else now
    try:
        with transaction.atomic():
            workspace = Workspace.objects.create(
                name=name, created=now, last_modified=now, deprecated=deprecated, **fields
            )
            record(
                subject=_subject(workspace),
                action=Action.CREATED,
                changes=changes_between({}, _editable(workspace)),
            )
            return workspace
    except IntegrityError:
        taken = f"name: there is a workspace {name!r} already; edit it, or choose another name."
        raise Refused.because("INVALID_FIELD", taken, "/name") from None


@transaction.atomic
def edit_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """Set ``fields`` of a workspace; nothing is written when all have these values already. Raises Missing."""
    workspace = Workspace.objects.select_for_update().filter(name=name).first()
    if workspace is None:
        raise Missing(f"No workspace is named {name!r}.")
    changes = changes_between(_editable(workspace), fields)
    if not changes:
        return workspace
    now = database_time()
    for field, change in changes.items():
        setattr(workspace, field, change["new"])
    if "is_active" in changes:
        workspace.deprecated = None if workspace.is_active else now
    workspace.last_modified = now
    workspace.save(update_fields=[*changes, "deprecated", "last_modified"])
    record(subject=_subject(workspace), action=Action.EDITED, changes=changes)
    return workspace


def _subject(workspace: Workspace) -> Subject:
    return Subject(Kind.WORKSPACE, workspace.name)


def _editable(workspace: Workspace) -> dict[str, object]:
    """Return the current values of the fields that can be edited."""
    return {field: getattr(workspace, field) for field in WorkspaceFields.__annotations__}

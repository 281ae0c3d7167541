"""Writes workspaces: create one, edit one."""

from typing import TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Action, Kind
from audit.services import Subject, changes_between, record
from core.services import Missing, Refused
from workspaces.models import Workspace


class WorkspaceFields(TypedDict, total=False):
    """What a person says about a workspace beside its name; what is absent stays as it is."""

    title: str
    description: str
    base_url: str
    is_active: bool


def create_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """The new workspace. Raises Refused, also when two create the same name at once."""
    now = timezone.now()
    deprecated = None if fields.get("is_active", True) else now
    try:
        with transaction.atomic():
            workspace = Workspace.objects.create(
                name=name, created=now, last_modified=now, deprecated=deprecated, **fields
            )
            record(
                subject=_subject(workspace), action=Action.CREATED, changes=changes_between({}, _shown(workspace))
            )
            return workspace
    except IntegrityError:
        taken = f"name: there is a workspace {name!r} already; edit it, or choose another name."
        raise Refused.because("INVALID_FIELD", taken, "/name") from None


@transaction.atomic
def edit_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """The workspace with `fields` changed; saying what is already so changes nothing.

    Raises Missing.
    """
    workspace = Workspace.objects.select_for_update().filter(name=name).first()
    if workspace is None:
        raise Missing(f"No workspace is named {name!r}.")
    now = timezone.now()
    changes = changes_between(_shown(workspace), fields)
    changed = list(changes)
    if not changed:
        return workspace
    for field in changed:
        setattr(workspace, field, fields[field])  # type: ignore[literal-required]
    if "is_active" in changed:
        workspace.deprecated = None if workspace.is_active else now
    workspace.last_modified = now
    workspace.save(update_fields=[*changed, "deprecated", "last_modified"])
    record(subject=_subject(workspace), action=Action.EDITED, changes=changes)
    return workspace


def _subject(workspace: Workspace) -> Subject:
    return Subject(Kind.WORKSPACE, workspace.name)


def _shown(workspace: Workspace) -> dict[str, object]:
    """The fields that a person says, as they are."""
    return {field: getattr(workspace, field) for field in WorkspaceFields.__annotations__}

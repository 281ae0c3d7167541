"""Writes workspaces: create one, edit one."""

from typing import TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Action, Kind
from audit.services import Subject, changes_between, record
from workspaces.models import Workspace


class WorkspaceFields(TypedDict, total=False):
    """What a person says about a workspace beside its name; what is absent stays as it is."""

    title: str
    description: str
    base_url: str
    is_active: bool


class NameTaken(Exception):
    """There is a workspace of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a workspace of this name already: {name}.")


def create_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """The new workspace. Raises NameTaken, also when two create the same name at once."""
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
        raise NameTaken(name) from None


@transaction.atomic
def edit_workspace(*, name: str, fields: WorkspaceFields) -> Workspace:
    """The workspace with `fields` changed; saying what is already so changes nothing.

    Raises Workspace.DoesNotExist.
    """
    workspace = Workspace.objects.select_for_update().get(name=name)
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

"""Writing workspaces, beneath HTTP: the services and what the database itself refuses."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.services import Missing, Refused
from tests.threads import at_once
from workspaces.models import Workspace
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db


def test_a_refused_name_leaves_the_transaction_around_it_usable() -> None:
    create_workspace(name="raw", fields={})
    with transaction.atomic():
        with pytest.raises(Refused):
            create_workspace(name="raw", fields={})
        create_workspace(name="other", fields={})
    assert Workspace.objects.count() == 2


def test_a_workspace_that_does_not_exist_cannot_be_edited() -> None:
    with pytest.raises(Missing):
        edit_workspace(name="nowhere", fields={"title": "x"})


def test_an_edit_keeps_the_time_of_an_earlier_deprecation() -> None:
    created, _ = create_workspace(name="raw", fields={"is_active": False})
    since = created.deprecated
    edited, _ = edit_workspace(name="raw", fields={"is_active": False, "title": "Raw"})
    assert (edited.deprecated, edited.title) == (since, "Raw")
    assert Workspace.objects.get().deprecated == since


@pytest.mark.django_db(transaction=True)
def test_edits_of_different_fields_at_once_are_all_kept() -> None:
    create_workspace(name="raw", fields={})
    edits = [{"title": "t"}, {"description": "d"}, {"base_url": "u"}, {"is_active": False}]
    at_once(4, lambda number: edit_workspace(name="raw", fields=edits[number]))  # type: ignore[arg-type]
    workspace = Workspace.objects.get()
    assert (workspace.title, workspace.description, workspace.base_url) == ("t", "d", "u")
    assert workspace.deprecated is not None


@pytest.mark.parametrize(("is_active", "deprecated"), [(True, True), (False, False)])
def test_the_database_refuses_an_activity_that_contradicts_its_time(is_active: bool, deprecated: bool) -> None:
    now = timezone.now()
    with pytest.raises(DatabaseError, match="workspace_deprecated_when_inactive"):
        Workspace.objects.create(
            name="raw",
            is_active=is_active,
            deprecated=now if deprecated else None,
            created=now,
            last_modified=now,
        )


def test_a_workspace_is_named_by_its_name() -> None:
    workspace, _ = create_workspace(name="raw", fields={})
    assert str(workspace) == "raw"

"""The groups: what they hold, what stays of them, and who has their rights."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from core.rights import GROUPS, OPERATORS

GUIDE = Path(settings.BASE_DIR) / "docs" / "operations.md"
EVERY_RIGHT = frozenset().union(*GROUPS.values())


def held(group: str) -> set[str]:
    """Return the permissions of a group in the database."""
    permissions = Permission.objects.filter(group__name=group).select_related("content_type")
    return {f"{one.content_type.app_label}.{one.codename}" for one in permissions}


def test_each_group_holds_what_the_table_says() -> None:
    assert {name: held(name) for name in GROUPS} == GROUPS


def test_a_migration_gives_a_group_what_it_lacks_and_leaves_what_was_added() -> None:
    workers = Group.objects.get(name="Workers")
    workers.permissions.set(Permission.objects.filter(codename="view_error"))
    Group.objects.filter(name="Publishers").delete()
    call_command("migrate", verbosity=0)
    assert held("Workers") == GROUPS["Workers"] | {"errors.view_error"}
    assert held("Publishers") == GROUPS["Publishers"]
    assert Group.objects.count() == len(GROUPS)


def test_operators_may_do_all_that_a_group_may() -> None:
    assert GROUPS[OPERATORS] == EVERY_RIGHT


def test_staff_have_the_rights_of_operators_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    staff = get_user_model().objects.create_user("staff", is_staff=True)
    with django_assert_num_queries(0):
        assert staff.has_perms(GROUPS[OPERATORS])
        assert staff.has_module_perms("jobs")
    assert staff.get_all_permissions() == GROUPS[OPERATORS]
    assert not staff.has_perm("auth.change_user")
    assert not staff.has_module_perms("auth")


def test_the_rights_of_an_account_and_of_its_groups_are_one_query_and_end_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    accounts = get_user_model().objects
    somebody = accounts.create_user("somebody")
    for name, right in (("Workers", "change_error"), ("Publishers", "view_error")):
        somebody.groups.add(Group.objects.get(name=name))
        somebody.user_permissions.add(Permission.objects.get(codename=right))
    held = GROUPS["Workers"] | GROUPS["Publishers"] | {"errors.change_error", "errors.view_error"}
    other = accounts.create_user("other")
    for account, rights in ((somebody, held), (other, set())):
        read = accounts.get(pk=account.pk)
        with django_assert_num_queries(1):
            assert read.get_all_permissions() == rights
            assert {right for right in EVERY_RIGHT if read.has_perm(right)} == rights & EVERY_RIGHT
            assert not read.has_perm("auth.change_user")
            assert not read.has_perm("jobs.claim_job", other)
    somebody.groups.clear()
    somebody.user_permissions.clear()
    assert not accounts.get(pk=somebody.pk).has_perm("jobs.claim_job")


@pytest.mark.parametrize("marks", [{"is_staff": True}, {"is_superuser": True}, {}])
def test_an_account_that_is_not_active_has_no_right(marks: dict[str, Any]) -> None:
    account = get_user_model().objects.create_user("somebody", is_active=False, **marks)
    account.groups.set(Group.objects.all())
    assert not any(account.has_perm(right) for right in EVERY_RIGHT)
    assert account.get_all_permissions() == set()


def test_the_guide_lists_who_has_which_right() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+\.\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$", GUIDE.read_text(), re.MULTILINE)
    names = ("Publishers", OPERATORS, "Workers")
    listed = {
        right: [name for name, mark in zip(names, marks, strict=True) if mark.strip()] for right, *marks in rows
    }
    looked_at = {right for right in EVERY_RIGHT if ".view_" in right and right != "audit.view_record"}
    assert listed == {right: [name for name in names if right in GROUPS[name]] for right in EVERY_RIGHT - looked_at}

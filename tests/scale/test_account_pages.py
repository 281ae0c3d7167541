"""The pages of accounts and groups in the admin: they save what was changed on them, and nothing else."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils.html import escape

pytestmark = pytest.mark.django_db


def shown(client: Client, row: User | Group) -> dict[str, Any]:
    """Return what a browser sends if the page of a row is saved as it is."""
    form = client.get(page_of(row)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name != "password"}
    return {name: value for name, value in values.items() if value not in (False, None)}


def page_of(row: User | Group) -> str:
    return f"/admin/auth/{row._meta.model_name}/{row.pk}/change/"


@pytest.fixture
def account() -> User:
    """An account with all rights."""
    account = User.objects.create_user("ada", "ada@example.com", "correct horse", is_staff=True)
    account.groups.set(Group.objects.filter(name__in=["Operators", "Publishers"]))
    account.user_permissions.set(Permission.objects.filter(codename="view_user"))
    return account


def groups_of(account: User) -> set[str]:
    return set(account.groups.values_list("name", flat=True))


def test_the_page_of_an_account_leaves_what_others_changed_since_it_was_shown(
    admin_client: Client, account: User
) -> None:
    form = shown(admin_client, account)
    account.is_staff = account.is_active = False
    account.set_password("another horse")
    account.save()
    account.groups.set(Group.objects.filter(name="Workers"))
    account.user_permissions.clear()
    answer = admin_client.post(page_of(account), {**form, "email": "new@example.com"}, follow=True)
    account.refresh_from_db()
    assert (account.email, account.is_staff, account.is_active) == ("new@example.com", False, False)
    assert (groups_of(account), account.user_permissions.count()) == ({"Workers"}, 0)
    assert account.check_password("another horse")
    for change in ("groups to “Workers”", "is_active to no", "is_staff to no", "user_permissions to nothing"):
        assert re.search(f"somebody else set [^.]*{change}", answer.content.decode()), change


@pytest.mark.parametrize(
    ("edited", "other", "says"),
    [
        ({"groups": ["Publishers"]}, {"groups": ["Workers"]}, "Somebody else set this to “Workers”."),
        ({"email": "mine@example.com"}, {"email": "theirs@example.com"}, "Somebody else set this to “theirs@"),
    ],
)
def test_what_both_changed_on_an_account_is_shown_again_and_saved_once_more(
    admin_client: Client, account: User, edited: dict[str, Any], other: dict[str, Any], says: str
) -> None:
    ids = dict(Group.objects.values_list("name", "pk"))
    if "groups" in edited:
        edited = {"groups": [ids[name] for name in edited["groups"]]}
    form = shown(admin_client, account)
    account.user_permissions.clear()
    account.groups.set([ids[name] for name in other["groups"]] if "groups" in other else account.groups.all())
    User.objects.filter(pk=account.pk).update(email=other.get("email", account.email))
    before = (groups_of(account), User.objects.values().get(pk=account.pk))
    answer = admin_client.post(page_of(account), {**form, **edited})
    assert answer.status_code == 200
    assert escape(says) in answer.content.decode()
    assert (groups_of(account), User.objects.values().get(pk=account.pk)) == before
    again = answer.context["adminform"].form
    sent = {name: again[name].value() for name in again.fields if name != "password"}
    assert admin_client.post(page_of(account), {k: v for k, v in sent.items() if v}).status_code == 302
    account.refresh_from_db()
    assert groups_of(account) == ({"Publishers"} if "groups" in edited else {"Operators", "Publishers"})
    assert account.email == edited.get("email", "ada@example.com")
    assert account.user_permissions.count() == 0


def test_the_page_of_a_group_leaves_the_permissions_that_others_gave_it(admin_client: Client) -> None:
    group = Group.objects.create(name="Readers")
    form = shown(admin_client, group)
    group.permissions.set(Permission.objects.filter(codename="view_user"))
    answer = admin_client.post(page_of(group), {**form, "name": "Readers of all"}, follow=True)
    group.refresh_from_db()
    assert (group.name, group.permissions.count()) == ("Readers of all", 1)
    assert "somebody else set permissions to" in answer.content.decode()


def test_accounts_and_groups_are_made_and_their_rights_changed(admin_client: Client) -> None:
    new = {"username": "bob", "password1": "correct horse", "password2": "correct horse", "usable_password": "true"}
    assert admin_client.post("/admin/auth/user/add/", new).status_code == 302
    bob = User.objects.get(username="bob")
    ids = list(Group.objects.filter(name="Workers").values_list("pk", flat=True))
    assert admin_client.post(page_of(bob), {**shown(admin_client, bob), "groups": ids}).status_code == 302
    assert groups_of(bob) == {"Workers"}
    permission = Permission.objects.get(codename="view_user")
    fields = {"name": "g", "permissions": [permission.pk]}
    assert admin_client.post("/admin/auth/group/add/", fields).status_code == 302
    group = Group.objects.get(name="g")
    assert list(group.permissions.all()) == [permission]
    form = shown(admin_client, group)
    del form["permissions"]
    assert admin_client.post(page_of(group), form).status_code == 302
    assert not group.permissions.exists()

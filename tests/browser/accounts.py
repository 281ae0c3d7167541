"""Accounts that look at pages in a browser."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.test import Client
from playwright.sync_api import Page

PASSWORD = "a password of the tests"


def make_account(name: str, *groups: str, **marks: bool) -> User:
    """Return a new account, a member of ``groups``."""
    account = get_user_model().objects.create_user(name, password=PASSWORD, **marks)  # type: ignore[arg-type]
    account.groups.set(Group.objects.filter(name__in=groups))
    return account


def be(page: Page, account: User | None, url: str) -> None:
    """Let the browser have a session of ``account`` at ``url``; none for a stranger."""
    page.context.clear_cookies()
    if account is not None:
        client = Client()
        client.force_login(account)
        (cookie,) = client.cookies.values()
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])

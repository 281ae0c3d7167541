"""Accounts that look at pages in a browser."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page

_PASSWORD = "a password of the tests"


def make_account(name: str, *groups: str, **marks: bool) -> User:
    """Return a new account, a member of ``groups``."""
    account = get_user_model().objects.create_user(name, password=_PASSWORD, **marks)  # type: ignore[arg-type]
    account.groups.set(Group.objects.filter(name__in=groups))
    return account


def log_in(page: Page, account: User, path: str = "/") -> None:
    """Log in by the form, which leads to ``path``."""
    page.goto(f"/accounts/login/?next={path}")
    page.fill("input[name=username]", account.username)
    page.fill("input[name=password]", _PASSWORD)
    page.click("button")

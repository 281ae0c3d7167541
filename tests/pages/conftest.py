"""Accounts that look at pages."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client


@pytest.fixture
def logged_in(db: None) -> Callable[..., Client]:
    """A function that returns a browser in which a new account is logged in, a member of ``groups``."""

    def log_in(*groups: str, username: str = "ada") -> Client:
        account = get_user_model().objects.create_user(username)
        account.groups.set(Group.objects.filter(name__in=groups))
        client = Client()
        client.force_login(account)
        return client

    return log_in


@pytest.fixture
def operator(logged_in: Callable[..., Client]) -> Client:
    return logged_in("Operators", username="operator")

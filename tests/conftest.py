"""Clients of the service, each with other rights, and what most tests need in the database."""

import gc
from collections.abc import Iterator
from datetime import timedelta

import pytest
import pytest_django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from core.actors import Actor, Source, acting
from metrics.models import Ending
from scale import authentication
from tests.append_only import let_tables_be_emptied
from tests.emptying import leave_what_migrations_made
from tests.rows import count_changes_at_once
from workspaces.services import create_workspace


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """The test database, whose tables can be emptied, the append-only ones too."""
    with django_db_blocker.unblock():
        let_tables_be_emptied()
        leave_what_migrations_made(forget_what_was_emptied)
    post_migrate.connect(forget_what_was_emptied, sender=apps.get_app_config("metrics"))


def forget_what_was_emptied(**_: object) -> None:
    """Forget the jobs that are taken back as SQLite empties their table, which may be after that of the endings.

    Django sends this signal once all tables are empty. A test that is a transaction may follow in the same process.
    """
    Ending.objects.all().delete()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of what only the other database has to the suite on that one; ``make test`` runs both."""
    marks = {item: item.get_closest_marker("only_on") for item in items}
    elsewhere = [item for item, mark in marks.items() if mark and mark.args != (connection.vendor,)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    """Count changes to the catalogue at once in tests that are one transaction, which is never committed."""
    if connection.in_atomic_block:
        count_changes_at_once()


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """Forget what was cached for some seconds; what is cached by a revision of the catalogue is outdated anyway."""
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def tester() -> Iterator[None]:
    """Let an actor of the tests act where tests and fixtures call services themselves."""
    with acting(Actor("tester", Source.COMMAND, command="pytest")):
        yield


def client_of(username: str, *groups: str, **rights: bool) -> APIClient:
    """Return a client that sends the token of a new account, a member of ``groups``."""
    user = get_user_model().objects.create_user(username, **rights)  # type: ignore[arg-type]
    user.groups.set(Group.objects.filter(name__in=groups))
    stored, token = AuthToken.objects.create(user)
    # Its use counts as noted, so that a request costs what it costs in all of an hour but its first moment.
    authentication.noted[stored.pk] = timezone.now() + timedelta(hours=1)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def anyone() -> APIClient:
    """A client without credentials."""
    return APIClient()


@pytest.fixture
def user(db: None) -> APIClient:
    """A client with an ordinary account."""
    return client_of("user")


@pytest.fixture
def staff(db: None) -> APIClient:
    """A client with a staff account."""
    return client_of("staff", is_staff=True)


@pytest.fixture
def workspaces(db: None) -> None:
    """The two workspaces that the users' examples name."""
    for name in ("workspace_1", "workspace_2"):
        create_workspace(name=name, fields={})


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, most of the heap, out of every garbage collection."""
    gc.collect()
    gc.freeze()

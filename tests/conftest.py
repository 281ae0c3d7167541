"""Clients of the service, each with other rights, and what most tests need in the database."""

import pytest
import pytest_django
from django.contrib.auth import get_user_model
from django.db import connection
from knox.models import AuthToken
from rest_framework.test import APIClient

from catalogue.triggers import trigger_of
from workspaces.services import create_workspace

CATALOGUE_TABLES = ("job_types_jobtype", "recipes_recipetype", "errors_error", "workspaces_workspace")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Lets tests empty the tables: on SQLite that is a DELETE, which the audit refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_delete")


@pytest.fixture
def _django_db_helper(_django_db_helper: None) -> None:
    """Lets changes to the catalogue tell at once: most tests are one transaction, which never commits."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {', '.join(map(trigger_of, CATALOGUE_TABLES))} IMMEDIATE")


def client_of(username: str, **rights: bool) -> APIClient:
    """A client that sends the token of a new account."""
    user = get_user_model().objects.create_user(username, **rights)  # type: ignore[arg-type]
    _, token = AuthToken.objects.create(user)
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

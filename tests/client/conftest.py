"""A service that listens, and clients of it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer

from client import Scale
from errors.services import load_builtin_errors
from workspaces.services import create_workspace


@pytest.fixture
def token(transactional_db: None) -> str:
    """The token of an operator, in a database with the built-in errors and a workspace."""
    load_builtin_errors()
    create_workspace(name="workspace_1", fields={})
    return AuthToken.objects.create(User.objects.create_superuser("operator"))[1]


@pytest.fixture
def url(live_server: LiveServer, token: str) -> str:
    """The URL of a service that listens."""
    return live_server.url


@pytest.fixture
def scale(url: str, token: str) -> Iterator[Scale]:
    """A client of the operator."""
    with Scale(url, token) as client:
        yield client

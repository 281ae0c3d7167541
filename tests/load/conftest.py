"""Fixtures of the tests under load: a staff token, and web processes with a replica."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from knox.models import AuthToken

from tests.load.place import Place, serving
from tests.load.replica import Replica


@pytest.fixture
def token(transactional_db: None) -> str:
    """The API token of a staff account."""
    user = get_user_model().objects.create_user("scheduler", is_staff=True)
    return AuthToken.objects.create(user)[1]


@pytest.fixture(scope="module")
def place(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Two web processes that read from a replica of the tests' database, on PostgreSQL."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            replica = stack.enter_context(Replica())
            folders = [tmp_path_factory.mktemp("web") for _ in range(2)]
            servers = [serving(folder, replica) for folder in folders]
            for server in servers:
                stack.enter_context(server)
        yield Place(replica, tuple(servers))

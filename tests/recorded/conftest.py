"""This service, loaded once for all tests with what the live system had been sent."""

from collections.abc import Iterator

import pytest
import pytest_django
from rest_framework.test import APIClient

from tests.conftest import client_of
from tests.recorded.replay import load, repeat
from tests.recorded.shapes import Found
from tests.rows import shared


@pytest.fixture(scope="package")
def operator(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[APIClient]:
    """A client of the service that may do all that an operator may."""
    with shared(django_db_blocker):
        yield client_of("operator", is_staff=True)


@pytest.fixture(scope="package")
def found(operator: APIClient) -> list[Found]:
    """All differences, after the service was loaded and the recorded requests were repeated."""
    return [*load(operator), *repeat(operator, APIClient())]

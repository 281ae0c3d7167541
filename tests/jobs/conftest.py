"""Fixtures of the tests of claims, heartbeats and reports."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Scheduler
from tests.conftest import client_of
from tests.factories import make_job_type


@pytest.fixture
def job_type(db: None) -> JobType:
    """A job type whose jobs may take an hour, with the built-in errors."""
    load_builtin_errors()
    return make_job_type(job={"timeout": 3600})


@pytest.fixture
def worker(db: None) -> APIClient:
    """A client with the account of a node."""
    return client_of("node-01", "Workers")


@pytest.fixture
def alive(db: None) -> None:
    """The service was seen alive a moment ago."""
    Scheduler.objects.update_or_create(defaults={"last_seen": timezone.now()})

"""``manage.py load_demo`` where it loads nothing."""

from typing import Any

import pytest
from django.core.management import CommandError

from job_types.models import JobType
from jobs.models import Job
from tests.factories import make_job_type
from tests.jobs.demo import load
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def test_a_job_type_with_a_name_of_the_demo_keeps_the_demo_from_loading() -> None:
    make_job_type("cloud-mask", "2.0.0")
    assert load().endswith("nothing was changed.\n")
    assert not Job.objects.exists()


def test_without_an_encryption_key_nothing_is_loaded(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        load()
    assert not JobType.objects.filter(is_system=False).exists()
    assert not Workspace.objects.exists()

"""What the tests of the admin's lists and pages share."""

from typing import Any

from django.contrib.messages import get_messages

from job_types.models import JobType
from tests.factories import make_job_type

LIST = "/admin/job_types/jobtype/"
REVISIONS = "/admin/job_types/jobtyperevision/"


def make_system_job_type(name: str = "test") -> JobType:
    job_type = make_job_type(name)
    JobType.objects.filter(pk=job_type.pk).update(is_system=True)
    job_type.refresh_from_db()
    return job_type


def messages_of(answer: Any) -> list[tuple[str, str]]:
    """The messages of an answer, level and text."""
    return [(message.level_tag, message.message) for message in get_messages(answer.wsgi_request)]

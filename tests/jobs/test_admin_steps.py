"""What can be done with jobs in the admin: the page that asks first, and the buttons and logs of a job."""

import re
from unittest.mock import patch

import pytest
from django.test import Client

from jobs.models import Job
from tests.factories import make_job, make_job_type, make_try
from tests.jobs.test_admin import LIST, page_of, statuses

pytestmark = pytest.mark.django_db


def test_canceling_all_jobs_says_first_how_many_of_which_status(admin_client: Client) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, status) for status in ("QUEUED", "QUEUED", "RUNNING", "COMPLETED")]
    before = statuses()
    selected = {"action": "cancel", "_selected_action": [jobs[0].pk], "select_across": "1"}
    page = admin_client.post(LIST, selected).content.decode()
    assert "<h1>Cancel 4 jobs?</h1>" in page
    assert "3 of them can be canceled: 2 queued, 1 running." in page
    assert statuses() == before
    sent = dict(re.findall('<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page))
    assert admin_client.post(LIST, sent).status_code == 302
    assert statuses() == ["CANCELED", "CANCELED", "CANCELED", "COMPLETED"]
    page = admin_client.post(LIST, {"action": "cancel", "_selected_action": [jobs[3].pk]}).content.decode()
    assert "None of them can be canceled." in page
    with patch("jobs.admin.MOST_AT_ONCE", 2):
        page = admin_client.post(LIST, selected | {"action": "requeue"}).content.decode()
    assert "More than 2 of them can be requeued" in page


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("QUEUED", ["cancel"]),
        ("RUNNING", ["cancel"]),
        ("FAILED", ["cancel", "requeue"]),
        ("CANCELED", ["requeue"]),
        ("COMPLETED", []),
    ],
)
def test_the_page_of_a_job_has_buttons_for_what_can_be_done(
    admin_client: Client, status: str, steps: list[str]
) -> None:
    job = make_job(make_job_type(), status)
    answer = admin_client.get(page_of(job))
    assert answer.context["steps"] == steps
    assert all(f">{step.capitalize()}…</button>" in answer.content.decode() for step in steps)


def test_the_page_of_a_job_shows_the_ends_of_the_logs_of_its_last_try(admin_client: Client) -> None:
    job = make_job(make_job_type(), "FAILED", num_exes=1)
    make_try(job, stdout="of the first try")
    Job.objects.filter(pk=job.pk).update(num_exes=2)
    job.refresh_from_db()
    make_try(job, stdout="3 tiles <read>", stderr="error: no orbit")
    page = admin_client.get(page_of(job)).content.decode()
    logs = re.findall('<pre class="scale-document">(3.*?|error.*?)</pre>', page)
    assert logs == ["3 tiles &lt;read&gt;", "error: no orbit"]
    assert "of the first try" not in page

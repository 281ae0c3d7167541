"""The pages of jobs in a browser: what moves on them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.rights import OPERATORS
from errors.services import builtin_error, load_builtin_errors
from jobs.models import Job, JobExecution, Node
from tests.browser.accounts import log_in, make_account
from tests.factories import interface, make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(transactional_db: None) -> Job:
    """A job that runs after its first try was lost."""
    load_builtin_errors()
    job_type = make_job_type(job=interface(settings=[{"name": "LEVEL"}, {"name": "PASSWORD", "secret": True}]))
    Node.objects.create(hostname="node-01", capacity={"cpus": 8.0})
    job = make_job(job_type, "RUNNING", node="node-01", num_exes=2, input={"files": {"SCENE": [7]}, "json": {}})
    ended = {"status": "FAILED", "end": "node-lost", "error": builtin_error("node-lost")}
    hour_ago = timezone.now() - timedelta(hours=1)
    make_try(job, exe_num=1, **ended, started=hour_ago, ended=hour_ago + timedelta(minutes=5))
    write_log(job, "\n".join(f"line {number}" for number in range(200)))
    return job


def write_log(job: Job, text: str) -> None:
    JobExecution.objects.filter(job=job, ended=None).update(stdout=text, stderr="A warning")


def test_the_page_of_a_job_follows_its_log_until_it_ends(page: Page, job: Job) -> None:
    log_in(page, make_account("operator", OPERATORS), f"/jobs/{job.pk}/")
    log = page.locator("#log-stdout")
    expect(log).to_contain_text("line 199")
    at_end = "log => log.scrollTop + log.clientHeight >= log.scrollHeight - 8"
    assert log.evaluate(at_end)
    write_log(job, "\n".join(f"line {number}" for number in range(300)))
    expect(log).to_contain_text("line 299", timeout=15_000)
    assert log.evaluate(at_end)
    # What a reader has scrolled to stays in sight.
    log.evaluate("log => { log.scrollTop = 40; }")
    write_log(job, "\n".join(f"line {number}" for number in range(400)))
    expect(log).to_contain_text("line 399", timeout=15_000)
    assert log.evaluate("log => log.scrollTop") == 40
    now = timezone.now()
    JobExecution.objects.filter(job=job, ended=None).update(status="COMPLETED", end="completed", ended=now)
    Job.objects.filter(pk=job.pk).update(status="COMPLETED", ended=now, last_modified=now)
    expect(page.locator("#live .facts .state")).to_contain_text("Completed", timeout=15_000)
    expect(page.locator("[data-poll]")).to_have_count(0)
    expect(page.get_by_role("link", name="Cancel…")).to_have_count(0)


def test_a_page_that_follows_a_job_leads_to_the_login_when_the_session_is_over(
    page: Page, job: Job, settings: Any
) -> None:
    settings.PUBLIC_READ_API = False
    log_in(page, make_account("operator", OPERATORS), f"/jobs/{job.pk}/")
    page.context.clear_cookies()
    page.wait_for_url(f"**/accounts/login/?next=/jobs/{job.pk}/", timeout=15_000)


def test_an_operator_requeues_the_checked_jobs_with_a_priority(page: Page, job: Job) -> None:
    failed = [make_job(job.job_type, "FAILED", num_exes=1) for _ in range(3)]
    log_in(page, make_account("operator", OPERATORS), "/jobs/?status=FAILED")
    for one in failed[:2]:
        page.get_by_role("checkbox", name=f"Job {one.pk}", exact=True).check()
    page.get_by_role("button", name="Requeue the checked…").click()
    page.get_by_label("Priority").fill("5")
    page.get_by_role("button", name="Requeue 2 jobs").click()
    expect(page.get_by_role("status")).to_contain_text("2 jobs were requeued.")
    assert list(Job.objects.filter(status="QUEUED").values_list("priority", flat=True)) == [5, 5]

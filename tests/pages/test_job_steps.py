"""Cancel and requeue jobs: first what would change and how many, then what the API does too."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Record
from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs import services
from jobs.models import Job
from pages.content import jobs as content
from pages.views import job_steps
from tests.factories import make_job, make_job_type
from tests.pages.reading import shown

pytestmark = pytest.mark.django_db

CANCEL, REQUEUE = "/jobs/cancel/", "/jobs/requeue/"


@pytest.fixture
def job_type(db: None) -> JobType:
    load_builtin_errors()
    return make_job_type("tiler")


def confirm(client: Client, url: str, **fields: Any) -> Any:
    """Send the form of a confirmation page as a browser does, with ``fields`` filled in."""
    form = client.get(url).context["form"]
    return client.post(url, {**{name: value or "" for name, value in form.initial.items()}, **fields})


def said(client: Client, answer: Any) -> str:
    assert answer.status_code == 303, answer.content.decode()
    page = client.get(answer["Location"])
    return " ".join(str(message) for message in page.context["messages"])


def statuses(*jobs: Job) -> list[str]:
    by_id = dict(Job.objects.values_list("pk", "status"))
    return [by_id[job.pk] for job in jobs]


def test_a_preview_says_which_jobs_are_canceled_and_how_many(operator: Client, job_type: JobType) -> None:
    mask = make_job_type("mask")
    for of, status in ((job_type, "QUEUED"), (job_type, "QUEUED"), (mask, "RUNNING"), (mask, "COMPLETED")):
        make_job(of, status, num_exes=1)
    page = shown(operator, f"{CANCEL}?started=P1D")
    for part in (
        "<h1>Cancel 3 jobs?</h1>",
        "3 jobs will be canceled. Nodes stop those that run with their next heartbeat. "
        "1 job that was chosen cannot be canceled.",
        f'<a href="/jobs/?job_type_id={job_type.pk}&amp;status=QUEUED">Title of tiler 1.0.0: 2 queued</a>',
        f'<a href="/jobs/?job_type_id={mask.pk}&amp;status=RUNNING">Title of mask 1.0.0: 1 running</a>',
        "<li>started: P1D</li>",
        '<button class="danger">Cancel 3 jobs</button>',
        '<a class="button" href="/jobs/?started=P1D">Back</a>',
    ):
        assert part in page, part
    assert Job.objects.filter(status="CANCELED").count() == 0


def test_a_preview_shows_the_largest_groups_one_by_one(
    operator: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_GROUPS", 1)
    for of in (job_type, job_type, make_job_type("mask"), make_job_type("mosaic")):
        make_job(of)
    page = shown(operator, f"{CANCEL}?started=P1D")
    assert "Title of tiler 1.0.0: 2 queued</a></li><li>2 jobs of other job types or in other statuses</li>" in page


def test_jobs_are_canceled_as_by_the_api_and_the_audit_says_how_they_were_chosen(
    operator: Client, job_type: JobType
) -> None:
    queued, running = make_job(job_type), make_job(job_type, "RUNNING", num_exes=1, node="node-01")
    other = make_job(make_job_type("mask"))
    answer = confirm(operator, f"{CANCEL}?job_type_name=tiler&status=QUEUED&status=RUNNING")
    assert answer["Location"] == "/jobs/?job_type_name=tiler&status=QUEUED&status=RUNNING"
    assert said(operator, answer) == "2 jobs were canceled."
    assert statuses(queued, running, other) == ["CANCELED", "CANCELED", "QUEUED"]
    (record,) = Record.objects.filter(kind="job")
    assert (record.actor, record.action, record.changes["count"]) == ("operator", "canceled", {"new": 2})
    selection = record.changes["selection"]["new"]
    assert selection.pop("ended")
    assert selection == {"job_type_name": ["tiler"], "status": ["QUEUED", "RUNNING"]}


def test_what_has_changed_since_the_preview_stays_as_it_is(operator: Client, job_type: JobType) -> None:
    seen = make_job(job_type, "FAILED", last_status_change=timezone.now() - timedelta(hours=1))
    url = f"{REQUEUE}?status=FAILED"
    ended = operator.get(url).context["form"].initial["ended"]
    failed_since = make_job(job_type, "FAILED", last_status_change=timezone.now() + timedelta(seconds=1))
    assert said(operator, operator.post(url, {"ended": ended})) == "1 job was requeued."
    assert statuses(seen, failed_since) == ["QUEUED", "FAILED"]


def test_a_window_of_the_list_stays_what_it_was_when_it_was_shown(operator: Client, job_type: JobType) -> None:
    form = operator.get(f"{REQUEUE}?ended=P1D").context["form"]
    day_ago = timezone.now() - timedelta(days=1)
    assert day_ago - timedelta(minutes=1) < datetime.fromisoformat(form.initial["ended"]) <= day_ago


def test_a_job_is_requeued_with_another_priority_and_its_page_is_shown_again(
    operator: Client, job_type: JobType
) -> None:
    job = make_job(job_type, "FAILED", num_exes=3)
    url = f"{REQUEUE}?job_id={job.pk}"
    page = shown(operator, url)
    assert ("<h1>Requeue 1 job?</h1>" in page, "Lower numbers come first." in page) == (True, True)
    answer = confirm(operator, url, priority="7")
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert said(operator, answer) == "1 job was requeued."
    job.refresh_from_db()
    assert (job.status, job.priority, job.max_tries) == ("QUEUED", 7, 3 + job_type.max_tries)
    assert Record.objects.get(kind="job").changes["priority"] == {"new": 7}


def test_what_changes_while_the_preview_is_made_stays_as_it_is(
    operator: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, later = make_job(job_type), []

    def changed_after(*jobs: Any) -> Any:
        found = content.preview(*jobs)
        later.append(make_job(job_type, "FAILED", last_status_change=timezone.now()))
        return found

    monkeypatch.setattr(job_steps, "preview", changed_after)
    assert said(operator, confirm(operator, f"{CANCEL}?job_type_id={job_type.pk}")) == "1 job was canceled."
    assert statuses(seen, *later) == ["CANCELED", "FAILED"]


def test_a_job_that_changed_meanwhile_is_canceled_by_its_id(operator: Client, job_type: JobType) -> None:
    job = make_job(job_type)
    url = f"{CANCEL}?job_id={job.pk}"
    shown(operator, url)
    Job.objects.update(status="RUNNING", started=timezone.now(), last_status_change=timezone.now())
    assert said(operator, confirm(operator, url)) == "1 job was canceled."


def test_checked_jobs_are_chosen_by_their_ids(operator: Client, job_type: JobType) -> None:
    first, second, third = (make_job(job_type) for _ in range(3))
    answer = confirm(operator, f"{CANCEL}?job_id={first.pk}&job_id={third.pk}")
    assert answer["Location"] == "/jobs/"
    assert said(operator, answer) == "2 jobs were canceled."
    assert statuses(first, second, third) == ["CANCELED", "QUEUED", "CANCELED"]


@pytest.mark.parametrize("priority", ["0", "-1", "x", "2147483648"])
def test_a_fault_in_the_priority_is_shown_beside_the_field(
    operator: Client, job_type: JobType, priority: str
) -> None:
    job = make_job(job_type, "FAILED", num_exes=1)
    answer = confirm(operator, f"{REQUEUE}?job_id={job.pk}", priority=priority)
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"priority"}
    assert 'id="id_priority_error"' in answer.content.decode()
    assert statuses(job) == ["FAILED"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Choose jobs first"),
        ("?is_superseded=false", "Choose jobs first"),
        ("?order=id", "order: unknown query parameter"),
        ("?status=BROKEN", "status: must be one of"),
        ("?job_id=x", "job_id: must be a whole number."),
    ],
)
@pytest.mark.parametrize("url", [CANCEL, REQUEUE])
def test_a_choice_of_nothing_in_particular_is_refused_in_words(
    operator: Client, job_type: JobType, url: str, query: str, words: str
) -> None:
    job = make_job(job_type)
    assert words in shown(operator, f"{url}{query}", 400)
    answer = operator.post(f"{url}{query}")
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert statuses(job) == ["QUEUED"]


@pytest.mark.parametrize("ended", ["yesterday", "2999", "x" * 10_000])
def test_a_time_of_the_preview_that_is_none_is_refused(operator: Client, job_type: JobType, ended: str) -> None:
    make_job(job_type)
    answer = operator.post(f"{CANCEL}?status=QUEUED", {"ended": ended})
    assert (answer.status_code, "ended: must be an ISO-8601" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("job_id", ["-1", "99999999999999999999", "7"])
def test_a_job_that_does_not_exist_cannot_be_canceled(operator: Client, job_type: JobType, job_id: str) -> None:
    page = shown(operator, f"{CANCEL}?job_id={job_id}")
    assert ("No job can be canceled." in page, "<button class" in page) == (True, False)
    answer = operator.post(f"{CANCEL}?job_id={job_id}")
    assert answer["Location"] in ("/jobs/", "/jobs/7/")


def test_no_more_are_changed_at_once_than_by_the_api(operator: Client, job_type: JobType) -> None:
    for _ in range(5):
        make_job(job_type)
    with (
        patch.object(services, "MOST_AT_ONCE", 3),
        patch.object(content, "MOST_AT_ONCE", 3),
        patch.object(job_steps, "MOST_AT_ONCE", 3),
    ):
        page = shown(operator, f"{CANCEL}?status=QUEUED")
        assert "The first 3 jobs will be canceled, which is the most at once." in page
        answer = confirm(operator, f"{CANCEL}?status=QUEUED")
    assert said(operator, answer) == "3 jobs were canceled. 2 jobs more can be: do it again for them."


def test_jobs_of_a_deprecated_job_type_stay_as_they_are(operator: Client, job_type: JobType) -> None:
    make_job(job_type, "FAILED", num_exes=1)
    JobType.objects.update(is_active=False, deprecated=timezone.now())
    page = shown(operator, f"{REQUEUE}?status=FAILED")
    assert "No job can be requeued. 1 job that was chosen cannot be requeued." in page


@pytest.mark.parametrize(("url", "right"), [(CANCEL, "jobs.cancel_job"), (REQUEUE, "jobs.requeue_job")])
@pytest.mark.parametrize("groups", [(), ("Publishers",), ("Workers",)])
def test_only_operators_may(
    client: Client,
    logged_in: Callable[..., Client],
    job_type: JobType,
    url: str,
    right: str,
    groups: tuple[str, ...],
) -> None:
    job = make_job(job_type, "FAILED", num_exes=1)
    url = f"{url}?job_id={job.pk}"
    other = logged_in(*groups)
    for answer in (other.get(url), other.post(url)):
        assert (answer.status_code, right in answer.content.decode()) == (403, True)
    for answer in (client.get(url), client.post(url)):
        assert (answer.status_code, answer["Location"][:25]) == (302, "/accounts/login/?next=/jo")
    assert statuses(job) == ["FAILED"]


def test_a_preview_costs_the_same_with_any_number_of_jobs(operator: Client, job_type: JobType) -> None:
    make_job(job_type, "FAILED", num_exes=1)
    shown(operator, f"{REQUEUE}?status=FAILED")
    costs = []
    for number in (1, 20):
        for _ in range(number):
            make_job(job_type, "FAILED", num_exes=1)
        with CaptureQueriesContext(connection) as captured:
            shown(operator, f"{REQUEUE}?status=FAILED")
        costs.append(len(captured))
    # The account and its rights, the jobs by job type, how many match, the revision of the catalogue; the time.
    assert costs[0] == costs[1] <= 8


@pytest.mark.parametrize("url", [CANCEL, REQUEUE])
def test_a_number_of_any_length_is_no_job(operator: Client, url: str) -> None:
    url = f"{url}?job_id={'9' * 5_000}"
    assert "No job can be" in shown(operator, url)
    assert operator.post(url)["Location"] == "/jobs/"


def test_a_step_of_a_selection_of_any_length_is_taken_and_leads_to_the_jobs(
    operator: Client, job_type: JobType
) -> None:
    job = make_job(job_type, "QUEUED")
    names = "&".join(f"job_type_name={'x' * 45}{number}" for number in range(300))
    answer = operator.post(f"{CANCEL}?job_type_name=tiler&{names}")
    assert (answer.status_code, answer["Location"]) == (303, "/jobs/")
    assert statuses(job) == ["CANCELED"]

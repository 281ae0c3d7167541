"""The SDK against a service that listens: what it sends, reads, remembers and raises."""

import asyncio
from typing import Any

import pytest

from client import AsyncScale, Changed, Forbidden, Invalid, NotFound, Scale, Unauthorized, models
from jobs.models import Job
from tests.factories import make_body, make_job, make_job_type

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_type_is_registered_shown_and_edited(scale: Scale) -> None:
    registered = scale.job_types.register(make_body("cloud-mask"))
    assert isinstance(registered, models.Registered)
    again = scale.job_types.register(make_body("cloud-mask", docker_image="cloud-mask:2"))
    assert isinstance(again, models.Edited)
    shown = scale.job_types.show("cloud-mask", "1.0.0")
    assert (shown.id, shown.revision_num, shown.docker_image) == (registered.id, 2, "cloud-mask:2")
    edited = scale.job_types.edit("cloud-mask", "1.0.0", {"is_paused": True}, if_match=shown.etag)
    assert (edited.is_valid, edited.revision_num) == (True, 2)
    assert [revision.revision_num for revision in scale.job_types.revisions("cloud-mask", "1.0.0")] == [2, 1]


def test_an_edit_with_an_old_tag_changes_nothing(scale: Scale) -> None:
    make_job_type()
    seen = scale.job_types.show("test", "1.0.0").etag
    scale.job_types.edit("test", "1.0.0", {"is_paused": True})
    with pytest.raises(Changed) as raised:
        scale.job_types.edit("test", "1.0.0", {"is_paused": False}, if_match=seen)
    assert raised.value.status == 412
    assert scale.job_types.show("test", "1.0.0").is_paused is True


def test_only_what_is_new_is_registered_if_so_asked(scale: Scale) -> None:
    make_job_type()
    with pytest.raises(Changed):
        scale.job_types.register(make_body(docker_image="other:1"), only_new=True)
    assert scale.job_types.show("test", "1.0.0").docker_image == "test:1.0.0"


def test_a_refusal_carries_all_findings(scale: Scale) -> None:
    body = make_body()
    body["manifest"]["job"].update(name="my job", timeout="soon")
    with pytest.raises(Invalid) as raised:
        scale.job_types.register(body)
    error = raised.value
    assert (error.status, sorted(finding.path for finding in error.errors)) == (400, ["/job/name", "/job/timeout"])
    assert {finding.name for finding in error.errors} == {"JSON_VALIDATION_ERROR"}
    assert str(error) == error.detail


def test_errors_say_what_is_missing(scale: Scale, url: str) -> None:
    with pytest.raises(NotFound):
        scale.job_types.show("none", "1.0.0")
    with Scale(url, "not-a-token-of-anyone") as other, pytest.raises(Unauthorized) as raised:
        other.accounts.profile()
    assert "not-a-token-of-anyone" not in f"{raised.value!r} {other!r}"
    with Scale(url) as nobody, pytest.raises(Unauthorized):
        nobody.job_types.edit("none", "1.0.0", {})


def test_an_account_without_the_right_is_forbidden(scale: Scale, url: str) -> None:
    from django.contrib.auth.models import User
    from knox.models import AuthToken

    make_job_type()
    token = AuthToken.objects.create(User.objects.create_user("user"))[1]
    with Scale(f"{url}/v6/", token, scheme="Bearer") as client:
        assert client.accounts.profile().username == "user"
        with pytest.raises(Forbidden):
            client.job_types.edit("test", "1.0.0", {"is_paused": True})


def test_all_pages_are_read_each_row_once(scale: Scale) -> None:
    for number in range(7):
        make_job_type(f"type-{number}")
    rows = list(scale.job_types.list(page_size=3, order="name", is_system=False))
    assert [row.name for row in rows] == [f"type-{number}" for number in range(7)]
    assert list(scale.job_types.list(page_size=3, keyword="none")) == []


def test_an_unchanged_thing_is_read_from_memory(scale: Scale) -> None:
    make_job_type()
    asked: list[int] = []
    scale._http.event_hooks["response"] = [lambda response: asked.append(response.status_code)]
    first, second = scale.job_types.show("test", "1.0.0"), scale.job_types.show("test", "1.0.0")
    scale.job_types.edit("test", "1.0.0", {"is_paused": True})
    third = scale.job_types.show("test", "1.0.0")
    assert asked == [200, 304, 200, 200]
    assert first == second
    assert (second.etag == first.etag, second.is_paused, third.is_paused) == (True, False, True)


def test_a_job_is_created_canceled_and_requeued(scale: Scale) -> None:
    make_job_type()
    body = models.JobBodyRequest(job_type_name="test", job_type_version="1.0.0")
    key = "the-key"
    created, again = (scale.jobs.create(body, idempotency_key=key) for _ in range(2))
    assert created.id == again.id
    assert scale.jobs.create(body).id != created.id
    assert Job.objects.count() == 2
    assert scale.jobs.cancel({"job_id": [created.id]}).count == 1
    assert scale.jobs.show(created.id).status == "CANCELED"
    assert scale.jobs.requeue({"job_id": [created.id]}).count == 1
    assert [job.status for job in scale.jobs.list(job_id=created.id)] == ["QUEUED"]


def test_many_jobs_are_created_at_once(scale: Scale) -> None:
    job_type = make_job_type()
    body = models.JobsBodyRequest(job_type_id=job_type.pk, inputs=[{}, {}])
    created, again = (scale.jobs.create_many(body, idempotency_key="the-key") for _ in range(2))
    assert (created.count, created.ids) == (2, again.ids)
    jobs = [{"job_type_id": job_type.pk, "priority": number} for number in (1, 2, 3)]
    more = scale.jobs.create_many({"jobs": jobs})
    assert [scale.jobs.show(pk).priority for pk in more.ids] == [1, 2, 3]
    with pytest.raises(Invalid) as raised:
        scale.jobs.create_many({"jobs": [*jobs, {"job_type_id": job_type.pk + 1}]})
    assert [found.path for found in raised.value.errors] == ["/jobs/3/job_type_id"]
    assert Job.objects.count() == 5


def test_a_try_is_claimed_reported_and_its_log_read(scale: Scale) -> None:
    job = make_job(make_job_type())
    claimed = scale.jobs.claim({"node": "node-01", "limit": 1})
    assert [one.id for one in claimed.results] == [job.pk]
    change: dict[str, Any] = {"job_id": job.pk, "num_exes": 1, "node": "node-01", "status": "COMPLETED"}
    outcomes = scale.jobs.report({"changes": [{**change, "exit_code": 0, "log": {"stdout": "done\n"}}]})
    assert (outcomes.changed, outcomes.refused) == (1, 0)
    (one,) = scale.jobs.executions(job.pk)
    assert scale.executions.log(one.id, "stdout") == "done\n"
    assert scale.executions.log(one.id, "stderr") == ""


def test_everything_can_be_awaited(url: str, token: str) -> None:
    for number in range(3):
        make_job_type(f"type-{number}")

    async def use() -> tuple[list[str], str, str]:
        async with AsyncScale(url, token) as scale:
            names = [row.name async for row in scale.job_types.list(page_size=2, order="name", is_system=False)]
            shown, profile = await asyncio.gather(scale.job_types.show("type-1", "1.0.0"), scale.accounts.profile())
            return names, shown.title, profile.username

    assert asyncio.run(use()) == (["type-0", "type-1", "type-2"], "Title of type-1", "operator")

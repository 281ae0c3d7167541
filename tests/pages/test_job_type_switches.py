"""Pause, resume, deprecate and activate: who may, what is said before, and what is done."""

from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from job_types.models import JobType
from recipes.models import RecipeType
from tests.factories import make_job, make_job_type
from tests.pages.reading import read, words
from tests.recipes.factories import job_node, make_recipe

pytestmark = pytest.mark.django_db

URL = "/job-types/test/1.0.0/"
SWITCHES = ("pause", "resume", "deprecate", "activate")


def send(client: Client, url: str, **fields: Any) -> str:
    """Send a form that is taken, and return what the next page says."""
    answer = client.post(url, fields)
    assert (answer.status_code, answer["Location"]) == (303, URL)
    return read(client, URL)


def test_a_job_type_is_paused_and_resumed_with_a_button(operator: Client) -> None:
    job_type = make_job_type()
    assert "test 1.0.0 is paused: none of its jobs leaves the queue." in send(operator, f"{URL}pause/")
    job_type.refresh_from_db()
    assert job_type.is_paused
    assert "test 1.0.0 is resumed" in send(operator, f"{URL}resume/")
    job_type.refresh_from_db()
    assert not job_type.is_paused
    assert [*Record.objects.filter(action="edited").values_list("actor", flat=True)] == ["operator", "operator"]


def test_before_it_is_deprecated_an_operator_sees_what_goes_along(operator: Client) -> None:
    job_type = make_job_type()
    make_recipe("held", definition={"nodes": {"a": job_node("test")}})
    make_recipe("old", definition={"nodes": {"a": job_node("test")}})
    RecipeType.objects.filter(name="old").update(is_active=False, deprecated=job_type.created)
    for status in ("QUEUED", "QUEUED", "RUNNING", "COMPLETED"):
        make_job(job_type, status)
    page = read(operator, f"{URL}deprecate/")
    assert "Recipe types (1) held Jobs 2 of them wait in the queue" in page
    assert "1 of them run" in page
    assert JobType.objects.get().is_active


def test_what_is_deprecated_is_what_was_shown(operator: Client) -> None:
    job_type = make_job_type()
    form = operator.get(f"{URL}deprecate/").context["form"]
    make_recipe("held", definition={"nodes": {"a": job_node("test")}})
    answer = operator.post(f"{URL}deprecate/", form.initial)
    assert answer.status_code == 412
    assert "Somebody else has changed this" in words(answer.content.decode())
    assert "held" in words(answer.content.decode())
    page = send(operator, f"{URL}deprecate/", **operator.get(f"{URL}deprecate/").context["form"].initial)
    assert "test 1.0.0 is deprecated." in page
    assert "These recipe types hold test 1.0.0 and were deprecated with it: held." in page
    job_type.refresh_from_db()
    assert (job_type.is_active, RecipeType.objects.get().is_active) == (False, False)


def test_a_deprecated_job_type_is_activated_again(operator: Client) -> None:
    make_job_type(is_active=False)
    assert "test 1.0.0 is active again." in send(operator, f"{URL}activate/")
    assert JobType.objects.get().is_active


@pytest.mark.parametrize("switch", SWITCHES)
def test_who_may_not_edit_job_types_throws_no_switch(client: Client, logged_in: Any, switch: str) -> None:
    make_job_type()
    url = f"{URL}{switch}/"
    assert client.post(url)["Location"] == f"/accounts/login/?next={url}"
    worker = logged_in("Workers")
    for answer in (worker.get(url), worker.post(url)):
        assert answer.status_code == 403
        assert "job_types.change_jobtype, which the Publishers and Operators have" in words(answer.content.decode())
    assert not Record.objects.filter(action="edited").exists()


def test_a_system_job_type_is_paused_by_operators_and_never_deprecated(logged_in: Any, operator: Client) -> None:
    make_job_type()
    JobType.objects.update(is_system=True)
    refused = logged_in("Publishers").post(f"{URL}pause/")
    assert refused.status_code == 403
    assert "test 1.0.0 is a system job type." in words(refused.content.decode())
    assert "is paused" in send(operator, f"{URL}pause/")
    refused = operator.post(f"{URL}deprecate/")
    assert refused.status_code == 400
    assert "is_paused is all that can be changed of it" in words(refused.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_switch_of_nothing_is_a_404(operator: Client, method: str) -> None:
    for switch in SWITCHES:
        answer = getattr(operator, method)(f"/job-types/no/1.0.0/{switch}/")
        assert answer.status_code == 404

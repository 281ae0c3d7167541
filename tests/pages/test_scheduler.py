"""The switch of the scheduler."""

import pytest
from django.test import Client

from audit.models import Record
from jobs.models import Scheduler
from tests.pages.reading import read

pytestmark = pytest.mark.django_db


def test_an_operator_pauses_and_resumes_the_scheduler_from_the_list_of_nodes(operator: Client) -> None:
    for verb, other, is_paused in (("pause", "resume", True), ("resume", "pause", False)):
        assert f'href="/scheduler/{verb}/"' in operator.get("/nodes/").content.decode()
        assert f"{verb.capitalize()} the scheduler?" in read(operator, f"/scheduler/{verb}/")
        answer = operator.post(f"/scheduler/{verb}/")
        assert (answer.status_code, answer["Location"]) == (303, "/nodes/")
        page = read(operator, "/nodes/")
        assert f"The scheduler is {verb}d." in page
        assert ("no node gets a job" in page, f"{other.capitalize()} the scheduler…" in page) == (is_paused, True)
        assert Scheduler.objects.get().is_paused is is_paused
    assert list(Record.objects.values_list("actor", "kind")) == [("operator", "scheduler")] * 2


def test_others_see_that_it_is_paused_and_are_offered_nothing(client: Client) -> None:
    Scheduler.objects.update_or_create(pk=1, defaults={"is_paused": True})
    assert "The scheduler is paused: no node gets a job." in read(client, "/nodes/")
    assert "/scheduler/" not in client.get("/nodes/").content.decode()

"""The page that imports images: who sees it, the preview, and the import."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.models import Record
from job_types.models import JobType
from tests.factories import make_manifest
from tests.pages.reading import words
from tests.seed.registry.server import Server, running

pytestmark = pytest.mark.django_db

URL = "/job-types/import/"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with running(Server()) as one:
        settings.IMAGE_REGISTRIES = [one.registry()]
        yield one


@pytest.fixture
def publisher(client: Client) -> Client:
    account = User.objects.create_user("ci")
    account.groups.set(Group.objects.filter(name="Publishers"))
    client.force_login(account)
    return client


def image_at(server: Server) -> str:
    return f"{server.name}/team/image:1.0.0"


def test_it_is_offered_where_a_registry_may_be_asked_to_who_may_register(
    publisher: Client, server: Server, settings: Any
) -> None:
    def is_offered(client: Client) -> bool:
        return URL in client.get("/job-types/").content.decode()

    assert (is_offered(publisher), is_offered(Client())) == (True, False)
    settings.IMAGE_REGISTRIES = []
    assert not is_offered(publisher)
    answer = publisher.get(URL)
    assert (answer.status_code, "IMAGE_REGISTRIES" in words(answer.content.decode())) == (404, True)


def test_the_admin_leads_to_it(client: Client, server: Server, settings: Any) -> None:
    client.force_login(User.objects.create_user("operator", is_staff=True))
    link = f'<a href="{URL}">Import from registry</a>'
    assert link in client.get("/admin/job_types/jobtype/").content.decode()
    assert link not in client.get("/admin/job_types/jobtyperevision/").content.decode()
    settings.IMAGE_REGISTRIES = []
    assert link not in client.get("/admin/job_types/jobtype/").content.decode()


def test_a_preview_shows_findings_beside_lines_and_writes_nothing(publisher: Client, server: Server) -> None:
    digest = server.add_image(json.dumps(make_manifest(timeout=-5)))
    answer = publisher.post(URL, {"image": image_at(server), "check": "1"})
    lines = [line.text.strip() for line in answer.context["lines"] if line.errors or line.warnings]
    assert (answer.status_code, lines) == (200, ['"timeout": -5'])
    assert digest in words(answer.content.decode())
    assert not JobType.objects.exists()
    assert not Record.objects.exists()


def test_an_import_registers_with_the_choices_and_leads_to_the_job_type(publisher: Client, server: Server) -> None:
    digest = server.add_image(json.dumps(make_manifest()))
    body = {"image": image_at(server), "max_scheduled": "2", "is_paused": "on", "import": "1"}
    answer = publisher.post(URL, body, follow=True)
    assert answer.redirect_chain == [("/job-types/test/1.0.0/", 303)]
    shown = words(answer.content.decode())
    assert "test 1.0.0 is registered. Configure it before its jobs run." in shown
    assert digest in shown
    job_type = JobType.objects.get()
    assert (job_type.max_scheduled, job_type.is_paused, job_type.is_published) == (2, True, False)
    again = publisher.post(URL, {"image": image_at(server), "import": "1"}, follow=True)
    assert "test 1.0.0 was registered before; it is at revision 1 now." in words(again.content.decode())
    assert JobType.objects.get().is_paused


@pytest.mark.parametrize("button", ["check", "import"])
def test_what_is_wrong_with_the_image_stands_beside_it(publisher: Client, server: Server, button: str) -> None:
    answer = publisher.post(URL, {"image": image_at(server), button: "1"})
    assert answer.context["form"].errors == {"image": [f"image: {server.name} has no such image in team/image."]}
    assert answer.status_code == (400 if button == "import" else 200)


def test_the_image_may_be_in_the_url(publisher: Client, server: Server) -> None:
    page = publisher.get(f"{URL}?image=registry.example.com/a:1").content.decode()
    assert 'value="registry.example.com/a:1"' in page

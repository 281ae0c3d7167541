"""``manage.py check_images``: whether the tags of imported images mean something else by now."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from job_types.image_checks import moved_images
from job_types.models import ImageCheck, JobType
from tests.conftest import client_of
from tests.factories import make_job_type, make_manifest
from tests.pages.reading import read
from tests.seed.registry.server import Server, running

pytestmark = pytest.mark.django_db

PAGE = "/job-types/test/1.0.0/"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A registry that may be asked, with an image that was imported."""
    with running(Server()) as one:
        settings.IMAGE_REGISTRIES = [one.registry()]
        one.add_image(json.dumps(make_manifest()))
        import_image(one)
        yield one


def import_image(server: Server) -> None:
    image = {"image": f"{server.name}/team/image:1.0.0"}
    username = f"ci-{JobType.objects.count()}-{ImageCheck.objects.count()}"
    assert client_of(username, "Publishers").post("/v6/job-types/import/", image, format="json").status_code < 300


def check() -> str:
    printed = StringIO()
    call_command("check_images", stdout=printed)
    return printed.getvalue()


def test_an_image_that_is_as_it_was_needs_no_attention(server: Server, client: Client) -> None:
    assert check() == "1 as imported, 0 moved on, 0 could not be asked.\n"
    assert moved_images() == []
    assert "is another image by now" not in read(client, "/") + read(client, PAGE)


def test_a_tag_that_has_moved_on_is_on_the_dashboard_until_it_is_imported_again(
    server: Server, client: Client
) -> None:
    digest = server.add_image(json.dumps(make_manifest(title="Other")))
    sentence = f"{server.name}/team/image:1.0.0 is another image by now than the one that jobs run."
    assert check() == (
        f"test 1.0.0: {server.name}/team/image:1.0.0 is another image than the one that jobs run.\n"
        "0 as imported, 1 moved on, 0 could not be asked.\n"
    )
    (found,) = moved_images()
    assert (found.digest, found.checked >= found.found) == (digest, True)
    assert f"test 1.0.0: {sentence}" in read(client, "/")
    assert sentence in read(client, PAGE)
    assert "Import it again" not in read(client, PAGE)
    check()
    assert ImageCheck.objects.get().found == found.found
    import_image(server)
    assert JobType.objects.get().docker_image_digest == digest
    assert moved_images() == []
    assert sentence not in read(client, PAGE)


def test_who_may_import_is_led_there(server: Server, client: Client) -> None:
    server.add_image(json.dumps(make_manifest(title="Other")))
    check()
    client.force_login(User.objects.create_user("operator", is_staff=True))
    assert "Import it again" in read(client, PAGE)


def test_only_active_job_types_that_are_pinned_are_asked_for(server: Server) -> None:
    make_job_type("plain")
    make_job_type("by-digest", image=f"{server.name}/a@sha256:{'0a' * 32}")
    JobType.objects.filter(name="test").update(is_active=False, deprecated="2026-11-27T00:00:00Z")
    assert check() == "0 as imported, 0 moved on, 0 could not be asked.\n"


def test_a_registry_that_does_not_answer_leaves_what_is_known(server: Server) -> None:
    server.add_image(json.dumps(make_manifest(title="Other")))
    check()
    server.handle = lambda request: request.send_error(500)
    assert check() == "0 as imported, 0 moved on, 1 could not be asked.\n"
    assert len(moved_images()) == 1


def test_without_a_registry_there_is_nothing_to_ask(settings: Any) -> None:
    settings.IMAGE_REGISTRIES = []
    with pytest.raises(CommandError, match="IMAGE_REGISTRIES is empty"):
        check()

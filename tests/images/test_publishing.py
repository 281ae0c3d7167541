"""From an image to a job: the installed commands, a service, a registry and engines, all of them real."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer

from audit.models import Record
from catalogue.models import current_revision
from job_types.models import JobType
from tests.conftest import client_of
from tests.files.factories import make_file
from tests.images.build import build_image
from tests.images.engines import Engine
from tests.images.installed import run
from tests.images.registries import registry_of
from tests.images.running import outputs
from tests.seed.factories import minimal_manifest

pytestmark = pytest.mark.django_db(transaction=True)

COMMAND = "sh -c 'tr a-z A-Z < ${TEXT} > ${OUTPUT_DIR}/upper.txt'"


def pushed(engine: Engine, registry: str, *, version: str = "1.0.0", **job: Any) -> str:
    """Build an image, push it, and return its name."""
    interface = {"command": COMMAND, "inputs": {"files": [{"name": "TEXT"}]}, "outputs": outputs("upper.txt")}
    manifest = minimal_manifest(name=f"upper-{engine.name}", interface=interface, **job)
    image = build_image(engine, f"{registry}/team/upper-{engine.name}-1.0.0-seed:{version}", manifest)
    for line in engine.client.images.push(image, stream=True, decode=True):
        assert "error" not in line, line
    return image


def test_an_image_is_checked_run_published_pinned_and_claimed(
    commands: Path, engine: Engine, registry: str, live_server: LiveServer, tmp_path: Path, settings: Any
) -> None:
    settings.IMAGE_REGISTRIES = [registry_of(registry)]
    image, name = pushed(engine, registry), f"upper-{engine.name}"
    client_of("ci", "Publishers")
    _, token = AuthToken.objects.create(User.objects.get(username="ci"))
    variables = {"DOCKER_HOST": engine.url, "SCALE_URL": live_server.url, "SCALE_TOKEN": token}

    def seed(*arguments: str) -> tuple[int, str, str]:
        return run(commands / "seed", *arguments, folder=tmp_path, variables=variables)

    def scale(*arguments: str) -> tuple[int, str, str]:
        return run(commands / "scale", *arguments, folder=tmp_path, variables=variables)

    assert seed("validate", image) == (0, "valid; errors: 0, warnings: 0\n", "")
    (tmp_path / "words.txt").write_text("words", encoding="utf-8")
    code, printed, _ = seed("run", image, "-i", "TEXT=words.txt", "-o", "out", "--format", "json")
    assert (code, json.loads(printed)["status"]) == (0, "COMPLETED")
    assert (tmp_path / "out" / "upper.txt").read_text(encoding="utf-8") == "WORDS"

    before = (Record.objects.count(), current_revision())
    code, printed, message = scale("publish", image, "--dry-run", "-o", "json")
    assert (code, json.loads(printed)["is_valid"], message.count("error")) == (0, True, 0), message
    assert (Record.objects.count(), current_revision(), JobType.objects.count()) == (*before, 0)

    code, printed, message = scale("publish", image, "-o", "json")
    assert code == 0, message
    published = json.loads(printed)
    digest = published["docker_image_digest"]
    assert (published["name"], published["docker_image"], digest[:7]) == (name, image, "sha256:")
    assert json.loads(scale("publish", image, "-o", "json")[1])["revision_num"] == 1

    operator = client_of("operator", is_staff=True)
    text = make_file(media_type="text/plain")
    job = {"job_type_name": name, "job_type_version": "1.0.0", "input": {"files": {"TEXT": [text.pk]}}}
    assert operator.post("/v6/jobs/", job, format="json").status_code == 201
    # The tag moves on; the job does not.
    pushed(engine, registry, title="Another image")
    [claimed] = operator.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json").json()["results"]
    pinned = claimed["job_type_rev"]["docker_image"]
    assert pinned == f"{image.rpartition(':')[0]}@{digest}"
    code, printed, message = seed(
        "run", pinned, "--pull", "always", "-i", "TEXT=words.txt", "-o", "again", "--quiet"
    )
    assert code == 0, message
    assert (tmp_path / "again" / "upper.txt").read_text(encoding="utf-8") == "WORDS"
    assert json.loads(scale("publish", image, "-o", "json")[1])["revision_num"] == 2
    code, printed, _ = scale("job-types", "diff", name, "1.0.0")
    assert code == 0
    assert "changed  /docker_image_digest" in printed
    assert "Another image" in printed

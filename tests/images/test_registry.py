"""Images in Debian's docker-registry, pushed by skopeo: read, imported, pinned."""

import json
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from seed.registry import Credentials, RegistryError, read_digest, read_label
from tests.conftest import client_of
from tests.factories import make_manifest
from tests.images.registries import ACCOUNT, docker_registry, push, registry_of, write_image

LABEL = json.dumps(make_manifest())


def test_what_skopeo_pushed_is_read(tmp_path: Path) -> None:
    digest = write_image(tmp_path / "image", LABEL)
    with docker_registry(tmp_path) as name:
        push(tmp_path / "image", f"{name}/team/test-1.0.0-seed:1.0.0")
        registries = [registry_of(name)]
        label = read_label(f"{name}/team/test-1.0.0-seed:1.0.0", registries=registries, architecture="amd64")
        assert (label.text, label.digest) == (LABEL, digest)
        assert read_digest(f"{name}/team/test-1.0.0-seed:1.0.0", registries=registries) == digest
        assert read_label(f"{name}/team/test-1.0.0-seed@{digest}", registries=registries).text == LABEL
        with pytest.raises(RegistryError) as raised:
            read_label(f"{name}/team/test-1.0.0-seed:2.0.0", registries=registries)
        assert raised.value.name == "UNKNOWN_IMAGE"


def test_dockers_schema_2_is_read(tmp_path: Path) -> None:
    write_image(tmp_path / "image", LABEL)
    with docker_registry(tmp_path) as name:
        push(tmp_path / "image", f"{name}/test:1", "--format=v2s2")
        label = read_label(f"{name}/test:1", registries=[registry_of(name)])
        assert label.text == LABEL
        push(tmp_path / "image", f"{name}/test:all", "--all")
        assert read_label(f"{name}/test:all", registries=[registry_of(name)]).text == LABEL


def test_a_registry_with_accounts_is_read_with_the_right_one(tmp_path: Path) -> None:
    write_image(tmp_path / "image", LABEL)
    with docker_registry(tmp_path, asks=True) as name:
        push(tmp_path / "image", f"{name}/test:1", f"--dest-creds={':'.join(ACCOUNT)}")
        account = registry_of(name, accounts={name: Credentials(*ACCOUNT)})
        assert read_label(f"{name}/test:1", registries=[account]).text == LABEL
        for registry in (registry_of(name), registry_of(name, accounts={name: Credentials("ci", "wrong")})):
            with pytest.raises(RegistryError) as raised:
                read_label(f"{name}/test:1", registries=[registry])
            assert raised.value.name == "REGISTRY_ACCESS_DENIED"


@pytest.mark.django_db
def test_an_image_is_imported_and_pinned_and_its_jobs_run_what_it_was(tmp_path: Path, settings: Any) -> None:
    first = write_image(tmp_path / "image", LABEL)
    second = write_image(tmp_path / "other", json.dumps(make_manifest(title="Other")))
    publisher, worker = client_of("ci", "Publishers"), client_of("node", is_staff=True)
    with docker_registry(tmp_path) as name:
        settings.IMAGE_REGISTRIES = [registry_of(name)]
        image = f"{name}/team/test-1.0.0-seed:1.0.0"
        push(tmp_path / "image", image)
        assert _import(publisher, image).status_code == 201
        worker.post("/v6/jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}, format="json")
        push(tmp_path / "other", image)
        [job] = worker.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json").json()["results"]
        assert job["job_type_rev"]["docker_image"] == f"{name}/team/test-1.0.0-seed@{first}"
        assert _import(publisher, image).json()["revision_num"] == 2
    shown = publisher.get("/v6/job-types/test/1.0.0/").json()
    assert (shown["docker_image"], shown["docker_image_digest"], shown["title"]) == (image, second, "Other")


def _import(client: APIClient, image: str) -> Any:
    return client.post("/v6/job-types/import/", {"image": image}, format="json")

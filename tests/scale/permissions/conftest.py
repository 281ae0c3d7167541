"""A row of each kind, and a client of each kind."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.rights import GROUPS, OPERATORS
from errors.services import builtin_error
from job_types.models import JobType
from jobs.models import Node
from seed.registry import Origin, Registry
from tests.conftest import client_of
from tests.factories import make_job, make_job_type, make_manifest, make_try
from tests.files.factories import make_file
from tests.recipes.factories import job_node, make_recipe
from tests.scale.permissions.endpoints import REGISTRY
from tests.seed.registry.server import Server, running
from tests.takeover.factories import make_takeover
from workspaces.services import create_workspace

# Kind of account -> its groups, and its marks. An account of the last kind may do everything.
KINDS: dict[str, tuple[tuple[str, ...], dict[str, bool]]] = {
    "anyone": ((), {}),
    "reader": ((), {}),
    "publisher": (("Publishers",), {}),
    "operator": ((OPERATORS,), {}),
    "worker": (("Workers",), {}),
    "staff": ((), {"is_staff": True}),
    "superuser": ((), {"is_superuser": True}),
}


def may(kind: str, right: str) -> bool:
    """Return whether an account of ``kind`` has ``right``, as the table of groups says."""
    groups, marks = KINDS[kind]
    held = (*groups, OPERATORS) if "is_staff" in marks else groups
    return "is_superuser" in marks or any(right in GROUPS[group] for group in held)


@pytest.fixture(autouse=True)
def rows(db: None) -> dict[str, int]:
    job_type = make_job_type()
    JobType.objects.filter(pk=make_job_type("system").pk).update(is_system=True)
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={})
    job = make_job(job_type, "QUEUED", num_exes=1)
    ended = {"status": "COMPLETED", "end": "completed", "started": job.queued, "ended": job.queued}
    one = make_try(job, stdout="Done", **ended)
    node = Node.objects.create(hostname="node")
    ids = {"error": builtin_error("unknown").pk, "job": job.pk, "execution": one.pk, "node": node.pk}
    return {**ids, "file": make_file().pk, "takeover": make_takeover().pk}


@pytest.fixture(autouse=True)
def registry(settings: Any) -> Iterator[None]:
    """A registry with the image that is imported."""
    with running(Server()) as server:
        server.add_image(json.dumps(make_manifest("imported")), repository="imported")
        origin = Origin.parse(server.url)
        settings.IMAGE_REGISTRIES = [Registry(name=REGISTRY, origin=origin, internal=frozenset({origin.host}))]
        yield


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def client_of_kind(kind: str) -> APIClient:
    groups, marks = KINDS[kind]
    return APIClient() if kind == "anyone" else client_of(kind, *groups, **marks)

"""A real browser that records its requests, and something to look at."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from job_types.services import edit_job_type
from jobs.models import Job, Node
from metrics.hours import fold
from metrics.loads import take_sample
from recipes.services import edit_recipe_type
from seed.registry import Registry
from takeover.models import Kind
from tests.factories import interface, make_job, make_job_type, make_manifest, make_try
from tests.files.factories import make_file
from tests.recipes.factories import job_node, make_recipe, recipe_node
from tests.takeover.factories import hidden_credential, make_imported, make_takeover
from workspaces.models import Workspace
from workspaces.services import create_workspace

# Playwright's synchronous interface runs an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def is_status(message: ConsoleMessage) -> bool:
    """Return whether a message says no more than the status of the page itself, such as 400 for a faulty form."""
    is_page = message.page is not None and message.location["url"] == message.page.url
    return is_page and message.text.startswith("Failed to load resource: the server responded with a status of ")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page with cookies and a cache of its own.

    At the end, all its requests must have gone to the service, no script may have failed, and its console must be
    empty: a browser reports there what the content security policy forbids.
    """
    asked: list[str] = []
    faults: list[str] = []
    with browser.new_page(base_url=live_server.url) as opened:
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: None if is_status(message) else faults.append(message.text))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert faults == []


@pytest.fixture
def work(transactional_db: None, settings: Any) -> dict[str, int]:
    """Something to see on every page: what waits, runs, has ended and needs attention. Returns ids by name."""
    settings.IMAGE_REGISTRIES = [Registry.parse("registry.example.com")]
    load_builtin_errors()
    job_type, paused = make_job_type("landsat-parse", icon_code="f1b3"), make_job_type("paused", is_paused=True)
    declared = interface(
        inputs={"files": [{"name": "SCENE", "mediaTypes": ["image/tiff"]}]},
        outputs={"files": [{"name": "BANDS", "pattern": "*.tif"}]},
        mounts=[{"name": "DATA", "path": "/data"}],
        settings=[{"name": "HOST"}, {"name": "PASSWORD", "secret": True}],
    )
    manifest = make_manifest("landsat-parse", **declared)
    edit_job_type(name="landsat-parse", version="1.0.0", fields={"manifest": manifest})
    hour_ago = timezone.now() - timedelta(hours=1)
    jobs = {
        status.lower(): make_job(
            job_type,
            status,
            last_status_change=hour_ago,
            node="node-01" if status == "RUNNING" else None,
            num_exes=2,
        )
        for status in ("QUEUED", "RUNNING", "COMPLETED", "FAILED")
    }
    lost = {"status": "FAILED", "end": "node-lost", "error": builtin_error("node-lost")}
    make_try(jobs["running"], exe_num=1, **lost, started=hour_ago, ended=hour_ago + timedelta(minutes=5))
    log = {"stdout": "\n".join(f"line {number}" for number in range(200)), "stderr": "A warning"}
    make_try(jobs["failed"], started=hour_ago, **log)
    make_job(paused, "QUEUED", last_status_change=hour_ago)
    has = {"capacity": {"cpus": 8.0, "mem": 16384.0}, "software_version": "scale-agent 6.1.0"}
    node = Node.objects.create(hostname="node-01", **has)
    paused_node = {"is_paused": True, "pause_reason": "A disk is replaced."}
    old = {"software_version": "scale-agent 6.0.0", "labels": {"zone": "north"}}
    Node.objects.create(hostname="node-02", last_seen=hour_ago, **paused_node, **old)
    make_job_type()
    JobType.objects.filter(pk=make_job_type("system").pk).update(is_system=True)
    make_recipe("part", {"nodes": {"a": job_node("test")}})
    nodes = {"a": job_node("landsat-parse"), "b": recipe_node("part", dependencies=[{"name": "a"}])}
    make_recipe("flow", {"nodes": {"a": nodes["a"]}})
    edit_recipe_type(name="flow", fields={"definition": {"nodes": nodes}})
    broker = {
        "type": "s3",
        "bucket_name": "scenes",
        "credentials": {"access_key_id": "a", "secret_access_key": "b"},
    }
    configured: Any = {"title": "Raw", "base_url": "https://files.example.com", "configuration": {"broker": broker}}
    create_workspace(name="raw", fields=configured)
    scene = make_file("scene-00.tif", is_deleted=True)
    product = make_file(
        "bands.tif",
        file_path=f"landsat-parse/1.0.0/{jobs['completed'].pk}/2/bands.tif",
        media_type="image/tiff",
        sha256="0123456789abcdef" * 4,
        file_size=123_456_789,
        job=jobs["completed"],
        job_output="BANDS",
        data_started=hour_ago,
        meta_data={"type": "Feature", "properties": {"clouds": 0.25, "sensor": "OLI"}, "bbox": [1, 2, 3, 4]},
    )
    Job.objects.filter(pk=jobs["completed"].pk).update(
        input={"files": {"SCENE": [scene.pk, 999_999]}, "json": {}},
        output={"files": {"BANDS": [product.pk]}, "json": {}},
    )
    fold()
    take_sample()
    takeover = make_takeover()
    hidden = [hidden_credential("session_token")]
    make_imported(takeover, Kind.JOB_TYPE, job_type, is_whole=False, remarks=["It was listed alone."])
    make_imported(takeover, Kind.WORKSPACE, Workspace.objects.get(name="raw"), findings=hidden)
    files = {"gone": scene.pk, "product": product.pk, "takeover": takeover.pk}
    return {"node": node.pk, **files, **{name: job.pk for name, job in jobs.items()}}

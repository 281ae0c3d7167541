"""Ten tasks of operators on the system of the demo: each is done from the dashboard on, in so many clicks."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.actors import Actor, Source, acting
from core.rights import OPERATORS
from errors.models import Error
from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from job_types.secrets import read_secrets
from job_types.services import edit_job_type
from jobs.models import Job
from metrics.hours import fold
from metrics.loads import take_sample
from recipes.models import RecipeType
from tests.browser.accounts import log_in, make_account
from tests.browser.hands import Hands
from tests.conftest import client_of
from tests.factories import make_job, make_manifest, make_try
from tests.recipes.factories import from_recipe, job_node, make_recipe

pytestmark = pytest.mark.django_db(transaction=True)

# What recipes of `orthorectify` are given, and give to it.
INPUT = {
    "files": [{"name": "scene", "media_types": ["image/tiff"]}],
    "json": [{"name": "crs", "type": "string"}],
}
FED = {"SCENE": from_recipe("scene"), "CRS": from_recipe("crs")}


@pytest.fixture
def system(transactional_db: None) -> None:
    """The system of the demo, on which something has happened within the last hour."""
    load_builtin_errors()
    call_command("seed_system_job_types")
    call_command("load_demo")
    fail("cloud-mask", "2.0.0", Error.objects.get(name="night-scene"), 80, node="node-01", end="failed")
    fail("tile-pyramid", "3.1.0", builtin_error("node-lost"), 6, node="node-04", end="node-lost")
    for name in ("harbours", "fields"):
        make_recipe(name, {"input": INPUT, "nodes": {"ortho": job_node("orthorectify", "1.1.0", input=FED)}})
    configuration = {"output_workspaces": {"default": "workspace_1"}, "priority": 7}
    with acting(Actor("grace", Source.API)):
        edit_job_type(name="sar-calibrate", version="1.4.0", fields={"configuration": configuration})
    fold()
    take_sample()


def fail(name: str, version: str, error: Error, count: int, *, node: str, end: str) -> None:
    """Let ``count`` jobs fail of ``error`` within the last hour."""
    job_type = JobType.objects.with_key(name=name, version=version).get()
    logs = {"stdout": "reading 4 bands\n", "stderr": f"error: {error.description}\n"}
    for number in range(count):
        when = timezone.now() - timedelta(minutes=1 + number % 50)
        job = make_job(job_type, "FAILED", last_status_change=when, error=error, num_exes=3, exit_code=4)
        make_try(job, node=node, end=end, **logs)
        Job.objects.filter(pk=job.pk).update(node=node)


def expect_said(hands: Hands, text: str) -> None:
    """Wait for the page that says ``text`` after something was done."""
    expect(hands.page.get_by_role("status").filter(has_text=text)).to_be_visible()


def find_what_fails_most_and_why(hands: Hands) -> None:
    failing = hands.card("Fail most").get_by_role("row").nth(1)
    expect(failing).to_contain_text("Cloud and Shadow Mask 2.0.0")
    hands.click("Cloud and Shadow Mask", inside=failing)
    worst = hands.card("Errors").get_by_role("row").nth(1)
    expect(worst).to_contain_text("Night scene")
    hands.click(worst.get_by_role("link").inner_text(), inside=worst)
    newest = hands.page.locator("tbody").get_by_role("row").first
    hands.click(newest.get_by_role("rowheader").inner_text(), inside=newest)
    expect(hands.card("Why it failed")).to_contain_text("The sun was below the horizon when the scene was taken.")
    expect(hands.page.get_by_role("region", name="stderr")).to_contain_text("error: The sun was below the horizon")


def requeue_what_a_lost_node_lost(hands: Hands) -> None:
    lost = Job.objects.filter(
        status="FAILED",
        error__name="node-lost",
        last_status_change__gt=timezone.now() - timedelta(days=1),
        # Those of a deprecated job type stay as they are.
        job_type__is_active=True,
    )
    ids = list(lost.values_list("pk", flat=True))
    notice = hands.card("Needs attention").get_by_role("link").filter(has_text="lost with a node")
    hands.click(notice.inner_text())
    hands.click("Requeue all of these…")
    # Besides those that were lost just now, the demo has others, if its hour without a node is not a day ago yet.
    titles = Counter(lost.values_list("job_type__title", "job_type__version"))
    for (title, version), number in titles.items():
        expect(hands.page.locator("main")).to_contain_text(f"{title} {version}: {number} failed")
    hands.click(f"Requeue {len(ids)} jobs", role="button")
    expect_said(hands, f"{len(ids)} jobs were requeued.")
    assert set(Job.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"QUEUED"}


def deprecate_a_version_and_know_what_goes_along(hands: Hands) -> None:
    hands.search("orthorectify")
    hands.click("1.1.0")
    hands.click("Deprecate…")
    for name in ("fields", "harbours"):
        expect(hands.page.locator(".confirm").get_by_role("link", name=name)).to_be_visible()
    hands.click("Deprecate", role="button")
    expect_said(hands, "orthorectify 1.1.0 is deprecated.")
    assert not RecipeType.objects.filter(name__in=("fields", "harbours"), is_active=True).exists()


def replace_a_secret(hands: Hands) -> None:
    hands.search("catalog-publish")
    hands.click("1.0.0")
    hands.click("Replace the secret CATALOG_PASSWORD")
    hands.type("New value", "correct horse battery staple")
    hands.click("Replace the secret", role="button")
    expect_said(hands, "The secret CATALOG_PASSWORD is replaced.")
    stored = read_secrets(JobType.objects.get(name="catalog-publish"))
    assert stored == {"CATALOG_PASSWORD": "correct horse battery staple"}


def pause_a_job_type_with_a_queue_and_resume_it(hands: Hands) -> None:
    hands.click("Cloud and Shadow Mask", inside=hands.row("Cloud and Shadow Mask 2.0.0", of="Longest queues"))
    hands.click("Pause", role="button")
    expect_said(hands, "cloud-mask 2.0.0 is paused")
    cloud_mask = JobType.objects.with_key(name="cloud-mask", version="2.0.0")
    assert cloud_mask.get().is_paused
    hands.click("Resume", role="button")
    expect_said(hands, "cloud-mask 2.0.0 is resumed")
    assert not cloud_mask.get().is_paused


def find_why_a_job_waits_and_mend_it(hands: Hands) -> None:
    # One that a node lost may have been requeued before.
    queued = Job.objects.filter(job_type__name="dem-mosaic", job_type__version="1.3.0", status="QUEUED")
    queue = hands.row("Elevation Mosaic 1.3.0", of="Longest queues")
    hands.click(str(queued.count()), inside=queue)
    waiting = hands.page.locator("tbody").get_by_role("row").first
    job = waiting.get_by_role("rowheader").inner_text()
    hands.click(job, inside=waiting)
    expect(hands.card("Why it is not running")).to_contain_text("4 may run at the same time")
    hands.click("Change the limit…")
    hands.type("Jobs at once", "16")
    hands.click("Save", role="button")
    expect_said(hands, "dem-mosaic 1.3.0 is configured.")
    hands.page.goto(f"/jobs/{job}/")
    expect(hands.card("Why it is not running")).not_to_contain_text("may run at the same time")


def pause_a_node_for_maintenance(hands: Hands) -> None:
    agent = client_of("agent", "Workers")

    def claimed(node: str) -> list[object]:
        return agent.post("/v6/jobs/claim/", {"node": node, "limit": 1}, format="json").json()["results"]

    hands.click("node-03")
    hands.click("Pause…")
    hands.type("Reason", "A fan is replaced.")
    hands.click("Pause", role="button")
    expect(hands.card("Node")).to_contain_text("A fan is replaced.")
    assert [len(claimed(node)) for node in ("node-03", "node-08")] == [0, 1]


def find_who_changed_a_configuration_and_what_it_was(hands: Hands) -> None:
    hands.search("sar-calibrate")
    hands.click("1.4.0")
    hands.click("Who changed it")
    newest = hands.page.locator("tbody").get_by_role("row").first
    expect(newest).to_contain_text("grace")
    expect(newest.locator("del")).to_have_text("70")
    expect(newest.locator("ins")).to_have_text("7")


def cancel_the_queue_of_a_job_type(hands: Hands) -> None:
    orthorectify = Job.objects.filter(job_type__name="orthorectify", job_type__version="2.0.0")
    count = orthorectify.filter(status="QUEUED").count()
    hands.click(str(count), inside=hands.row("Orthorectification 2.0.0", of="Longest queues"))
    hands.click("Cancel all of these…")
    expect(hands.page.locator(".confirm")).to_contain_text(f"Orthorectification 2.0.0: {count} queued")
    running = orthorectify.filter(status="RUNNING").count()
    hands.click(f"Cancel {count} jobs", role="button")
    expect_said(hands, f"{count} jobs were canceled.")
    statuses = list(orthorectify.filter(ended=None).values_list("status", flat=True))
    assert (statuses.count("QUEUED"), statuses.count("RUNNING")) == (0, running)


def register_a_version_and_mend_its_manifest(hands: Hands) -> None:
    manifest = json.dumps(make_manifest("sea-ice", timeout="60"), indent=2)
    hands.click("Job types")
    hands.click("Register a job type")
    hands.type("Seed manifest", manifest)
    hands.type("Docker image", "registry.example.com/ice/sea-ice-1.0.0-seed:1.0.0")
    hands.click("Register", role="button")
    fault = hands.page.locator(".listing .said")
    expect(fault).to_contain_text("job.timeout: '60' is not an integer")
    line = manifest.split("\n").index('    "timeout": "60"') + 1
    expect(hands.page.locator(".listing li.removed").first).to_have_attribute("value", str(line))
    hands.type("Seed manifest", manifest.replace('"60"', "60"))
    hands.click("Register", role="button")
    expect(hands.page.get_by_role("heading", level=1)).to_contain_text("Title of sea-ice 1.0.0")
    assert JobType.objects.filter(name="sea-ice").exists()


# How many clicks each takes, and how many fields are typed into. Fewer are better; more are a loss.
TASKS: dict[Callable[[Hands], None], tuple[int, int]] = {
    find_what_fails_most_and_why: (3, 0),
    requeue_what_a_lost_node_lost: (3, 0),
    deprecate_a_version_and_know_what_goes_along: (3, 1),
    replace_a_secret: (3, 2),
    pause_a_job_type_with_a_queue_and_resume_it: (3, 0),
    find_why_a_job_waits_and_mend_it: (4, 1),
    pause_a_node_for_maintenance: (3, 1),
    find_who_changed_a_configuration_and_what_it_was: (2, 1),
    cancel_the_queue_of_a_job_type: (3, 0),
    register_a_version_and_mend_its_manifest: (4, 3),
}


def test_an_operator_does_ten_tasks_in_few_clicks(page: Page, system: None) -> None:
    log_in(page, make_account("operator", OPERATORS))
    taken = {}
    for task in TASKS:
        page.goto("/")
        hands = Hands(page)
        task(hands)
        taken[task] = (hands.clicks, hands.fields)
    assert taken == TASKS

"""``make screenshots``: the pages that docs/ shows, with the data of the demo."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from jobs.models import Job, JobExecution
from jobs.states import End, Status
from metrics.hours import fold
from tests.browser.accounts import log_in, make_account

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
MOST_BYTES = 120_000


def test_the_pages_are_shot(page: Page) -> None:
    for command in ("load_builtin_errors", "seed_system_job_types", "load_demo"):
        call_command(command, stdout=StringIO())
    fold()
    lost = JobExecution.objects.filter(
        end=End.NODE_LOST, exe_num=2, job__status=Status.COMPLETED, job__job_type__is_system=False
    )
    job = Job.objects.filter(pk__in=lost.values("job")).latest("pk")
    page.emulate_media(color_scheme="light")
    log_in(page, make_account("operator", is_superuser=True))
    for name, path, height in (
        ("dashboard", "/", 780),
        ("jobs", "/jobs/?error_name=node-lost", 620),
        ("job-type", "/job-types/cloud-mask/2.0.0/", 790),
        ("job", f"/jobs/{job.pk}/#tries", 620),
        ("recipe", "/recipes/scene-to-tiles/", 620),
        ("nodes", "/nodes/", 620),
    ):
        page.set_viewport_size({"width": 1200, "height": height})
        page.goto(path, wait_until="load")
        page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    assert [shot.name for shot in FOLDER.glob("*.png") if shot.stat().st_size > MOST_BYTES] == []

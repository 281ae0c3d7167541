"""``manage.py load_demo``."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from job_types.models import JobType, JobTypeRevision
from job_types.secrets import read_secrets
from jobs.demo.history import LOST_NODE, NODES, incident_before
from jobs.models import Job
from jobs.states import Status
from seed import Manifest, check_input
from tests.factories import make_job_type
from tests.models import models_of
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def load() -> str:
    """Do what ``bootstrap`` does, run the command, and return what it prints."""
    call_command("load_builtin_errors", stdout=StringIO())
    call_command("seed_system_job_types", stdout=StringIO())
    output = StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()


def every_column() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of the apps of this service."""
    models = models_of("errors", "workspaces", "job_types", "jobs")
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}


def test_the_demo_has_job_types_of_all_kinds_and_jobs_in_every_status() -> None:
    printed = load()
    own = JobType.objects.filter(is_system=False)
    counts = Counter(Job.objects.values_list("status", flat=True))
    revisions = JobTypeRevision.objects.filter(job_type__is_system=False).count()
    assert printed.splitlines()[-8:] == [
        f"Demo: 14 job types of 10 names with {revisions} revisions, and {counts.total()} jobs:",
        *(f"  {status:<10}{counts[status]:>6}" for status in Status.values),
    ]
    assert set(Workspace.objects.values_list("name", flat=True)) == {"workspace_1", "workspace_2"}
    assert [str(one) for one in own.filter(is_active=False)] == ["orthorectify 1.0.0"]
    assert [str(one) for one in own.filter(is_paused=True)] == ["change-detect 1.0.0"]
    assert [str(one) for one in own.filter(is_published=True)] == ["cloud-mask 2.0.0"]
    assert [str(one) for one in own.filter(max_scheduled__isnull=False)] == ["dem-mosaic 1.3.0"]
    assert [str(one) for one in own.filter(jobs=None)] == ["coastline-extract 0.1.0"]
    unmet = JobType.objects.filter(unmet_resources__isnull=False)
    assert [(str(one), one.unmet_resources) for one in unmet] == [("ship-detect 1.0.0-rc.1", "gpus")]
    assert {1, 2, 3, 4} == set(own.values_list("revision_num", flat=True))
    assert counts[Status.COMPLETED] > 3000
    assert counts[Status.COMPLETED] > 0.8 * counts.total()
    assert all(counts[status] >= 24 for status in Status.values if status != Status.BLOCKED)
    assert counts[Status.BLOCKED] >= 3
    failed = Counter(Job.objects.filter(status=Status.FAILED).values_list("error__category", flat=True))
    assert set(failed) == {"SYSTEM", "ALGORITHM", "DATA"}
    assert Job.objects.filter(job_type__is_system=True, status=Status.RUNNING).count() >= 4


def test_every_job_is_consistent_with_a_real_life() -> None:
    load()
    now = timezone.now()
    manifests = {one.pk: Manifest.read(one.manifest) for one in JobTypeRevision.objects.all()}
    for job in Job.objects.select_related("job_type", "error"):
        times = [job.created, job.queued, job.started, job.ended]
        passed = [time for time in times if time is not None]
        assert passed == sorted(passed)
        assert passed[-1] <= job.last_status_change == job.last_modified <= now
        assert now - timedelta(days=6.3) < job.created
        manifest = manifests[job.job_type_rev_id]
        assert (manifest.name, manifest.version) == (job.job_type.name, job.job_type.version)
        assert check_input(job.input, manifest).is_valid
        assert job.priority == job.configuration.get("priority", job.job_type.configuration["priority"])
        assert (job.node in NODES) is (job.started is not None) is (job.num_exes > 0 and job.queued is not None)
        assert job.num_exes <= max(job.max_tries, 1)
        assert bool(job.output) is (job.status == Status.COMPLETED) is (job.exit_code == 0)
        if job.status in (Status.PENDING, Status.BLOCKED):
            assert job.queued is None
        if job.error and job.error.should_be_retried:
            assert job.num_exes == max(job.max_tries, 1)
        if job.error and job.error.job_type_name:
            declared = manifest.error_for_exit_code(job.exit_code or 0)
            assert (declared and declared.name) == job.error.name
    waiting = Job.objects.filter(status__in=[Status.PENDING, Status.BLOCKED, Status.QUEUED, Status.RUNNING])
    assert not waiting.filter(job_type__is_active=False).exists()
    assert not Job.objects.filter(status=Status.RUNNING, job_type__is_paused=True).exists()
    mosaics = JobType.objects.get(name="dem-mosaic")
    assert mosaics.jobs.filter(status=Status.RUNNING).count() == mosaics.max_scheduled


def test_a_node_is_lost_for_an_hour_and_nights_are_quieter_than_days() -> None:
    load()
    incident = incident_before(timezone.now())
    hour = (incident, incident + timedelta(hours=1))
    lost = Job.objects.filter(error__name="node-lost")
    assert lost.count() >= 15
    assert set(lost.values_list("node", flat=True)) == {LOST_NODE}
    assert lost.filter(last_status_change__range=hour).count() == lost.count()
    assert not Job.objects.filter(node=LOST_NODE, started__range=hour).exclude(error__name="node-lost").exists()
    by_hour = Counter(created.hour for created in Job.objects.values_list("created", flat=True))
    day, night = (sum(by_hour[hour] for hour in hours) for hours in (range(10, 16), range(6)))
    assert day > 1.5 * night


def test_the_services_and_the_list_have_something_to_show(client: Client) -> None:
    load()
    rows = {
        name: client.get(f"/v6/job-types/{name}/", {"page_size": 1000}).json()["results"]
        for name in ("status", "pending", "running", "system-failures")
    }
    counted = [group for row in rows["status"] for group in row["job_counts"]]
    assert len(rows["status"]) == JobType.objects.count()
    assert {"COMPLETED", "RUNNING"} <= {group["status"] for group in counted}
    assert len(rows["pending"]) >= 8
    assert len(rows["running"]) >= 8
    assert {"scale-clock", "scale-strike"} <= {row["job_type"]["name"] for row in rows["running"]}
    assert "node-lost" in {row["error"]["name"] for row in rows["system-failures"]}
    assert client.get("/v6/jobs/").json()["count"] == Job.objects.count()


def test_loading_the_demo_again_changes_nothing() -> None:
    load()
    before = every_column()
    assert load().endswith("Demo: there already; nothing was changed.\n")
    assert every_column() == before


def test_a_job_type_with_a_name_of_the_demo_keeps_the_demo_from_loading() -> None:
    make_job_type("cloud-mask", "2.0.0")
    assert load().endswith("nothing was changed.\n")
    assert not Job.objects.exists()


def test_secrets_are_random_and_stored_and_printed_nowhere_in_the_clear() -> None:
    printed = load()
    (secret,) = read_secrets(JobType.objects.get(name="catalog-publish")).values()
    assert len(secret) >= 32
    assert secret not in printed
    assert secret not in repr(every_column())


def test_without_an_encryption_key_nothing_is_loaded(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        load()
    assert not JobType.objects.filter(is_system=False).exists()
    assert not Workspace.objects.exists()

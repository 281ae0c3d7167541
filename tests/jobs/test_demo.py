"""``manage.py load_demo``."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import pytest
import pytest_django
from django.test import Client
from django.utils import timezone

from files.models import File
from files.paths import fault_of_path
from job_types.models import JobType, JobTypeRevision
from job_types.secrets import read_secrets
from jobs.demo.catalog import WORLD, Work
from jobs.demo.files import Sources
from jobs.demo.history import DAYS, LAST_LEASE
from jobs.demo.nodes import LOST_NODE, NODES, incident_before
from jobs.demo.services import histories
from jobs.fleet import in_millionths
from jobs.inputs import check_files, given_files, known_files
from jobs.leases import lease
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.nodes import recent_nodes
from jobs.rescue import end_expired
from jobs.states import ENDED, FOUND_ENDS, End, Status
from metrics.demo import create_samples
from metrics.models import ALL_JOB_TYPES, LoadSample
from recipes.models import RecipeType
from recipes.validation import check
from seed import Manifest, Report, check_input
from tests.jobs.demo import load
from tests.models import models_of
from tests.rows import shared
from workspaces.models import Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]


@pytest.fixture(scope="module")
def printed(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[str]:
    """Load the demo once for all tests here, and return what that printed."""
    with shared(django_db_blocker):
        yield load()


def every_column() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of the apps of this service."""
    models = models_of("errors", "workspaces", "files", "job_types", "jobs", "recipes", "metrics")
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}


def test_the_demo_has_job_types_of_all_kinds_and_jobs_in_every_status(printed: str) -> None:
    own = JobType.objects.filter(is_system=False)
    counts = Counter(Job.objects.values_list("status", flat=True))
    revisions = JobTypeRevision.objects.filter(job_type__is_system=False).count()
    assert printed.splitlines()[-8:] == [
        f"Demo: 14 job types of 10 names with {revisions} revisions, 4 recipe types, and {counts.total()} jobs:",
        *(f"  {status:<10}{counts[status]:>6}" for status in Status.values),
    ]
    assert set(Workspace.objects.values_list("name", flat=True)) == {"archive", "workspace_1", "workspace_2"}
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
        assert (job.node in NODES) is (job.started is not None)
        assert job.num_exes > 0 or (job.node, job.retry_after) == (None, None)
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


def test_the_files_of_every_job_are_there_and_came_before_it_or_were_made_by_it() -> None:
    files = File.objects.select_related("workspace").in_bulk()
    manifests = {one.pk: Manifest.read(one.manifest) for one in JobTypeRevision.objects.all()}
    made: set[int] = set()
    for job in Job.objects.select_related("job_type"):
        manifest = manifests[job.job_type_rev_id]
        given = given_files(job.input, manifest)
        known = known_files(pk for ids in given.values() for pk in ids)
        assert check_files(given, manifest, known) == Report()
        for ids in job.input["files"].values():
            assert all(files[pk].created < job.created for pk in ids)
            assert {(files[pk].job_id, files[pk].workspace.name) for pk in ids} == {(None, "archive")}
        declared = {output.name: output for output in manifest.output_files}
        for name, ids in job.output.get("files", {}).items():
            assert len(ids) == 1 or (declared[name].multiple and len(ids) > 1)
            made.update(ids)
            for file in (files[pk] for pk in ids):
                assert (file.job_id, file.exe_num, file.job_output) == (job.pk, job.num_exes, name)
                assert (file.media_type, file.created) == (declared[name].media_type, job.ended)
                assert fnmatch(file.file_name, declared[name].pattern)
                place = f"{job.job_type.name}/{job.job_type.version}/{job.pk}/{job.num_exes}"
                assert file.file_path == f"{place}/{file.file_name}"
                assert file.workspace.name in ("workspace_1", "workspace_2")
    assert made == set(File.objects.filter(job__isnull=False).values_list("pk", flat=True))
    assert 3_000 < len(made) < 5_000
    assert 2_000 < len(files) - len(made) < 3_000
    deleted = File.objects.filter(is_deleted=True)
    assert set(deleted.values_list("workspace__name", flat=True)) == {"workspace_2"}
    assert not deleted.filter(deleted__gt=timezone.now()).exists()
    assert not any(fault_of_path(file.file_path) for file in files.values())
    assert all(file.data_started and file.data_ended and file.data_ended <= file.created for file in files.values())


def test_every_job_has_all_of_its_tries_and_the_last_one_agrees_with_it() -> None:
    for job in Job.objects.prefetch_related("executions__error").select_related("job_type_rev"):
        tries = sorted(job.executions.all(), key=lambda one: one.exe_num)
        assert [one.exe_num for one in tries] == list(range(1, job.num_exes + 1))
        for before, after in itertools.pairwise(tries):
            assert before.ended
            assert after.queued
            assert before.ended <= after.queued < after.started
            assert before.status == Status.FAILED or before.end == End.RETURNED
        for one in tries:
            assert one.node in NODES
            assert one.job_type_rev_id == job.job_type_rev_id
            assert one.queued
            assert one.lease_expires
            assert one.queued <= one.started
            assert (one.ended_by is None) is (one.end is None or one.end in FOUND_ENDS)
            if job.job_type_rev.timeout:
                assert one.times_out == one.started + timedelta(seconds=job.job_type_rev.timeout)
                assert one.lease_expires <= one.times_out + lease()
            if one.end in FOUND_ENDS:
                assert one.ended
                assert timedelta(0) < one.ended - one.lease_expires < lease()
        if not tries:
            continue
        last = tries[-1]
        if job.started is None:
            assert last.end is not None
        elif job.status in (*ENDED, Status.RUNNING):
            shown = ("status", "error", "exit_code", "node", "started", "ended", "queued")
            assert [getattr(last, name) for name in shown] == [getattr(job, name) for name in shown]
    ends = Counter(JobExecution.objects.values_list("end", flat=True))
    assert set(ends) == {None, *End.values}
    assert ends[None] == Job.objects.filter(status=Status.RUNNING).count()


def test_logs_are_those_of_the_job_type_and_end_as_the_try_does() -> None:
    tries = JobExecution.objects.filter(job__job_type__name="ship-detect")
    for one in tries.filter(end=End.COMPLETED):
        assert one.stdout.startswith(f"{one.started:%Y-%m-%d %H:%M:%S}")
        assert "non-maximum suppression" in one.stdout
        assert one.stdout.endswith("wrote DETECTIONS, CHIPS, SHIPS\n")
        assert one.stderr == ""
    # Which of them happened depends on the time of day.
    declared = JobExecution.objects.filter(end=End.FAILED, error__is_builtin=False, exit_code__isnull=False)
    shown = set(declared.values_list("stderr", "error__description"))
    assert shown
    assert all(stderr == f"error: {description}\n" for stderr, description in shown)
    assert not JobExecution.objects.filter(error__name="docker-task-launch").exclude(stdout="", stderr="").exists()


def test_a_node_loses_its_jobs_for_an_hour_and_most_of_them_complete_elsewhere() -> None:
    incident = incident_before(timezone.now())
    hour = (incident, incident + timedelta(hours=1))
    lost = JobExecution.objects.filter(end=End.NODE_LOST)
    assert lost.count() >= 15
    assert set(lost.values_list("node", "error__name")) == {(LOST_NODE, "node-lost")}
    assert lost.filter(started__range=hour, ended__range=hour).count() == lost.count()
    others = JobExecution.objects.filter(node=LOST_NODE).exclude(end=End.NODE_LOST)
    assert not others.filter(started__lt=hour[1], ended__gt=hour[0]).exists()
    jobs = Job.objects.filter(pk__in=lost.values("job"))
    elsewhere = jobs.filter(status=Status.COMPLETED).exclude(node=LOST_NODE)
    assert 0.7 * jobs.count() < elsewhere.count() < jobs.count()
    assert jobs.filter(status=Status.FAILED, error__name="node-lost").exists()


def test_recipe_types_hold_its_job_types_with_a_revision_a_condition_and_another_recipe() -> None:
    recipes = {one.name: one for one in RecipeType.objects.all()}
    assert {name: one.revision_num for name, one in recipes.items()} == {
        "keyframes": 1,
        "radar-backscatter": 1,
        "scene-to-tiles": 2,
        "watch-the-coast": 1,
    }
    assert [name for name, one in recipes.items() if not one.is_active] == ["keyframes"]
    kinds = Counter(
        node["node_type"]["node_type"] for one in recipes.values() for node in one.definition["nodes"].values()
    )
    assert set(kinds) == {"job", "condition", "recipe"}
    for one in recipes.values():
        assert check(one.definition, name=one.name).report == Report()


def test_the_load_was_sampled_each_hour_and_ends_with_what_waits_and_runs_now() -> None:
    samples = list(LoadSample.objects.filter(job_type_id=ALL_JOB_TYPES).order_by("time"))
    assert len(samples) == 72
    assert all(later.time - one.time == timedelta(hours=1) for one, later in itertools.pairwise(samples))
    assert all(one.running_count for one in samples)
    assert any(one.queued_count and one.pending_count for one in samples)
    for one in (samples[0], samples[-1]):
        own = LoadSample.objects.filter(time=one.time).exclude(job_type_id=ALL_JOB_TYPES)
        assert one.running_count == sum(own.values_list("running_count", flat=True))
    begun = JobExecution.objects.filter(started__lte=samples[-1].time)
    assert samples[-1].running_count == begun.exclude(ended__lte=samples[-1].time).count()


def test_samples_that_a_service_took_before_are_replaced_hour_by_hour() -> None:
    columns = ("time", "job_type_id", "pending_count", "queued_count", "running_count")
    before = set(LoadSample.objects.values_list(*columns))
    last = max(time for time, *_ in before)
    LoadSample.objects.filter(time=last).delete()
    for minutes, is_hourly in ((0, True), (-43, True), (-42, False)):
        time = last + timedelta(minutes=minutes)
        counts = {"pending_count": 0, "queued_count": 0, "running_count": 0}
        LoadSample.objects.create(time=time, is_hourly=is_hourly, job_type_id=ALL_JOB_TYPES, **counts)
    create_samples(days=DAYS)
    assert before <= set(LoadSample.objects.filter(is_hourly=True).values_list(*columns))
    others = LoadSample.objects.exclude(time__minute=0).values_list("time", "is_hourly")
    assert list(others) == [(last - timedelta(minutes=42), False)]


def test_nights_are_quieter_than_days() -> None:
    by_hour = Counter(created.hour for created in Job.objects.values_list("created", flat=True))
    day, night = (sum(by_hour[hour] for hour in hours) for hours in (range(10, 16), range(6)))
    assert day > 1.5 * night


def test_nodes_are_paused_and_deprecated_and_what_runs_on_each_fits() -> None:
    now = timezone.now()
    assert [node.hostname for node in Node.objects.order_by("hostname")] == list(NODES)
    assert [(one.hostname, bool(one.pause_reason)) for one in Node.objects.filter(is_paused=True)] == [
        ("node-07", True)
    ]
    assert [node.hostname for node in Node.objects.filter(is_active=False)] == ["node-09"]
    assert recent_nodes().count() == len(NODES) - 1
    assert all(node.software_version and node.labels for node in Node.objects.all())
    assert not JobExecution.objects.filter(node="node-07", started__gt=now - timedelta(hours=2)).exists()
    deprecated = Node.objects.get(hostname="node-09")
    tries = JobExecution.objects.filter(node="node-09")
    assert tries.exists()
    assert not tries.exclude(ended__lte=deprecated.last_seen).exists()
    for node in Node.objects.all():
        used = Counter[str]()
        for job in Job.objects.filter(node=node.hostname, status=Status.RUNNING).select_related("job_type_rev"):
            used.update({name.lower(): one for name, one in in_millionths(job.job_type_rev.resources).items()})
        assert used <= Counter(in_millionths(node.capacity))


def test_what_runs_on_each_node_fits_whenever_the_demo_is_loaded() -> None:
    running = Counter(Job.objects.filter(status=Status.RUNNING).values_list("job_type", flat=True))
    works = [(one, Work(minutes=(1, 300), now={"RUNNING": running[one.pk]})) for one in JobType.objects.all()]
    capacity = Counter(in_millionths(WORLD["resources_of_each_node"]))
    now, sources = timezone.now(), Sources(list(File.objects.filter(job=None)))
    for quarters in range(4 * 24):
        later = now + timedelta(minutes=15 * quarters)
        lives = [life for one in histories(works, later, sources) for life in one.lives()]
        used = {name: Counter[str]() for name in NODES}
        for life in lives:
            amounts = in_millionths(life.job.job_type_rev.resources)
            used[str(life.job.node)].update({name.lower(): one for name, one in amounts.items()})
        assert len(lives) == running.total()
        assert all(one <= capacity for one in used.values())


def test_jobs_wait_for_a_retry_in_the_next_minutes() -> None:
    now = timezone.now()
    waiting = Job.objects.filter(retry_after__isnull=False)
    assert waiting.count() >= 3
    assert (
        waiting.filter(retry_after__gt=now, retry_after__lt=now + timedelta(minutes=15)).count() == waiting.count()
    )
    for job in waiting:
        last = job.executions.get(exe_num=job.num_exes)
        assert (last.status, last.ended) == (Status.FAILED, job.queued)


def test_what_runs_loses_its_leases_one_by_one_and_nothing_runs_for_days(client: Client) -> None:
    now = timezone.now()
    running = JobExecution.objects.filter(ended=None)
    many = running.count()
    assert running.filter(lease_expires__gt=now, lease_expires__lt=now + LAST_LEASE).count() == many
    assert running.filter(lease_expires__lt=now + timedelta(hours=1)).count() in range(5, many - 5)
    # A day later.
    running.update(lease_expires=now - timedelta(hours=1))
    Scheduler.objects.update_or_create(defaults={"last_seen": now})
    Node.objects.update(last_seen=now - timedelta(days=1))
    assert end_expired(1_000) == many
    assert client.get("/v6/job-types/running/").json()["results"] == []
    (first, *_) = client.get("/v6/jobs/", {"status": "QUEUED"}).json()["results"]
    reasons = client.get(f"/v6/jobs/{first['id']}/").json()["waiting"]
    assert {reason["name"] for reason in reasons} == {"RETRY", "NO_NODES"}


def test_the_services_and_the_list_have_something_to_show(client: Client) -> None:
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
    before = every_column()
    assert load().endswith("Demo: there already; nothing was changed.\n")
    assert every_column() == before


def test_secrets_are_random_and_stored_and_printed_nowhere_in_the_clear(printed: str) -> None:
    (secret,) = read_secrets(JobType.objects.get(name="catalog-publish")).values()
    assert len(secret) >= 32
    assert secret not in printed
    assert secret not in repr(every_column())

"""POST /v6/jobs/claim/."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.fleet import in_millionths, in_units
from jobs.models import Job, Node, Scheduler
from jobs.nodes import capacity_of
from tests.factories import make_job, make_job_type, make_manifest
from tests.threads import at_once

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/claim/"


def requiring(**amounts: float) -> dict[str, Any]:
    return {"resources": {"scalar": [{"name": name, "value": value} for name, value in amounts.items()]}}


def claim(staff: APIClient, limit: int = 100, **fields: Any) -> list[dict[str, Any]]:
    answer = staff.post(URL, {"node": "a", "limit": limit, **fields}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def ids(claimed: list[dict[str, Any]]) -> list[int]:
    return [job["id"] for job in claimed]


def unmet(job_type: JobType) -> str | None:
    job_type.refresh_from_db()
    return job_type.unmet_resources


def test_the_lowest_priority_number_comes_first_then_the_longest_wait(staff: APIClient) -> None:
    now = timezone.now()
    first, second = make_job_type("first"), make_job_type("second")
    late = make_job(first, last_status_change=now)
    early = make_job(second, last_status_change=now - timedelta(hours=1))
    urgent = make_job(first, last_status_change=now, priority=1)
    make_job(first, "PENDING")
    assert ids(claim(staff, limit=2)) == [urgent.pk, early.pk]
    assert ids(claim(staff)) == [late.pk]
    assert claim(staff) == []


def test_a_claimed_job_runs_on_the_node_that_asked(staff: APIClient) -> None:
    job = make_job(make_job_type(), input={"json": {}}, num_exes=1)
    claimed = claim(staff, node="node-7")[0]
    job.refresh_from_db()
    assert (job.status, job.node, job.num_exes, job.ended) == ("RUNNING", "node-7", 2, None)
    assert job.started == job.last_status_change == job.last_modified
    assert (claimed["num_exes"], claimed["input"]) == (2, {"json": {}})
    assert claimed["job_type_rev"]["docker_image"] == "test:1.0.0"
    assert set(claimed) == {
        "id",
        "job_type",
        "job_type_rev",
        "input",
        "configuration",
        "priority",
        "num_exes",
        "started",
        "secrets",
        "files",
        "workspaces",
        "product_path",
        "log_workspace",
        "timeout",
        "lease_expires",
    }


@pytest.mark.parametrize("fields", [{"is_paused": True}, {"is_active": False}])
def test_jobs_of_a_paused_or_deprecated_job_type_are_not_claimed(staff: APIClient, fields: dict[str, Any]) -> None:
    job_type = make_job_type()
    make_job(job_type)
    staff.patch("/v6/job-types/test/1.0.0/", fields, format="json")
    assert claim(staff) == []
    staff.patch("/v6/job-types/test/1.0.0/", {name: not value for name, value in fields.items()}, format="json")
    assert len(claim(staff)) == 1


def test_all_revisions_of_a_job_type_run_no_more_jobs_than_max_scheduled(staff: APIClient) -> None:
    job_type, other = make_job_type(max_scheduled=3), make_job_type("other")
    running = make_job(job_type, "RUNNING")
    for _ in range(5):
        make_job(job_type, priority=1)
    staff.patch("/v6/job-types/test/1.0.0/", {"docker_image": "new"}, format="json")
    job_type.refresh_from_db()
    for _ in range(5):
        make_job(job_type, priority=1)
    free = [make_job(other).pk for _ in range(3)]
    claimed = claim(staff)
    assert [job["job_type"]["name"] for job in claimed] == ["test", "test", "other", "other", "other"]
    assert ids(claimed)[2:] == free
    assert claim(staff) == []
    change = {"job_id": running.pk, "status": "COMPLETED"}
    staff.post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    assert len(claim(staff)) == 1


def test_jobs_behind_a_long_queue_that_may_not_run_are_claimed(staff: APIClient) -> None:
    full = make_job_type("full", max_scheduled=1)
    Job.objects.bulk_create(
        Job(
            job_type=full,
            job_type_rev=full.revisions.get(),
            status="QUEUED",
            queued=timezone.now(),
            priority=1,
        )
        for _ in range(300)
    )
    behind = make_job(make_job_type("other"))
    claimed = ids(claim(staff))
    assert (len(claimed), claimed[-1]) == (2, behind.pk)


def test_a_node_that_offers_too_little_does_not_get_a_job(staff: APIClient) -> None:
    small = make_job(make_job_type("small", job=requiring(cpus=1)))
    big = make_job(make_job_type("big", job=requiring(cpus=4, mem=1024.5, sharedMem=64)), priority=1)
    assert ids(claim(staff, resources={"cpus": 2, "mem": 9000})) == [small.pk]
    assert ids(claim(staff, resources={"CPUS": 4, "mem": 1024.5, "sharedmem": 64})) == [big.pk]


def test_a_node_that_names_no_resources_gets_any_job(staff: APIClient) -> None:
    make_job(make_job_type(job=requiring(gpus=8)))
    assert len(claim(staff)) == 1


def test_a_job_requires_the_resources_of_its_own_revision(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=1))
    old = make_job(job_type)
    manifest = make_manifest(**requiring(cpus=9))
    staff.patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json")
    job_type.refresh_from_db()
    make_job(job_type)
    assert ids(claim(staff, resources={"cpus": 1})) == [old.pk]


def test_unmet_resources_names_what_no_node_offers_and_clears_when_one_does(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=4, gpus=1, mem=512))
    idle = make_job_type("idle", job=requiring(cpus=99))
    make_job(job_type)
    claim(staff, resources={"cpus": 2, "mem": 512})
    assert (unmet(job_type), unmet(idle)) == ("cpus,gpus", None)
    claim(staff, node="b", resources={"cpus": 8, "mem": 100})
    assert unmet(job_type) == "gpus"
    claim(staff, node="e", resources={})
    assert unmet(job_type) == "gpus"
    claim(staff, node="d", resources={"gpus": 1})
    assert unmet(job_type) == "cpus,gpus"  # all are to be had, but every node lacks two of them
    assert len(claim(staff, node="c", resources={"cpus": 8, "gpus": 1, "mem": 512})) == 1
    assert unmet(job_type) is None


def test_what_a_node_uses_counts_as_much_as_what_it_has_free(staff: APIClient) -> None:
    small, large = make_job_type("small", job=requiring(cpus=3)), make_job_type("large", job=requiring(cpus=4))
    make_job(small)
    make_job(large)
    assert len(claim(staff, limit=1, resources={"cpus": 4})) == 1
    claim(staff, resources={"cpus": 1})
    assert (unmet(small), unmet(large)) == (None, None)
    assert Node.objects.get().capacity == {"cpus": 4.0}
    Job.objects.filter(status="RUNNING").update(status="COMPLETED", ended=timezone.now())
    claim(staff, resources={"cpus": 1})
    assert (unmet(large), Node.objects.get().capacity) == ("cpus", {"cpus": 1.0})


def test_all_jobs_that_run_on_a_node_count_whatever_they_are_of(
    staff: APIClient, django_assert_max_num_queries: Any
) -> None:
    required: list[dict[str, float]] = [{"cpus": 2}, {"cpus": 2}, {"cpus": 0.1, "gpus": 1}, {}]
    for number, amounts in enumerate(required):
        job_type = make_job_type(f"type-{number}", job=requiring(**amounts))
        for _ in range(3):
            make_job(job_type)
    assert len(claim(staff)) == 12
    with django_assert_max_num_queries(2):
        assert in_units(capacity_of("a", in_millionths({"cpus": 1, "mem": 5}))) == {
            "cpus": 13.3,
            "gpus": 3,
            "mem": 5,
        }
    assert capacity_of("b", {"cpus": 1}) == {"cpus": 1}


def test_a_node_counts_for_an_hour_after_its_last_claim_with_what_it_had_then(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=4))
    make_job(job_type)
    Node.objects.create(hostname="large", capacity={"cpus": 8.0}, last_seen=timezone.now() - timedelta(minutes=59))
    claim(staff, resources={"cpus": 1})
    assert unmet(job_type) is None
    Node.objects.filter(hostname="large").update(last_seen=timezone.now() - timedelta(minutes=61))
    claim(staff, resources={"cpus": 1})
    assert unmet(job_type) == "cpus"


def test_unmet_resources_are_those_of_queued_jobs_alone(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=4))
    job = make_job(job_type)
    staff.patch("/v6/job-types/test/1.0.0/", {"manifest": make_manifest(**requiring(gpus=1))}, format="json")
    for _ in range(2):
        claim(staff, resources={})
        assert unmet(job_type) == "cpus"
    staff.post("/v6/jobs/cancel/", {"job_id": job.pk}, format="json")
    claim(staff, resources={})
    assert unmet(job_type) is None


def test_a_node_is_one_row_that_is_written_when_it_has_other_resources_or_a_minute_later(staff: APIClient) -> None:
    claim(staff, resources={"CPUS": 0.7, "mem": 512})
    node = Node.objects.get()
    assert (node.hostname, node.capacity, node.account) == ("a", {"cpus": 0.7, "mem": 512.0}, None)
    claim(staff, resources={"mem": 512, "cpus": 0.7000000000000001})
    assert Node.objects.get().last_seen == node.last_seen
    claim(staff, resources={"cpus": 1})
    node.refresh_from_db()
    assert node.capacity == {"cpus": 1.0}
    Node.objects.update(last_seen=node.last_seen - timedelta(seconds=61))
    claim(staff)
    assert Node.objects.get().last_seen > node.last_seen
    assert Node.objects.get().capacity is None


def test_one_update_sets_unmet_resources_of_all_job_types_that_lack_the_same(staff: APIClient) -> None:
    job_types = [make_job_type(f"type-{number}", job=requiring(gpus=number % 2 + 1)) for number in range(6)]
    for job_type in job_types:
        make_job(job_type)
    for offered, shown in (({"gpus": 0}, ["gpus"] * 6), ({"gpus": 1}, [None, "gpus"] * 3)):
        with CaptureQueriesContext(connection) as captured:
            claim(staff, limit=1, resources=offered)
        assert [unmet(job_type) for job_type in job_types] == shown
        updates = [query["sql"] for query in captured if query["sql"].startswith('UPDATE "job_types_jobtype"')]
        assert len(updates) == 1


def test_a_changed_manifest_clears_unmet_resources(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=4))
    make_job(job_type)
    claim(staff, resources={})
    assert unmet(job_type) == "cpus"
    staff.patch("/v6/job-types/test/1.0.0/", {"manifest": make_manifest(**requiring(cpus=3))}, format="json")
    assert unmet(job_type) is None


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"node": None}, "/node"),
        ({"node": " "}, "/node"),
        ({"node": "a" * 256}, "/node"),
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"limit": "1"}, "/limit"),
        ({"resources": [1]}, "/resources"),
        ({"resources": {"cpus": -1}}, "/resources"),
        ({"resources": {"cpus": "1"}}, "/resources"),
        ({"resources": {"cpus": True}}, "/resources"),
        ({"resources": {"cpus": 10**18}}, "/resources"),
        ({"resources": {str(number): 1 for number in range(101)}}, "/resources"),
        ({"cpus": 1}, "/cpus"),
    ],
)
def test_an_invalid_claim_is_a_400_and_claims_nothing(staff: APIClient, fields: dict[str, Any], path: str) -> None:
    make_job(make_job_type())
    answer = staff.post(URL, {"node": "a", "limit": 1, **fields}, format="json")
    assert answer.status_code == 400
    assert [found["path"] for found in answer.json()["errors"]] == [path]
    assert Job.objects.get().status == "QUEUED"


def test_a_claim_takes_as_many_queries_for_many_jobs_as_for_few(staff: APIClient) -> None:
    job_types = [make_job_type(f"type-{number}", max_scheduled=50) for number in range(5)]

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert claim(staff, resources={"cpus": 1})
        return len(captured)

    claim(staff)  # the node is known, and the service alive, from now on
    make_job(job_types[0])
    few = queries()
    for job_type in job_types:
        for _ in range(15):
            make_job(job_type)
    assert queries() <= few + 2  # a second look at the queue is needed
    assert few <= 22


@pytest.mark.django_db(transaction=True)
def test_concurrent_claims_never_get_the_same_job_or_exceed_the_limit(staff: APIClient) -> None:
    limited, free = make_job_type("limited", max_scheduled=5), make_job_type("free")
    for _ in range(40):
        make_job(limited, priority=1)
        make_job(free)
    # What no node has, so that each claim looks at the whole fleet while others change it.
    make_job(make_job_type("large", job=requiring(gpus=1)))

    def claim_some(number: int) -> list[dict[str, Any]]:
        resources = {"cpus": number, "mem": 512}
        return claim(staff_again(staff), limit=4, node=f"node-{number % 4}", resources=resources)

    answers = at_once(16, claim_some)
    claimed = [job for answer in answers for job in answer]
    assert len(set(ids(claimed))) == len(claimed) == 45
    assert sum(job["job_type"]["name"] == "limited" for job in claimed) == 5
    assert Job.objects.filter(status="RUNNING").count() == 45
    assert (Node.objects.count(), JobType.objects.get(name="large").unmet_resources) == (4, "gpus")


def staff_again(staff: APIClient) -> APIClient:
    """Return a client of the same account for another thread."""
    client = APIClient()
    client.credentials(**staff._credentials)  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize("ahead", [1, 300])
def test_a_claim_may_leave_out_jobs_of_system_job_types_which_hold_up_no_others(
    staff: APIClient, ahead: int
) -> None:
    call_command("seed_system_job_types", stdout=StringIO())
    system = JobType.objects.get(name="scale-clock")
    first = [make_job(system, priority=1).pk for _ in range(ahead)]
    other = make_job(make_job_type("parse"), priority=9)
    assert ids(claim(staff, limit=1, is_system=False)) == [other.pk]
    assert claim(staff, is_system=False) == []
    assert ids(claim(staff, limit=1, is_system=True)) == first[:1]
    assert ids(claim(staff, limit=1)) == first[1:2]


def test_whether_jobs_are_the_systems_is_a_boolean(staff: APIClient) -> None:
    answer = staff.post(URL, {"node": "a", "limit": 1, "is_system": "no"}, format="json")
    assert answer.status_code == 400
    assert [(one["name"], one["description"]) for one in answer.json()["errors"]] == [
        ("INVALID_FIELD", "is_system: must be true or false.")
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("postgresql", because="SQLite locks no rows")
def test_a_claim_does_not_wait_for_job_types_that_are_full_or_paused(staff: APIClient) -> None:
    make_job(full := make_job_type("full", max_scheduled=1), "RUNNING")
    paused = make_job_type("paused", max_scheduled=1, is_paused=True)
    for job_type in (full, paused):
        make_job(job_type, priority=1)
    behind = make_job(make_job_type("other"))
    with transaction.atomic():
        list(JobType.objects.filter(pk__in=[full.pk, paused.pk]).select_for_update())
        (claimed,) = at_once(1, lambda number: claim(staff_again(staff)))
    assert ids(claimed) == [behind.pk]


@pytest.mark.parametrize("held", [{"is_paused": True}, {"max_scheduled": 1}])
def test_a_claim_takes_as_many_queries_behind_many_job_types_that_may_not_run_as_behind_one(
    staff: APIClient, held: dict[str, Any]
) -> None:
    def queries(ahead: int) -> int:
        Job.objects.all().delete()
        for number in range(ahead):
            job_type = make_job_type(f"{ahead}-{number}", **held)
            make_job(job_type, "RUNNING")
            for _ in range(300 // ahead):
                make_job(job_type, priority=1)
        behind = make_job(other)
        # However long that took: the service is alive, and the node was just heard of.
        for model in (Scheduler, Node):
            model.objects.update(last_seen=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert ids(claim(staff)) == [behind.pk]
        return len(captured)

    other = make_job_type("other")
    claim(staff)  # the node is known from now on
    assert queries(1) == queries(10)

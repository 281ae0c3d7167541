"""What a claim hands out fits together: into what the node has free, and into an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from job_types.models import JobType, JobTypeConfiguration
from jobs import claim_rows, claims
from jobs.claims import MOST_BYTES, claim_jobs
from jobs.models import Job, Node
from tests.conftest import client_of
from tests.factories import make_job, make_job_type
from tests.jobs.test_claim import claim, ids, requiring, unmet
from tests.jobs.test_fleet import brute_force_lacking

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BYTES = 2 * 2**20


def queue(job_type: JobType, count: int, **columns: Any) -> None:
    """Queue ``count`` jobs of the first revision of ``job_type``."""
    values = {"job_type_rev": job_type.revisions.get(), "status": "QUEUED", "queued": BEGIN, **columns}
    Job.objects.bulk_create(Job(job_type=job_type, **values) for _ in range(count))


@pytest.mark.django_db
def test_what_one_claim_hands_out_fits_together(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(cpus=3))
    for _ in range(3):
        make_job(job_type)
    assert len(claim(staff, resources={"cpus": 4})) == 1
    assert len(claim(staff, resources={"cpus": 6})) == 2


@pytest.mark.django_db
def test_ten_jobs_of_a_tenth_fit_into_one(staff: APIClient) -> None:
    queue(make_job_type(job=requiring(cpus=0.1)), 12)
    assert len(claim(staff, resources={"cpus": 1.0})) == 10


@pytest.mark.django_db
def test_jobs_behind_thousands_that_do_not_fit_are_handed_out(staff: APIClient) -> None:
    large = [make_job_type(f"large-{number}", job=requiring(cpus=3, mem=1)) for number in range(3)]
    for job_type in large:
        queue(job_type, 1000, priority=1)
    small = make_job_type("small", job=requiring(cpus=0.5))
    free = make_job_type("free")
    queue(small, 5, priority=2)
    queue(free, 2, priority=3)
    names = [job["job_type"]["name"] for job in claim(staff, resources={"cpus": 4, "mem": 9})]
    assert names == ["large-0", "small", "small", "free", "free"]


@pytest.mark.django_db
def test_a_claim_that_notes_what_is_unmet_looks_at_the_queue_once(staff: APIClient) -> None:
    job_type = make_job_type(job=requiring(gpus=1))
    make_job(job_type)
    job = make_job(make_job_type("small"))
    with CaptureQueriesContext(connection) as captured:
        assert ids(claim(staff, limit=1, resources={"cpus": 1, "mem": 512, "disk": 512})) == [job.pk]
    assert unmet(job_type) == "gpus"
    assert sum('AS "may_run"' in one["sql"] for one in captured) == 1


@pytest.mark.django_db
def test_a_job_that_comes_during_a_claim_is_in_its_place(staff: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    job_type = make_job_type()
    late = [make_job(job_type, priority=100).pk for _ in range(2)]
    looks: list[int] = []

    def lock_rows(*args: Any, **options: Any) -> Any:
        locked = claim_rows.lock_rows(*args, **options)
        if not looks:
            looks.append(make_job(job_type, priority=1).pk)
        return locked

    monkeypatch.setattr(claims, "lock_rows", lock_rows)
    assert ids(claim(staff, limit=10)) == [*looks, *late]


@pytest.mark.django_db
def test_the_documents_of_an_answer_have_a_bound_in_bytes(staff: APIClient) -> None:
    text = "ä" * (BYTES // 2)
    job_type = make_job_type()
    queue(job_type, 6, input={"json": {"text": text}})
    sizes = [len(claim(staff)) for _ in range(3)]
    assert sizes == [3, 3, 0]
    queue(job_type, 6, configuration={"settings": {"text": text}})
    assert len(claim(staff)) == 3
    JobTypeConfiguration.objects.update(configuration={**job_type.configuration, "settings": {"text": text}})
    assert len(claim(staff)) == 1


@pytest.mark.django_db
def test_documents_of_any_size_are_handed_out_whole(staff: APIClient) -> None:
    job_type = make_job_type()
    texts = ["a" * size for size in (0, 2**14 - 40, 2**14, 2**16)]
    for text in texts:
        queue(job_type, 1, input={"json": {"text": text}}, configuration={"settings": {"other": text[::-1]}})
    claimed = claim(staff)
    assert [job["input"]["json"]["text"] for job in claimed] == texts
    assert [job["configuration"]["settings"]["other"] for job in claimed] == texts
    queue(job_type, 2, input={"json": {"text": "small"}})
    assert [job["input"] for job in claim(staff)] == [{"json": {"text": "small"}}] * 2


@pytest.mark.django_db
def test_a_job_that_is_larger_than_the_bound_is_handed_out_alone(staff: APIClient) -> None:
    job_type = make_job_type()
    queue(job_type, 1, input={"json": {"text": "a" * (MOST_BYTES + 1)}}, priority=1)
    queue(job_type, 5)
    assert [len(claim(staff)) for _ in range(2)] == [1, 5]


@pytest.mark.django_db
def test_an_account_that_is_no_operator_claims_for_its_own_nodes_alone(staff: APIClient) -> None:
    queue(make_job_type(), 9)
    first, second = client_of("first", "Workers"), client_of("second", "Workers")
    operator = client_of("operator", "Operators")
    for client in (staff, operator):
        assert len(claim(client, limit=1)) == 1
    assert Node.objects.get().account is None
    for client in (first, first, staff, operator):
        assert len(claim(client, limit=1)) == 1
    owner = Node.objects.get().account
    assert owner is not None
    assert owner.username == "first"
    answer = second.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json")
    assert answer.status_code == 403
    assert [(one["name"], one["path"]) for one in answer.json()["errors"]] == [("OTHER_ACCOUNT", "/node")]
    assert Job.objects.filter(status="RUNNING").count() == 6
    owner.delete()
    assert len(claim(second, limit=1)) == 1
    assert len(claim_jobs(node="a", limit=1)) == 1


@pytest.mark.django_db
@pytest.mark.only_on("postgresql", because="SQLite does not count the rows that it reads")
@pytest.mark.parametrize("resources", [None, {"cpus": 2}, {"cpus": 0.5}])
@pytest.mark.parametrize("statistics", ["none", "of an empty queue"])
def test_a_claim_reads_the_head_of_the_queue_alone_however_long_it_is(
    resources: dict[str, float] | None, statistics: str
) -> None:
    def read() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'jobs_job'"
            )
            return cursor.fetchone()[0]

    job_types = [make_job_type(f"type-{number}", job=requiring(cpus=1)) for number in range(3)]
    if statistics != "none":
        queue(job_types[0], 2000)
        Job.objects.update(status="COMPLETED", started=BEGIN, ended=BEGIN)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE jobs_job")
    for job_type in job_types:
        queue(job_type, 2000)
    with connection.cursor() as cursor:
        if statistics == "none":
            # Tests before this one may have left some of a table with hardly any row.
            cursor.execute(
                "UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE oid = 'jobs_job'::regclass "
                "OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'jobs_job'::regclass)"
            )
            cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'jobs_job'::regclass")
        # Those of foreign keys, which this session may have made while there were no jobs.
        cursor.execute("DISCARD PLANS")
    before = read()
    claim_jobs(node="a", limit=10, resources=resources)
    assert read() - before < 1000  # of 6,000; how often the first ones are read again depends on the plan


@pytest.mark.django_db
def test_a_long_queue_is_searched_for_unmet_resources_once_in_a_while_and_a_short_one_always(
    staff: APIClient,
) -> None:
    cache.clear()
    small = make_job_type("small", job=requiring(cpus=1))
    queue(small, 300)
    large = [make_job_type(f"large-{number}", job=requiring(cpus=100)) for number in range(2)]
    free = {"cpus": 4}

    def unmet() -> list[str]:
        return sorted(JobType.objects.filter(unmet_resources="cpus").values_list("name", flat=True))

    queue(large[0], 1)
    claim(staff, limit=1, resources=free)
    assert unmet() == ["large-0"]
    queue(large[1], 1)
    claim(staff, limit=1, resources=free)
    assert unmet() == ["large-0"], "it was searched a moment ago"
    cache.clear()  # as a second later
    claim(staff, limit=1, resources=free)
    assert unmet() == ["large-0", "large-1"]
    Job.objects.filter(job_type=small).delete()
    Job.objects.filter(job_type=large[0]).delete()
    claim(staff, limit=1, resources=free)
    assert unmet() == ["large-1"]


class TestWork(TestCase):
    """Jobs in a queue that no vacuum and no statistics know, and what claims make of it."""

    @given(
        work=st.lists(
            st.tuples(
                st.dictionaries(st.sampled_from(["cpus", "mem"]), st.integers(0, 3), max_size=2),
                st.sampled_from([None, None, 1, 3]),
                st.lists(st.integers(1, 3), max_size=6),
            ),
            max_size=4,
        ),
        head=st.sampled_from([1, 4, 256]),
        claims=st.lists(
            st.tuples(
                st.sampled_from("ab"),
                st.integers(1, 6),
                st.none() | st.dictionaries(st.sampled_from(["cpus", "mem"]), st.integers(0, 5), max_size=2),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def test_claims_hand_out_what_a_walk_through_the_whole_queue_would(
        self, work: Any, head: int, claims: Any
    ) -> None:
        needs = {}
        for number, (required, limit, priorities) in enumerate(work):
            job_type = make_job_type(f"type-{number}", job=requiring(**required), max_scheduled=limit)
            needs[job_type.pk] = required
            for place, priority in enumerate(priorities):
                make_job(job_type, priority=priority, last_status_change=BEGIN + timedelta(minutes=place % 2))
        nodes: dict[str, dict[str, int]] = {}
        for node, limit, free in claims:
            queued = list(Job.objects.filter(status="QUEUED").order_by("priority", "queued", "pk"))
            expected = self.walk(queued, needs, limit, free)
            nodes.pop(node, None)
            if free is not None:
                running = Job.objects.filter(status="RUNNING", node=node)
                used = [needs[job.job_type_id] for job in running]
                nodes[node] = {
                    name: free.get(name, 0) + sum(one.get(name, 0) for one in used) for name in ("cpus", "mem")
                }
                unmet = {
                    job.job_type_id: ",".join(
                        brute_force_lacking(
                            {name: one for name, one in needs[job.job_type_id].items() if one}, [*nodes.values()]
                        )
                    )
                    for job in queued
                }
            cache.clear()
            with patch("jobs.claims._HEAD", head):
                assert [job["id"] for job in claim_jobs(node=node, limit=limit, resources=free)] == expected
            if free is not None:
                shown = dict(JobType.objects.values_list("pk", "unmet_resources"))
                assert shown == {pk: unmet.get(pk) or None for pk in needs}

    def walk(
        self, queued: list[Job], needs: dict[int, dict[str, int]], limit: int, free: dict[str, int] | None
    ) -> list[int]:
        """Return the jobs that are taken one by one, in the order of the queue, where there is room for them."""
        chosen: list[int] = []
        left = None if free is None else dict(free)
        limits = dict(JobType.objects.values_list("pk", "max_scheduled"))
        running = [job.job_type_id for job in Job.objects.filter(status="RUNNING")]
        for job in queued:
            required = needs[job.job_type_id]
            most = limits[job.job_type_id]
            if len(chosen) == limit or (most and running.count(job.job_type_id) >= most):
                continue
            if left is not None:
                if any(amount > left.get(name, 0) for name, amount in required.items()):
                    continue
                left = {name: amount - required.get(name, 0) for name, amount in left.items()}
            chosen.append(job.pk)
            running.append(job.job_type_id)
        return chosen

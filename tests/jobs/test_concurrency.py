"""Sixteen clients that create, claim, report and step jobs at the same moment."""

import copy
from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from files.models import File
from jobs.models import Job
from jobs.tally import recount
from tests.factories import make_job, make_job_type, make_manifest, with_settings
from tests.files.factories import make_workspace
from tests.threads import CLIENTS, at_once, send_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_clients_create_a_job_each(staff: APIClient) -> None:
    make_job_type()
    body = {"job_type_name": "test", "job_type_version": "1.0.0"}
    assert send_at_once(staff, "post", "/v6/jobs/", body) == {201: 16}
    assert Job.objects.filter(status="QUEUED").count() == CLIENTS


def test_sixteen_clients_create_many_jobs_while_a_setting_becomes_secret(staff: APIClient) -> None:
    first, second = (make_job_type(name, job=with_settings(clear=["HOST"])) for name in ("first", "second"))

    def act(number: int) -> tuple[int, int]:
        if number == CLIENTS // 2:
            manifest = make_manifest("first", **with_settings(secret=["HOST"]))
            edit = copy.copy(staff).patch("/v6/job-types/first/1.0.0/", {"manifest": manifest}, format="json")
            return edit.status_code, 0
        # Both orders: job types are locked in that of their ids.
        of = (first, second) if number % 2 else (second, first)
        jobs = [{"job_type_id": one.pk, "configuration": {"settings": {"HOST": "hush"}}} for one in 5 * of]
        answer = copy.copy(staff).post("/v6/jobs/bulk/", {"jobs": jobs}, format="json")
        return answer.status_code, answer.json().get("count", 0)

    answers = Counter(at_once(CLIENTS, act))
    created = answers[201, 10]
    assert answers == Counter({(200, 0): 1, (201, 10): created, (400, 0): CLIENTS - 1 - created}) - Counter()
    assert Job.objects.count() == 10 * created
    assert not any("HOST" in job.configuration["settings"] for job in Job.objects.filter(job_type=first))
    assert recount() == 0


def test_each_job_is_claimed_once(staff: APIClient) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, "QUEUED").pk for _ in range(40)]

    def claim(number: int) -> list[int]:
        body = {"node": f"node-{number}", "limit": 5, "resources": {"cpus": 9, "mem": 9999, "disk": 9999}}
        answer = copy.copy(staff).post("/v6/jobs/claim/", body, format="json")
        assert answer.status_code == 200
        return [job["id"] for job in answer.json()["results"]]

    handed_out = [pk for own in at_once(CLIENTS, claim) for pk in own]
    assert len(handed_out) == len(set(handed_out))
    assert set(handed_out) <= set(jobs)
    assert Job.objects.filter(status="RUNNING").count() == len(handed_out) > 0


def test_of_sixteen_reports_of_one_end_one_changes_the_job(staff: APIClient) -> None:
    job = make_job(make_job_type(), "RUNNING")
    body = {"changes": [{"job_id": job.pk, "status": "COMPLETED"}]}

    def report(number: int) -> str:
        answer = copy.copy(staff).post("/v6/jobs/transitions/", body, format="json")
        assert answer.status_code == 200
        return answer.json()["results"][0]["outcome"]

    assert Counter(at_once(CLIENTS, report)) == {"changed": 1, "unchanged": 15}


def test_of_sixteen_reports_with_files_one_registers_them(staff: APIClient) -> None:
    make_workspace("products")
    outputs = {"files": [{"name": "TILES", "pattern": "*.tif", "multiple": True}]}
    job_type = make_job_type(
        job={"interface": {"command": "run", "outputs": outputs}},
        configuration={"output_workspaces": {"default": "products"}},
    )
    job = make_job(job_type, "RUNNING", num_exes=1)
    place = {"output": "TILES", "workspace": "products", "file_size": 7, "sha256": "0a" * 32}
    files = [{**place, "file_path": f"test/1.0.0/{job.pk}/1/{number}.tif"} for number in range(5)]
    body = {"changes": [{"job_id": job.pk, "status": "COMPLETED", "num_exes": 1, "files": files}]}

    def report(number: int) -> str:
        answer = copy.copy(staff).post("/v6/jobs/transitions/", body, format="json")
        assert answer.status_code == 200
        return answer.json()["results"][0]["outcome"]

    assert Counter(at_once(CLIENTS, report)) == {"changed": 1, "unchanged": 15}
    job.refresh_from_db()
    assert job.output == {"files": {"TILES": list(File.objects.order_by("file_path").values_list("pk", flat=True))}}
    assert File.objects.count() == 5


def test_a_file_that_is_registered_meanwhile_refuses_the_change_and_no_other(staff: APIClient) -> None:
    make_workspace("products")
    outputs = {"files": [{"name": "IMAGE", "pattern": "*.tif"}]}
    job_type = make_job_type(
        job={"interface": {"command": "run", "outputs": outputs}},
        configuration={"output_workspaces": {"default": "products"}},
    )
    changes: list[dict[str, Any]] = []
    for _ in range(4):
        job = make_job(job_type, "RUNNING", num_exes=1)
        place = {"output": "IMAGE", "workspace": "products", "file_size": 7, "sha256": "0a" * 32}
        file = {**place, "file_path": f"test/1.0.0/{job.pk}/1/a.tif"}
        changes.append({"job_id": job.pk, "status": "COMPLETED", "num_exes": 1, "files": [file]})

    def send(number: int) -> list[str]:
        if number % 2:
            body = {**changes[0]["files"][0], "sha256": "0b" * 32}
            del body["output"]
            answer = copy.copy(staff).post("/v6/files/", body, format="json")
            assert answer.status_code in (200, 201) or answer.json()["errors"][0]["name"] == "FILE_EXISTS"
            return []
        answer = copy.copy(staff).post("/v6/jobs/transitions/", {"changes": changes}, format="json")
        assert answer.status_code == 200
        return [one["outcome"] for one in answer.json()["results"]]

    outcomes = [outcome for outcome in at_once(CLIENTS, send) if len(outcome) == 4]
    assert Counter(tuple(one[1:]) for one in outcomes) == {("changed",) * 3: 1, ("unchanged",) * 3: 7}
    owners = list(File.objects.order_by("job_id").values_list("job_id", flat=True))
    assert (len(owners), len(set(owners))) == (4, 4)


@pytest.mark.parametrize(
    ("path", "before", "after"), [("cancel", "QUEUED", "CANCELED"), ("requeue", "FAILED", "QUEUED")]
)
def test_sixteen_operators_step_each_job_once(staff: APIClient, path: str, before: str, after: str) -> None:
    job_type = make_job_type()
    for _ in range(20):
        make_job(job_type, before)

    def step(number: int) -> int:
        answer = copy.copy(staff).post(f"/v6/jobs/{path}/", {"status": [before]}, format="json")
        assert answer.status_code == 200
        return answer.json()["count"]

    assert sum(at_once(CLIENTS, step)) == 20
    assert Job.objects.filter(status=after).count() == 20

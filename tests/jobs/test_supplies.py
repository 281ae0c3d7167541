"""What claims hand out beside documents: input files, workspaces with their credentials, the folder of products."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from rest_framework.test import APIClient

from audit.models import Record
from files.models import File
from job_types.models import JobType
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.jobs.worker import claim, report
from workspaces.models import Workspace
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

CREDENTIALS = {"access_key_id": "AKIA", "secret_access_key": "the canary"}
S3 = {"type": "s3", "bucket_name": "products", "region_name": "eu-1"}
INTERFACE = {
    "interface": {
        "command": "run",
        "inputs": {"files": [{"name": "IMAGE"}, {"name": "TILES", "multiple": True, "required": False}]},
        "outputs": {"files": [{"name": "MOSAIC", "pattern": "*.tif"}, {"name": "REPORT", "pattern": "*.txt"}]},
    }
}


def make_workspace(name: str, broker: dict[str, Any] | None = None, **fields: Any) -> Workspace:
    values: Any = {"title": name, "configuration": broker and {"broker": broker}, **fields}
    return create_workspace(name=name, fields=values)[0]


def make_file(workspace: Workspace, path: str, **columns: Any) -> File:
    return File.objects.create(
        workspace=workspace, file_path=path, file_name=path.rpartition("/")[2], file_size=7, **columns
    )


@pytest.fixture
def archive() -> Workspace:
    """A workspace without credentials, where the inputs lie."""
    return make_workspace("archive", {"type": "host", "host_path": "/data/archive"})


@pytest.fixture
def products() -> Workspace:
    """A workspace with credentials, where the outputs go."""
    return make_workspace("products", {**S3, "credentials": CREDENTIALS})


@pytest.fixture
def job_type(archive: Workspace, products: Workspace) -> JobType:
    """A job type that reads files and whose outputs go to `products`."""
    return make_job_type(job=INTERFACE, configuration={"output_workspaces": {"default": "products"}})


def supplied(claimed: dict[str, Any]) -> dict[str, Any]:
    return {name: claimed[name] for name in ("files", "workspaces", "product_path")}


def delivered() -> list[tuple[str, list[str]]]:
    records = Record.objects.filter(action="secrets_delivered").order_by("pk")
    return [(record.name, record.changes["secrets"]["new"]) for record in records]


def test_a_job_comes_with_its_files_in_their_order_and_its_workspaces_with_credentials(
    worker: APIClient, job_type: JobType, archive: Workspace
) -> None:
    image = make_file(archive, "2026/a.tif", media_type="image/tiff", sha256="ab" * 32)
    tiles = [make_file(archive, f"tiles/{number}.tif") for number in range(3)]
    order = [tiles[2].pk, tiles[0].pk]
    job = make_job(job_type, input={"files": {"TILES": order, "IMAGE": [image.pk]}, "json": {}}, num_exes=2)
    (claimed,) = claim(worker)

    def shown(file: File, **columns: Any) -> dict[str, Any]:
        return {
            "id": file.pk,
            "file_name": file.file_name,
            "media_type": "",
            "file_size": 7,
            "sha256": "",
            "workspace": "archive",
            "file_path": file.file_path,
            "is_deleted": False,
            **columns,
        }

    assert supplied(claimed) == {
        "files": {
            "TILES": [shown(tiles[2]), shown(tiles[0])],
            "IMAGE": [shown(image, media_type="image/tiff", sha256="ab" * 32)],
        },
        "workspaces": {
            "archive": {"broker": {"type": "host", "host_path": "/data/archive"}, "is_active": True},
            "products": {"broker": {**S3, "credentials": CREDENTIALS}, "is_active": True},
        },
        "product_path": f"test/1.0.0/{job.pk}/3",
    }
    assert delivered() == [
        (str(job.pk), ["workspaces.products.access_key_id", "workspaces.products.secret_access_key"])
    ]
    assert "the canary" not in str([*Record.objects.values(), *Job.objects.values(), *Workspace.objects.values()])
    assert "the canary" not in worker.get(f"/v6/jobs/{job.pk}/").content.decode()


def test_a_file_that_is_deleted_is_shown_so_and_one_that_is_unknown_is_left_out(
    worker: APIClient, job_type: JobType, archive: Workspace
) -> None:
    gone = make_file(archive, "gone.tif", is_deleted=True, deleted="2026-11-26T00:00:00Z")
    make_job(job_type, input={"files": {"IMAGE": [gone.pk + 1], "TILES": [gone.pk + 2, gone.pk]}, "json": {}})
    (claimed,) = claim(worker)
    assert claimed["files"]["IMAGE"] == []
    assert [(one["id"], one["is_deleted"]) for one in claimed["files"]["TILES"]] == [(gone.pk, True)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, {}),
        ({"files": []}, {}),
        ({"files": {"IMAGE": 7, "TILES": ["7", None, True, 1.5, 0, -1, 1e300]}}, {"TILES": []}),
    ],
)
def test_an_input_of_any_shape_is_handed_out(
    worker: APIClient, job_type: JobType, given: dict[str, Any], shown: dict[str, Any]
) -> None:
    make_job(job_type, input=given)
    (claimed,) = claim(worker)
    assert (claimed["files"], claimed["input"]) == (shown, given)


def test_a_job_comes_with_the_workspaces_of_its_effective_configuration(
    worker: APIClient, job_type: JobType, archive: Workspace
) -> None:
    make_workspace("plain")
    make_workspace("old", is_active=False)
    make_job(job_type, configuration={"output_workspaces": {"default": "plain", "outputs": {"MOSAIC": "old"}}})
    (claimed,) = claim(worker)
    assert claimed["workspaces"] == {
        "old": {"broker": None, "is_active": False},
        "plain": {"broker": None, "is_active": True},
    }
    assert delivered() == []


def test_a_job_without_files_and_workspaces_comes_with_none(worker: APIClient) -> None:
    job = make_job(make_job_type())
    (claimed,) = claim(worker)
    assert supplied(claimed) == {"files": {}, "workspaces": {}, "product_path": f"test/1.0.0/{job.pk}/1"}


def test_a_claim_that_is_sent_again_gets_all_again_with_rotated_credentials(
    worker: APIClient, job_type: JobType, archive: Workspace
) -> None:
    make_job(job_type, input={"files": {"IMAGE": [make_file(archive, "a.tif").pk]}, "json": {}})
    claim_id = "5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"
    (first,) = claim(worker, claim_id=claim_id)
    rotated = {"access_key_id": "AKIA", "secret_access_key": "rotated"}
    edit_workspace(name="products", fields={"configuration": {"broker": {**S3, "credentials": rotated}}})
    (again,) = claim(worker, claim_id=claim_id)
    assert again["workspaces"].pop("products")["broker"]["credentials"] == rotated
    assert first["workspaces"].pop("products")["broker"]["credentials"] == CREDENTIALS
    assert supplied(again) == supplied(first)
    assert len(delivered()) == 2


@pytest.mark.django_db(transaction=True)
def test_credentials_that_no_key_decrypts_pause_the_job_types_that_need_them_and_others_are_handed_out(
    worker: APIClient, job_type: JobType, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    running = make_job(job_type, priority=1)
    claim_id = "5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"
    assert [one["id"] for one in claim(worker, 1, claim_id=claim_id)] == [running.pk]
    lost = make_job(job_type, priority=1)
    reading = make_job_type("reading", job=INTERFACE, configuration={"output_workspaces": {"default": "archive"}})
    held = make_file(Workspace.objects.get(name="products"), "held.tif")
    also_lost = make_job(reading, priority=1, input={"files": {"IMAGE": [held.pk]}, "json": {}})
    other = make_job(make_job_type("other"), priority=2)
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    assert claim(worker, 2) == []
    for one, name in ((job_type, "test"), (reading, "reading")):
        one.refresh_from_db()
        assert one.is_paused
        assert f"decrypts the workspace credentials of {name} 1.0.0. It is paused" in caplog.text
    assert [one["id"] for one in claim(worker, 2)] == [other.pk]
    assert claim(worker, 1, claim_id=claim_id) == []
    settings.ENCRYPTION_KEYS = keys
    assert [one["id"] for one in claim(worker, 1, claim_id=claim_id)] == [running.pk]
    for one in (job_type, reading):
        one.resume()
    assert [one["id"] for one in claim(worker, 2)] == [lost.pk, also_lost.pk]
    assert "the canary" not in caplog.text


def test_files_and_workspaces_cost_a_query_each_and_a_record_however_many_jobs_there_are(
    worker: APIClient, job_type: JobType, archive: Workspace, django_assert_num_queries: Any
) -> None:
    files = [make_file(archive, f"{number}.tif").pk for number in range(30)]
    claim_id = "5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"

    def cost(job_type: JobType, count: int, given: dict[str, list[int]]) -> tuple[int, int]:
        for _ in range(count):
            make_job(job_type, input={"files": given, "json": {}})
        costs = []
        for _ in range(2):
            with django_assert_num_queries(100, exact=False) as captured:
                claimed = claim(worker, claim_id=claim_id)
            assert len(claimed) == count
            costs.append(len(captured))
        for one in claimed:
            report(worker, job_id=one["id"], status="COMPLETED", num_exes=one["num_exes"])
        first, again = costs
        return first, again

    plain = make_job_type("plain")
    # From now on the node and the revisions are known.
    for one in (plain, job_type):
        cost(one, 1, {})
    first, again = cost(plain, 5, {})
    assert cost(plain, 1, {}) == (first, again)
    assert cost(job_type, 1, {}) == cost(job_type, 5, {}) == (first + 2, again + 2)
    few, many = {"IMAGE": files[:1]}, {"IMAGE": files[:1], "TILES": files}
    assert cost(job_type, 1, few) == cost(job_type, 5, many) == (first + 3, again + 3)


def test_a_claim_hands_out_jobs_that_read_no_more_files_together_than_fit_unless_one_alone_does(
    worker: APIClient, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.claims.MOST_FILES", 5)
    counts = [9, 2, 3, 1]
    jobs = [make_job(job_type, input={"files": {"TILES": list(range(1, count + 1))}}).pk for count in counts]
    assert [[one["id"] for one in claim(worker)] for _ in range(4)] == [jobs[:1], jobs[1:3], jobs[3:], []]
    assert set(Job.objects.values_list("num_exes", flat=True)) == {1}

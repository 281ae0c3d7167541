"""Reports with `files`: what a try left in workspaces is registered in the transaction that completes its job."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from files.models import File
from job_types.models import JobType
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file, make_workspace
from tests.jobs.worker import claim, pass_time
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

OUTPUTS = [
    {"name": "MOSAIC", "pattern": "*.tif", "mediaType": "image/tiff"},
    {"name": "TILES", "pattern": "*.png", "multiple": True, "required": False},
]
DIGEST = "0a" * 32


@pytest.fixture
def job_type(db: None) -> JobType:
    """A job type whose tiles go to a workspace of their own."""
    make_workspace("products")
    make_workspace("tiles")
    return make_job_type(
        job={"interface": {"command": "run", "outputs": {"files": OUTPUTS}}},
        configuration={"output_workspaces": {"default": "products", "outputs": {"TILES": "tiles"}}},
    )


@pytest.fixture
def job(job_type: JobType, worker: APIClient) -> Job:
    """A job of which this worker runs the first try."""
    job = make_job(job_type)
    claim(worker)
    return job


def send(client: APIClient, *changes: dict[str, Any], **body: Any) -> Any:
    return client.post("/v6/jobs/transitions/", {"changes": changes, **body}, format="json")


def completed(job: Job, *files: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"job_id": job.pk, "num_exes": 1, "node": "node-01", "status": "COMPLETED", "files": files, **fields}


def product(job: Job, output: str = "MOSAIC", name: str = "a.tif", **fields: Any) -> dict[str, Any]:
    return {
        "output": output,
        "workspace": "tiles" if output == "TILES" else "products",
        "file_path": f"test/1.0.0/{job.pk}/1/{output}/{name}",
        "file_size": 7,
        "sha256": DIGEST,
        **fields,
    }


def refusal(client: APIClient, *changes: dict[str, Any]) -> dict[str, Any]:
    """Return the refusal of the last change, which has written nothing."""
    before = list(File.objects.values())
    answer = send(client, *changes)
    assert answer.status_code == 200, answer.json()
    outcome = answer.json()["results"][-1]
    assert (outcome["outcome"], outcome["status"]) == ("refused", "RUNNING")
    assert list(File.objects.values()) == before
    return outcome["refusal"]


def test_the_files_of_a_try_are_registered_when_its_job_completes(worker: APIClient, job: Job) -> None:
    files = [
        product(job, "TILES", "2.png"),
        product(
            job,
            file_name="mosaic of everything.tif",
            media_type="image/tiff; application=geotiff",
            sha256=DIGEST.upper(),
            uuid="5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10",
            meta_data={"geojson": {"type": "Point"}},
            data_started="2026-11-01T00:00:00Z",
            data_ended="2026-11-02T00:00:00Z",
        ),
        product(job, "TILES", "1.png", file_size=0, data_started=None),
    ]
    answer = send(worker, completed(job, *files, output={"json": {"COUNT": 2}, "files": {}}))
    assert answer.json()["results"] == [
        {"job_id": job.pk, "outcome": "changed", "status": "COMPLETED", "refusal": None}
    ]
    rows = {file.file_path: file for file in File.objects.select_related("workspace")}
    second, mosaic, first = (rows[file["file_path"]] for file in files)
    job.refresh_from_db()
    assert job.output == {
        "json": {"COUNT": 2},
        "files": {"TILES": [second.pk, first.pk], "MOSAIC": [mosaic.pk]},
    }
    assert {name: getattr(mosaic, name) for name in ("file_name", "media_type", "file_size", "sha256")} == {
        "file_name": "mosaic of everything.tif",
        "media_type": "image/tiff; application=geotiff",
        "file_size": 7,
        "sha256": DIGEST,
    }
    assert (mosaic.uuid, mosaic.meta_data) == (
        UUID("5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"),
        {"geojson": {"type": "Point"}},
    )
    assert (mosaic.data_started, mosaic.data_ended) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 11, 2, tzinfo=UTC),
    )
    assert (first.file_name, first.media_type, first.file_size) == ("1.png", "application/octet-stream", 0)
    for file, output, workspace in ((mosaic, "MOSAIC", "products"), (first, "TILES", "tiles")):
        assert (file.job_id, file.exe_num, file.job_output) == (job.pk, 1, output)
        assert (file.workspace.name, file.is_deleted) == (workspace, False)
    details = worker.get(f"/v6/jobs/{job.pk}/").json()
    assert details["output"] == {
        "files": {"TILES": [second.pk, first.pk], "MOSAIC": [mosaic.pk]},
        "json": {"COUNT": 2},
    }


def test_the_media_type_is_by_default_that_of_the_output(worker: APIClient, job: Job) -> None:
    send(worker, completed(job, product(job)))
    assert File.objects.get().media_type == "image/tiff"


def test_a_report_that_is_sent_again_registers_nothing_more(worker: APIClient, job: Job) -> None:
    report = completed(job, product(job), product(job, "TILES", "1.png"))
    assert send(worker, report).json()["changed"] == 1
    before = list(File.objects.values()), list(Job.objects.values())
    assert send(worker, report).json()["results"] == [
        {"job_id": job.pk, "outcome": "unchanged", "status": "COMPLETED", "refusal": None}
    ]
    assert send(worker, report, report).json()["unchanged"] == 2
    assert (list(File.objects.values()), list(Job.objects.values())) == before


def test_a_report_twice_in_a_request_registers_its_files_once(worker: APIClient, job: Job) -> None:
    report = completed(job, product(job))
    assert [one["outcome"] for one in send(worker, report, report).json()["results"]] == ["changed", "unchanged"]
    assert File.objects.count() == 1


def test_files_of_a_try_that_is_over_are_not_registered(worker: APIClient, staff: APIClient, job: Job) -> None:
    staff.post("/v6/jobs/cancel/", {"job_id": job.pk}, format="json")
    (outcome,) = send(worker, completed(job, product(job))).json()["results"]
    assert (outcome["outcome"], outcome["refusal"]["name"]) == ("refused", "TRY_OVER")
    staff.post("/v6/jobs/requeue/", {"job_id": job.pk}, format="json")
    Job.objects.update(retry_after=None)
    assert [one["num_exes"] for one in claim(worker)] == [2]
    assert send(worker, completed(job, product(job))).json()["unchanged"] == 1
    assert not File.objects.exists()
    # Nor may the second try report them.
    found = refusal(worker, completed(job, product(job), num_exes=2))
    assert found == {
        "name": "INVALID_FIELD",
        "description": f"changes[0]: files[0].file_path: must lie below test/1.0.0/{job.pk}/2/, "
        "the product_path of this try.",
        "path": "/changes/0/files/0/file_path",
    }


def test_a_required_output_may_be_missing_and_ids_of_files_are_reported_as_before(
    worker: APIClient, job: Job
) -> None:
    send(worker, completed(job, output={"files": {"MOSAIC": [7]}, "json": {}}))
    job.refresh_from_db()
    assert (job.status, job.output) == ("COMPLETED", {"files": {"MOSAIC": [7]}, "json": {}})


BAD_PATHS = [
    "/{}/a.tif",
    "{}/../1/a.tif",
    "{}",
    "{}/",
    "{}1/a.tif",
    "a.tif",
    "{}//a.tif",
    "{}/\x01.tif",
    "{}/\u202egnp.tif",
    "{}/ /a.tif",
    "",
    "{}/" + "x" * 1000,
]


@pytest.mark.parametrize(
    ("fields", "name", "place", "wording"),
    [
        *(({"file_path": path}, "INVALID_FIELD", "file_path", "files[1].file_path: ") for path in BAD_PATHS),
        ({"output": "OTHER"}, "UNKNOWN_OUTPUT", "output", "no output for files 'OTHER'; it has: MOSAIC, TILES"),
        ({"output": "MOSAIC"}, "TOO_MANY_FILES", "output", "the output 'MOSAIC' has one file"),
        ({"workspace": "products"}, "INVALID_WORKSPACE", "workspace", "goes to the workspace tiles"),
        ({"workspace": "nowhere"}, "INVALID_WORKSPACE", "workspace", "goes to the workspace tiles"),
        ({"sha256": "0a" * 31}, "INVALID_FIELD", "sha256", "must have 64 hexadecimal digits"),
        ({"sha256": "0g" * 32}, "INVALID_FIELD", "sha256", "must have 64 hexadecimal digits"),
        ({"file_size": -1}, "INVALID_FIELD", "file_size", "must not be negative"),
        ({"sha256": ""}, "INVALID_FIELD", "sha256", "must have 64 hexadecimal digits"),
        ({"workspace": ""}, "INVALID_WORKSPACE", "workspace", "goes to the workspace tiles"),
        ({"output": ""}, "UNKNOWN_OUTPUT", "output", "no output for files ''; it has: MOSAIC, TILES"),
        ({"file_name": "a/b"}, "INVALID_FIELD", "file_name", "without folders"),
        ({"file_name": " "}, "INVALID_FIELD", "file_name", "without folders"),
        ({"media_type": "x" * 251}, "INVALID_FIELD", "media_type", "at most 250 characters"),
        (
            {"data_started": "2026-11-02T00:00:00Z", "data_ended": "2026-11-01T00:00:00Z"},
            "INVALID_FIELD",
            "data_ended",
            "must not be before data_started",
        ),
    ],
)
def test_a_change_with_a_wrong_file_is_refused_by_its_place_and_others_are_made(
    worker: APIClient, job_type: JobType, job: Job, fields: dict[str, Any], name: str, place: str, wording: str
) -> None:
    other = make_job(job_type)
    claim(worker)
    below = f"test/1.0.0/{job.pk}/1"
    fields = {key: value.format(below) if key == "file_path" else value for key, value in fields.items()}
    wrong = {**product(job, "TILES", "1.png"), **fields}
    answer = send(worker, completed(other, product(other)), completed(job, product(job), wrong)).json()
    assert [one["outcome"] for one in answer["results"]] == ["changed", "refused"]
    found = answer["results"][1]["refusal"]
    assert (found["name"], found["path"]) == (name, f"/changes/1/files/1/{place}")
    assert found["description"].startswith(f"changes[1]: files[1].{place}: ")
    assert found["description"].endswith(".")
    assert wording in found["description"]
    assert [file.job_id for file in File.objects.all()] == [other.pk]
    assert Job.objects.get(pk=job.pk).status == "RUNNING"


def test_a_file_of_an_output_without_a_workspace_is_refused(worker: APIClient, job_type: JobType) -> None:
    nowhere = make_job_type("nowhere", job={"interface": {"command": "run", "outputs": {"files": OUTPUTS[1:]}}})
    job = make_job(nowhere)
    claim(worker)
    found = refusal(worker, completed(job, product(job, "TILES", file_path=f"nowhere/1.0.0/{job.pk}/1/a.tif")))
    assert (found["name"], found["path"]) == ("MISSING_WORKSPACE", "/changes/0/files/0/workspace")
    assert "the configuration of the job names no workspace for the output 'TILES'" in found["description"]


def test_the_workspace_is_that_of_the_effective_configuration_of_the_job(
    worker: APIClient, job_type: JobType
) -> None:
    own = {"output_workspaces": {"outputs": {"MOSAIC": "tiles"}}}
    job = make_job(job_type, configuration=own)
    claim(worker)
    assert refusal(worker, completed(job, product(job)))["name"] == "INVALID_WORKSPACE"
    assert send(worker, completed(job, product(job, workspace="tiles"))).json()["changed"] == 1


def test_a_workspace_that_is_deprecated_takes_the_files_of_tries_that_began_before(
    worker: APIClient, staff: APIClient, job_type: JobType, job: Job
) -> None:
    assert staff.patch("/v6/workspaces/products/", {"is_active": False}, format="json").status_code == 200
    later = make_job(job_type)
    claim(worker)
    found = refusal(worker, completed(later, product(later)))
    assert (found["name"], found["path"]) == ("DEPRECATED_WORKSPACE", "/changes/0/files/0/workspace")
    assert send(worker, completed(job, product(job))).json()["changed"] == 1


def test_a_path_or_uuid_that_is_taken_is_refused_for_that_change_alone(
    worker: APIClient, job_type: JobType
) -> None:
    jobs = [make_job(job_type) for _ in range(4)]
    claim(worker)
    first, second, third, fourth = jobs
    taken = make_file(workspace=Workspace.objects.get(name="products"), file_path=product(second)["file_path"])
    again = product(third, "TILES", "1.png")
    reports = [
        completed(first, product(first)),
        completed(second, product(second, "TILES", "1.png"), product(second)),
        completed(third, again, again),
        completed(fourth, product(fourth, uuid=str(taken.uuid))),
    ]
    results = send(worker, *reports).json()["results"]
    assert [one["outcome"] for one in results] == ["changed", "refused", "refused", "refused"]
    assert [(one["refusal"]["name"], one["refusal"]["path"]) for one in results[1:]] == [
        ("FILE_EXISTS", "/changes/1/files/1/file_path"),
        ("FILE_EXISTS", "/changes/2/files/1/file_path"),
        ("DUPLICATE_UUID", "/changes/3/files/0/uuid"),
    ]
    assert results[1]["refusal"]["description"].startswith(
        "changes[1]: files[1].file_path: there is another file at "
    )
    assert [file.job_id for file in File.objects.order_by("pk")] == [None, first.pk]
    # A file that is gone frees its path.
    File.objects.filter(pk=taken.pk).update(is_deleted=True, deleted=timezone.now())
    assert send(worker, reports[1]).json()["changed"] == 1


def test_a_try_that_is_refused_stands_in_nobodys_way(worker: APIClient, job_type: JobType) -> None:
    jobs = [make_job(job_type) for _ in range(3)]
    claim(worker)
    ids = [str(uuid4()) for _ in range(4)]
    reports = [
        completed(job, *(product(job, "TILES", f"{pk}.png", uuid=pk) for pk in ids[number : number + 2]))
        for number, job in enumerate(jobs)
    ]
    results = send(worker, *reports).json()["results"]
    assert [one["outcome"] for one in results] == ["changed", "refused", "changed"]
    assert results[1]["refusal"]["path"] == "/changes/1/files/0/uuid"
    assert sorted(str(file.uuid) for file in File.objects.all()) == sorted(ids)


def test_a_size_that_no_file_has_is_a_400(worker: APIClient, job: Job) -> None:
    for size in (9.3e18, 1e300):
        answer = send(worker, completed(job, product(job, file_size=size)))
        assert (answer.status_code, answer.json()["errors"]) == (
            400,
            [
                {
                    "name": "INVALID_FIELD",
                    "description": "changes.0.files.0.file_size: must be a whole number.",
                    "path": "/changes/0/files/0/file_size",
                }
            ],
        )


def test_a_media_type_may_be_unknown(worker: APIClient, job: Job) -> None:
    assert send(worker, completed(job, product(job, media_type=""))).json()["changed"] == 1
    assert File.objects.get().media_type == ""


def test_an_atomic_request_with_a_file_that_is_refused_writes_nothing(worker: APIClient, job_type: JobType) -> None:
    jobs = [make_job(job_type) for _ in range(2)]
    claim(worker)
    make_file(workspace=Workspace.objects.get(name="products"), file_path=product(jobs[1])["file_path"])
    reports = [completed(job, product(job)) for job in jobs]
    answer = send(worker, *reports, atomic=True)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == ["/changes/1/files/0/file_path"]
    assert (File.objects.count(), Job.objects.filter(status="RUNNING").count()) == (1, 2)


def test_files_beside_ids_of_files_in_the_output_are_refused(worker: APIClient, job: Job) -> None:
    found = refusal(worker, completed(job, product(job), output={"files": {"MOSAIC": [7]}}))
    assert (found["name"], found["path"]) == ("INVALID_FIELD", "/changes/0/output/files")


def test_a_try_that_begins_and_ends_in_one_request_has_no_files_yet(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type)
    running = {"job_id": job.pk, "status": "RUNNING", "node": "node-01"}
    found = refusal(staff, running, completed(job, product(job)))
    assert (found["name"], found["path"]) == ("TRY_TOO_NEW", "/changes/1/files")
    assert send(staff, completed(job, product(job))).json()["changed"] == 1


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"status": "FAILED"}, "/changes/0/files"),
        ({"files": {}}, "/changes/0/files"),
        ({"files": [7]}, "/changes/0/files/0"),
        ({"files": [{}]}, "/changes/0/files/0"),
        ({"files": [{"output": 7}]}, "/changes/0/files/0/output"),
        ({"files": [{"owner": "me"}]}, "/changes/0/files/0/owner"),
    ],
)
def test_files_of_another_shape_are_a_fault_of_the_body(
    worker: APIClient, job: Job, fields: dict[str, Any], path: str
) -> None:
    answer = send(worker, {**completed(job, product(job)), **fields})
    assert answer.status_code == 400
    assert path in [one["path"] for one in answer.json()["errors"]]


def test_a_request_has_4000_files_at_most_and_as_many_pass(worker: APIClient, job_type: JobType) -> None:
    jobs = [make_job(job_type) for _ in range(2)]
    claim(worker)
    many = [[product(job, "TILES", f"{number}.png") for number in range(2000)] for job in jobs]
    full = [completed(job, *files) for job, files in zip(jobs, many, strict=True)]
    answer = send(worker, full[0], completed(jobs[1], *many[1], product(jobs[1])))
    assert answer.status_code == 400
    assert "must hold at most 4,000 files in all." in answer.json()["errors"][0]["description"]
    assert send(worker, *full).json()["changed"] == 2
    assert File.objects.count() == 4000


def test_files_cost_as_many_queries_for_many_as_for_few(worker: APIClient, job_type: JobType) -> None:
    def cost(jobs: int, files: int) -> int:
        made = [make_job(job_type) for _ in range(jobs)]
        claim(worker, 100)
        names = [f"{number}.png" for number in range(files)]
        changes = [completed(job, *(product(job, "TILES", name) for name in names)) for job in made]
        with CaptureQueriesContext(connection) as captured:
            assert send(worker, *changes).json()["changed"] == jobs
        return len(captured)

    cost(1, 0)
    without = cost(10, 0)
    # Manifests, configurations and workspaces; the time; savepoints of what registers files, and one INSERT.
    more = 8 if connection.vendor == "sqlite" else 9
    assert (cost(1, 1), cost(10, 4)) == (without + more, without + more)


def test_files_of_a_try_that_lost_its_lease_are_not_registered(worker: APIClient, job: Job, alive: None) -> None:
    pass_time(timedelta(seconds=61))
    assert claim(worker, node="node-02") == []
    found = send(worker, completed(job, product(job))).json()["results"][0]
    assert (found["outcome"], found["refusal"]["name"]) == ("refused", "TRY_OVER")
    assert not File.objects.exists()

"""/v6/files/: register, show and edit, through HTTP."""

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from audit.models import Record
from files.models import File
from files.rows import NOTHING_YET
from files.serializers import FileSerializer
from tests.factories import iso, make_job, make_job_type
from tests.files.factories import make_file, make_workspace
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

URL = "/v6/files/"
DIGEST = "ab" * 32
UUID_OF_FILE = "0b2f8f0e-5d2b-4b7e-9d3c-6a1f0c2d4e5f"


@pytest.fixture
def raw(db: None) -> Workspace:
    """A workspace with a URL."""
    return make_workspace("raw", base_url="http://raw.example.com/")


def post(client: APIClient, **fields: Any) -> Any:
    body = {"workspace": "raw", "file_path": "in/scene.tif", "file_size": 1000, **fields}
    return client.post(URL, {name: value for name, value in body.items() if value is not None}, format="json")


def patch(client: APIClient, file: File, **fields: Any) -> Any:
    return client.patch(f"{URL}{file.pk}/", fields, format="json")


def refusal(name: str, sentence: str, path: str) -> dict[str, Any]:
    """The whole body of a 400 with one fault."""
    finding = {"name": name, "description": sentence, "path": path}
    return {"detail": sentence, "is_valid": False, "errors": [finding], "warnings": []}


def test_a_file_is_registered_and_shown_whole(staff: APIClient, raw: Workspace) -> None:
    times = {"data_started": "2026-01-01T10:00:00Z", "data_ended": "2026-01-01T10:05:00Z"}
    answer = post(
        staff,
        file_path="in/ä b.tif",
        sha256=DIGEST.upper(),
        uuid=UUID_OF_FILE,
        meta_data={"properties": {"clouds": 0.5}},
        **times,
    )
    assert answer.status_code == 201, answer.content
    file = File.objects.get()
    assert answer["Location"] == f"http://testserver{URL}{file.pk}/"
    assert file.created == file.last_modified
    expected = {
        "id": file.pk,
        "uuid": UUID_OF_FILE,
        "file_name": "ä b.tif",
        "workspace": {"id": raw.pk, "name": "raw"},
        "media_type": "image/tiff",
        "file_type": "SOURCE",
        "file_size": 1000,
        "sha256": DIGEST,
        "file_path": "in/ä b.tif",
        "is_deleted": False,
        "url": "http://raw.example.com/in/%C3%A4%20b.tif",
        "created": iso(file.created),
        "deleted": None,
        **times,
        "last_modified": iso(file.created),
        "job_type": None,
        "job": None,
        "job_exe": None,
        "job_output": None,
        **NOTHING_YET,
    }
    details = {**expected, "meta_data": {"properties": {"clouds": 0.5}}}
    assert answer.json() == {**details, "warnings": []}
    assert staff.get(answer["Location"]).json() == details
    assert staff.get(f"{URL}{UUID_OF_FILE}/").json() == details
    assert staff.get(URL).json() == {"count": 1, "next": None, "previous": None, "results": [expected]}
    assert list(staff.get(URL).json()["results"][0]) == list(FileSerializer.Meta.fields)


def test_a_product_shows_its_job_its_try_and_its_job_type(anyone: APIClient, raw: Workspace) -> None:
    job_type = make_job_type()
    job = make_job(job_type, "COMPLETED", num_exes=2, node="node-01")
    (made_by,) = job.executions.all()
    file = make_file(job=job, workspace=raw)
    (shown,) = anyone.get(f"{URL}?job_id={job.pk}").json()["results"]
    job_shown = anyone.get(f"/v6/jobs/{job.pk}/").json()
    assert {name: shown[name] for name in ("file_type", "job_type", "job", "job_exe", "job_output")} == {
        "file_type": "PRODUCT",
        "job_type": job_shown["job_type"],
        "job": {"id": job.pk},
        "job_exe": {"id": made_by.pk, "exe_num": 2},
        "job_output": "image",
    }
    assert anyone.get(f"{URL}{file.pk}/").json() == {**shown, "meta_data": {}}


def test_a_place_a_size_and_a_workspace_are_all_that_is_needed(staff: APIClient) -> None:
    make_workspace("raw")
    shown = post(staff, file_path="scene").json()
    assert (shown["file_name"], shown["media_type"], shown["sha256"], shown["url"]) == ("scene", "", "", None)
    assert UUID(shown["uuid"]).version == 4


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.TIF", "image/tiff"),
        ("a.geojson", "application/geo+json"),
        ("a.json", "application/json"),
        ("a.tif.gz", "application/gzip"),
        ("a.txt.bz2", ""),
        ("tif", ""),
        ("data:text/plain,a", ""),
    ],
)
def test_the_media_type_is_told_by_the_extension(
    staff: APIClient, raw: Workspace, name: str, media_type: str
) -> None:
    assert post(staff, file_path=f"in/{name}").json()["media_type"] == media_type
    assert post(staff, file_path=f"in2/{name}", media_type="a/b").json()["media_type"] == "a/b"


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/etc/passwd", "must be relative to the root of the workspace: it begins with a slash."),
        ("../a", "must not lead upwards: it has a part '..'."),
        ("a/../b", "must not lead upwards: it has a part '..'."),
        ("a//b", "must name a file, such as in/scene.tif: it has a part that is empty, blank or '.'."),
        ("a/./b", "must name a file, such as in/scene.tif: it has a part that is empty, blank or '.'."),
        ("a/", "must name a file, such as in/scene.tif: it has a part that is empty, blank or '.'."),
        ("a\nb", "has control characters, or others that are no part of a text."),
        ("a\x7fb", "has control characters, or others that are no part of a text."),
        ("ä" * 501, "must have at most 1000 bytes in UTF-8."),
        ("a" * 1001, "must have at most 1000 characters."),
        ("", "must not be blank."),
        (7, "must be a string."),
    ],
)
def test_a_path_names_one_place_in_the_workspace(
    staff: APIClient, raw: Workspace, path: object, fault: str
) -> None:
    answer = post(staff, file_path=path)
    assert (answer.status_code, answer.json()) == (
        400,
        refusal("INVALID_FIELD", f"file_path: {fault}", "/file_path"),
    )


@pytest.mark.parametrize("path", ["a", "..a/...", "a b/ c", "-", "~/a", "ä" * 500, "𝕬/a.tif"])
def test_any_other_path_is_taken(staff: APIClient, raw: Workspace, path: str) -> None:
    answer = post(staff, file_path=path, file_name="n")
    assert (answer.status_code, answer.json()["file_path"]) == (201, path)


def test_the_longest_paths_fit_into_the_index(staff: APIClient, raw: Workspace) -> None:
    # Of characters that compress badly.
    path = "".join(chr(0x10000 + (number * 7919) % 60000) for number in range(250))
    answer = post(staff, file_path=path, file_name="n")
    assert (answer.status_code, answer.json()["file_path"]) == (201, path)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"file_name": "a/b"}, "file_name: must be the name of a file, without folders."),
        ({"file_name": ".."}, "file_name: must be the name of a file, without folders."),
        ({"file_name": "x" * 251}, "file_name: must have at most 250 characters."),
        ({"file_path": "x" * 251}, "file_name: must have at most 250 characters."),
        ({"file_size": -1}, "file_size: must be at least 0."),
        ({"file_size": "1"}, "file_size: must be a whole number."),
        ({"sha256": "ab"}, "sha256: must have 64 hexadecimal digits."),
        ({"sha256": DIGEST + "\n"}, "sha256: must have 64 hexadecimal digits."),
        ({"sha256": 7}, "sha256: must be a string."),
        ({"uuid": "7"}, "uuid: must be a UUID such as 0b2f8f0e-5d2b-4b7e-9d3c-6a1f0c2d4e5f."),
        ({"media_type": "a\nb"}, "media_type: must be a media type such as image/tiff."),
        ({"meta_data": []}, "meta_data: must be an object."),
        ({"data_started": "2026"}, "data_started: must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z."),
    ],
)
def test_each_field_is_checked(staff: APIClient, raw: Workspace, fields: dict[str, Any], sentence: str) -> None:
    answer = post(staff, **fields)
    field = sentence.partition(":")[0]
    assert (answer.status_code, answer.json()) == (400, refusal("INVALID_FIELD", sentence, f"/{field}"))
    assert not File.objects.exists()


def test_a_file_cannot_be_registered_as_deleted(staff: APIClient, raw: Workspace) -> None:
    (finding,) = post(staff, is_deleted=True).json()["errors"]
    assert (finding["name"], finding["path"]) == ("UNKNOWN_FIELD", "/is_deleted")


def test_a_workspace_that_does_not_exist_is_refused(staff: APIClient) -> None:
    sentence = "workspace: there is none called 'raw'; /v6/workspaces/ lists them."
    answer = post(staff)
    assert (answer.status_code, answer.json()) == (400, refusal("UNKNOWN_WORKSPACE", sentence, "/workspace"))


def test_what_lies_in_a_deprecated_workspace_is_registered_with_a_warning(staff: APIClient, raw: Workspace) -> None:
    Workspace.objects.update(is_active=False, deprecated=raw.created)
    answer = post(staff)
    assert answer.status_code == 201
    sentence = "workspace: raw is deprecated, so that no more files should be put there."
    warning = {"name": "DEPRECATED_WORKSPACE", "description": sentence, "path": "/workspace"}
    assert answer.json()["warnings"] == [warning]


def test_data_do_not_end_before_they_started(staff: APIClient, raw: Workspace) -> None:
    early, late = "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"
    expected = (400, refusal("INVALID_FIELD", "data_ended: must not be before data_started.", "/data_ended"))
    answer = post(staff, data_started=late, data_ended=early)
    assert (answer.status_code, answer.json()) == expected
    file = make_file(data_started=late)
    answer = patch(staff, file, data_ended=early)
    assert (answer.status_code, answer.json()) == expected
    assert patch(staff, file, data_ended=late).json()["data_ended"] == late
    assert patch(staff, file, data_started=None, data_ended=early).json()["data_ended"] == early


def test_the_same_file_can_be_registered_again(staff: APIClient, raw: Workspace) -> None:
    first, again = post(staff, sha256=DIGEST), post(staff, sha256=DIGEST.upper(), meta_data={"a": 1})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json(), again["Location"]) == (first.json(), first["Location"])
    assert (File.objects.count(), Record.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("there", "sent"),
    [
        ({"sha256": DIGEST}, {"sha256": "cd" * 32}),
        ({"sha256": DIGEST}, {"sha256": DIGEST, "file_size": 999}),
        ({"sha256": DIGEST}, {}),
        ({}, {"sha256": DIGEST}),
        ({}, {}),
    ],
)
def test_another_file_at_the_same_place_is_refused(
    staff: APIClient, raw: Workspace, there: dict[str, Any], sent: dict[str, Any]
) -> None:
    post(staff, **there)
    answer = post(staff, **sent)
    sentence = (
        "file_path: there is another file at 'in/scene.tif' in this workspace; give this one another path or, if "
        "the other is gone from there, set its is_deleted."
    )
    assert (answer.status_code, answer.json()) == (400, refusal("FILE_EXISTS", sentence, "/file_path"))
    assert File.objects.count() == 1


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.parametrize("path", ["another", "in/scene.tif"])
def test_a_uuid_that_is_taken_is_refused(staff: APIClient, raw: Workspace, path: str, is_deleted: bool) -> None:
    make_file(workspace=raw, file_path="in/scene.tif", uuid=UUID_OF_FILE, is_deleted=is_deleted)
    answer = post(staff, uuid=UUID_OF_FILE, file_path=path)
    sentence = f"uuid: another file has {UUID_OF_FILE}; leave it out, and one is made."
    assert (answer.status_code, answer.json()) == (400, refusal("DUPLICATE_UUID", sentence, "/uuid"))


def test_a_deleted_file_frees_its_place_until_it_is_back(staff: APIClient, raw: Workspace) -> None:
    file = make_file(workspace=raw, file_path="in/scene.tif")
    deleted = patch(staff, file, is_deleted=True).json()
    assert (deleted["is_deleted"], deleted["deleted"]) == (True, deleted["last_modified"])
    new = post(staff)
    assert new.status_code == 201
    sentence = (
        "is_deleted: there is another file at 'in/scene.tif' in this workspace; give this one another path or, if "
        "the other is gone from there, set its is_deleted."
    )
    answer = patch(staff, file, is_deleted=False)
    assert (answer.status_code, answer.json()) == (400, refusal("FILE_EXISTS", sentence, "/is_deleted"))
    patch(staff, File.objects.get(pk=new.json()["id"]), is_deleted=True)
    back = patch(staff, file, is_deleted=False).json()
    assert (back["is_deleted"], back["deleted"]) == (False, None)


def test_an_edit_sets_what_is_known_of_a_file(staff: APIClient, raw: Workspace) -> None:
    file = make_file()
    shown = staff.get(f"{URL}{file.pk}/").json()
    changes = {"media_type": "image/x", "meta_data": {"a": [1]}, "data_started": "2026-01-01T10:00:00Z"}
    answer = staff.patch(f"{URL}{file.uuid}/", {**shown, **changes}, format="json")
    assert answer.status_code == 200, answer.content
    file.refresh_from_db()
    assert answer.json() == {**shown, **changes, "last_modified": iso(file.last_modified)}
    assert file.last_modified > file.created


def test_an_edit_that_changes_nothing_writes_nothing(staff: APIClient) -> None:
    file = make_file(media_type="image/tiff")
    assert patch(staff, file, media_type="image/tiff", is_deleted=False, meta_data={}).status_code == 200
    assert File.objects.get().last_modified == file.last_modified
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("file_size", 7, "what a file holds never changes"),
        ("sha256", DIGEST, "what a file holds never changes"),
        ("file_name", "other", "what a file holds never changes"),
        ("uuid", UUID_OF_FILE, "what a file holds never changes"),
        ("file_path", "other", "a file that is moved is another one: register that"),
        ("workspace", {"id": 0, "name": "other"}, "a file that is moved is another one: register that"),
        ("job_output", "other", "it is what the try reported"),
    ],
)
def test_what_a_file_is_cannot_be_edited(staff: APIClient, field: str, value: object, reason: str) -> None:
    answer = patch(staff, make_file(), **{field: value})
    sentence = f"{field}: cannot be set to another value; {reason}."
    assert (answer.status_code, answer.json()) == (400, refusal("READ_ONLY_FIELD", sentence, f"/{field}"))


def test_what_was_done_to_files_is_recorded(staff: APIClient, raw: Workspace) -> None:
    pk = post(staff, sha256=DIGEST, meta_data={"a": 1}, data_started="2026-01-01T10:00:00Z").json()["id"]
    patch(staff, File.objects.get(), media_type="a/b", meta_data={}, data_started=None)
    created, edited = Record.objects.order_by("id")
    assert {(one.kind, one.name, one.actor) for one in (created, edited)} == {("file", str(pk), "staff")}
    new = {
        "workspace": "raw",
        "file_name": "scene.tif",
        "media_type": "image/tiff",
        "file_size": 1000,
        "sha256": DIGEST,
        "file_path": "in/scene.tif",
        "data_started": "2026-01-01T10:00:00+00:00",
        "data_ended": None,
    }
    assert created.changes == {name: {"old": None, "new": value} for name, value in new.items()}
    assert edited.changes == {
        "media_type": {"old": "image/tiff", "new": "a/b"},
        "meta_data": {"changed": True},
        "data_started": {"old": "2026-01-01T10:00:00+00:00", "new": None},
    }


@pytest.mark.parametrize("key", ["0", "9" * 18, "9" * 19, "a", UUID_OF_FILE, "0b2f8f0e5d2b4b7e9d3c6a1f0c2d4e5f"])
def test_a_file_that_does_not_exist_is_missing(staff: APIClient, key: str) -> None:
    make_file(uuid="0b2f8f0e-5d2b-4b7e-9d3c-6a1f0c2d4e50")
    expected = {"detail": f"No file has the id or the UUID {key!r}; /v6/files/ lists them."}
    for answer in (staff.get(f"{URL}{key}/"), staff.patch(f"{URL}{key}/", {}, format="json")):
        assert (answer.status_code, answer.json()) == (404, expected)

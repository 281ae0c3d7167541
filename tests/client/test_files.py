"""``scale files`` and the files of the SDK, against a service that listens."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from client import Invalid, NotFound, Scale
from client.cli.scale.completion import workspace_names
from files.models import File
from tests.client.conftest import Command
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of `workspace_1`, with three files."""
    for name, content in {"in/a.tif": b"aa", "in/b/c.json": b"", "other": b"x" * 3_000_000}.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "root"


def test_files_are_registered_with_their_sizes_and_digests(operator: Command, root: Path) -> None:
    ran = operator("files", "register", "workspace_1", root / "in", root / "other", "--root", root)
    files = list(File.objects.order_by("id"))
    assert ran.code == 0
    assert ran.err == ""
    assert [(one.file_path, one.media_type, one.file_size) for one in files] == [
        ("in/a.tif", "image/tiff", 2),
        ("in/b/c.json", "application/json", 0),
        ("other", "", 3_000_000),
    ]
    digests = [hashlib.sha256((root / one.file_path).read_bytes()).hexdigest() for one in files]
    assert [one.sha256 for one in files] == digests
    assert {one.workspace.name for one in files} == {"workspace_1"}
    assert [row[:2] for row in ran.table] == [[str(one.pk), one.file_path] for one in files]


def test_registering_again_leaves_what_is_there_and_adds_what_is_new(operator: Command, root: Path) -> None:
    operator("files", "register", "workspace_1", root, "--root", root, "--media-type", "a/b")
    before = list(File.objects.order_by("id").values())
    (root / "new").write_text("new")
    again = operator("files", "register", "workspace_1", root, root / "new", "--root", root, "-o", "json")
    assert again.code == 0
    assert [row["file_path"] for row in again.rows] == ["new", "other", "in/a.tif", "in/b/c.json"]
    after = list(File.objects.order_by("id").values())
    assert (after[:-1], after[-1]["file_path"]) == (before, "new")
    assert {row["media_type"] for row in before} == {"a/b"}


def test_a_place_of_another_file_is_refused_and_the_others_go_on(operator: Command, root: Path) -> None:
    make_file(workspace=make_workspace("workspace_1"), file_path="in/a.tif")
    ran = operator("files", "register", "workspace_1", root, "--root", root, "-o", "json")
    assert ran.code == 1
    assert [row["file_path"] for row in ran.rows] == ["other", "in/b/c.json"]
    finding, sum_up = ran.err.splitlines()
    assert finding.startswith(
        f"error    FILE_EXISTS  /file_path  {root}/in/a.tif: file_path: there is another file"
    )
    assert sum_up == "1 of 3 files were refused."


def test_a_name_that_is_no_text_is_refused_and_the_others_go_on(operator: Command, root: Path) -> None:
    Path(os.fsdecode(bytes(root / "in") + b"/b\xff.tif")).write_text("x")
    ran = operator("files", "register", "workspace_1", root / "in", "--root", root, "-o", "json")
    assert ran.code == 1
    assert [row["file_path"] for row in ran.rows] == ["in/a.tif", "in/b/c.json"]
    finding, sum_up = ran.err.splitlines()
    assert finding == f"error    INVALID_FIELD  (root)  {root}/in/b\\udcff.tif: its name is not UTF-8; rename it."
    assert sum_up == "1 of 3 files were refused."


def test_only_files_below_the_root_are_registered(operator: Command, root: Path) -> None:
    outside = root.parent / "outside"
    outside.write_text("outside")
    (root / "link").symlink_to(outside)
    (root / "inner").symlink_to(root / "in" / "a.tif")
    (root / "broken").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe")
    for path in (outside, root / "link", root / ".." / "outside"):
        ran = operator("files", "register", "workspace_1", path, "--root", root)
        sentence = f"{path}: does not lie below {root}, the root of the workspace.\n"
        assert (ran.code, ran.err) == (2, sentence)
    for path in (root / "nothing", root / "broken", root / "pipe"):
        ran = operator("files", "register", "workspace_1", path, "--root", root)
        assert (ran.code, ran.err) == (2, f"{path}: there is no such file.\n")
    assert not File.objects.exists()
    ran = operator("files", "register", "workspace_1", root / "inner", root / "in", "--root", root, "-o", "json")
    assert [row["file_path"] for row in ran.rows] == ["in/a.tif", "in/b/c.json"]


def test_a_workspace_that_does_not_exist_is_said_once(operator: Command, root: Path) -> None:
    ran = operator("files", "register", "nowhere", root, "--root", root)
    sentence = "No workspace has the name or the id 'nowhere'; /v6/workspaces/ lists them.\n"
    assert (ran.code, ran.out, ran.err) == (1, "", sentence)


def test_a_deprecated_workspace_is_a_warning_for_each_file(operator: Command, scale: Scale, root: Path) -> None:
    scale.workspaces.edit("workspace_1", {"is_active": False})
    ran = operator("files", "register", "workspace_1", root / "other", "--root", root)
    assert ran.code == 0
    assert ran.err == (
        f"warning  DEPRECATED_WORKSPACE  /workspace  {root}/other: workspace: workspace_1 is deprecated, so that "
        "no more files should be put there.\n"
    )


def test_files_are_listed_and_shown(operator: Command) -> None:
    job = make_job(make_job_type(), "COMPLETED")
    source, product = make_file("a.tif", meta_data={"clouds": 1}), make_file("b.tif", job=job, is_deleted=True)
    table = operator("files", "list", "--name", "a.tif").table
    assert table == [[str(source.pk), "a.tif", "1000", "raw", source.file_path, "-", "no"]]

    def listed(*options: object) -> list[int]:
        return [row["id"] for row in operator("files", "list", *options, "-o", "json").rows]

    assert sorted(listed()) == [source.pk, product.pk]
    assert len(listed("--limit", 1)) == 1
    assert listed("--job", job.pk) == listed("--job-output", "image") == listed("--deleted") == [product.pk]
    assert listed("--not-deleted") == [source.pk]
    assert listed("--workspace", "workspace_1") == listed("--ended", "P1D") == []
    assert json.loads(operator("files", "show", source.uuid, "-o", "json").out)["meta_data"] == {"clouds": 1}
    assert ["id", str(product.pk)] in [
        line.split() for line in operator("files", "show", product.pk).out.splitlines()
    ]


def test_names_of_workspaces_are_completed(operator: Command) -> None:
    make_workspace("workshop")
    assert workspace_names("work") == ["workshop", "workspace_1"]


def test_the_sdk_registers_edits_and_lists_files(scale: Scale) -> None:
    new = {"workspace": "workspace_1", "file_path": "a/b.tif", "file_size": 1}
    file = scale.files.register(new, idempotency_key="once")
    assert scale.files.register(new, idempotency_key="once").id == file.id
    with pytest.raises(Invalid) as refused:
        scale.files.register(new)
    assert [finding.name for finding in refused.value.errors] == ["FILE_EXISTS"]
    edited = scale.files.edit(file.id, {"is_deleted": True, "meta_data": {"a": 1}})
    assert (edited.is_deleted, edited.meta_data) == (True, {"a": 1})
    assert scale.files.show(str(file.uuid)).last_modified == edited.last_modified
    assert [one.id for one in scale.files.list(workspace="workspace_1")] == [file.id]
    with pytest.raises(NotFound):
        scale.files.show(file.id + 1)


def test_the_sdk_lists_what_a_job_reads(scale: Scale) -> None:
    first, second = make_file(), make_file()
    job = make_job(make_job_type(), input={"files": {"b": [second.pk], "a": [first.pk]}})
    assert [one.id for one in scale.jobs.input_files(job.pk)] == [second.pk, first.pk]
    assert [one.id for one in scale.jobs.input_files(job.pk, job_input="a")] == [first.pk]

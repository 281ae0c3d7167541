"""Workspaces as a node reaches them: a folder, an export of NFS that is mounted, and a bucket of S3."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.settings import Settings
from agent.storage import Content, FileMissing, Storage, StorageError
from agent.storage.brokers import Storages
from agent.storage.local import LocalStorage
from tests.images.engines import free_port
from tests.load.server import ROOT

TEXT = b"42 tiles\n"
CONTENT = Content(len(TEXT), hashlib.sha256(TEXT).hexdigest())


def settings(tmp_path: Path, **fields: Any) -> Settings:
    return Settings(url="https://scale.example.com", token="t", node="n", state_dir=tmp_path / "state", **fields)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The URL of an S3 in a process of its own, with the bucket ``tiles``."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while True:
            try:
                assert httpx.put(f"{url}/tiles", timeout=30).status_code == 200
                break
            except httpx.TransportError:
                assert time.monotonic() < until, "it does not answer"
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_bytes(TEXT)
    return path


@pytest.fixture(params=["host", "nfs", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty workspace of each type in turn."""
    root = tmp_path / "workspace" / "products"
    root.mkdir(parents=True)
    if request.param == "s3":
        credentials = {"access_key_id": "AKIA", "secret_access_key": "open sesame"}
        broker = {"type": "s3", "bucket_name": "tiles", "region_name": "us-east-1", "credentials": credentials}
        own = settings(tmp_path, s3_endpoint=request.getfixturevalue("s3"))
    elif request.param == "nfs":
        broker = {"type": "nfs", "nfs_path": "nfs.example.com:/exports/products"}
        own = settings(tmp_path, nfs={"nfs.example.com:/exports": tmp_path / "workspace"})
    else:
        broker = {"type": "host", "host_path": str(root)}
        own = settings(tmp_path, host_roots=(tmp_path / "workspace",))
    return Storages(own, {"w": {"broker": broker}}).of("w")


def test_what_is_stored_is_fetched_with_its_digest(storage: Storage, source: Path, tmp_path: Path) -> None:
    assert storage.store(source, "a/b/tiles.txt") == CONTENT
    assert storage.fetch("a/b/tiles.txt", tmp_path / "copy") == CONTENT
    assert (tmp_path / "copy").read_bytes() == TEXT


def test_a_file_is_replaced_by_one_that_is_stored_again(storage: Storage, source: Path, tmp_path: Path) -> None:
    storage.store(source, "again.txt")
    source.write_bytes(b"43 tiles\n")
    storage.store(source, "again.txt")
    storage.fetch("again.txt", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"43 tiles\n"


def test_what_was_deleted_is_missing_and_may_be_deleted_again(
    storage: Storage, source: Path, tmp_path: Path
) -> None:
    storage.store(source, "gone/1/tiles.txt")
    for _ in range(2):
        storage.delete("gone/1/tiles.txt", ".")
    with pytest.raises(FileMissing):
        storage.fetch("gone/1/tiles.txt", tmp_path / "copy")


def test_a_copy_is_ended_in_the_middle_of_a_file_and_nobody_sees_a_part_of_it(
    storage: Storage, source: Path, tmp_path: Path
) -> None:
    source.write_bytes(bytes(3 * 2**20))
    calls = []

    def end() -> None:
        calls.append(1)
        if len(calls) % 2 == 0:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        storage.store(source, "part.txt", end)
    with pytest.raises(FileMissing):
        storage.fetch("part.txt", tmp_path / "copy")
    storage.store(source, "whole.txt")
    with pytest.raises(RuntimeError):
        storage.fetch("whole.txt", tmp_path / "other copy", end)
    assert len(calls) == 4


def test_nothing_is_left_of_a_copy_that_was_ended(
    storage: Storage, source: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def end() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        storage.store(source, "ended/part.txt", end)
    if "s3" in request.node.name:
        uploads = httpx.get(f"{request.getfixturevalue('s3')}/tiles?uploads", timeout=30)
        assert (uploads.status_code, "<Upload>" in uploads.text) == (200, False)
    assert [path for path in (tmp_path / "workspace").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", ["../out.txt", "a/../../out.txt", "/out.txt", "a//b", "", "a/./b", "a\0b"])
def test_a_path_that_leads_elsewhere_is_refused(storage: Storage, source: Path, tmp_path: Path, path: str) -> None:
    for ask in (
        lambda: storage.store(source, path),
        lambda: storage.fetch(path, tmp_path / "copy"),
        lambda: storage.delete(path, "."),
    ):
        with pytest.raises(StorageError, match="is not the path of a file in a workspace"):
            ask()


class TestAFolder:
    """What holds for folders alone."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "root"
        (root / "in").mkdir(parents=True)
        (root / "in" / "tiles.txt").write_bytes(TEXT)
        return root

    def test_a_file_that_everybody_may_read_is_used_where_it_is(self, root: Path) -> None:
        path = root / "in" / "tiles.txt"
        path.chmod(0o644)
        assert LocalStorage(root).in_place("in/tiles.txt") == path
        path.chmod(0o640)
        assert LocalStorage(root).in_place("in/tiles.txt") is None

    def test_links_within_are_followed_and_links_out_are_refused(self, root: Path, source: Path) -> None:
        (root / "within").symlink_to("in")
        (root / "out").symlink_to(source.parent)
        assert LocalStorage(root).in_place("within/tiles.txt") == root / "in" / "tiles.txt"
        with pytest.raises(StorageError, match="leads out of the workspace"):
            LocalStorage(root).in_place("out/source.txt")
        with pytest.raises(StorageError, match=r"the folder 'out' in .* cannot be opened: Not a directory"):
            LocalStorage(root).store(source, "out/product.txt")
        assert not (source.parent / "product.txt").exists()

    def test_a_folder_is_no_file(self, root: Path) -> None:
        with pytest.raises(StorageError, match="is not a file"):
            LocalStorage(root).in_place("in")

    def test_a_product_may_be_read_by_all_whatever_the_umask_says(self, root: Path, source: Path) -> None:
        source.chmod(0o600)
        LocalStorage(root).store(source, "p/tiles.txt")
        assert (root / "p" / "tiles.txt").stat().st_mode & 0o777 == 0o644
        assert [path.name for path in (root / "p").iterdir()] == ["tiles.txt"]

    def test_deleting_removes_folders_that_are_empty_then_and_what_was_half_written(
        self, root: Path, source: Path
    ) -> None:
        storage = LocalStorage(root)
        storage.store(source, "name/1.0.0/7/1/OUT/a/tiles.txt")
        storage.store(source, "name/1.0.0/7/1/OUT/b.txt")
        folder = root / "name/1.0.0/7/1/OUT/a"
        (folder / "tiles.txt").rename(_half_written(storage, folder, source))
        storage.delete("name/1.0.0/7/1/OUT/a/tiles.txt", "name/1.0.0")
        assert [path.name for path in (root / "name/1.0.0/7/1/OUT").iterdir()] == ["b.txt"]
        storage.delete("name/1.0.0/7/1/OUT/b.txt", "name/1.0.0")
        assert list((root / "name/1.0.0").iterdir()) == []


def _half_written(storage: LocalStorage, folder: Path, source: Path) -> Path:
    """Return where a file is while it is written, as an agent leaves it that is killed then."""
    found: list[Path] = []
    storage.store(source, "name/1.0.0/7/1/OUT/a/tiles.txt", lambda: found.extend(folder.glob(".*")))
    (place,) = found
    return place


class TestWhatANodeAllows:
    """Which workspaces a node reaches."""

    @pytest.mark.parametrize(
        ("broker", "because"),
        [
            (None, "has no broker"),
            ({"type": "host", "host_path": "/etc"}, "is in no folder that this node allows; see --host-root"),
            ({"type": "host", "host_path": "/nowhere/at/all"}, "No such file or directory"),
            ({"type": "nfs", "nfs_path": "other:/exports"}, "is mounted nowhere on this node; see --nfs"),
            ({"type": "nfs", "nfs_path": "nfs:/exports/../secret"}, "is mounted nowhere on this node; see --nfs"),
            ({"type": "tape"}, "of no type that this agent knows"),
        ],
    )
    def test_others_are_refused_with_a_sentence(
        self, tmp_path: Path, broker: dict[str, str] | None, because: str
    ) -> None:
        own = settings(tmp_path, nfs={"nfs:/exports": tmp_path}, host_roots=(tmp_path,))
        with pytest.raises(StorageError, match=because):
            Storages(own, {"w": {"broker": broker}}).of("w")

    def test_no_path_of_the_host_is_allowed_by_default(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="is in no folder that this node allows"):
            Storages(settings(tmp_path), {"w": {"broker": {"type": "host", "host_path": str(tmp_path)}}}).of("w")

    def test_a_root_that_is_a_link_out_of_what_is_allowed_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "allowed").mkdir()
        (tmp_path / "allowed" / "link").symlink_to("/etc")
        own = settings(tmp_path, host_roots=(tmp_path / "allowed",))
        broker = {"type": "host", "host_path": str(tmp_path / "allowed" / "link")}
        with pytest.raises(StorageError, match="is in no folder that this node allows"):
            Storages(own, {"w": {"broker": broker}}).of("w")


def test_a_bucket_that_is_not_there_is_said_without_the_secret(s3: str, tmp_path: Path, source: Path) -> None:
    credentials = {"access_key_id": "AKIA", "secret_access_key": "open sesame"}
    broker = {"type": "s3", "bucket_name": "none", "credentials": credentials}
    storage = Storages(settings(tmp_path, s3_endpoint=s3), {"w": {"broker": broker}}).of("w")
    with pytest.raises(StorageError, match="the bucket 'none' has no file") as raised:
        storage.store(source, "tiles.txt")
    assert "open sesame" not in str(raised.value)


def test_nobody_sees_an_upload_that_failed(s3: str, tmp_path: Path) -> None:
    broker = {"type": "s3", "bucket_name": "tiles", "credentials": {"access_key_id": "A", "secret_access_key": "S"}}
    storage = Storages(settings(tmp_path, s3_endpoint=s3), {"w": {"broker": broker}}).of("w")
    with pytest.raises(StorageError):
        storage.store(tmp_path, "folder-is-no-file.txt")
    with pytest.raises(FileMissing):
        storage.fetch("folder-is-no-file.txt", tmp_path / "copy")


# The exception keeps the file of the upload until the end of the process.
_ENDED_UPLOAD = """
import sys
from pathlib import Path
from agent.storage.s3 import S3Storage

def end():
    raise RuntimeError

credentials = {"access_key_id": "A", "secret_access_key": "S"}
storage = S3Storage({"bucket_name": "tiles", "credentials": credentials}, sys.argv[1], None)
try:
    storage.store(Path(sys.argv[2]), "ended.txt", end)
except RuntimeError as error:
    kept = error
"""


def test_a_process_ends_after_an_upload_that_was_given_up(s3: str, source: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _ENDED_UPLOAD, s3, str(source)], cwd=ROOT, timeout=120, check=True)
    assert done.returncode == 0


def test_a_bucket_that_is_mounted_is_read_where_it_is_mounted(s3: str, tmp_path: Path, source: Path) -> None:
    broker = {"type": "s3", "bucket_name": "tiles", "host_path": str(tmp_path), "credentials": {}}
    own = settings(tmp_path, s3_endpoint=s3, host_roots=(tmp_path,))
    storage = Storages(own, {"w": {"broker": broker}}).of("w")
    source.chmod(0o644)
    assert storage.in_place("source.txt") == source
    assert storage.in_place("not-there.txt") is None

"""Removing a folder that nobody here has written."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seed.run.removal import remove_folder

NOBODY = 65_534


def make_deep(folder: Path, depth: int = 3000) -> None:
    """Make folders in one another, deeper than any path may be long."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=descriptor)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("bottom", os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)


def make_wide(folder: Path) -> None:
    for number in range(300):
        (folder / str(number) / "x" / "y").mkdir(parents=True)
        (folder / str(number) / "x" / "file").touch()


def make_closed(folder: Path) -> None:
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "file").touch()
    for place in ("a/b/c", "a/b", "a"):
        (folder / place).chmod(0o000)
    folder.chmod(0o555)


@pytest.mark.parametrize("make", [make_deep, make_wide, make_closed])
def test_all_of_it_is_removed(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    remove_folder(folder)
    assert list(tmp_path.iterdir()) == []
    remove_folder(folder)
    remove_folder(folder / "in it")


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "inner").mkdir(parents=True)
    (kept / "file").touch()
    folder = tmp_path / "folder"
    (folder / "in").mkdir(parents=True)
    for place, target in (("a", kept), ("in/b", kept / "inner"), ("in/c", kept / "file"), ("in/d", "nowhere")):
        (folder / place).symlink_to(target)
    remove_folder(folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "inner", "kept"]
    assert (kept / "inner").stat().st_mode & 0o777 == 0o755


def test_who_is_not_root_removes_what_nobody_may_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make_closed(folder)
    # The folders above are not for everybody to enter.
    monkeypatch.chdir(tmp_path)
    before = os.geteuid()
    if before == 0:
        for path in (tmp_path, folder, *(folder / name for name in ("a", "a/b", "a/b/c", "a/b/file"))):
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        remove_folder(Path("folder"))
    finally:
        os.seteuid(before)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_is_logged_and_the_rest_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    (folder / "in" / "deep").mkdir(parents=True)
    for name in ("in/stays", "in/goes", "in/deep/goes"):
        (folder / name).touch()
    unlink = os.unlink

    def refuse(name: str, *, dir_fd: int) -> None:
        if name == "stays":
            raise PermissionError(1, "Operation not permitted")
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    with caplog.at_level(logging.WARNING):
        remove_folder(folder)
    assert [path.name for path in folder.rglob("*")] == ["in", "stays"]
    assert [(record.message, record.reason) for record in caplog.records] == [  # type: ignore[attr-defined]
        ("not all of a folder was removed", "[Errno 1] Operation not permitted")
    ]

"""What a try is run with: its files, where the container can read them, and its values, settings and mounts."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.assignment import Assignment
from agent.failures import DELETED_FILE, FILESYSTEM, MISSING_FILE, MISSING_MOUNT, TryFailed
from agent.places import Places
from agent.settings import Settings
from agent.storage import Check, Content, FileMissing, StorageError
from agent.storage.brokers import Storages, allowed
from agent.storage.copying import copy
from seed.manifest import Manifest
from seed.run.arguments import Arguments, GivenFile
from seed.run.removal import remove_folder
from seed.wording import quoted

log = logging.getLogger(__name__)


def stage(
    one: Assignment,
    manifest: Manifest,
    storages: Storages,
    settings: Settings,
    folder: Path,
    places: Places,
    check: Check,
) -> Arguments:
    """Bring the inputs of a try to this machine, as far as they are elsewhere, and return what it is run with.

    ``folder`` is where copies go; it is emptied before. What is mounted in place is added to ``places``. ``check``
    is called for each piece of what is read, and may raise.
    Raises TryFailed: ``missing-file``, ``deleted-file``, ``filesystem-io`` (a file that cannot be read, or is not
    what it was) and ``missing-mount``.
    """
    make_empty(folder)
    files = {name: _files(name, ids, one, storages, folder, places, check) for name, ids in _ids(one).items()}
    configuration = one.configuration
    values = {**(configuration.get("settings") or {}), **one.secrets}
    return Arguments(
        files=files,
        json=one.input.get("json") or {},
        settings={name: value for name, value in values.items() if name in manifest.setting_names},
        mounts=_mounts(configuration.get("mounts") or {}, manifest, settings, places),
    )


def make_empty(folder: Path) -> None:
    """Make a folder of a try, or make it anew without what an earlier run of the same try left there.

    Raises TryFailed, ``filesystem-io``, if something is left that nobody can remove.
    """
    remove_folder(folder)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise TryFailed(FILESYSTEM, f"the folder {folder} cannot be made: {error.strerror}") from error


def _ids(one: Assignment) -> dict[str, Sequence[int]]:
    given = one.input.get("files") or {}
    return {name: ids if isinstance(ids, list) else [ids] for name, ids in given.items()}


def _files(
    name: str,
    ids: Sequence[int],
    one: Assignment,
    storages: Storages,
    folder: Path,
    places: Places,
    check: Check,
) -> list[GivenFile]:
    rows = one.files.get(name, [])
    known = {row["id"] for row in rows}
    if gone := [str(number) for number in ids if number not in known]:
        raise TryFailed(MISSING_FILE, f"the input {name}: there is no file with the id {', '.join(gone)}")
    if deleted := next((row for row in rows if row.get("is_deleted")), None):
        raise TryFailed(DELETED_FILE, f"the input {name}: {quoted(deleted['file_name'])} was deleted")
    # Products of several jobs are often called the same.
    times = Counter(row["file_name"] for row in rows)
    found = []
    for row in rows:
        shown = row["file_name"] if times[row["file_name"]] == 1 else f"{row['id']}-{row['file_name']}"
        found.append(_file(name, shown, row, storages, folder, places, check))
    return found


def _file(
    name: str,
    shown: str,
    row: Mapping[str, Any],
    storages: Storages,
    folder: Path,
    places: Places,
    check: Check,
) -> GivenFile:
    """Return one file as it is mounted: from where it is if that is on this machine, else from a copy."""
    what = f"the input {name}: {quoted(row['file_name'])}"
    try:
        storage = storages.of(row["workspace"])
        place = storage.in_place(row["file_path"])
        if place is None:
            place = folder / str(row["id"])
            place.unlink(missing_ok=True)
            content = storage.fetch(row["file_path"], place, check)
            # The user of the container is another one.
            place.chmod(0o444)
        else:
            places.add(place)
            content = _content(place, row, check)
    except FileMissing as error:
        raise TryFailed(MISSING_FILE, f"{what} is not in its workspace {row['workspace']}: {error}") from error
    except (StorageError, OSError) as error:
        raise TryFailed(FILESYSTEM, f"{what} in the workspace {row['workspace']}: {error}") from error
    if row.get("file_size") is not None and content.size != row["file_size"]:
        sentence = f"{what} has {content.size} bytes, and had {row['file_size']} when it was registered"
        raise TryFailed(FILESYSTEM, sentence)
    if row.get("sha256") and content.sha256 != row["sha256"]:
        raise TryFailed(FILESYSTEM, f"{what} does not have the SHA-256 digest with which it was registered")
    return GivenFile(place, content.size, name=shown)


def _content(place: Path, row: Mapping[str, Any], check: Check) -> Content:
    """Return what a file is, but not the digest if none is known, or if the size is wrong already."""
    size = place.stat().st_size
    if not row.get("sha256") or size != row.get("file_size"):
        return Content(size, "")
    with place.open("rb") as file:
        return copy(file, check=check)


def _mounts(
    configured: Mapping[str, Any], manifest: Manifest, settings: Settings, places: Places
) -> dict[str, Path]:
    declared = {mount.name for mount in manifest.mounts}
    mounts = {}
    for name, mount in configured.items():
        if name not in declared:
            continue
        if mount.get("type") != "host":
            raise TryFailed(
                MISSING_MOUNT, f"the mount {name} is a volume, and agents mount paths of the host alone"
            )
        path = mount.get("host_path", "")
        if not path.startswith("/"):
            raise TryFailed(MISSING_MOUNT, f"the mount {name}: {quoted(path)} is not an absolute path")
        try:
            mounts[name] = allowed(path, settings.host_roots)
            places.add(mounts[name])
        except (StorageError, OSError) as error:
            raise TryFailed(MISSING_MOUNT, f"the mount {name}: {error}") from error
    return mounts

"""The products of a try: stored in the workspaces of its outputs, and deleted again if they do not count."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from agent.failures import FILESYSTEM, INVALID_OUTPUT, TryFailed
from agent.state import read_json, write_json
from agent.storage import Check, StorageError
from agent.storage.brokers import Storages
from agent.storage.copying import inside
from seed.configuration import output_workspace
from seed.manifest import Manifest

log = logging.getLogger(__name__)

_LONGEST_PATH = 1000
_LONGEST_NAME = 250
# What the service takes in one report.
_MOST_PRODUCTS = 4_000


class Products:
    """The products of a try whose folder is ``folder``; ``products.json`` there says where they are to be."""

    def __init__(self, product_path: str, storages: Storages, folder: Path) -> None:
        self._product_path = product_path
        self._storages = storages
        self._outputs = folder / "outputs"
        self._note = folder / "products.json"

    @property
    def are_there(self) -> bool:
        """Whether any was stored, or began to be."""
        return self._note.exists()

    def check_workspaces(self, manifest: Manifest, configuration: Mapping[str, Any]) -> None:
        """Raise TryFailed, before anything runs, if this node cannot store the outputs of a manifest."""
        for output in manifest.output_files:
            self._check_workspace(output.name, output_workspace(configuration, output.name))

    def store(
        self,
        files: Mapping[str, Sequence[Mapping[str, Any]]],
        configuration: Mapping[str, Any],
        room: int,
        check: Check,
    ) -> list[dict[str, Any]]:
        """Store the files of outputs, by output, and return what to report of them.

        ``configuration`` is that of the job, and ``room`` how many bytes may be reported. ``check`` is called
        before each, and for each piece of it, and may raise. Raises TryFailed.
        """
        note = read_json(self._note)
        if note and note["is_stored"]:
            return list(note["rows"])
        rows = [
            self._row(output, output_workspace(configuration, output), file)
            for output, found in files.items()
            for file in found
        ]
        _check_size(rows, room)
        if rows:
            write_json(self._note, {"is_stored": False, "rows": rows}, durable=True)
        sources = [file["path"] for found in files.values() for file in found]
        for row, source in zip(rows, sources, strict=True):
            check()
            try:
                storage = self._storages.of(row["workspace"])
                content = storage.store(inside(self._outputs, source), row["file_path"], check)
            except (StorageError, OSError) as error:
                sentence = f"the output {row['output']} in the workspace {row['workspace']}: {error}"
                raise TryFailed(FILESYSTEM, sentence) from error
            row.update(file_size=content.size, sha256=content.sha256)
        if rows:
            write_json(self._note, {"is_stored": True, "rows": rows}, durable=True)
        return rows

    def delete(self) -> None:
        """Delete what was stored, or began to be, and forget it: the try does not count, or begins anew."""
        note = read_json(self._note)
        keep = str(PurePosixPath(self._product_path).parent.parent)
        for row in (note or {}).get("rows", []):
            try:
                self._storages.of(row["workspace"]).delete(row["file_path"], keep)
            except (StorageError, OSError) as error:
                extra = {"workspace": row["workspace"], "file": row["file_path"], "reason": str(error)}
                log.warning("a product that does not count was not deleted", extra=extra)
        self._note.unlink(missing_ok=True)

    def _row(self, output: str, workspace: str, file: Mapping[str, Any]) -> dict[str, Any]:
        path = f"{self._product_path}/{output}/{file['path']}"
        if len(path.encode()) > _LONGEST_PATH or len(PurePosixPath(path).name) > _LONGEST_NAME:
            raise TryFailed(INVALID_OUTPUT, f"the output {output}: the name of a file is too long: {path[:100]}…")
        row = {"output": output, "workspace": workspace, "file_path": path}
        if file["meta_data"]:
            row |= {"meta_data": file["meta_data"], **_data_times(file["meta_data"])}
        return row

    def _check_workspace(self, output: str, name: str) -> None:
        if not name:
            raise TryFailed(FILESYSTEM, f"the output {output} has no workspace, and there is no default one")
        try:
            self._storages.of(name)
        except StorageError as error:
            raise TryFailed(FILESYSTEM, f"the output {output}: {error}") from error


def _check_size(rows: Sequence[Mapping[str, Any]], room: int) -> None:
    if len(rows) > _MOST_PRODUCTS:
        raise TryFailed(INVALID_OUTPUT, f"it has {len(rows)} products, and may have {_MOST_PRODUCTS}")
    if (size := size_of(rows)) > room:
        sentence = f"the paths and meta data of its products have {size} bytes, and may have {room}"
        raise TryFailed(INVALID_OUTPUT, sentence)


def size_of(document: Any) -> int:
    """Return how many bytes a document has in a request."""
    return len(json.dumps(document, ensure_ascii=False).encode())


def _data_times(meta_data: Mapping[str, Any]) -> dict[str, str]:
    """Return from when to when the data of a product are, as far as the properties of its GeoJSON say so."""
    properties = meta_data.get("properties")
    found = {}
    for name, member in (("data_started", "dataStarted"), ("data_ended", "dataEnded")):
        text = properties.get(member) if isinstance(properties, dict) else None
        try:
            moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            moment = None
        if moment and moment.tzinfo:
            found[name] = moment
    if len(found) == 2 and found["data_ended"] < found["data_started"]:
        return {}
    return {name: moment.isoformat() for name, moment in found.items()}

"""From the broker of a workspace to its storage, within what the operator of the node allows."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from agent.settings import Settings
from agent.storage import Storage, StorageError
from agent.storage.local import LocalStorage
from seed.wording import quoted


class Storages:
    """The workspaces that a try may use, by name, each opened when it is asked for."""

    def __init__(self, settings: Settings, workspaces: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings = settings
        self._workspaces = workspaces
        self._open: dict[str, Storage] = {}

    def of(self, name: str) -> Storage:
        """Return the storage of a workspace. Raises StorageError if this node cannot reach it."""
        if name not in self._open:
            broker = (self._workspaces.get(name) or {}).get("broker")
            if not broker:
                raise StorageError(f"the workspace {quoted(name)} has no broker, so that no node can reach it")
            opened = _TYPES.get(str(broker.get("type")))
            if opened is None:
                raise StorageError(
                    f"the broker of the workspace {quoted(name)} is of no type that this agent knows"
                )
            try:
                self._open[name] = opened(broker, self._settings)
            except KeyError as missing:
                raise StorageError(f"the broker of the workspace {quoted(name)} has no {missing.args[0]}") from None
        return self._open[name]


def allowed(path: str, roots: Iterable[Path]) -> Path:
    """Return a path of this machine, its links followed; raises StorageError unless it is in one of ``roots``."""
    try:
        resolved = Path(path).resolve(strict=True)
        if any(resolved.is_relative_to(root.resolve()) for root in roots):
            return resolved
    except (OSError, RuntimeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise StorageError(f"{quoted(path)} on this node: {reason}") from error
    raise StorageError(f"{quoted(path)} is in no folder that this node allows; see --host-root of its agent")


def _host(broker: Mapping[str, Any], settings: Settings) -> Storage:
    return LocalStorage(allowed(str(broker["host_path"]), settings.host_roots))


def _nfs(broker: Mapping[str, Any], settings: Settings) -> Storage:
    host, _, wanted = str(broker["nfs_path"]).partition(":")
    for export, local in settings.nfs.items():
        exported_by, _, exported = export.partition(":")
        path = PurePosixPath(wanted)
        if exported_by == host and ".." not in path.parts and path.is_relative_to(exported):
            return LocalStorage(allowed(str(local / path.relative_to(exported)), [local]))
    sentence = f"{quoted(str(broker['nfs_path']))} is mounted nowhere on this node; see --nfs of its agent"
    raise StorageError(sentence)


def _s3(broker: Mapping[str, Any], settings: Settings) -> Storage:
    # It takes its time to be imported, and most nodes need none.
    from agent.storage.s3 import S3Storage

    mounted = None
    if broker.get("host_path"):
        try:
            mounted = LocalStorage(allowed(str(broker["host_path"]), settings.host_roots))
        except StorageError:
            mounted = None
    return S3Storage(broker, settings.s3_endpoint, mounted)


_TYPES: Mapping[str, Callable[[Mapping[str, Any], Settings], Storage]] = {"host": _host, "nfs": _nfs, "s3": _s3}

"""Images that tests build without a registry: from nothing, with a static busybox for a system."""

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from seed.sources import LABEL
from tests.images.engines import Engine

BUSYBOX = Path("/bin/busybox")


def build_image(
    engine: Engine,
    tag: str,
    manifest: Mapping[str, Any] | str | None = None,
    *,
    entrypoint: Sequence[str] = (),
    user: str = "",
    volume: str = "",
    files: Mapping[str, str] | None = None,
) -> str:
    """Build an image with busybox and ``files`` (executable texts by absolute path), and return its tag.

    ``manifest`` becomes its label: a text as it is, anything else as JSON.
    """
    lines = ["FROM scratch", "ADD root.tar /"]
    lines += [f"ENTRYPOINT {json.dumps(list(entrypoint))}"] if entrypoint else []
    lines += [f"USER {user}"] if user else []
    lines += [f"VOLUME {volume}"] if volume else []
    if manifest is not None and not isinstance(manifest, str):
        # In single quotes nothing is filled in, which Podman does with a label of the API too.
        text = json.dumps(manifest).replace("'", "\\u0027")
        lines.append(f"LABEL {LABEL}='{text}'")
    context = _tar({"Dockerfile": "\n".join(lines), "root.tar": _root(tuple((files or {}).items()))})
    engine.client.images.build(
        fileobj=io.BytesIO(context),
        custom_context=True,
        tag=tag,
        rm=True,
        nocache=True,
        labels={LABEL: manifest} if isinstance(manifest, str) else {},
    )
    return tag


@cache
def _root(files: tuple[tuple[str, str], ...]) -> bytes:
    """Return a root file system as a tar archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for folder in ("bin", "etc", "tmp", "data"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        archive.add(BUSYBOX.resolve(), "bin/busybox")
        applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
        for name in applets:
            if name != "busybox":
                entry = tarfile.TarInfo(f"bin/{name}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(entry)
        for path, text in files:
            _add(archive, path.lstrip("/"), text.encode())
    return stream.getvalue()


def _tar(files: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            _add(archive, name, content if isinstance(content, bytes) else content.encode())
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    archive.addfile(entry, io.BytesIO(content))

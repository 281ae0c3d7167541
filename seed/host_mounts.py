"""The host paths that a configuration mounts, and whether an operator allows them."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any

from seed.findings import Finding

Place = tuple[str, ...]

# Values of `type` in the options of a Docker volume with which `device` is no path of the host.
_DEVICES_ELSEWHERE = frozenset({"nfs", "nfs4", "cifs", "smb3", "tmpfs", "overlay"})
_MOST_PATHS = 10_000
_LAYERS = ("lowerdir", "upperdir", "workdir")


def host_paths(mounts: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield each path of a host mount, and its place in the configuration."""
    for name, mount in mounts.items():
        if isinstance(mount, dict) and mount.get("type") == "host" and isinstance(mount.get("host_path"), str):
            yield ("mounts", name, "host_path"), mount["host_path"]


def paths_outside(mounts: Mapping[str, Any], roots: Sequence[str]) -> tuple[Finding, ...]:
    """Return a HOST_PATH_NOT_ALLOWED for each place with a path that is none of ``roots`` and below none of them.

    Volumes count too: their options can name a path of the host. Paths are resolved as they are written (``..``,
    ``//``), not on a disk, for the links of the host are not known here.
    """
    allowed = [_resolved(root) for root in roots if root.startswith("/")]
    # A relative host path has a finding of its own.
    absolute = ((place, path) for place, path in host_paths(mounts) if path.startswith("/"))
    paths = tuple(islice(chain(absolute, _volume_paths(mounts)), _MOST_PATHS + 1))
    if len(paths) > _MOST_PATHS:
        sentence = f"more than {_MOST_PATHS} host paths, which is more than are checked"
        return (Finding.at(("mounts",), "HOST_PATH_NOT_ALLOWED", sentence),)
    outside = dict.fromkeys(
        place for place, path in paths if not any(_resolved(path).is_relative_to(root) for root in allowed)
    )
    sentence = f"this host path is not allowed here; what is: {', '.join(roots)}"
    return tuple(Finding.at(place, "HOST_PATH_NOT_ALLOWED", sentence) for place in outside)


def _volume_paths(mounts: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for name, mount in mounts.items():
        options = mount.get("driver_opts") if isinstance(mount, dict) and mount.get("type") == "volume" else None
        if not isinstance(options, dict):
            continue
        texts = {option: value for option, value in options.items() if isinstance(value, str)}
        if mount.get("driver", "local") == "local":
            paths = _local_paths(texts)
        else:
            # The options of other drivers have meanings of their own; an absolute path may be the host's.
            paths = ((option, value) for option, value in texts.items() if value.startswith("/"))
        for option, path in paths:
            yield ("mounts", name, "driver_opts", option), path


def _local_paths(options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the options of Docker's own driver that name a path of the host, and the path.

    The driver hands them to mount(2): ``{"type": "none", "o": "bind", "device": "/etc"}`` is the host's /etc,
    whatever the type, and ``"o": "lowerdir=/etc:/usr"`` its layers. A path without a slash begins at the root.
    """
    flags = [flag.strip() for flag in options.get("o", "").split(",")]
    device = options.get("device", "")
    if device and ({"bind", "rbind"} & set(flags) or options.get("type") not in _DEVICES_ELSEWHERE):
        yield "device", device
    for flag in flags:
        key, _, layers = flag.partition("=")
        if key in _LAYERS:
            yield from (("o", layer) for layer in layers.split(":"))


def _resolved(path: str) -> PurePosixPath:
    # POSIX lets a path that begins with two slashes mean something else; Linux does not.
    return PurePosixPath(posixpath.normpath("/" + path.lstrip("/")))

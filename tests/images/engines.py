"""Real container engines and a real registry, each in a folder of its own, which end with the tests."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

# A measurement elsewhere on the machine may stop everything for minutes.
PATIENCE = 300.0

# crun refuses the hybrid cgroups of some machines, and inside of some containers nobody may raise a limit.
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
"""
_REGISTRIES_CONF = """
[[registry]]
location = "127.0.0.1"
insecure = true
"""


@dataclass(frozen=True)
class Engine:
    """A running engine: ``docker`` or ``podman``, the URL of its socket, and a client of its API."""

    name: str
    url: str
    client: docker.DockerClient


@contextmanager
def docker_engine() -> Iterator[Engine]:
    """Run a Docker Engine that shares nothing with another one: no bridge, no rule of a firewall, no folder.

    Containers have the networks ``none`` and ``host``. It may push to and pull from 127.0.0.1 over HTTP.
    """
    with _folder("docker") as folder:
        url = f"unix://{folder}/docker.sock"
        command = [
            *("dockerd", "--host", url, "--storage-driver", "vfs", "--bridge", "none", "--iptables=false"),
            *("--ip6tables=false", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("--pidfile", f"{folder}/docker.pid", "--config-file", f"{folder}/daemon.json"),
        ]
        (folder / "daemon.json").write_text("{}", encoding="utf-8")
        with _process(command, folder) as is_alive:
            yield from _engine("docker", url, is_alive)


@contextmanager
def podman_engine() -> Iterator[Engine]:
    """Run the service of a Podman that shares nothing with another one, which has an API as Docker's.

    It may push to and pull from 127.0.0.1 over HTTP.
    """
    with _folder("podman") as folder:
        url = f"unix://{folder}/podman.sock"
        (folder / "containers.conf").write_text(_CONTAINERS_CONF, encoding="utf-8")
        (folder / "registries.conf").write_text(_REGISTRIES_CONF, encoding="utf-8")
        command = [
            *("podman", "--root", f"{folder}/data", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp"),
            *("--storage-driver", "vfs", "system", "service", "--time=0", url),
        ]
        variables = {
            "CONTAINERS_CONF": f"{folder}/containers.conf",
            "CONTAINERS_REGISTRIES_CONF": f"{folder}/registries.conf",
        }
        with _process(command, folder, variables) as is_alive:
            yield from _engine("podman", url, is_alive)


@contextmanager
def docker_registry(**configuration: Any) -> Iterator[str]:
    """Run a registry, Debian's docker-registry, and return its ``127.0.0.1:port``.

    ``configuration`` is merged into that of the registry, member by member, such as ``auth={"htpasswd": {…}}`` or
    ``http={"tls": {…}}``.
    """
    with _folder("registry") as folder:
        address = f"127.0.0.1:{free_port()}"
        settings: dict[str, Any] = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": f"{folder}/data"}, "delete": {"enabled": True}},
            "http": {"addr": address},
            "log": {"level": "warn"},
        }
        for section, members in configuration.items():
            settings[section] = settings.get(section, {}) | members
        # JSON is YAML too.
        (folder / "config.yml").write_text(json.dumps(settings), encoding="utf-8")
        with _process(["docker-registry", "serve", f"{folder}/config.yml"], folder) as is_alive:
            _wait(lambda: _accepts_connections(address), is_alive)
            yield address


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """Make a folder with a short name, as the path of a socket has 107 characters at most, and remove it."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        yield folder
    finally:
        _unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _unmount_below(folder: Path) -> None:
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    for path in reversed([path for path in mounted if path.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", path], check=False)


@contextmanager
def _process(
    command: list[str], folder: Path, variables: Mapping[str, str] | None = None
) -> Iterator[Callable[[], None]]:
    """Run a program with its output in a file; yields what fails, with that output, once it has ended."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(variables or {})})

    def is_alive() -> None:
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")

    try:
        yield is_alive
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _engine(name: str, url: str, is_alive: Callable[[], None]) -> Iterator[Engine]:
    client = docker.DockerClient(base_url=url, version="1.41", timeout=int(PATIENCE))
    try:
        _wait(lambda: _answers(client), is_alive)
        yield Engine(name, url, client)
    finally:
        client.close()


def _answers(client: docker.DockerClient) -> bool:
    try:
        return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False


def _accepts_connections(address: str) -> bool:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _wait(is_ready: Callable[[], bool], is_alive: Callable[[], None]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_ready():
        is_alive()
        assert time.monotonic() < until, "it does not answer"
        time.sleep(0.1)

"""Real container engines and a real registry, each in a folder of its own, which end with the tests."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import docker
from docker.models.containers import Container

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
    """A running engine: ``docker`` or ``podman``, the URL of its socket, a client of its API, what restarts it."""

    name: str
    url: str
    client: docker.DockerClient
    restart: Callable[[], None]

    def containers(self, **filters: str) -> Sequence[Container]:
        """Return all containers, whatever their state; each is asked for by itself, and may be gone by then."""
        return self.client.containers.list(all=True, filters=dict(filters), ignore_removed=True)


class Daemon:
    """A program that runs in ``folder``, with its output in ``log`` there, while this is entered."""

    def __init__(self, command: list[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.command, self.folder, self.log = command, folder, folder / "log"
        self.environment = {**os.environ, **(variables or {})}

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Wait for ``is_ready``; raises AssertionError with its output once the program has ended."""
        until = time.monotonic() + PATIENCE
        while not is_ready():
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.1)

    def restart(self) -> None:
        """End it as its service manager would, and start it again."""
        self._stop()
        self._start()

    def _start(self) -> None:
        with self.log.open("ab") as log:
            # What watches a container of Podman leaves a file where it was started.
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=log, stderr=log, env=self.environment
            )

    def _stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()


@contextmanager
def docker_engine() -> Iterator[Engine]:
    """Run a Docker Engine that shares nothing with another one: no bridge, no rule of a firewall, no folder.

    Containers have the networks ``none`` and ``host``. It may push to and pull from 127.0.0.1 over HTTP.
    """
    with short_folder("docker") as folder:
        url = f"unix://{folder}/docker.sock"
        command = [
            *("dockerd", "--host", url, "--storage-driver", "vfs", "--bridge", "none", "--iptables=false"),
            *("--ip6tables=false", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("--pidfile", f"{folder}/docker.pid", "--config-file", f"{folder}/daemon.json"),
        ]
        (folder / "daemon.json").write_text("{}", encoding="utf-8")
        with Daemon(command, folder) as daemon:
            yield from _engine("docker", url, daemon)


@contextmanager
def podman_engine() -> Iterator[Engine]:
    """Run the service of a Podman that shares nothing with another one, which has an API as Docker's.

    It may push to and pull from 127.0.0.1 over HTTP.
    """
    with short_folder("podman") as folder:
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
        with Daemon(command, folder, variables) as daemon:
            yield from _engine("podman", url, daemon)


@contextmanager
def docker_registry(**configuration: Any) -> Iterator[str]:
    """Run a registry, Debian's docker-registry, and return its ``127.0.0.1:port``.

    ``configuration`` is merged into that of the registry, member by member, such as ``auth={"htpasswd": {…}}`` or
    ``http={"tls": {…}}``.
    """
    with short_folder("registry") as folder:
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
        with Daemon(["docker-registry", "serve", f"{folder}/config.yml"], folder) as daemon:
            daemon.wait_until(lambda: _accepts_connections(address))
            yield address


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def short_folder(name: str) -> Iterator[Path]:
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


def _engine(name: str, url: str, daemon: Daemon) -> Iterator[Engine]:
    client = docker.DockerClient(base_url=url, version="1.41", timeout=int(PATIENCE))

    def restart() -> None:
        daemon.restart()
        daemon.wait_until(lambda: _answers(client))

    try:
        daemon.wait_until(lambda: _answers(client))
        yield Engine(name, url, client, restart)
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

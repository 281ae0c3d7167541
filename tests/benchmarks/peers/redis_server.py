"""A Redis of the benchmark's own."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 30  # seconds


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Start Redis with its files in ``folder``, yield its port, and end it.

    It appends what changes to a file, which is synchronized each second: a queue that is lost when Redis restarts
    would be compared with one that is not.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    options = {"bind": "127.0.0.1", "port": port, "dir": folder, "save": "", "appendonly": "yes"}
    command = ["redis-server", *(str(part) for name, value in options.items() for part in (f"--{name}", value))]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def redis_version() -> str:
    """Return the version of Redis."""
    printed = subprocess.run(["redis-server", "--version"], check=True, capture_output=True, text=True).stdout
    return next(word.removeprefix("v=") for word in printed.split() if word.startswith("v="))


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "Redis does not listen"
            time.sleep(0.05)
        else:
            return

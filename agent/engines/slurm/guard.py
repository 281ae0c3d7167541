"""What removes a container whose step was killed: its engine would let it run on."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agent.engines.slurm.folder import Folder
from seed.run.docker_engine import connect
from seed.run.engine import EngineError, LastingContainer, LastingEngine

FOLDER = "scale.slurm.folder"
"""The label of a container that says in which folder its step and the agent meet."""

_ATTEMPTS, _PAUSE_SECONDS = 60, 1.0


def guard(url: str | None, labels: Mapping[str, str]) -> None:
    """Leave a process behind that removes the containers with these labels as soon as this one has ended.

    It is a fork, and so must be made before there are threads.
    """
    reading, writing = os.pipe()
    if os.fork():
        # The other end stays open until this process has ended, however it ends.
        os.close(reading)
        return
    try:
        os.setsid()
        os.close(writing)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.read(reading, 1)
        _remove_all(url, labels)
    finally:
        os._exit(0)


def _remove_all(url: str | None, labels: Mapping[str, str]) -> None:
    for _ in range(_ATTEMPTS):
        try:
            for container in connect(url).find(labels):
                container.remove()
        except EngineError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def sweep(engine: LastingEngine, labels: Mapping[str, str]) -> None:
    """Remove the containers with these labels whose folders are gone: their steps were killed with their guards."""
    for container in engine.find(labels):
        if _is_orphan(container):
            with suppress(EngineError):
                container.remove()


def _is_orphan(container: LastingContainer) -> bool:
    path = container.labels.get(FOLDER)
    try:
        return path is not None and Folder(Path(path)).document() is None
    except OSError:
        return False

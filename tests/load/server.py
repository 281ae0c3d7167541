"""A real gunicorn on the database of the tests, which can be killed and started again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from email.message import Message
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parent.parent.parent


class Server:
    """A running service: ``with Server(folder) as server:``; its log is ``folder/server.log``.

    ``variables`` are added to its environment.
    """

    def __init__(self, folder: Path, app: str = "scale.wsgi", **variables: str) -> None:
        self.app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log = folder / "server.log"
        self.environment = {
            **os.environ,
            "ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "scale.settings.embedded",
            "DATABASE_URL": _database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "2",
            "WEB_THREADS": "10",
            **variables,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start all processes, and wait until all of them exist and one answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", self.app],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # gunicorn forks them one after the other, with pauses.
        wanted = int(self.environment.get("WEB_CONCURRENCY", len(os.sched_getaffinity(0))))
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if Client(self.port).send("GET", "/readyz")[0] == 200 and len(self.workers()) == wanted:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes, oldest first."""
        children = psutil.Process(self.process.pid).children()
        return sorted(children, key=lambda process: process.create_time())

    def kill(self) -> None:
        """Kill all processes at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Client:
    """One kept-alive connection, for one thread."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Token {token}"} if token else {}
        self.answered = Message()  # the headers of the last answer

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return the status and the JSON of the answer. Raises OSError or HTTPException if there is none."""
        try:
            self.connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                {**self.headers, "Content-Type": "application/json", **headers},
            )
            answer = self.connection.getresponse()
            self.answered = answer.headers
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise


def _database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()

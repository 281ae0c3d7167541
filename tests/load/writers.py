"""Clients that write and read while something happens to the server or the database."""

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.load.server import Client, Server
from workspaces.models import Workspace

CLIENTS = 8


class Writers:
    """Clients that create and read workspaces, one after another, until they are stopped."""

    def __init__(self, server: Server, token: str) -> None:
        self.answers: Counter[int] = Counter()
        self.acknowledged: set[str] = set()
        self.cut: list[str] = []
        self.strange: list[Any] = []
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(number, Client(server.port, token)))
            for number in range(CLIENTS)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in self.threads:
                thread.join()

    def _run(self, number: int, client: Client) -> None:
        for count in range(1_000_000):
            if self.over.is_set():
                return
            name = f"w-{number}-{count}"
            try:
                status, answer = client.send("POST", "/v6/workspaces/", {"name": name})
                self._note(status, answer, client)
                if status == 201:
                    self.acknowledged.add(name)
                status, answer = client.send("GET", "/v6/workspaces/?page_size=1000")
                self._note(status, answer, client)
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException) as error:
                self.cut.append(repr(error))
                return

    def _note(self, status: int, answer: Any, client: Client) -> None:
        self.answers[status] += 1
        in_words = status == 503 and answer["detail"] and client.answered["Retry-After"] == "5"
        if status >= 400 and not in_words:
            self.strange.append((status, answer))

    def check(self) -> None:
        """Check that all answers were successes or 503 with a sentence, and that acknowledged writes are there."""
        assert self.strange == []
        names = set(Workspace.objects.values_list("name", flat=True))
        assert self.acknowledged <= names
        assert self.answers[201] > 20

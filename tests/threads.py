"""Many clients at the same moment."""

import copy
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from django.db import connection
from rest_framework.test import APIClient

Answer = TypeVar("Answer")
CLIENTS = 16


def at_once(count: int, act: Callable[[int], Answer]) -> list[Answer]:
    """Return what ``act(0)`` … ``act(count - 1)`` return, each run in a thread of its own, all started together.

    The actor of the calling thread acts in the others too.
    """
    barrier = threading.Barrier(count)

    def run(number: int) -> Answer:
        try:
            barrier.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        runs = [threads.submit(copy_context().run, run, number) for number in range(count)]
        return [one.result() for one in runs]


def send_at_once(client: APIClient, method: str, url: str, body: Any) -> Counter[int]:
    """Return the statuses of sixteen requests sent at once; a callable ``body`` makes the body of each number."""

    def send(number: int) -> int:
        sent = body(number) if callable(body) else body
        return getattr(copy.copy(client), method)(url, sent, format="json").status_code

    return Counter(at_once(CLIENTS, send))

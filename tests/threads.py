"""Many clients at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(count: int, act: Callable[[int], Answer]) -> list[Answer]:
    """Return what ``act(0)`` … ``act(count - 1)`` return, each run in a thread of its own, all started together.

    Whoever acts in the calling thread acts in the others too.
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

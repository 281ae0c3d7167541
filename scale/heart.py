"""A thread of each web process that does what is due without a request, and shows that the service is alive."""

from threading import Event, Thread

from jobs.rescue import look_after, read_due, repeat
from metrics.hours import fold


def start() -> None:
    """Let the heart of this process beat from now on."""
    Thread(target=repeat, args=(_beat,), kwargs={"until": Event()}, daemon=True, name="heart").start()


def _beat() -> None:
    look_after(read_due())
    fold()

"""A thread of each web process that shows that the service is alive, and looks after what becomes due by itself."""

from threading import Event, Thread

from jobs.rescue import look_after_due, repeat


def start() -> None:
    """Let the heart of this process beat from now on."""
    Thread(target=repeat, args=(look_after_due,), kwargs={"until": Event()}, daemon=True, name="heart").start()

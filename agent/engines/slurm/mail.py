"""What passes between a step and the agent while a container runs."""

import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from agent.engines.slurm import journal
from agent.engines.slurm.folder import Folder
from agent.engines.slurm.orders import TICK_SECONDS, Ended, Orders
from agent.engines.slurm.streams import Streams


class Mail:
    """Reads orders, and sends notes and logs, as long as this is entered.

    It has a thread of its own: a shared file system that hangs holds it up, and not whoever must freeze the
    container then.
    """

    def __init__(self, folder: Folder, orders: Orders, streams: Streams) -> None:
        self._events = folder.events
        self._orders = orders
        self._streams = streams
        self._notes: SimpleQueue[str] = SimpleQueue()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, name="mail", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()

    def note(self, event: str) -> None:
        """Let the agent know of something that it may miss."""
        self._notes.put(event)

    def _pass_on(self) -> None:
        while not self._is_over.wait(TICK_SECONDS):
            try:
                self._orders.look()
            except Ended:
                self._orders.is_gone = True
                return
            self._streams.sync()
            with suppress(Empty, OSError):
                while True:
                    journal.write(self._events, event=self._notes.get_nowait())

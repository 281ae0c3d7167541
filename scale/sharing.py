"""How the processes of gunicorn share the connections of clients: one with more of them leaves new ones to others.

The kernel wakes all processes for a new connection, and one of them would often get those of most clients.
"""

import mmap
import socket
import time
from array import array
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

COURTESY = 0.02  # seconds that processes with fewer connections have, to accept the next one
MOMENT = 0.005  # seconds that they have for each one after that, if they did not accept it
LOOK_AROUND = 0.001  # seconds after which a process that gives way to them looks whether there still are any
MOST_PROCESSES = 1_000
ACCEPTS_NONE = 2**31 - 1  # connections of a process that accepts none

# How many connections each process has, by its number from 1, in memory that the processes share; before them, the
# highest number. While processes are replaced there are several times as many.
connections = memoryview(mmap.mmap(-1, 4 * (4 * MOST_PROCESSES + 1))).cast("i")
connections[1:] = array("i", [ACCEPTS_NONE] * (4 * MOST_PROCESSES))


class SharingWorker(ThreadWorker):
    """Gives way, for new connections, to processes that have fewer.

    Its ``number`` is set when it is forked (``gunicorn.conf.py``).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gives_way_until = 0.0
        self.for_moments_until = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, unless a process with fewer of them does so soon.

        A process that has given way for nothing gives way for moments alone, for as long: the others may be busy,
        or stand still.
        """
        now, is_ahead = time.monotonic(), self._is_ahead()
        if is_ahead and now > self.for_moments_until:
            self.gives_way_until, self.for_moments_until = now + COURTESY, now + 2 * COURTESY
        if self._gives_way():
            self.set_accept_enabled(False)
            return
        super().accept(listener)
        connections[self.number] = self.nr_conns
        if is_ahead:
            self.gives_way_until = now + MOMENT

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and not self._gives_way())

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, but only for a moment while this process gives way."""
        is_giving_way = not self._accepting and self._has_room()
        super().wait_for_and_dispatch_events(LOOK_AROUND if is_giving_way else timeout)

    def murder_pending(self) -> None:
        """Let the others know how many connections this process has: the end of a round of the event loop."""
        super().murder_pending()
        connections[self.number] = self.nr_conns if self._has_room() else ACCEPTS_NONE

    def _gives_way(self) -> bool:
        return time.monotonic() < self.gives_way_until and self._is_ahead()

    def _is_ahead(self) -> bool:
        """Return whether another process has fewer connections."""
        return self.nr_conns > min(connections[1 : connections[0] + 1])

    def _has_room(self) -> bool:
        return bool(self.alive and self.nr_conns < self.worker_connections)

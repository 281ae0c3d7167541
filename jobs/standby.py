"""The base of commands that one process runs again and again, while others stand by."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from core.actors import ActingCommand
from jobs.rescue import repeat


class StandbyCommand(ActingCommand):
    """A command that works once, or with ``--forever`` at each beat, in the one process that holds a lock.

    ``lock`` is the key of the advisory lock. ``work`` returns a number, with which ``sentence`` is printed.
    """

    lock: int
    sentence: str

    def work(self) -> int:
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="Look again and again, until it is terminated.")

    def handle(self, *args: object, forever: bool, **options: Any) -> None:
        if not forever:
            self.stdout.write(self.sentence.format(self.work()))
            return
        terminated = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *signalled: terminated.set())
        repeat(self._work_if_the_one, until=terminated)

    def _work_if_the_one(self) -> None:
        if self._is_the_one():
            self.work()

    def _is_the_one(self) -> bool:
        """Whether this process gets the lock, or holds it, as long as it is connected; there is none on SQLite."""
        if connection.vendor != "postgresql":
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [self.lock])
            (is_held,) = cursor.fetchone()
            return is_held

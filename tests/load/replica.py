"""A streaming replica of the PostgreSQL that ``tests.postgres`` started: created, paused, stopped, restarted."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg2
from django.db import connection

from tests.load.database import OWNER, run, wait_for

PORT = 5433


class Replica:
    """A streaming replica of the server behind the default connection: ``with Replica() as replica:``.

    It listens on a socket in its own folder, and logs each statement.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="scale-replica-"))
        if OWNER:
            shutil.chown(self.folder, OWNER)
        self.name = str(connection.settings_dict["NAME"])
        self.url = f"postgresql://postgres:@/{self.name}?host={self.folder}&port={PORT}"

    def __enter__(self) -> Self:
        source = f"--dbname={os.environ['DATABASE_URL']}"
        run(
            "pg_basebackup",
            source,
            f"--pgdata={self.folder / 'data'}",
            "--checkpoint=fast",
            "--write-recovery-conf",
        )
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        options = f"-h '' -k {self.folder} -p {PORT} -c log_statement=all -c wal_retrieve_retry_interval=100ms"
        self._control("start", f"--log={self.folder / 'log'}", f"--options={options}")

    def stop(self) -> None:
        """Stop it and end its connections; do nothing if it is not running."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._control("stop", "--mode=fast")

    def ask(self, statement: str, *values: Any) -> Any:
        """Return the first value of the result of ``statement``; None if it has no result."""
        asking = psycopg2.connect(host=str(self.folder), port=PORT, user="postgres", dbname=self.name)
        asking.autocommit = True
        try:
            with asking.cursor() as cursor:
                cursor.execute(statement, values)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None
        finally:
            asking.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the replay: it shows what was there, and nothing that is written meanwhile."""
        self.catch_up()
        self.ask("SELECT pg_wal_replay_pause()")
        wait_for(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
        try:
            yield
        finally:
            self.ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until it shows everything that the primary shows."""
        with connection.cursor() as cursor:
            # The commit of this message comes after all others, and is durable.
            cursor.execute("SELECT pg_logical_emit_message(true, 'tests', '')")
            position = cursor.fetchone()[0]
        wait_for(lambda: self.ask("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", position))

    def reads(self) -> int:
        """Return how many reads of the catalogue it has answered, of all clients: each begins with its revision."""
        # What it prepared is the detail of each EXECUTE.
        read = r'(statement:|prepare: PREPARE \w+ AS) SELECT .*FROM "catalogue_revision"'
        return len(re.findall(read, self._log()))

    def _log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _control(self, *arguments: str) -> None:
        run("pg_ctl", "--wait", f"--pgdata={self.folder / 'data'}", *arguments)

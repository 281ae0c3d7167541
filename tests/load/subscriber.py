"""A second PostgreSQL that holds a copy of all tables by logical replication."""

from typing import Self

from django.db import connection
from psycopg2.extensions import make_dsn

from tests.load.database import run, wait_for
from tests.load.replica import PORT, Replica

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


class Subscriber(Replica):
    """A subscriber to all tables of the server behind the default connection: ``with Subscriber() as subscriber:``.

    That server must have the ``wal_level`` logical.
    """

    def __enter__(self) -> Self:
        run("initdb", f"--pgdata={self.folder / 'data'}", "--username=postgres", "--auth=trust", "--encoding=UTF8")
        self.start()
        place = (f"--host={self.folder}", f"--port={PORT}", "--username=postgres")
        run("createdb", *place, self.name)
        dump("--schema-only", f"--file={self.folder / 'schema'}")
        run("pg_restore", *place, f"--dbname={self.name}", "--exit-on-error", str(self.folder / "schema"))
        with connection.cursor() as cursor:
            cursor.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        self.ask("CREATE SUBSCRIPTION everything CONNECTION %s PUBLICATION everything", source())
        wait_for(lambda: self.ask("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel"))
        return self

    def __exit__(self, *exception: object) -> None:
        # The slot of the subscription goes with it; else it would keep the log of the source.
        self.ask("DROP SUBSCRIPTION everything")
        with connection.cursor() as cursor:
            cursor.execute("DROP PUBLICATION everything")
        super().__exit__(*exception)

    def catch_up(self) -> None:
        """Wait until it has everything that the source has."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()")
            (position,) = cursor.fetchone()

            def has_caught_up() -> bool:
                cursor.execute("SELECT bool_and(replay_lsn >= %s::pg_lsn) FROM pg_stat_replication", [position])
                return bool(cursor.fetchone()[0])

            wait_for(has_caught_up)


def source() -> str:
    """Return how to connect to the database behind the default connection."""
    connection.ensure_connection()
    given = connection.connection.info.dsn_parameters
    return make_dsn(**{name: given[name] for name in ("host", "port", "user", "dbname") if name in given})


def dump(*options: str) -> None:
    """Dump the database behind the default connection, in the format that ``pg_restore`` reads."""
    run("pg_dump", "--format=custom", "--no-publications", f"--dbname={source()}", *options)

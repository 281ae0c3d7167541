"""The total of all jobs, maintained by triggers in PostgreSQL, for the list of all jobs, which shows it.

Each statement that adds or removes jobs adds a row to the table ``jobs_total`` with how many there are more; the
total is the sum of the rows. Rows are only added, so that no transaction waits for another, and about every
fifteenth statement folds them into one, unless another transaction does so. Claims and reports do not change it.

``migrations/0021_total.sql`` creates it. There is none on SQLite: an installation that uses it has few enough jobs
to count.
"""

from django.db import connection, connections, transaction

from core.reads.pages import Listing
from jobs.models import Job

_TOTAL = {
    "postgresql": "SELECT coalesce(sum(change), 0)::bigint FROM jobs_total",
    "sqlite": "SELECT count(*) FROM jobs_job",
}
_IS_WRONG = f"SELECT ({_TOTAL['postgresql']}) <> ({_TOTAL['sqlite']})"
_FILL = "INSERT INTO jobs_total (change) SELECT count(*) FROM jobs_job"


class AllJobs(Listing):
    """The list of all jobs."""

    def count(self) -> int:
        """Return the number of all jobs: one query, on PostgreSQL of a few rows."""
        database = connections[Job.objects.db]
        with database.cursor() as cursor:
            cursor.execute(_TOTAL[database.vendor])
            (total,) = cursor.fetchone()
        return total


@transaction.atomic
def recount() -> int:
    """Count all jobs again, and return 1 if the total was wrong, else 0. Nothing can change jobs meanwhile.

    Return 0 on SQLite, where none is kept.
    """
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE jobs_job IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_IS_WRONG)
        (is_wrong,) = cursor.fetchone()
        cursor.execute("DELETE FROM jobs_total")
        cursor.execute(_FILL)
    return int(is_wrong)

"""Hourly counts: what triggers write as jobs end is added to the numbers of its hour and day.

Triggers on jobs (``metrics.triggers``) add a row to ``Ending`` for what a statement let end, and take back what had
ended and has not any more, as a requeue does. The heart of each web process folds these rows every few seconds, one
process at a time: ``fold`` deletes them and adds them to ``HourlyCount`` and ``HourlyDuration``, for the hour and
for the day, of the job type and of all job types together.

At any moment the counts and the endings add up to the jobs, so that no lock on jobs is needed to compare them:
``recount`` adds what is missing.

Whether a failure is of the system, the algorithm or the data is the category that its error has now.
``CountedError`` holds the categories that were counted by. Where one has changed, ``fold`` moves the failures of
that error first.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction

from metrics.durations import LIMITS
from metrics.models import ALL_JOB_TYPES, DAY, HOUR, CountedError, Measure
from metrics.triggers import COLUMNS, FOLDING

_MOST = 10_000  # endings in one transaction
_TRANSACTIONS = 20  # in one call


def fold() -> None:
    """Count what ended since the last time, up to 200,000 endings, unless another process is doing so."""
    for _ in range(_TRANSACTIONS):
        if not (_is_due() and _fold_some()):
            return


@transaction.atomic
def recount() -> int:
    """Compare the counts with the jobs, mend them, and return how many numbers were wrong.

    Jobs can be changed meanwhile.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLDING])
            # Millions of groups would be written to files, and read again.
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_hashagg = off")
        _count_errors(_changed_errors(cursor))
        wrong = 0
        for table in _TABLES:
            cursor.execute(table.adding(_counted("TRUE", change=1), more=f"UNION ALL {table.stored}"))
            wrong += cursor.rowcount
    return wrong


def _is_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM metrics_ending) OR EXISTS ({_CHANGED_ERRORS})")
        (is_due,) = cursor.fetchone()
        return bool(is_due)


@transaction.atomic
def _fold_some() -> bool:
    """Count a part of what ended, and return whether no other process is doing so."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The statements after this one see what the process before has committed.
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLDING])
            if cursor.fetchone() == (False,):
                return False
        _follow_categories(cursor)
        for statement in _FOLD[connection.vendor]():
            cursor.execute(statement)
        return True


def _follow_categories(cursor: Any) -> None:
    """Move the failures of errors whose category has changed since they were counted."""
    changed = _changed_errors(cursor)
    moved = [str(pk) for pk, _, counted in changed if counted is not None]
    failures = f"status = 'FAILED' AND error_id IN ({', '.join(moved)})"
    if moved:
        _add_counted(cursor, failures, change=-1)
    _count_errors(changed)
    if moved:
        _add_counted(cursor, failures, change=1)


def _changed_errors(cursor: Any) -> list[tuple[int, str, str | None]]:
    """Return the id, the category and the one that was counted by, of errors of which these differ."""
    cursor.execute(_CHANGED_ERRORS)
    return cursor.fetchall()


def _count_errors(changed: Iterable[tuple[int, str, str | None]]) -> None:
    """Let the failures of the errors that ``_changed_errors`` returned be counted by their categories."""
    CountedError.objects.bulk_create(
        [CountedError(error_id=pk, category=category) for pk, category, _ in changed],
        update_conflicts=True,
        unique_fields=["error_id"],
        update_fields=["category"],
    )


def _add_counted(cursor: Any, which: str, *, change: int) -> None:
    for table in _TABLES:
        cursor.execute(table.adding(_counted(which, change=change)))


_CHANGED_ERRORS = """
    SELECT error.id, error.category, counted.category
    FROM errors_error AS error LEFT JOIN metrics_countederror AS counted ON counted.error_id = error.id
    WHERE counted.category IS NULL OR counted.category <> error.category
"""


def _counted(which: str, *, change: int) -> str:
    """Return the query of the jobs that were counted, of those ``which`` says: all but what is not folded yet."""
    return f"""
        SELECT {COLUMNS}, {change} AS change FROM jobs_job WHERE ended IS NOT NULL AND {which}
        UNION ALL SELECT {COLUMNS}, -({change}) * change FROM metrics_ending WHERE {which}
    """


class _Table(NamedTuple):
    """A table of numbers: what its key has beside the period, and the query over ``steps`` of what is added up."""

    name: str
    kind: str
    numbers: tuple[str, ...]
    steps: str

    @property
    def stored(self) -> str:
        """The query of its rows, to be taken away from what should be there."""
        numbers = ", ".join(f"-{number}" for number in self.numbers)
        return f"SELECT hours, job_type_id, start, {self.kind}, {numbers} FROM {self.name}"

    def adding(self, source: str, *, more: str = "") -> str:
        """Return the statement that adds the numbers of the query ``source`` (see ``_steps``) and of ``more``.

        Only the hours of each job type are made of the steps, and all else is made of those. Millions of rows are
        added fastest in the order of their index.
        """
        key, numbers = f"hours, job_type_id, start, {self.kind}", ", ".join(self.numbers)
        sums = ", ".join(f"CAST(sum({number}) AS bigint) AS {number}" for number in self.numbers)
        day = _SQL[connection.vendor]["start"].format(moment="start", unit="day", hour="00")
        return f"""
            INSERT INTO {self.name} ({key}, {numbers})
            WITH {_steps(source)},
            hourly AS (
                SELECT job_type_id, start, {self.kind}, {sums} FROM ({self.steps}) AS one
                GROUP BY job_type_id, start, {self.kind}
            ),
            own AS (
                SELECT {HOUR} AS hours, job_type_id, start, {self.kind}, {numbers} FROM hourly
                UNION ALL SELECT {DAY}, job_type_id, {day}, {self.kind}, {sums} FROM hourly
                GROUP BY job_type_id, {day}, {self.kind}
            )
            SELECT {key}, {sums}
            FROM (
                SELECT {key}, {numbers} FROM own
                UNION ALL SELECT hours, {ALL_JOB_TYPES}, start, {self.kind}, {sums} FROM own
                GROUP BY hours, start, {self.kind}
                {more}
            ) AS added
            GROUP BY {key} HAVING {" OR ".join(f"sum({number}) <> 0" for number in self.numbers)}
            ORDER BY {key}
            ON CONFLICT ({key}) DO UPDATE
            SET {", ".join(f"{number} = {self.name}.{number} + excluded.{number}" for number in self.numbers)}
        """


_TABLES = (
    _Table("metrics_hourlycount", "outcome", ("number",), "SELECT job_type_id, start, outcome, number FROM steps"),
    _Table(
        "metrics_hourlyduration",
        "outcome, measure, bucket",
        ("number", "total"),
        " UNION ALL ".join(
            f"SELECT job_type_id, start, outcome, '{measure}' AS measure, {measure}_bucket AS bucket, number, "
            f"number * {measure} AS total FROM steps WHERE {measure} IS NOT NULL"
            for measure in Measure.values
        ),
    ),
)
_SQL = {
    "postgresql": {
        "duration": "(extract(epoch FROM {later} - {earlier}) * 1000000)::bigint",
        "start": "date_trunc('{unit}', {moment}, 'UTC')",
        "bucket": f"width_bucket({{duration}}, ARRAY[{', '.join(map(str, LIMITS))}]::bigint[])",
    },
    "sqlite": {
        "duration": "django_timestamp_diff({later}, {earlier})",
        "start": "strftime('%Y-%m-%d {hour}:00:00', {moment})",
        "bucket": " + ".join(f"({{duration}} >= {limit})" for limit in LIMITS),
    },
}


def _steps(source: str) -> str:
    """Return the common table expression ``steps``: in which hour jobs ended, how, and after how long.

    ``source`` is the query of rows such as ``Ending`` has them. Those that failed of an error that is not in
    ``CountedError`` yet are left out.
    """
    sql = _SQL[connection.vendor]
    return f"""
        steps AS (
            SELECT job_type_id, {sql["start"].format(moment="ended", unit="hour", hour="%H")} AS start, outcome,
                   change AS number,
                   wait, {sql["bucket"].format(duration="wait")} AS wait_bucket,
                   run, {sql["bucket"].format(duration="run")} AS run_bucket
            FROM (
                SELECT job_type_id, ended, change,
                       CASE status WHEN 'FAILED' THEN 'failed-' || lower(category) ELSE lower(status) END
                           AS outcome,
                       CASE WHEN queued <= started THEN {sql["duration"].format(later="started", earlier="queued")}
                       END AS wait,
                       CASE WHEN started <= ended THEN {sql["duration"].format(later="ended", earlier="started")}
                       END AS run
                FROM ({source}) AS source
                LEFT JOIN metrics_countederror AS counted ON counted.error_id = source.error_id
                WHERE source.error_id IS NULL OR category IS NOT NULL
            ) AS known
        )
    """


def _fold_on_postgresql() -> list[str]:
    """One statement, since the next one would see other endings.

    What failed of an error that came after ``_follow_categories`` has to wait for the next time.
    """
    counts, durations = _TABLES
    return [
        f"""
        WITH taken AS (
            DELETE FROM metrics_ending WHERE id IN (
                SELECT id FROM metrics_ending
                WHERE error_id IS NULL OR error_id IN (SELECT error_id FROM metrics_countederror)
                ORDER BY id LIMIT {_MOST}
            ) RETURNING {COLUMNS}, change
        ), counts AS ({counts.adding("SELECT * FROM taken")}) {durations.adding("SELECT * FROM taken")}
        """
    ]


def _fold_on_sqlite() -> list[str]:
    """Nobody else writes until the transaction ends."""
    endings = f"SELECT {COLUMNS}, change FROM metrics_ending"
    return [*(table.adding(endings) for table in _TABLES), "DELETE FROM metrics_ending"]


_FOLD = {"postgresql": _fold_on_postgresql, "sqlite": _fold_on_sqlite}

"""The triggers on jobs that write what ended, for the migration that creates them.

On PostgreSQL each statement writes what it changed, added up: rows are only added, so that no transaction waits for
another. On SQLite, where a migration that rebuilds the table of jobs drops its triggers, each job is a row.
"""

COLUMNS = "job_type_id, status, error_id, queued, started, ended"
_ADD = f"INSERT INTO metrics_ending ({COLUMNS}, change)"
_EMPTIED = ("metrics_ending", "metrics_hourlycount", "metrics_hourlyduration")
FOLDING = 0x686F_7572_73  # "hours": the key of the advisory lock of the one that folds


def _ended(table: str, change: int) -> str:
    return f"SELECT {COLUMNS}, {change} AS change FROM {table} WHERE ended IS NOT NULL"


def _on_postgresql(event: str, tables: str, changed: str) -> list[str]:
    # A job that had ended before, and changed in nothing that is counted, adds up to zero. Claims, which end
    # nothing, pay for the look alone.
    body = f"""
        IF EXISTS ({changed}) THEN
            {_ADD} SELECT {COLUMNS}, sum(change) FROM ({changed}) AS changed
            GROUP BY {COLUMNS} HAVING sum(change) <> 0;
        END IF;"""
    return [
        *_function(event, body),
        f"CREATE TRIGGER metrics_ending_{event} AFTER {event} ON jobs_job REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION metrics_ending_{event}()",
    ]


def _function(event: str, body: str) -> list[str]:
    return [
        f"CREATE FUNCTION metrics_ending_{event}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT "
        f"AS $$ BEGIN {body} RETURN NULL; END $$"
    ]


_BEFORE, _AFTER = "OLD TABLE AS before", "NEW TABLE AS after"
_POSTGRESQL = [
    *_on_postgresql("insert", _AFTER, _ended("after", 1)),
    *_on_postgresql("update", f"{_BEFORE} {_AFTER}", f"{_ended('after', 1)} UNION ALL {_ended('before', -1)}"),
    *_on_postgresql("delete", _BEFORE, _ended("before", -1)),
    # Not before the one that folds has finished, which would add rows afterwards.
    *_function(
        "truncate",
        f"PERFORM pg_advisory_xact_lock({FOLDING}); " + " ".join(f"DELETE FROM {table};" for table in _EMPTIED),
    ),
    "CREATE TRIGGER metrics_ending_truncate AFTER TRUNCATE ON jobs_job "
    "FOR EACH STATEMENT EXECUTE FUNCTION metrics_ending_truncate()",
]


def _values(row: str, change: int) -> str:
    values = ", ".join(f"{row}.{column}" for column in COLUMNS.split(", "))
    return f"{_ADD} SELECT {values}, {change} WHERE {row}.ended IS NOT NULL;"


_CHANGES = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in COLUMNS.split(", "))
_SQLITE = [
    f"CREATE TRIGGER metrics_ending_insert AFTER INSERT ON jobs_job BEGIN {_values('NEW', 1)} END",
    f"CREATE TRIGGER metrics_ending_update AFTER UPDATE ON jobs_job WHEN {_CHANGES} "
    f"BEGIN {_values('OLD', -1)} {_values('NEW', 1)} END",
    f"CREATE TRIGGER metrics_ending_delete AFTER DELETE ON jobs_job BEGIN {_values('OLD', -1)} END",
]

CREATE = {"postgresql": _POSTGRESQL, "sqlite": _SQLITE}
DROP = {
    "postgresql": [
        f"DROP FUNCTION metrics_ending_{event} CASCADE" for event in ("insert", "update", "delete", "truncate")
    ],
    "sqlite": [f"DROP TRIGGER IF EXISTS metrics_ending_{event}" for event in ("insert", "update", "delete")],
}

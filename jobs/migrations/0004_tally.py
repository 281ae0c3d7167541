"""The tally of running jobs, on PostgreSQL; see jobs.tally."""

from pathlib import Path

from django.db import migrations

from core.models.operations import statements

CREATE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
FILL = """
    INSERT INTO jobs_tally
    SELECT job_type_id, count(*), max(last_status_change) FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1
"""
FUNCTIONS = tuple(
    f"jobs_tally_{function}" for function in ("insert()", "update()", "delete()", "truncate()", "fold(bigint[])")
)
DROP = (*(f"DROP FUNCTION {function} CASCADE" for function in FUNCTIONS), "DROP TABLE jobs_tally")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_index_by_kind")]

    operations = [statements([CREATE, FILL], DROP)]

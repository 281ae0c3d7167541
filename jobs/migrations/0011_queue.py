"""An index of the first jobs of the queue, of any revision, and a tally that counts queued jobs too."""

from importlib import import_module
from pathlib import Path

from django.db import migrations, models

from core.models.operations import statements

CREATE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
FILL = """
    INSERT INTO jobs_tally
    SELECT status, job_type_id, job_type_rev_id, count(*), max(last_status_change)
    FROM jobs_job WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
"""
DROP = (
    *(f"DROP FUNCTION jobs_tally_{name} CASCADE" for name in ("insert", "update", "delete", "truncate", "fold")),
    "DROP TABLE jobs_tally",
)
FIRST = import_module("jobs.migrations.0004_tally")
KEYS = import_module("jobs.migrations.0006_times_and_keys")
SEARCHING = tuple(f"ALTER FUNCTION {function} SET search_path FROM CURRENT" for function in FIRST.FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_nodes")]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status', 'QUEUED')), fields=['priority', 'queued', 'id', 'job_type_rev'], name='job_queue_head'),
        ),
        statements([*FIRST.DROP, CREATE, FILL], [*DROP, FIRST.CREATE, FIRST.FILL, KEYS.KEY, *SEARCHING]),
    ]

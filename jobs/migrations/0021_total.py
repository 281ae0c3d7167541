"""The total of all jobs, on PostgreSQL; see jobs.total."""

from pathlib import Path

from django.db import migrations

from core.models.operations import statements

CREATE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
FILL = "INSERT INTO jobs_total (change) SELECT count(*) FROM jobs_job"
DROP = ("DROP FUNCTION jobs_total_change CASCADE", "DROP TABLE jobs_total")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0020_jobs_to_requeue")]

    operations = [statements([CREATE, FILL], DROP)]

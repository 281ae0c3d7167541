"""The total of all jobs, on PostgreSQL; see core.models.totals."""

from django.db import migrations

from core.models.totals import keep_total


class Migration(migrations.Migration):
    dependencies = [("jobs", "0020_jobs_to_requeue")]

    operations = [keep_total("jobs_job", "jobs_total")]

"""The total of all tries, on PostgreSQL; see core.models.totals."""

from django.db import migrations

from core.models.totals import keep_total


class Migration(migrations.Migration):
    dependencies = [("jobs", "0023_tally_at_once")]

    operations = [keep_total("jobs_jobexecution", "jobs_execution_total")]

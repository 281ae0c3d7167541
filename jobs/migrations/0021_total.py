"""The total of all jobs, on PostgreSQL; see jobs.total."""

from django.db import migrations

from core.models.operations import statements
from jobs.total import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("jobs", "0020_jobs_to_requeue")]

    operations = [statements(CREATE, DROP)]

"""The tally of running jobs, on PostgreSQL; see jobs.tally."""

from django.db import migrations

from jobs.tally import CREATE, DROP
from core.models.operations import statements


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_index_by_kind")]

    operations = [statements(CREATE, DROP)]

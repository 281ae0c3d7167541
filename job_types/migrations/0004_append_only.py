"""Refuses to change or delete revisions of job types in the database too."""

from django.db import migrations

from core.models.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("job_types", "0003_in_catalogue")]

    operations = [guard("job_types_jobtyperevision", keys=[("job_type_id", "revision_num")])]

"""The number of the configuration that a job runs with: so far, the first of its job type."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0014_tries"), ("job_types", "0008_configurations")]

    operations = [
        migrations.AddField(
            'job',
            'configuration_num',
            models.PositiveIntegerField(db_default=1, default=1, help_text='Which configuration of its job type it runs with, by number: the one when it was last queued.'),
        ),
        # It has no column, for which SQLite would rebuild the table.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    'job',
                    'job_type_configuration',
                    models.ForeignObject(from_fields=['job_type', 'configuration_num'], on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', serialize=False, to='job_types.jobtypeconfiguration', to_fields=['job_type', 'configuration_num']),
                )
            ]
        ),
    ]

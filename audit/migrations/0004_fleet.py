"""Nodes and the scheduler are audited, and names may be as long as those of hosts.

SQLite knows no length of texts, and would rebuild the table for it, which loses the triggers.
"""

from django.db import migrations, models

from core.models.operations import statements

LENGTH = 'ALTER TABLE audit_record ALTER COLUMN "name" TYPE varchar({})'


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_texts'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[statements([LENGTH.format(255)], [LENGTH.format(50)])],
            state_operations=[
                migrations.AlterField('record', 'kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('recipe_type', 'Recipe Type'), ('node', 'Node'), ('scheduler', 'Scheduler')], help_text='What was changed.', max_length=20)),
                migrations.AlterField('record', 'name', models.CharField(help_text='Its name.', max_length=255)),
                migrations.AlterField('record', 'version', models.CharField(blank=True, help_text='Its version, of job types; empty for all else, which has none.', max_length=50)),
            ],
        ),
    ]

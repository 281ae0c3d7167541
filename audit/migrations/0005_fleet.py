"""Nodes and the scheduler are audited, and names may be as long as those of hosts.

SQLite knows no length of texts, and would rebuild the table for it, which loses the triggers.
"""

from django.db import migrations, models

from core.models.operations import statements

LENGTH = 'ALTER TABLE audit_record ALTER COLUMN "name" TYPE varchar({})'


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_jobs'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[statements([LENGTH.format(255)], [LENGTH.format(50)])],
            state_operations=[
                migrations.AlterField('record', 'kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('recipe_type', 'Recipe Type'), ('job', 'Job'), ('node', 'Node'), ('scheduler', 'Scheduler')], help_text='What was changed.', max_length=20)),
                migrations.AlterField('record', 'name', models.CharField(help_text='Its name; the id of a job, and empty for a selection of jobs.', max_length=255)),
            ],
        ),
    ]

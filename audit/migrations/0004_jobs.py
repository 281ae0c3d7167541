"""Records of jobs; of `action`, only PostgreSQL needs to know how long it may be."""

import core.models.columns
from django.db import migrations, models

from core.models.operations import statements


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_texts")]

    operations = [
        statements(["ALTER TABLE audit_record ALTER COLUMN action TYPE varchar(20)"], []),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('record', 'action', models.CharField(choices=[('created', 'Created'), ('edited', 'Edited'), ('followed', 'Followed'), ('canceled', 'Canceled'), ('requeued', 'Requeued'), ('secrets_delivered', 'Secrets Delivered')], help_text='What was done; `followed` is a recipe type that changed because the job types of its nodes did, `secrets_delivered` a try whose node was handed secrets.', max_length=20)),
                migrations.AlterField('record', 'changes', core.models.columns.DocumentField(help_text='The changed fields: `old` and `new`, or `changed` for documents and for settings. Of jobs: the `selection` and the `count`, or the try (`exe_num`), the `node` and the names of the `secrets`.')),
                migrations.AlterField('record', 'kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('recipe_type', 'Recipe Type'), ('job', 'Job')], help_text='What was changed.', max_length=20)),
                migrations.AlterField('record', 'name', models.CharField(help_text='Its name; the id of a job, and empty for a selection of jobs.', max_length=50)),
                migrations.AlterField('record', 'version', models.CharField(blank=True, help_text='Its version; empty for all but job types, which alone have one.', max_length=50)),
            ],
        ),
    ]

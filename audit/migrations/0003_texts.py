"""Explains the columns of records: no SQL, which for `id`, declared now, would rebuild the table on SQLite."""

import core.models.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_append_only'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('record', 'action', models.CharField(choices=[('created', 'Created'), ('edited', 'Edited'), ('followed', 'Followed')], help_text='What was done; `followed` is a recipe type that changed because the job types of its nodes did.', max_length=10)),
                migrations.AlterField('record', 'actor', models.CharField(help_text='The account that made it; for a command, the system account that ran it.', max_length=150)),
                migrations.AlterField('record', 'at', models.DateTimeField(db_index=True, help_text='When the change was made.')),
                migrations.AlterField('record', 'changes', core.models.columns.DocumentField(help_text='The changed fields: `old` and `new`, or `changed` for documents and for settings.')),
                migrations.AlterField('record', 'command', models.CharField(blank=True, help_text='The command; empty for requests.', max_length=100)),
                migrations.AlterField('record', 'id', models.BigAutoField(help_text='The unique identifier of the record; later ones are larger.', primary_key=True, serialize=False, verbose_name='ID')),
                migrations.AlterField('record', 'kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('recipe_type', 'Recipe Type')], help_text='What was changed.', max_length=20)),
                migrations.AlterField('record', 'name', models.CharField(help_text='Its name.', max_length=50)),
                migrations.AlterField('record', 'request_id', models.CharField(blank=True, help_text='The X-Request-ID of the request; empty for commands.', max_length=64)),
                migrations.AlterField('record', 'source', models.CharField(choices=[('api', 'Api'), ('admin', 'Admin'), ('command', 'Command')], help_text='Where the change came from.', max_length=10)),
                migrations.AlterField('record', 'version', models.CharField(blank=True, help_text='Its version; empty for workspaces and recipe types, which have none.', max_length=50)),
            ],
        ),
    ]

"""Explains the columns of workspaces: no SQL, which for `id`, declared now, would rebuild the table on SQLite."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0002_in_catalogue'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('workspace', 'base_url', models.CharField(blank=True, help_text='The URL under which its files can be read; empty when there is none.', max_length=2000)),
                migrations.AlterField('workspace', 'created', models.DateTimeField(help_text='When it was created.')),
                migrations.AlterField('workspace', 'deprecated', models.DateTimeField(blank=True, help_text='Since when it is inactive; null while it is active.', null=True)),
                migrations.AlterField('workspace', 'description', models.CharField(blank=True, help_text='What the workspace is for.', max_length=2000)),
                migrations.AlterField('workspace', 'id', models.BigAutoField(help_text='The unique identifier of the workspace.', primary_key=True, serialize=False, verbose_name='ID')),
                migrations.AlterField('workspace', 'is_active', models.BooleanField(default=True, help_text='Whether outputs should go there; a workspace that is not active is deprecated.')),
                migrations.AlterField('workspace', 'last_modified', models.DateTimeField(db_index=True, help_text='When it last changed.')),
                migrations.AlterField('workspace', 'name', models.CharField(help_text='The name that job configurations use: letters, digits, `_` and `-`. It never changes.', max_length=50, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-zA-Z0-9_-]+\\Z', 'may hold letters, digits, `_` and `-` alone.')])),
                migrations.AlterField('workspace', 'title', models.CharField(blank=True, help_text='The human readable name.', max_length=200)),
            ],
        ),
    ]

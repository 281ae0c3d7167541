"""The explanations of the fields; no SQL."""

import core.models.columns
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('errors', '0002_in_catalogue'),
        ('job_types', '0003_in_catalogue'),
        ('jobs', '0004_tally'),
    ]

    operations = [
        migrations.AlterField('job', 'configuration', core.models.columns.DocumentField(default=dict, help_text='What this job configures differently from its job type, without secrets.')),
        migrations.AlterField('job', 'created', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was created.')),
        migrations.AlterField('job', 'ended', models.DateTimeField(blank=True, help_text='When it FAILED, was COMPLETED or CANCELED; null before.', null=True)),
        migrations.AlterField('job', 'error', models.ForeignKey(blank=True, db_index=False, help_text='Why it FAILED; null in every other status.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='errors.error')),
        migrations.AlterField('job', 'exit_code', models.IntegerField(blank=True, help_text='The exit code of the last try that ended, as it was reported.', null=True)),
        migrations.AlterField('job', 'input', core.models.columns.DocumentField(default=dict, help_text='What it runs on: `files` (name to file ids) and `json` (name to value).')),
        migrations.AlterField('job', 'job_type', models.ForeignKey(db_index=False, help_text='Its job type, as it is now.', on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='job_types.jobtype')),
        migrations.AlterField('job', 'job_type_rev', models.ForeignKey(db_index=False, help_text='The revision of the job type that it runs.', on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='job_types.jobtyperevision')),
        migrations.AlterField('job', 'last_modified', models.DateTimeField(default=django.utils.timezone.now, help_text='When it last changed.')),
        migrations.AlterField('job', 'last_status_change', models.DateTimeField(default=django.utils.timezone.now, help_text='When it last entered another status.')),
        migrations.AlterField('job', 'max_tries', models.PositiveIntegerField(default=3, help_text='How often it is tried at most when it fails of an error that should be retried.')),
        migrations.AlterField('job', 'node', models.TextField(blank=True, help_text='The node that runs it, or ran it last; null before and in the queue.', null=True)),
        migrations.AlterField('job', 'num_exes', models.PositiveIntegerField(default=0, help_text='How often it was started: the number of its last try, to be sent with reports of that try.')),
        migrations.AlterField('job', 'output', core.models.columns.DocumentField(default=dict, help_text='What it left behind, as it was reported; empty before.')),
        migrations.AlterField('job', 'priority', models.PositiveIntegerField(default=100, help_text='Its priority in the queue: lower numbers come first.')),
        migrations.AlterField('job', 'queued', models.DateTimeField(blank=True, help_text='When it last entered the queue; null when it never did.', null=True)),
        migrations.AlterField('job', 'started', models.DateTimeField(blank=True, help_text='When its last try started; null while it waits for one.', null=True)),
        migrations.AlterField('job', 'status', models.CharField(choices=[('PENDING', 'Pending'), ('BLOCKED', 'Blocked'), ('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('FAILED', 'Failed'), ('COMPLETED', 'Completed'), ('CANCELED', 'Canceled')], default='PENDING', help_text='Where the job is in its life.', max_length=9)),
        migrations.AlterField('offer', 'amount', models.FloatField(help_text='How much of the resource was offered.')),
        migrations.AlterField('offer', 'minute', models.BigIntegerField(db_index=True, help_text='When the offer was made, in whole minutes since the beginning of 1970 (UTC).')),
        migrations.AlterField('offer', 'node', models.TextField(help_text='The node that made the offer.')),
        migrations.AlterField('offer', 'resource', models.TextField(help_text='The name of the resource, in lower case.')),
    ]

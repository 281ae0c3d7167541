"""Tries as rows with leases, jobs that wait for a retry, and switches of nodes and of the scheduler."""

from datetime import datetime, timedelta, timezone

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.models.columns
from core.models.append_only import guard_once
from core.models.operations import statements

# Of earlier tries of a job nothing is known but their number.
LAST_TRIES = """
    INSERT INTO jobs_jobexecution (job_id, job_type_rev_id, exe_num, status, "end", node, account_id, error_id,
                                   exit_code, queued, started, ended, stdout, stderr)
    SELECT id, job_type_rev_id, num_exes, status,
           CASE status WHEN 'COMPLETED' THEN 'completed' WHEN 'FAILED' THEN 'failed' WHEN 'CANCELED' THEN 'canceled' END,
           node, claimed_by_id, error_id, exit_code, queued, started, ended, '', ''
    FROM jobs_job WHERE started IS NOT NULL
"""
VACUUM_OFTEN = (
    "ALTER TABLE jobs_jobexecution SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"
)


def fill_in(apps, schema_editor):
    """Make a row of the last try of each job. A day is left to those that run, whose workers know of no lease."""
    schema_editor.execute(LAST_TRIES)
    running = apps.get_model("jobs", "JobExecution").objects.filter(ended=None)
    running.update(lease_expires=datetime.now(timezone.utc) + timedelta(days=1))
    apps.get_model("jobs", "Scheduler").objects.create()


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("errors", "0003_texts"),
        ("job_types", "0007_timeouts"),
        ("jobs", "0013_claimed_by"),
    ]

    operations = [
        migrations.CreateModel(
            name='JobExecution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exe_num', models.PositiveIntegerField(help_text='The number of the try, from 1.')),
                ('status', models.CharField(choices=[('RUNNING', 'Running'), ('FAILED', 'Failed'), ('COMPLETED', 'Completed'), ('CANCELED', 'Canceled')], default='RUNNING', help_text='RUNNING, or how it ended.', max_length=9)),
                ('end', models.CharField(blank=True, choices=[('completed', 'It was reported as COMPLETED.'), ('failed', 'It was reported as FAILED.'), ('canceled', 'The job was canceled.'), ('returned', 'Its node gave the job back to the queue.'), ('node-lost', 'Its node did not renew the lease.'), ('timed-out', 'It ran for longer than the timeout of its manifest.')], help_text='What ended it; null while it runs.', max_length=9, null=True)),
                ('ended_by', models.TextField(blank=True, help_text='The name of the account that ended it; null while it runs, and if the service itself did.', null=True)),
                ('node', models.TextField(blank=True, help_text='The node that runs it, or ran it; null if unknown.', null=True)),
                ('claim_id', models.UUIDField(blank=True, help_text='The id of the claim that it was handed out by; null if that had none.', null=True)),
                ('exit_code', models.IntegerField(blank=True, help_text='Its exit code, as it was reported; null if none was.', null=True)),
                ('queued', models.DateTimeField(blank=True, help_text='When its job had entered the queue.', null=True)),
                ('started', models.DateTimeField(help_text='When it started.')),
                ('ended', models.DateTimeField(blank=True, help_text='When it ended; null while it runs.', null=True)),
                ('times_out', models.DateTimeField(blank=True, help_text='When it has to have ended by the timeout of its manifest; null without one.', null=True)),
                ('lease_expires', models.DateTimeField(blank=True, help_text='When the service ends it unless its node is heard of before; null if nothing has to be.', null=True)),
                ('stdout', models.TextField(blank=True, default='', help_text='The end of its standard output.')),
                ('stderr', models.TextField(blank=True, default='', help_text='The end of its standard error.')),
            ],
        ),
        migrations.CreateModel(
            name='Scheduler',
            fields=[
                ('id', models.BigIntegerField(default=1, primary_key=True, serialize=False)),
                ('is_paused', models.BooleanField(default=False, help_text='Whether the scheduler is paused: while it is, nothing is handed out.')),
                ('last_seen', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When the service was last seen alive, to a twelfth of a lease.')),
            ],
        ),
        migrations.RemoveIndex(
            model_name='job',
            name='job_queue',
        ),
        migrations.RemoveIndex(
            model_name='job',
            name='job_queue_head',
        ),
        migrations.AddField(
            model_name='job',
            name='retry_after',
            field=models.DateTimeField(blank=True, help_text='When it may be claimed again; null unless it waits in the queue after a try that failed, or for the node of one that was canceled.', null=True),
        ),
        migrations.AddField(
            model_name='node',
            name='created',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it first claimed.'),
        ),
        migrations.AddField(
            model_name='node',
            name='deprecated',
            field=models.DateTimeField(blank=True, help_text='When it was deprecated; null while it is active.', null=True),
        ),
        migrations.AddField(
            model_name='node',
            name='description',
            field=models.TextField(blank=True, default='', help_text='What an operator says about it.'),
        ),
        migrations.AddField(
            model_name='node',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Whether the node is active; one that is not is deprecated, and gets no jobs.'),
        ),
        migrations.AddField(
            model_name='node',
            name='is_paused',
            field=models.BooleanField(default=False, help_text='Whether it is paused: while it is, it gets no jobs.'),
        ),
        migrations.AddField(
            model_name='node',
            name='labels',
            field=core.models.columns.DocumentField(blank=True, default=dict, help_text='What it says about itself, name -> text.'),
        ),
        migrations.AddField(
            model_name='node',
            name='last_modified',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When an operator last changed it.'),
        ),
        migrations.AddField(
            model_name='node',
            name='pause_reason',
            field=models.TextField(blank=True, help_text='Why it is paused, as the operator said; null if nothing was.', null=True),
        ),
        migrations.AddField(
            model_name='node',
            name='software_version',
            field=models.TextField(blank=True, default='', help_text='The version of the program that claims for it, as it says.'),
        ),
        migrations.AlterField(
            model_name='node',
            name='capacity',
            field=core.models.columns.DocumentField(blank=True, help_text='What it has of each resource, by name in lower case: what it last offered as free, and what the jobs that ran on it then require. Null when it named no resources.', null=True),
        ),
        migrations.AlterField(
            model_name='node',
            name='last_seen',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True, help_text='When it last claimed, or sent a heartbeat, to the minute.'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('retry_after__isnull', True), ('status', 'QUEUED')), fields=['priority', 'queued', 'id', 'job_type_rev'], name='job_queue_head'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('retry_after__isnull', True), ('status', 'QUEUED')), fields=['job_type_rev', 'priority', 'queued', 'id'], name='job_queue'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('retry_after__isnull', False)), fields=['retry_after'], name='job_retry'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('retry_after__isnull', True), ('status', 'QUEUED'), _connector='OR'), name='job_retried_from_the_queue'),
        ),
        migrations.AddField(
            model_name='jobexecution',
            name='account',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The account that claimed it, and may report how it ends; null if none did.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='jobexecution',
            name='error',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Why it FAILED; null in every other status.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='errors.error'),
        ),
        migrations.AddField(
            model_name='jobexecution',
            name='job',
            field=models.ForeignKey(db_index=False, help_text='The job.', on_delete=django.db.models.deletion.CASCADE, related_name='executions', to='jobs.job'),
        ),
        migrations.AddField(
            model_name='jobexecution',
            name='job_type_rev',
            field=models.ForeignKey(db_index=False, help_text='The revision of the job type that this try runs.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='job_types.jobtyperevision'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('ended__isnull', True)), fields=['lease_expires'], name='execution_lease'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('claim_id__isnull', False)), fields=['claim_id'], name='execution_claim'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(fields=['node', '-id'], name='execution_on_node'),
        ),
        migrations.AddConstraint(
            model_name='jobexecution',
            constraint=models.UniqueConstraint(fields=('job', 'exe_num'), name='execution_unique_number'),
        ),
        migrations.AddConstraint(
            model_name='jobexecution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end__isnull', True), ('ended__isnull', True), ('status', 'RUNNING')), models.Q(('end__isnull', False), ('ended__isnull', False), ('status__in', ('FAILED', 'COMPLETED', 'CANCELED'))), _connector='OR'), name='execution_ended_when_over'),
        ),
        migrations.AddConstraint(
            model_name='jobexecution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('error__isnull', False), ('status', 'FAILED')), models.Q(models.Q(('status', 'FAILED'), _negated=True), ('error__isnull', True)), _connector='OR'), name='execution_error_when_failed'),
        ),
        migrations.AddConstraint(
            model_name='jobexecution',
            constraint=models.CheckConstraint(condition=models.Q(('ended__isnull', True), ('ended__gte', models.F('started')), _connector='OR'), name='execution_ends_after_it_started'),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        guard_once("jobs_jobexecution", "OLD.ended IS NOT NULL"),
        # Each heartbeat leaves entries in the index of leases, which a search for the first one would pass.
        statements([VACUUM_OFTEN], []),
        migrations.RemoveField('job', 'claimed_by'),
    ]

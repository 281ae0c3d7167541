"""Who created a job and what it was canceled from; the index of waiting jobs by status, with their priorities."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0011_queue'),
    ]

    operations = [
        migrations.AddField('job', 'created_by', models.TextField(blank=True, help_text='The name of the account that created it; null if no account did.', null=True)),
        migrations.AddField('job', 'canceled_from', models.CharField(blank=True, choices=[('PENDING', 'Pending'), ('BLOCKED', 'Blocked'), ('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('FAILED', 'Failed'), ('COMPLETED', 'Completed'), ('CANCELED', 'Canceled')], help_text='The status in which it was last canceled; null if it never was.', max_length=9, null=True)),
        migrations.RemoveIndex('job', 'job_waiting'),
        migrations.AddIndex(
            'job',
            models.Index(
                fields=['status', 'job_type', 'queued', 'last_status_change', 'priority'],
                condition=models.Q(('status__in', ('PENDING', 'BLOCKED', 'QUEUED'))),
                name='job_waiting',
            ),
        ),
    ]

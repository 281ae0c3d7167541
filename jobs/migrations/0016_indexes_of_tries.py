"""Indexes for the lists of tries, which are filtered by when they started, what ended them and their errors."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0015_configurations'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(fields=['started', 'id'], name='execution_started'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('end__isnull', False)), fields=['end', 'started', 'id'], name='execution_ended'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('error__isnull', False)), fields=['error', 'status', 'started', 'id'], name='execution_failed'),
        ),
    ]

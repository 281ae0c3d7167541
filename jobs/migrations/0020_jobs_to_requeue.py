"""An index of the jobs that can be requeued, so that the first ones are found without reading the history."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0019_jobs_of_nodes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status__in', ('FAILED', 'CANCELED'))), fields=['id', 'status', 'job_type'], name='job_requeueable'),
        ),
    ]

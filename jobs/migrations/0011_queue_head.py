"""An index of the first jobs of the queue, of any revision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_nodes")]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status', 'QUEUED')), fields=['priority', 'queued', 'id', 'job_type_rev'], name='job_queue_head'),
        ),
    ]

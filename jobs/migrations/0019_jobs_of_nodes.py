"""An index of the jobs that ran on a node, so that their list does not read the whole history."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0018_leases_in_no_index'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('node__isnull', False)), fields=['node', '-last_status_change', 'id'], name='job_by_node'),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('errors', '0002_in_catalogue'),
        ('job_types', '0003_in_catalogue'),
        ('jobs', '0002_vacuum_often'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['-last_status_change', 'id'], name='job_latest'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status', 'COMPLETED')), fields=['last_status_change', 'job_type'], name='job_completed'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status__in', ('COMPLETED', 'RUNNING')), _negated=True), fields=['last_status_change', 'status', 'job_type', 'error'], name='job_changed'),
        ),
        migrations.RemoveIndex(
            model_name='job',
            name='job_by_change',
        ),
    ]

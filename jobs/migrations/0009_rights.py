"""The permissions to claim, report, cancel and requeue jobs."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0008_declared_settings'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='job',
            options={'permissions': [('claim_job', 'Can claim jobs for a node'), ('report_job', 'Can report what became of claimed jobs'), ('cancel_job', 'Can cancel jobs'), ('requeue_job', 'Can requeue jobs')]},
        ),
    ]

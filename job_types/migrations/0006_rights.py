"""The permission to pause system job types."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('job_types', '0005_declared_settings'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='jobtype',
            options={'permissions': [('pause_system_jobtype', 'Can pause and resume system job types')]},
        ),
    ]

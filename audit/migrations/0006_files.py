"""Files are audited."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0005_fleet'),
    ]

    operations = [
        migrations.AlterField('record', 'kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('file', 'File'), ('recipe_type', 'Recipe Type'), ('job', 'Job'), ('node', 'Node'), ('scheduler', 'Scheduler')], help_text='What was changed.', max_length=20)),
        migrations.AlterField('record', 'name', models.CharField(help_text='Its name; the id of a file or of a job, and empty for a selection of jobs.', max_length=255)),
    ]

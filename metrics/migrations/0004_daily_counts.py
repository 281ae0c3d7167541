"""An index in which the days of a plot of all job types lie side by side."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0003_ended_tries'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='hourlycount',
            index=models.Index(condition=models.Q(('hours', 24)), fields=['start', 'outcome', 'job_type_id'], include=('number',), name='daily_count'),
        ),
    ]

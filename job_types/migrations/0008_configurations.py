"""The configurations that job types had, which jobs refer to by number: so far, one of each job type."""

import django.db.models.deletion
from django.db import migrations, models

import core.models.columns
from catalogue.triggers import watch_again

FIRST = """
    INSERT INTO job_types_jobtypeconfiguration (job_type_id, configuration_num, configuration, created)
    SELECT id, 1, configuration, last_modified FROM job_types_jobtype
"""


class Migration(migrations.Migration):
    dependencies = [("job_types", "0007_timeouts")]

    operations = [
        watch_again("job_types_jobtype"),
        migrations.AddField(
            'jobtype',
            'configuration_num',
            models.PositiveIntegerField(db_default=1, default=1, help_text='The number of the current configuration, which is how many there were.'),
        ),
        migrations.AddConstraint(
            'jobtype',
            models.CheckConstraint(condition=models.Q(('configuration_num__gte', 1)), name='job_type_configurations_from_one'),
        ),
        watch_again("job_types_jobtype"),
        migrations.CreateModel(
            name='JobTypeConfiguration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('configuration_num', models.PositiveIntegerField(help_text='The number of the configuration, from 1.')),
                ('configuration', core.models.columns.DocumentField(help_text='The configuration, without the values of secret settings.')),
                ('created', models.DateTimeField(help_text='When the job type got it.')),
                ('job_type', models.ForeignKey(db_index=False, help_text='The job type.', on_delete=django.db.models.deletion.PROTECT, related_name='configurations', to='job_types.jobtype')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('job_type', 'configuration_num'), name='job_type_configuration_unique_number'),
                    models.CheckConstraint(condition=models.Q(('configuration_num__gte', 1)), name='job_type_configuration_numbers_from_one'),
                ],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]

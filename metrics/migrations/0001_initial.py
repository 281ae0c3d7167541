"""Numbers over time, and the triggers on jobs that write what they are made of."""

from django.db import migrations, models

from core.models.operations import run_statements, statements
from metrics.triggers import CREATE, DROP

VACUUM_OFTEN = "ALTER TABLE metrics_ending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"

class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('jobs', '0016_indexes_of_tries'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedError',
            fields=[
                ('error_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('category', models.CharField(max_length=9)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Ending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_type_id', models.BigIntegerField()),
                ('status', models.CharField(max_length=9)),
                ('error_id', models.BigIntegerField(null=True)),
                ('queued', models.DateTimeField(null=True)),
                ('started', models.DateTimeField(null=True)),
                ('ended', models.DateTimeField()),
                ('change', models.IntegerField(help_text='How many such jobs there are more.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HourlyCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_type_id', models.BigIntegerField(help_text='The job type; 0 for all together.')),
                ('hours', models.PositiveSmallIntegerField(choices=[(1, 'hour'), (24, 'day')], help_text='How long the period is.')),
                ('start', models.DateTimeField(help_text='When the period begins: a full hour, or midnight in UTC.')),
                ('outcome', models.CharField(choices=[('completed', 'Completed'), ('canceled', 'Canceled'), ('failed-system', 'Failed System'), ('failed-algorithm', 'Failed Algorithm'), ('failed-data', 'Failed Data')], help_text='How the jobs ended.', max_length=16)),
                ('number', models.BigIntegerField(help_text='How many jobs.')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('hours', 'job_type_id', 'start', 'outcome'), name='hourly_count_unique')],
            },
        ),
        migrations.CreateModel(
            name='HourlyDuration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_type_id', models.BigIntegerField(help_text='The job type; 0 for all together.')),
                ('hours', models.PositiveSmallIntegerField(choices=[(1, 'hour'), (24, 'day')], help_text='How long the period is.')),
                ('start', models.DateTimeField(help_text='When the period begins: a full hour, or midnight in UTC.')),
                ('outcome', models.CharField(choices=[('completed', 'Completed'), ('canceled', 'Canceled'), ('failed-system', 'Failed System'), ('failed-algorithm', 'Failed Algorithm'), ('failed-data', 'Failed Data')], help_text='How the jobs ended.', max_length=16)),
                ('number', models.BigIntegerField(help_text='How many jobs.')),
                ('measure', models.CharField(choices=[('wait', 'Wait'), ('run', 'Run')], help_text='What lasted so long.', max_length=4)),
                ('bucket', models.PositiveSmallIntegerField(help_text='The number of the bucket, from 0.')),
                ('total', models.BigIntegerField(help_text='The sum of these durations, in microseconds.')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('hours', 'job_type_id', 'start', 'outcome', 'measure', 'bucket'), name='hourly_duration_unique')],
            },
        ),
        migrations.CreateModel(
            name='LoadSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time', models.DateTimeField(help_text='When the jobs were counted: a full minute.')),
                ('is_hourly', models.BooleanField(help_text='Whether it is the first sample of its hour, which is kept longer.')),
                ('job_type_id', models.BigIntegerField(help_text='The job type; 0 for all together.')),
                ('pending_count', models.PositiveIntegerField(help_text='How many jobs were PENDING.')),
                ('queued_count', models.PositiveIntegerField(help_text='How many jobs were QUEUED.')),
                ('running_count', models.PositiveIntegerField(help_text='How many jobs were RUNNING.')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['is_hourly', 'time'], name='load_sample_age')],
                'constraints': [models.UniqueConstraint(fields=('job_type_id', 'time'), name='load_sample_unique'), models.CheckConstraint(condition=models.Q(('job_type_id', 0), ('pending_count__gt', 0), ('queued_count__gt', 0), ('running_count__gt', 0), _connector='OR'), name='load_sample_of_some_job')],
            },
        ),
        statements([VACUUM_OFTEN], []),
        run_statements(CREATE.__getitem__, DROP.__getitem__),
    ]

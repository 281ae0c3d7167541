"""Refuses to change or delete revisions of job types in the database too; explains the fields."""

import django.db.models.deletion
from django.db import migrations, models

import core.models.columns
from core.models.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("job_types", "0003_in_catalogue")]

    operations = [
        guard("job_types_jobtyperevision", keys=[("job_type_id", "revision_num")]),
        migrations.AlterField('jobtype', 'configuration', core.models.columns.DocumentField(help_text='The job configuration, without the values of secret settings.')),
        migrations.AlterField('jobtype', 'created', models.DateTimeField(help_text='When the job type was registered.')),
        migrations.AlterField('jobtype', 'deprecated', models.DateTimeField(blank=True, help_text='When it was deprecated; null while it is active.', null=True)),
        migrations.AlterField('jobtype', 'description', models.TextField(help_text='A longer description, from the current manifest.')),
        migrations.AlterField('jobtype', 'docker_image', models.CharField(help_text='The Docker image that holds the algorithm.', max_length=500)),
        migrations.AlterField('jobtype', 'icon_code', models.CharField(blank=True, help_text='The Font Awesome code of the icon that stands for the job type; null if there is none.', max_length=20, null=True)),
        migrations.AlterField('jobtype', 'is_active', models.BooleanField(default=True, help_text='Whether the job type is active; one that is not is deprecated.')),
        migrations.AlterField('jobtype', 'is_paused', models.BooleanField(default=False, help_text='Whether the job type is paused: while it is, none of its jobs leaves the queue.')),
        migrations.AlterField('jobtype', 'is_published', models.BooleanField(default=False, help_text='Whether the job type publishes its output.')),
        migrations.AlterField('jobtype', 'is_system', models.BooleanField(default=False, help_text='Whether the job type is part of the system itself.')),
        migrations.AlterField('jobtype', 'last_modified', models.DateTimeField(help_text='When it last changed.')),
        migrations.AlterField('jobtype', 'manifest', core.models.columns.DocumentField(help_text='The current Seed manifest, as it was sent.')),
        migrations.AlterField('jobtype', 'max_scheduled', models.PositiveIntegerField(blank=True, help_text='How many of its jobs may run at the same time; null for no limit.', null=True)),
        migrations.AlterField('jobtype', 'max_tries', models.PositiveIntegerField(default=3, help_text='How often a job is tried.')),
        migrations.AlterField('jobtype', 'name', models.CharField(help_text='The name of the job type, `job.name` of its manifest.', max_length=50)),
        migrations.AlterField('jobtype', 'paused', models.DateTimeField(blank=True, help_text='When it was paused; null while it is not.', null=True)),
        migrations.AlterField('jobtype', 'revision_num', models.PositiveIntegerField(default=1, help_text='The number of the current revision, which is how many there are.')),
        migrations.AlterField('jobtype', 'title', models.TextField(help_text='The human readable display name, from the current manifest.')),
        migrations.AlterField('jobtype', 'unmet_resources', models.TextField(blank=True, help_text='The resources it requires that no node offers, comma-separated; null if none is unmet.', null=True)),
        migrations.AlterField('jobtype', 'version', models.CharField(help_text='The version of the job type, `job.jobVersion` of its manifest.', max_length=50)),
        migrations.AlterField('jobtype', 'version_key', models.BinaryField(help_text='The version as bytes, whose order is semantic-version precedence.')),
        migrations.AlterField('jobtyperevision', 'created', models.DateTimeField(help_text='When the revision was made.')),
        migrations.AlterField('jobtyperevision', 'docker_image', models.CharField(help_text='The Docker image as it was then.', max_length=500)),
        migrations.AlterField('jobtyperevision', 'job_type', models.ForeignKey(help_text='The job type, as it is now.', on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='job_types.jobtype')),
        migrations.AlterField('jobtyperevision', 'manifest', core.models.columns.DocumentField(help_text='The Seed manifest as it was then.')),
        migrations.AlterField('jobtyperevision', 'resources', core.models.columns.DocumentField(default=dict, editable=False, help_text='What the manifest requires, name -> amount, for claims, which read no manifest.')),
        migrations.AlterField('jobtyperevision', 'revision_num', models.PositiveIntegerField(help_text='The number of the revision, from 1.')),
    ]

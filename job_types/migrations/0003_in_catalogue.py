"""Lets changes to job types move the revision of the catalogue on."""

from django.db import migrations

from catalogue.triggers import watch


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('job_types', '0002_revision_resources'),
    ]

    operations = [watch('job_types_jobtype')]

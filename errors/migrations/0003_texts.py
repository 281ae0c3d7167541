"""Explains the columns of errors: no SQL, which for `id`, declared now, would rebuild the table on SQLite."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('errors', '0002_in_catalogue'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('error', 'category', models.CharField(choices=[('SYSTEM', 'System'), ('ALGORITHM', 'Algorithm'), ('DATA', 'Data')], help_text='Where the cause lies: SYSTEM, ALGORITHM or DATA.', max_length=9)),
                migrations.AlterField('error', 'created', models.DateTimeField(help_text='When the error became known.')),
                migrations.AlterField('error', 'description', models.TextField(blank=True, help_text='What the error means.')),
                migrations.AlterField('error', 'id', models.BigAutoField(help_text='The unique identifier of the error.', primary_key=True, serialize=False, verbose_name='ID')),
                migrations.AlterField('error', 'is_builtin', models.BooleanField(default=False, help_text='Whether the error is part of the service.')),
                migrations.AlterField('error', 'job_type_name', models.CharField(blank=True, help_text='The job type name that declares it; null for a built-in error.', max_length=50, null=True)),
                migrations.AlterField('error', 'last_modified', models.DateTimeField(db_index=True, help_text='When it last changed.')),
                migrations.AlterField('error', 'name', models.CharField(help_text='The name, unique among the errors of its job type name.', max_length=255)),
                migrations.AlterField('error', 'should_be_retried', models.BooleanField(default=False, help_text='Whether a job that failed with it may be tried again without any change.')),
                migrations.AlterField('error', 'title', models.TextField(blank=True, help_text='The human readable name.')),
            ],
        ),
    ]

"""Explains the columns of errors: no SQL, which for `id`, declared now, would rebuild the table on SQLite."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('errors', '0002_in_catalogue'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='error',
                    name='category',
                    field=models.CharField(choices=[('SYSTEM', 'System'), ('ALGORITHM', 'Algorithm'), ('DATA', 'Data')], help_text='Where the cause lies: SYSTEM, ALGORITHM or DATA.', max_length=9),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='created',
                    field=models.DateTimeField(help_text='When the error became known.'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='description',
                    field=models.TextField(blank=True, help_text='What the error means.'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='id',
                    field=models.BigAutoField(help_text='The unique identifier of the error.', primary_key=True, serialize=False, verbose_name='ID'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='is_builtin',
                    field=models.BooleanField(default=False, help_text='Whether the error is part of the service.'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='job_type_name',
                    field=models.CharField(blank=True, help_text='The job type name that declares it; null for a built-in error.', max_length=50, null=True),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='last_modified',
                    field=models.DateTimeField(db_index=True, help_text='When it last changed.'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='name',
                    field=models.CharField(help_text='The name, unique among the errors of its job type name.', max_length=255),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='should_be_retried',
                    field=models.BooleanField(default=False, help_text='Whether a job that failed with it may be tried again without any change.'),
                ),
                migrations.AlterField(
                    model_name='error',
                    name='title',
                    field=models.TextField(blank=True, help_text='The human readable name.'),
                ),
            ],
        ),
    ]

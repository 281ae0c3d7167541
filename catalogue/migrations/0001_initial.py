"""The revision of the catalogue, and what its triggers call."""

from django.db import migrations, models

from catalogue.triggers import POSTGRESQL_FUNCTION


def create_function(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)


def drop_function(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION catalogue_move_on()")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('stamp', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(create_function, drop_function),
    ]

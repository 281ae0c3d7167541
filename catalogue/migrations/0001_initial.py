"""The revision of the catalogue, and what its triggers call."""

from django.db import migrations, models

from catalogue.triggers import POSTGRESQL_FUNCTION
from core.models.operations import statements


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
        statements([POSTGRESQL_FUNCTION], ["DROP FUNCTION catalogue_move_on()"]),
    ]

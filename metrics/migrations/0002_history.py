"""The jobs that had ended before, in a transaction of its own, during which jobs can be changed."""

from django.db import migrations

from metrics.hours import recount


def count(apps, schema_editor):
    recount()


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]

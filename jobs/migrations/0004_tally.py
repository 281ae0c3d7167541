"""The tally of running jobs, on PostgreSQL; see jobs.tally."""

from django.db import migrations

from jobs.tally import CREATE, DROP


def on_postgresql(statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_index_by_kind")]

    operations = [migrations.RunPython(on_postgresql(CREATE), on_postgresql(DROP))]

"""Renames `door` to `source`, and refuses TRUNCATE and REPLACE of records as well as UPDATE and DELETE."""

from importlib import import_module

from django.db import migrations

from core.models.append_only import guard

first = import_module("audit.migrations.0001_initial")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RenameField("record", "door", "source"),
        # The triggers of the first migration, which `guard` replaces.
        migrations.RunPython(first.drop_triggers, first.create_triggers),
        guard("audit_record"),
    ]

"""Indexes of trigrams for keywords, on a PostgreSQL that has the extension pg_trgm and lets this account create it.

Without them keywords find the same, in a pass over all names. docs/operations.md says how to add them later.
"""

from pathlib import Path

from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from core.models.operations import statements

CREATE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
DROP = ("DROP INDEX IF EXISTS job_type_name_trigrams", "DROP INDEX IF EXISTS job_type_tag_trigrams")


def create_where_possible(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the indexes, or nothing, and say why."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(CREATE)
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        print(f"\n    Keywords get no indexes ({reason}). docs/operations.md says how to add them later.", end="")


class Migration(migrations.Migration):
    dependencies = [("job_types", "0011_findings")]

    operations = [migrations.RunPython(create_where_possible, migrations.RunPython.noop), statements([], DROP)]

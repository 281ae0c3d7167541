"""The audit, with triggers that refuse to change or delete what was recorded.

SQLite drops the triggers of a table that a migration rebuilds: such a migration makes them again.
"""

import core.models.columns
from django.db import migrations, models

REFUSAL = "Records of the audit are never changed or deleted."
SQLITE = [
    f"CREATE TRIGGER audit_no_{word.lower()} BEFORE {word} ON audit_record BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for word in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_record
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
]


def create_triggers(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_no_update")
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
    else:
        schema_editor.execute("DROP FUNCTION audit_refuse CASCADE")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('actor', models.CharField(max_length=150)),
                ('door', models.CharField(choices=[('api', 'Api'), ('admin', 'Admin'), ('command', 'Command')], max_length=10)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('command', models.CharField(blank=True, max_length=100)),
                ('kind', models.CharField(choices=[('job_type', 'Job Type'), ('workspace', 'Workspace'), ('recipe_type', 'Recipe Type')], max_length=20)),
                ('name', models.CharField(max_length=50)),
                ('version', models.CharField(blank=True, max_length=50)),
                ('action', models.CharField(choices=[('created', 'Created'), ('edited', 'Edited'), ('followed', 'Followed')], max_length=10)),
                ('changes', core.models.columns.DocumentField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'name', 'version', 'id'], name='audit_by_object'), models.Index(fields=['actor', 'id'], name='audit_by_actor')],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]

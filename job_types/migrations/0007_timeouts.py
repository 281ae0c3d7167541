"""The timeout of a revision in a column of its own, so that claims need not read its manifest."""

from django.db import migrations, models

from core.models.append_only import guarding, unguarding
from seed import Manifest

TABLE = "job_types_jobtyperevision"
KEYS = [("job_type_id", "revision_num")]
LONGEST = 100 * 365 * 24 * 60 * 60


def read_timeouts(apps, schema_editor):
    """Fill in the timeouts of the revisions that exist, which are guarded before and afterwards."""
    vendor = schema_editor.connection.vendor
    for statement in unguarding(TABLE, vendor):
        schema_editor.execute(statement, params=None)
    revisions = apps.get_model("job_types", "JobTypeRevision")._base_manager
    for pk, manifest in revisions.values_list("pk", "manifest").iterator(chunk_size=100):
        if 0 < (timeout := Manifest.read(manifest).timeout) < LONGEST:
            revisions.filter(pk=pk).update(timeout=timeout)
    for statement in guarding(TABLE, vendor, KEYS):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("job_types", "0006_rights")]

    operations = [
        migrations.AddField('jobtyperevision', 'timeout', models.BigIntegerField(editable=False, help_text='How long a try may take by the manifest, in seconds; null for no limit. For claims, too.', null=True)),
        migrations.RunPython(read_timeouts, migrations.RunPython.noop),
    ]

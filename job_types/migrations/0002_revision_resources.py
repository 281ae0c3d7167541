import core.models.columns
from django.db import migrations


def read_manifests(apps, schema_editor):
    """Fills `resources` of the revisions that exist from their manifests."""
    revisions = apps.get_model("job_types", "JobTypeRevision")._base_manager
    for pk, manifest in revisions.values_list("pk", "manifest").iterator(chunk_size=100):
        scalars = manifest["job"].get("resources", {}).get("scalar", ())
        if scalars:
            revisions.filter(pk=pk).update(resources={item["name"]: item["value"] for item in scalars})


class Migration(migrations.Migration):
    dependencies = [("job_types", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="jobtyperevision",
            name="resources",
            field=core.models.columns.DocumentField(default=dict, editable=False),
        ),
        migrations.RunPython(read_manifests, migrations.RunPython.noop),
    ]

"""Removes the values of settings that manifests do not declare, which may be secrets under wrong names."""

from django.db import migrations
from django.utils import timezone

from seed import Manifest, clear_settings


def remove_values(apps, schema_editor):
    """Keeps those settings of each configuration that the current manifest declares, and not as secrets."""
    job_types = apps.get_model("job_types", "JobType")._base_manager
    now = timezone.now()
    for pk, manifest, configuration in job_types.values_list("pk", "manifest", "configuration").iterator(chunk_size=100):
        settings = configuration.get("settings", {})
        kept = clear_settings(settings, Manifest.read(manifest))
        if kept != settings:
            configuration["settings"] = kept
            job_types.filter(pk=pk).update(configuration=configuration, last_modified=now)


class Migration(migrations.Migration):
    dependencies = [("job_types", "0004_append_only")]

    operations = [migrations.RunPython(remove_values, migrations.RunPython.noop)]

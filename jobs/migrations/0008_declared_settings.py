"""Finds jobs with settings of their own; removes the values that manifests do not declare, or declare as secrets."""

from django.db import migrations, models
from django.utils import timezone

from seed import Manifest, clear_settings


def remove_values(apps, schema_editor):
    """Keeps the settings that the revision of a job declares, and that neither it nor the newest one calls secret."""
    jobs = apps.get_model("jobs", "Job")._base_manager.filter(configuration__settings__isnull=False)
    revisions = apps.get_model("job_types", "JobTypeRevision")._base_manager
    read, now = {}, timezone.now()
    rows = jobs.values_list("pk", "job_type_rev_id", "configuration")
    for pk, revision, configuration in rows.iterator(chunk_size=500):
        if revision not in read:
            documents = revisions.values_list("manifest", "job_type__manifest").get(pk=revision)
            read[revision] = [Manifest.read(document) for document in documents]
        own, newest = read[revision]
        settings = configuration["settings"]
        kept = {
            name: value
            for name, value in clear_settings(settings, own).items()
            if name not in newest.secret_settings
        }
        if kept != settings:
            configuration["settings"] = kept
            jobs.filter(pk=pk).update(configuration=configuration, last_modified=now)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0006_times_and_keys"), ("job_types", "0005_declared_settings")]

    operations = [
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["job_type", "id"],
                condition=models.Q(configuration__settings__isnull=False),
                name="job_with_settings",
            ),
        ),
        migrations.RunPython(remove_values, migrations.RunPython.noop),
    ]

"""The digests that images had in their registries when they were imported."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("job_types", "0008_configurations")]

    operations = [
        migrations.AddField('jobtype', 'docker_image_digest', models.CharField(editable=False, help_text='The digest that the image had in its registry when it was imported, or of its reference; null if neither is known.', max_length=200, null=True)),
        migrations.AddField('jobtyperevision', 'docker_image_digest', models.CharField(editable=False, help_text='The digest of the image, which jobs run whatever its tag means now; null if it is not known.', max_length=200, null=True)),
    ]

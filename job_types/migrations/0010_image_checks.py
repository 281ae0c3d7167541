"""What the tags of images meant when their registries were asked last."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('job_types', '0009_image_digests'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImageCheck',
            fields=[
                ('job_type', models.OneToOneField(help_text='The job type.', on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='image_check', serialize=False, to='job_types.jobtype')),
                ('docker_image', models.CharField(help_text='The image that the registry was asked for.', max_length=500)),
                ('digest', models.CharField(help_text='The digest that it had.', max_length=200)),
                ('found', models.DateTimeField(help_text='When it was found to have this digest.')),
                ('checked', models.DateTimeField(help_text='When the registry was asked last.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]

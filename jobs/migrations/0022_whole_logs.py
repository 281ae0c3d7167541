"""Where the whole logs of a try are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0021_total'),
    ]

    operations = [
        migrations.AddField(
            model_name='jobexecution',
            name='log_workspace',
            field=models.TextField(blank=True, help_text='The workspace in which its node stored its whole logs, as it says; null if it did not.', null=True),
        ),
    ]

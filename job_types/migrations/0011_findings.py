"""What the rules of today find in what is stored of a job type: nothing so far."""

from django.db import migrations

import core.models.columns
from catalogue.triggers import watch_again


class Migration(migrations.Migration):
    dependencies = [("job_types", "0010_image_checks")]

    operations = [
        watch_again("job_types_jobtype"),
        migrations.AddField(
            'jobtype',
            'findings',
            core.models.columns.DocumentField(db_default=[], default=list, editable=False, help_text='Why the rules of today would refuse what is stored of it, which stands as it is until it is edited; empty if they would not.'),
        ),
        watch_again("job_types_jobtype"),
    ]

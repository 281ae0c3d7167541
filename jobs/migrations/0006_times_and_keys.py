"""Times by the clock of the database, by default too."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_help_texts")]

    operations = [
        migrations.AlterField("job", "created", models.DateTimeField(db_default=Now(), help_text="When it was created.")),
        migrations.AlterField("job", "last_status_change", models.DateTimeField(db_default=Now(), help_text="When it last entered another status.")),
        migrations.AlterField("job", "last_modified", models.DateTimeField(db_default=Now(), help_text="When it last changed.")),
    ]

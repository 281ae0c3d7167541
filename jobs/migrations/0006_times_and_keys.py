"""Times of the database by default; a key for the tally, whose functions find their tables whatever is searched."""

from django.db import migrations, models
from django.db.models.functions import Now

from core.models.operations import search_path, statements
from jobs.tally import FUNCTIONS, KEY


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_help_texts")]

    operations = [
        migrations.AlterField('job', 'created', models.DateTimeField(db_default=Now(), help_text='When it was created.')),
        migrations.AlterField('job', 'last_status_change', models.DateTimeField(db_default=Now(), help_text='When it last entered another status.')),
        migrations.AlterField('job', 'last_modified', models.DateTimeField(db_default=Now(), help_text='When it last changed.')),
        statements([KEY], ["ALTER TABLE jobs_tally DROP COLUMN id"]),
        search_path(*FUNCTIONS),
    ]

"""Times of the database by default; a key for the tally, whose functions find their tables whatever is searched."""

from importlib import import_module

from django.db import migrations, models
from django.db.models.functions import Now

from core.models.operations import search_path, statements

# The last column, so that statements that name no columns leave it out.
KEY = "ALTER TABLE jobs_tally ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
FUNCTIONS = import_module("jobs.migrations.0004_tally").FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_help_texts")]

    operations = [
        migrations.AlterField('job', 'created', models.DateTimeField(db_default=Now(), help_text='When it was created.')),
        migrations.AlterField('job', 'last_status_change', models.DateTimeField(db_default=Now(), help_text='When it last entered another status.')),
        migrations.AlterField('job', 'last_modified', models.DateTimeField(db_default=Now(), help_text='When it last changed.')),
        statements([KEY], ["ALTER TABLE jobs_tally DROP COLUMN id"]),
        search_path(*FUNCTIONS),
    ]

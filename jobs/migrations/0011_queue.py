"""An index of the first jobs of the queue, of any revision, and a tally that counts queued jobs too."""

from importlib import import_module

from django.db import migrations, models

from core.models.operations import statements
from jobs.tally import CREATE, DROP

FIRST = import_module("jobs.migrations.0004_tally")
KEYS = import_module("jobs.migrations.0006_times_and_keys")
SEARCHING = tuple(f"ALTER FUNCTION {function} SET search_path FROM CURRENT" for function in FIRST.FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_nodes")]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('status', 'QUEUED')), fields=['priority', 'queued', 'id', 'job_type_rev'], name='job_queue_head'),
        ),
        statements([*FIRST.DROP, *CREATE], [*DROP, FIRST.CREATE, FIRST.FILL, KEYS.KEY, *SEARCHING]),
    ]

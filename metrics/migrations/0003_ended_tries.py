"""How many tries each thing ended, and the triggers that count them; see metrics.models."""

from pathlib import Path

from django.db import migrations, models

from core.models.operations import run_statements
from metrics.ended_tries import recount

_ADD = """
    INSERT INTO metrics_endedtries (job_type_id, "end", tries)
    SELECT job_type_id, NEW."end", 1 FROM job_types_jobtyperevision WHERE id = NEW.job_type_rev_id
    ON CONFLICT (job_type_id, "end") DO UPDATE SET tries = tries + 1;
"""
CREATE = {
    "postgresql": [
        Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
        "ALTER TABLE metrics_endedtries SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
    ],
    "sqlite": [
        'CREATE UNIQUE INDEX metrics_endedtries_once ON metrics_endedtries (job_type_id, "end")',
        f"""CREATE TRIGGER metrics_endedtries_insert AFTER INSERT ON jobs_jobexecution
            WHEN NEW."end" IS NOT NULL BEGIN {_ADD} END""",
        f"""CREATE TRIGGER metrics_endedtries_update AFTER UPDATE OF "end" ON jobs_jobexecution
            WHEN OLD."end" IS NULL AND NEW."end" IS NOT NULL BEGIN {_ADD} END""",
    ],
}
DROP = {
    "postgresql": ["DROP FUNCTION metrics_endedtries_add() CASCADE"],
    "sqlite": ["DROP TRIGGER metrics_endedtries_insert", "DROP TRIGGER metrics_endedtries_update"],
}


def fill(apps, schema_editor):
    recount()


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0016_indexes_of_tries"),
        ("metrics", "0002_history"),
    ]

    operations = [
        migrations.CreateModel(
            name='EndedTries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_type_id', models.BigIntegerField(db_index=True, help_text='The job type.')),
                ('end', models.CharField(choices=[('completed', 'It was reported as COMPLETED.'), ('failed', 'It was reported as FAILED.'), ('canceled', 'The job was canceled.'), ('returned', 'Its node gave the job back to the queue.'), ('node-lost', 'Its node did not renew the lease.'), ('timed-out', 'It ran for longer than the timeout of its manifest.')], help_text='What ended the tries.', max_length=9)),
                ('tries', models.BigIntegerField(help_text='How many tries it ended.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        run_statements(CREATE.__getitem__, DROP.__getitem__),
        # After the triggers: creating them waits for those who end tries, and keeps others out until the commit.
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

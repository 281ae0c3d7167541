from django.db import migrations

from core.models.operations import statements

# An index-only scan looks into the table for every row that no VACUUM has passed since it changed. The usual
# 20 % of ten million jobs would be two days of work; this is every fifty thousand changes.
OFTEN = (
    "ALTER TABLE jobs_job SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, "
    "autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000, "
    "autovacuum_analyze_scale_factor = 0.01)"
)
USUAL = (
    "ALTER TABLE jobs_job RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, "
    "autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold, "
    "autovacuum_analyze_scale_factor)"
)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [statements([OFTEN], [USUAL])]

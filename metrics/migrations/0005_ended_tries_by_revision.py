"""Counts the tries that ended by their revisions first, on PostgreSQL; the numbers stay the same."""

from pathlib import Path

from django.db import migrations

from core.models.operations import statements

REPLACE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("metrics", "0004_daily_counts")]

    operations = [statements([REPLACE], [])]

"""The total of all files, on PostgreSQL; see core.models.totals."""

from django.db import migrations

from core.models.totals import keep_total


class Migration(migrations.Migration):
    dependencies = [("files", "0002_files_by_kind_and_name")]

    operations = [keep_total("files_file", "files_total")]

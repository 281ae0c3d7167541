"""Who claimed a job: so far, the account of its node."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def keep_claims(apps, schema_editor):
    """Let each job that runs on a node be claimed by the account of that node."""
    account = apps.get_model("jobs", "Node").objects.filter(hostname=OuterRef("node")).values("account")
    running = apps.get_model("jobs", "Job").objects.filter(node__isnull=False, ended=None)
    running.update(claimed_by=Subquery(account))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('jobs', '0012_origins'),
    ]

    operations = [
        migrations.AddField('job', 'claimed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The account that claimed its last try, and may report how that ends; null in the queue, and if none did.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
        migrations.RunPython(keep_claims, migrations.RunPython.noop),
    ]

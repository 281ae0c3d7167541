"""One row for each node instead of one for each of its offers."""

from datetime import datetime, timedelta, timezone

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.models.columns


def keep_nodes(apps, schema_editor):
    """Make nodes of the offers of the last hour: the most that each node offered of each resource."""
    now = datetime.now(timezone.utc)
    capacities: dict[str, dict[str, float]] = {}
    seen: dict[str, int] = {}
    recent = apps.get_model("jobs", "Offer").objects.filter(minute__gt=now.timestamp() // 60 - 60)
    for hostname, resource, minute, amount in recent.values_list("node", "resource", "minute", "amount"):
        capacity = capacities.setdefault(hostname, {})
        capacity[resource] = max(amount, capacity.get(resource, 0))
        seen[hostname] = max(minute, seen.get(hostname, 0))
    node = apps.get_model("jobs", "Node")
    node.objects.bulk_create(
        node(
            hostname=hostname,
            capacity=dict(sorted(capacity.items())),
            last_seen=datetime.fromtimestamp(60 * seen[hostname], timezone.utc),
        )
        for hostname, capacity in capacities.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0009_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Node",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hostname", models.TextField(help_text="The name of the node, as it claims.", unique=True)),
                ("capacity", core.models.columns.DocumentField(blank=True, help_text="What it has of each resource, by name in lower case: what was free at its last claim, and what the jobs that ran on it then require. Null when that claim named no resources.", null=True)),
                ("last_seen", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True, help_text="When it last claimed, to the minute.")),
                ("account", models.ForeignKey(blank=True, help_text="The account that claims for it: the first that did, of those that are no operators. Null while none has; then any may.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="nodes", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunPython(keep_nodes, migrations.RunPython.noop),
        migrations.DeleteModel(name="Offer"),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(condition=models.Q(("ended__isnull", True), ("node__isnull", False)), fields=["node", "job_type_rev"], name="job_on_node"),
        ),
    ]

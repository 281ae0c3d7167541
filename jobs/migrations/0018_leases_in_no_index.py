"""Leases in no index, so that heartbeats write none; nodes say when their tries are looked after next."""

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('errors', '0003_texts'),
        ('job_types', '0008_configurations'),
        ('jobs', '0017_ended_tries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='jobexecution',
            name='execution_lease',
        ),
        migrations.AddField(
            model_name='node',
            name='first_expiry',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True, help_text='No lease of a try that runs on it expires before this, when the service looks after them next.'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('ended__isnull', True)), fields=['node'], name='execution_running'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('account__isnull', True), ('ended__isnull', True), ('times_out__isnull', False)), fields=['times_out'], name='execution_unclaimed'),
        ),
    ]

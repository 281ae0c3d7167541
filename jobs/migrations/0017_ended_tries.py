"""The index of the tries that ended of late, with the columns by which status/ counts them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0016_indexes_of_tries'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('ended__isnull', False)), fields=['ended', 'node', 'end', 'error'], name='execution_by_end'),
        ),
    ]

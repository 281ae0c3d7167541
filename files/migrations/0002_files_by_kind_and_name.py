"""Files by their names in one order on both databases, and the latest products and sources without the others."""

import core.models.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('jobs', '0020_jobs_to_requeue'),
        ('workspaces', '0004_broker'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='file',
            name='file_name_beginning',
        ),
        migrations.AlterField(
            model_name='file',
            name='file_name',
            field=core.models.columns.CodePointsField(help_text='The name of the file, without folders.', max_length=250),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('job__isnull', False)), fields=['-last_modified', 'id'], name='file_latest_products'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('job__isnull', True)), fields=['-last_modified', 'id'], name='file_latest_sources'),
        ),
    ]

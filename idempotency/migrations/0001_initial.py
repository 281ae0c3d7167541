"""The answers to requests with an ``Idempotency-Key``."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.BigIntegerField(help_text='The id of the account that sent the request.')),
                ('key', models.CharField(help_text='The key, without the quotes of the header.', max_length=255)),
                ('fingerprint', models.CharField(help_text='The SHA-256 of method, path, query, media type and body of the request, in hex.', max_length=64)),
                ('expires', models.DateTimeField(help_text='From when on the key counts as new.')),
                ('status', models.PositiveSmallIntegerField(help_text='The status of the answer.', null=True)),
                ('location', models.TextField(default='', help_text='Its `Location`; empty without one.')),
                ('body', models.TextField(default='', help_text='Its body, as JSON; empty once it may not be shown any more.')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['expires'], name='kept_answer_expires')],
                'constraints': [models.UniqueConstraint(fields=('account', 'key'), name='kept_answer_unique_key')],
            },
        ),
    ]

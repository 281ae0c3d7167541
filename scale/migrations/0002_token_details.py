"""Names of API tokens, and when they were last used."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('knox', '0009_extend_authtoken_field'),
        ('scale', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TokenDetails',
            fields=[
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='details', serialize=False, to='knox.authtoken')),
                ('name', models.CharField(blank=True, help_text='What the token is for.', max_length=100)),
                ('last_used', models.DateTimeField(blank=True, help_text='The hour in which it was last used; null while it never was.', null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]

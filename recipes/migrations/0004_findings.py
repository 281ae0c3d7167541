"""What the rules of today find in the definition of a recipe type: nothing so far."""

from django.db import migrations

import core.models.columns
from catalogue.triggers import watch_again


class Migration(migrations.Migration):
    dependencies = [("recipes", "0003_append_only")]

    operations = [
        watch_again("recipes_recipetype"),
        migrations.AddField(
            'recipetype',
            'findings',
            core.models.columns.DocumentField(db_default=[], default=list, editable=False, help_text='Why the rules of today would refuse its definition, which stands as it is until it is edited; empty if they would not.'),
        ),
        watch_again("recipes_recipetype"),
    ]

"""What the nodes of recipe types run is a part of the catalogue: changes to it alone advance the revision, too."""

from django.db import migrations

from catalogue.triggers import watch


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('recipes', '0004_findings'),
    ]

    operations = [watch('recipes_recipetype_job_types'), watch('recipes_recipetype_sub_recipe_types')]

"""Refuses to change or delete revisions of recipe types in the database too."""

from django.db import migrations

from core.models.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("recipes", "0002_in_catalogue")]

    operations = [guard("recipes_recipetyperevision", keys=[("recipe_type_id", "revision_num")])]

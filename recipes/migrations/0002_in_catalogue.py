"""Lets changes to recipe types move the revision of the catalogue on."""

from django.db import migrations

from catalogue.triggers import watch


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('recipes', '0001_initial'),
    ]

    operations = [watch('recipes_recipetype')]

"""Refuses to change or delete revisions of recipe types in the database too; explains the fields."""

import django.db.models.deletion
from django.db import migrations, models

import core.models.columns
from core.models.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("recipes", "0002_in_catalogue")]

    operations = [
        guard("recipes_recipetyperevision", keys=[("recipe_type_id", "revision_num")]),
        migrations.AlterField('recipetype', 'created', models.DateTimeField(help_text='When the recipe type was registered.')),
        migrations.AlterField('recipetype', 'definition', core.models.columns.DocumentField(help_text='The definition: its inputs, and its nodes, what each depends on and what feeds its inputs.')),
        migrations.AlterField('recipetype', 'deprecated', models.DateTimeField(blank=True, help_text='When it was deprecated; null while it is active.', null=True)),
        migrations.AlterField('recipetype', 'description', models.TextField(blank=True, help_text='A longer description.')),
        migrations.AlterField('recipetype', 'is_active', models.BooleanField(default=True, help_text='Whether the recipe type is active; one that is not is deprecated.')),
        migrations.AlterField('recipetype', 'is_system', models.BooleanField(default=False, help_text='Whether the recipe type is part of the system itself.')),
        migrations.AlterField('recipetype', 'job_types', models.ManyToManyField(help_text='The job types that its nodes run, as they are now.', related_name='recipe_types', to='job_types.jobtype')),
        migrations.AlterField('recipetype', 'last_modified', models.DateTimeField(help_text='When it last changed.')),
        migrations.AlterField('recipetype', 'name', models.CharField(help_text='The name of the recipe type, which never changes.', max_length=50, unique=True)),
        migrations.AlterField('recipetype', 'revision_num', models.PositiveIntegerField(default=1, help_text='The number of the current revision.')),
        migrations.AlterField('recipetype', 'sub_recipe_types', models.ManyToManyField(help_text='The recipe types that its nodes run, as they are now.', related_name='containers', to='recipes.recipetype')),
        migrations.AlterField('recipetype', 'title', models.TextField(blank=True, help_text='The human readable display name.')),
        migrations.AlterField('recipetyperevision', 'created', models.DateTimeField(help_text='When the revision was made.')),
        migrations.AlterField('recipetyperevision', 'definition', core.models.columns.DocumentField(help_text='The definition as it was then.')),
        migrations.AlterField('recipetyperevision', 'recipe_type', models.ForeignKey(help_text='The recipe type, as it is now.', on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='recipes.recipetype')),
        migrations.AlterField('recipetyperevision', 'revision_num', models.PositiveIntegerField(help_text='The number of the revision, from 1.')),
    ]

"""The app of recipe types."""

from django.apps import AppConfig


class RecipesConfig(AppConfig):
    name = "recipes"

    def ready(self) -> None:
        """Listens to what job types tell."""
        from job_types import signals
        from recipes import following

        signals.revised.connect(following.follow_job_type, dispatch_uid="recipes.follow_job_type")
        signals.deprecated.connect(following.deprecate_recipes, dispatch_uid="recipes.deprecate_recipes")

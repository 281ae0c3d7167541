"""The app of recipe types."""

from django.apps import AppConfig


class RecipesConfig(AppConfig):
    name = "recipes"

    def ready(self) -> None:
        """Fill in what job types need of recipe types."""
        from job_types import hooks
        from recipes import effects, following, members

        hooks.recipes = hooks.RecipeHooks(
            revised=following.follow_job_type,
            deprecated=following.deprecate_recipes,
            is_member=members.IS_MEMBER,
            memberships=members.recipe_types_of,
            states=members.states_of_job_type,
            serializer=members.MemberRecipeTypeSerializer,
            active_of=members.active_recipe_types_of,
            effects=effects.effects_of,
        )

"""Recipe types: the list, the page of one and its switch, and its revisions."""

from typing import Any

from django import forms
from rest_framework.request import Request

from catalogue.models import current_revision
from core.api.query import refuse_unknown
from pages.content.recipes import recipe_content, recipe_rows, revision_content
from pages.navigation import url_of
from pages.views.base import FormPage, ListPage, Page
from recipes.filters import RecipeTypeFilterSet
from recipes.models import RecipeType
from recipes.querysets import LIST_COLUMNS
from recipes.selectors import get_details
from recipes.services import switch_recipe_type


class RecipeListPage(ListPage):
    """The recipe types, with the filters and orders of the API."""

    template = "pages/recipes/list.html"
    filterset_class = RecipeTypeFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return RecipeType.objects.values(*LIST_COLUMNS)

    def shown(self, rows: Any) -> Any:
        return recipe_rows(rows, revision=current_revision())

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Recipes"}


class RecipePage(Page):
    """One recipe type: its graph, its nodes, its inputs."""

    template = "pages/recipes/detail.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**recipe_content(**kwargs), "title": kwargs["name"]}


class RecipeRevisionPage(Page):
    """A recipe type as it was, compared with the revision before, or with that of the parameter ``against``."""

    template = "pages/recipes/revision.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        refuse_unknown(Request(self.request), ["against"])
        content = revision_content(**kwargs, against=self.number("against"))
        return {**content, "title": "{name}, revision {revision_num}".format(**kwargs)}


class _SwitchPage(FormPage):
    """A switch of a recipe type, which shows before which recipe types contain it."""

    template = "pages/confirm.html"
    right = "recipes.change_recipetype"
    verb = ""
    is_active = True
    consequences = ""
    done = ""

    def content(self, **kwargs: Any) -> dict[str, Any]:
        containing = [
            {"text": row["name"], "url": url_of("recipe", name=row["name"])}
            for row in get_details(**kwargs)["super_recipe_types"]
        ]
        return {
            "title": f"{self.verb} {kwargs['name']}?",
            "text": self.consequences,
            "along": [{"title": "These recipe types contain it, and stay as they are", "rows": containing}]
            if containing
            else [],
            "button": self.verb,
            "back": self.then(**kwargs),
        }

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        switched = switch_recipe_type(**kwargs, is_active=self.is_active)
        return f"{kwargs['name']} {'is' if switched else 'was already'} {self.done}."

    def then(self, **kwargs: Any) -> str:
        return url_of("recipe", **kwargs)


class DeprecateRecipePage(_SwitchPage):
    """Deprecate a recipe type."""

    verb, is_active, done = "Deprecate", False, "deprecated"
    consequences = "A deprecated recipe type is marked as out of use. It can be activated again."


class ActivateRecipePage(_SwitchPage):
    """Activate a recipe type that was deprecated."""

    verb, is_active, done = "Activate", True, "active"
    consequences = "It is in use again. Job types that were deprecated stay deprecated."

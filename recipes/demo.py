"""The recipe types of the demo, which hold its job types."""

import json
from pathlib import Path

from recipes.models import RecipeType
from recipes.services import register_recipe_type

_FILE = Path(__file__).with_name("demo.json")


def register_recipe_types() -> list[RecipeType]:
    """Register each revision of the recipe types of the demo, which ``demo.json`` has in this order.

    The job types of the demo are registered already.
    """
    revisions = json.loads(_FILE.read_text(encoding="utf-8"))
    written = [register_recipe_type(fields=fields).instance for fields in revisions]
    return list({recipe_type.name: recipe_type for recipe_type in written}.values())

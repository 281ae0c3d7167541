"""Small recipes of small job types."""

from typing import Any

from recipes.models import RecipeType
from recipes.services import register_recipe_type
from tests.factories import interface, make_job_type


def job_node(name: str, version: str = "1.0.0", revision: int = 1, **node: Any) -> dict[str, Any]:
    """A node that runs a job type."""
    node_type = {
        "node_type": "job",
        "job_type_name": name,
        "job_type_version": version,
        "job_type_revision": revision,
    }
    return {"dependencies": [], "input": {}, "node_type": node_type, **node}


def recipe_node(name: str, revision: int = 1, **node: Any) -> dict[str, Any]:
    """A node that runs a recipe type."""
    node_type = {"node_type": "recipe", "recipe_type_name": name, "recipe_type_revision": revision}
    return {"dependencies": [], "input": {}, "node_type": node_type, **node}


def from_recipe(name: str) -> dict[str, str]:
    return {"type": "recipe", "input": name}


def from_node(node: str, output: str) -> dict[str, str]:
    return {"type": "dependency", "node": node, "output": output}


FIRST = interface(
    inputs={"files": [{"name": "image", "mediaTypes": ["image/tiff"]}]},
    outputs={
        "files": [{"name": "mask", "pattern": "*", "mediaType": "image/png"}],
        "json": [{"name": "cover", "type": "integer"}],
    },
)
SECOND = interface(
    inputs={
        "files": [{"name": "mask", "mediaTypes": ["image/png", "image/jpeg"]}],
        "json": [{"name": "cover", "type": "number"}, {"name": "note", "type": "string", "required": False}],
    },
)


def make_pair() -> None:
    """Two job types, of which `second` takes what `first` leaves behind."""
    make_job_type("first", job=FIRST)
    make_job_type("second", job=SECOND)


def chain(**second: Any) -> dict[str, Any]:
    """A definition of both, as it is shown."""
    fed = {"mask": from_node("detect", "mask"), "cover": from_node("detect", "cover")}
    return {
        "input": {
            "files": [{"name": "scene", "media_types": ["image/tiff"], "required": True, "multiple": False}],
            "json": [],
        },
        "nodes": {
            "detect": job_node("first", input={"image": from_recipe("scene")}),
            "report": job_node(
                "second", dependencies=[{"name": "detect", "acceptance": True}], input=fed, **second
            ),
        },
    }


def make_recipe(name: str = "recipe", definition: dict[str, Any] | None = None, **fields: Any) -> RecipeType:
    """A registered recipe type."""
    body: Any = {"name": name, "definition": definition or chain(), **fields}
    return register_recipe_type(fields=body).instance

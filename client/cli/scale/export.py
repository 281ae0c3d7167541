"""Job types and recipe types of the service as the files that ``scale apply`` reads."""

import json
import re
from pathlib import Path
from typing import Any

from client.cli.scale.folder import MANIFEST
from client.cli.scale.output import as_yaml
from client.cli.scale.session import CommandError
from client.models import JobTypeDetails, RecipeTypeDetails
from seed import JobReference, Manifest, RecipeReference, object_in, reference_of

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def export_job_type(job_type: JobTypeDetails, directory: Path) -> Path:
    """Write a job type into ``directory/NAME/VERSION`` and return that folder. Secrets become references."""
    place = _folder(directory, job_type.name, job_type.version)
    fields: dict[str, Any] = {"docker_image": job_type.docker_image}
    if job_type.icon_code is not None:
        fields["icon_code"] = job_type.icon_code
    fields |= {"is_published": bool(job_type.is_published), "max_scheduled": job_type.max_scheduled}
    secrets = sorted(Manifest.read(job_type.manifest).secret_settings)
    settings = dict(job_type.configuration.get("settings", {}))
    references = {name: {"env": _variable(job_type.name, name)} for name in secrets}
    fields["configuration"] = {**job_type.configuration, "settings": settings | references}
    text = json.dumps(job_type.manifest, indent=2, ensure_ascii=False)
    (place / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (place / "job-type.yaml").write_text(as_yaml(fields), encoding="utf-8")
    return place


def export_recipe_type(recipe_type: RecipeTypeDetails, directory: Path) -> Path:
    """Write a recipe type into ``directory/NAME`` and return that folder.

    The file names the revisions that are not the current ones; without one, nodes run whatever is current.
    """
    place = _folder(directory, recipe_type.name)
    current: set[tuple[Any, ...]] = {
        ("job", one.name, one.version, one.revision_num) for one in recipe_type.job_types
    }
    current |= {("recipe", one.name, None, one.revision_num) for one in recipe_type.sub_recipe_types}
    nodes = {
        name: _without_revision(node) if _runs(node) in current else node
        for name, node in object_in(recipe_type.definition, "nodes").items()
    }
    fields = {
        "name": recipe_type.name,
        "title": recipe_type.title,
        "description": recipe_type.description,
        "definition": {**recipe_type.definition, **({"nodes": nodes} if nodes else {})},
    }
    (place / "recipe-type.yaml").write_text(as_yaml(fields), encoding="utf-8")
    return place


def _runs(node: Any) -> tuple[Any, ...] | None:
    """Return the kind, the name, the version if it has one, and the revision of what a node runs, if known."""
    match reference_of(object_in(node, "node_type")) if isinstance(node, dict) else None:
        case JobReference() as job:
            return "job", job.name, job.version, job.revision
        case RecipeReference() as recipe:
            return "recipe", recipe.name, None, recipe.revision
        case _:
            return None


def _without_revision(node: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in node["node_type"].items() if not name.endswith("_type_revision")}
    return {**node, "node_type": kept}


def _folder(directory: Path, *segments: str) -> Path:
    # The names come from the service, and must not lead out of the folder.
    if wrong := [segment for segment in segments if not _SEGMENT.fullmatch(segment)]:
        raise CommandError(f"{wrong[0]!r} can be no name of a folder")
    place = directory.joinpath(*segments)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _variable(job_type: str, setting: str) -> str:
    return re.sub(r"\W", "_", f"{job_type}_{setting}", flags=re.ASCII).upper()

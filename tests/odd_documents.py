"""Documents that today's rules refuse, as a system that was taken over may have held them."""

from typing import Any

from job_types.models import JobType, JobTypeConfiguration, JobTypeRevision
from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import from_node, job_node, recipe_node

MANIFESTS: list[dict[str, Any]] = [
    {},
    {"seedVersion": "0.1.0", "job": {"name": "test", "jobVersion": "1.0.0"}},
    {"job": []},
    make_manifest(
        timeout="soon",
        tags=[1, "kept"],
        maintainer="me",
        errors=[{"code": None}, 5, {"code": 3, "name": 4, "title": []}],
        resources={
            "scalar": [
                {"name": "cpus", "value": "many"},
                {"name": ["mem"]},
                {"name": "disk", "value": -5, "inputMultiplier": "2"},
                {"name": "gpus", "value": 1e300},
            ]
        },
        interface={
            "command": 5,
            "settings": [{"name": {}, "secret": 1}, "KEY", {"name": "KEY", "secret": True}],
            "inputs": {"files": {}, "json": [{"name": "a", "type": "colour", "required": False}]},
            "outputs": {"files": [{"name": "out"}, 5], "json": "none"},
            "mounts": [None, {"name": "m"}],
        },
    ),
    make_manifest(interface={"settings": {"name": "KEY"}, "inputs": [], "outputs": None, "mounts": None}),
    make_manifest(timeout=-1, title=None, description=5, interface=[]),
    make_manifest("validation"),
]
CONFIGURATIONS: list[dict[str, Any]] = [
    {"output_workspaces": {"default": "gone"}},
    {"priority": -1, "colour": "red", "mounts": {"m": {"type": "host", "host_path": "relative"}}},
    {"priority": "high", "mounts": None, "settings": None, "output_workspaces": None},
    {"priority": 2**40, "mounts": [], "settings": ["KEY"], "output_workspaces": {"default": 5, "outputs": []}},
    {
        "priority": True,
        "mounts": {
            "m": 5,
            "n": {"type": "volume", "driver": 1, "driver_opts": ["a"]},
            "o": {"driver_opts": {"a": 1}},
        },
        "settings": {"KEY": 5, "OTHER": None, "MORE": True, "LAST": {}},
        "output_workspaces": {"default": None, "outputs": {"out": ["workspace_1"], "more": 5}},
    },
]
CALLED = job_node("test")
CIRCLE = {
    "a": job_node("test", dependencies=[{"name": "b"}]),
    "b": job_node("test", dependencies=[{"name": "c"}]),
    "c": job_node("test", dependencies=[{"name": "a"}, {"name": "c"}, {"name": "gone"}, "a", {"name": 5}, None]),
}
DEFINITIONS: list[dict[str, Any]] = [
    {},
    {"nodes": None},
    {"nodes": [], "input": []},
    {"version": "1.0", "input_data": [{"name": "a", "type": "file"}], "jobs": [{"name": "b", "job_type": {}}]},
    {"input": [], "nodes": {"a": None, "b": {"node_type": "job"}, "c": {"node_type": {"node_type": "job"}}}},
    {"input": {"files": {}, "json": [1, {"name": 5}]}, "nodes": {"a": job_node("test")}},
    {
        "input": {"files": [{"media_types": "any"}, {"name": "x", "media_types": 5}]},
        "nodes": {"": job_node("test")},
    },
    {"nodes": CIRCLE},
    {"nodes": {"a": job_node("gone"), "b": recipe_node("gone"), "c": recipe_node("recipe"), "d": job_node("")}},
    {
        "nodes": {
            "a": {**job_node("test"), "dependencies": {}, "input": []},
            "b": {**job_node("test"), "input": None},
        }
    },
    {
        "nodes": {
            "a": job_node("test"),
            "b": job_node(
                "test",
                dependencies=[{"name": "a", "acceptance": "yes", "connections": []}],
                input={"x": from_node("gone", "y"), "y": {"type": "recipe"}, "z": 5, "q": {"type": "dependency"}},
            ),
        }
    },
    {"nodes": {name: {"node_type": {"node_type": name}} for name in ("condition", "scan", "recipe")}},
    {
        "nodes": {
            "a": {
                "node_type": {
                    "node_type": "condition",
                    "interface": [],
                    "data_filter": {"filters": [5, {"name": "a"}, {"name": "b", "condition": "<", "values": 1}]},
                }
            },
            "b": job_node("test", revision=1.5, dependencies=[{"name": "a"}]),  # type: ignore[arg-type]
            "c": job_node("test", revision=2**40),
        }
    },
]


def store_manifest(manifest: dict[str, Any]) -> JobType:
    """A job type whose current revision has a manifest that was not checked."""
    job_type = make_job_type()
    JobTypeRevision.objects.create(
        job_type=job_type,
        revision_num=2,
        docker_image="test:1.0.0",
        manifest=manifest,
        created=job_type.created,
    )
    JobType.objects.filter(pk=job_type.pk).update(manifest=manifest, revision_num=2)
    return JobType.objects.get(pk=job_type.pk)


def store_configuration(configuration: dict[str, Any], **fields: Any) -> JobType:
    """A job type with a configuration that was not checked."""
    job_type = make_job_type(**fields)
    JobTypeConfiguration.objects.filter(job_type=job_type).update(configuration=configuration)
    JobType.objects.filter(pk=job_type.pk).update(configuration=configuration)
    return JobType.objects.get(pk=job_type.pk)


def store_definition(definition: dict[str, Any]) -> RecipeType:
    """A recipe type called recipe whose second and current revision was not checked; it contains itself."""
    job_type = make_job_type()
    now = job_type.created
    recipe_type = RecipeType.objects.create(
        name="recipe", definition=definition, created=now, last_modified=now, revision_num=2
    )
    for number, document in ((1, {"nodes": {"z": job_node("test")}}), (2, definition)):
        RecipeTypeRevision.objects.create(
            recipe_type=recipe_type, revision_num=number, definition=document, created=now
        )
    recipe_type.job_types.set([job_type])
    recipe_type.sub_recipe_types.set([recipe_type])
    return recipe_type

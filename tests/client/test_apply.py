"""``scale apply``: a folder becomes the state of the service, and applying it again changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.models import Record
from catalogue.models import current_revision
from client import Changed, Scale
from client.cli.scale.folder import read_job_type
from client.cli.scale.plan import carry_out, plan_job_type
from job_types.models import JobType
from job_types.services import edit_job_type
from recipes.models import RecipeType
from tests.client.conftest import Command
from tests.factories import make_job_type, make_manifest

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "the-password-of-the-database"
INTERFACE = {"settings": [{"name": "HOST"}, {"name": "PASSWORD", "secret": True}]}


def put(directory: Path, name: str, fields: dict[str, Any], **job: Any) -> Path:
    """Write a job type into the folder, and return its file."""
    place = directory / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "seed.manifest.json").write_text(json.dumps(make_manifest(name, **job)))
    (place / "job-type.yaml").write_text(yaml.safe_dump(fields))
    return place / "job-type.yaml"


def put_recipe(directory: Path, name: str, *job_types: str) -> None:
    kinds = {one: {"node_type": "job", "job_type_name": one, "job_type_version": "1.0.0"} for one in job_types}
    nodes = {one: {"dependencies": [], "input": {}, "node_type": kind} for one, kind in kinds.items()}
    fields = {"name": name, "title": f"Title of {name}", "definition": {"nodes": nodes}}
    (directory / "recipe-type.yaml").write_text(yaml.safe_dump(fields))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two job types, one of them with a secret, and a recipe type of both."""
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    settings = {"HOST": "db.example.com", "PASSWORD": {"env": "DB_PASSWORD"}}
    put(tmp_path, "cloud-mask", {"docker_image": "cloud-mask:1", "configuration": {"settings": settings}},
        interface=INTERFACE)  # fmt: skip
    put(tmp_path, "tiles", {"docker_image": "tiles:1", "max_scheduled": 3, "configuration": {"priority": 7}})
    put_recipe(tmp_path, "both", "cloud-mask", "tiles")
    return tmp_path


def state() -> tuple[str, int]:
    """The revision number of the catalogue, and how many changes the audit has."""
    return current_revision(), Record.objects.count()


def rows(*actions: tuple[str, str, str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"action": action, "kind": kind, "name": name, "version": None if kind == "recipe type" else "1.0.0"}
        | {"changes": changes}
        for action, kind, name, changes in actions
    ]


NEW = rows(
    ("register", "job type", "cloud-mask", ["secret PASSWORD"]),
    ("register", "job type", "tiles", []),
    ("register", "recipe type", "both", []),
)
NOTHING = [{**row, "action": "unchanged", "changes": []} for row in NEW]


def test_a_folder_becomes_the_state_of_the_service_and_a_second_run_changes_nothing(
    operator: Command, folder: Path
) -> None:
    first = operator("apply", "-f", folder, "-o", "json")
    assert (first.code, first.rows) == (0, NEW)
    assert SECRET not in first.out + first.err
    mask = JobType.objects.get(name="cloud-mask")
    assert (mask.docker_image, mask.configuration["settings"]) == ("cloud-mask:1", {"HOST": "db.example.com"})
    assert list(mask.secrets.values_list("name", flat=True)) == ["PASSWORD"]
    assert JobType.objects.get(name="tiles").max_scheduled == 3
    assert RecipeType.objects.get().definition["nodes"]["tiles"]["node_type"]["job_type_revision"] == 1

    before = state()
    second = operator("apply", "-f", folder, "-o", "json")
    assert (second.code, second.rows, second.err) == (0, NOTHING, "")
    assert state() == before


def test_a_dry_run_shows_the_plan_and_writes_nothing(operator: Command, folder: Path) -> None:
    before = state()
    ran = operator("apply", "-f", folder, "--dry-run", "--prune")
    assert (ran.code, ran.err) == (0, "")
    assert ran.table == [
        ["register", "job type", "cloud-mask", "1.0.0", "secret PASSWORD"],
        ["register", "job type", "tiles", "1.0.0", "-"],
        ["register", "recipe type", "both", "-", "-"],
    ]
    assert (state(), JobType.objects.filter(is_system=False).count()) == (before, 0)


def test_only_what_differs_is_sent_and_recipe_types_follow(operator: Command, folder: Path) -> None:
    operator("apply", "-f", folder)
    put(folder, "tiles", {"docker_image": "tiles:2", "is_paused": True})
    planned = operator("apply", "-f", folder, "-o", "json", "--dry-run")
    ran = operator("apply", "-f", folder, "-o", "json")
    assert ran.rows == planned.rows == rows(
        ("unchanged", "job type", "cloud-mask", []),
        ("edit", "job type", "tiles", ["docker_image", "is_paused"]),
        ("edit", "recipe type", "both", ["definition"]),
    )  # fmt: skip
    tiles = JobType.objects.get(name="tiles")
    assert (tiles.docker_image, tiles.is_paused, tiles.revision_num, tiles.max_scheduled) == ("tiles:2", True, 2, 3)
    recipe_type = RecipeType.objects.get()
    assert recipe_type.definition["nodes"]["tiles"]["node_type"]["job_type_revision"] == 2
    assert recipe_type.revision_num == 2
    assert operator("apply", "-f", folder, "-o", "json").rows == NOTHING


def test_secrets_are_sent_when_they_are_new_or_when_asked_for(
    operator: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator("apply", "-f", folder)
    monkeypatch.delenv("DB_PASSWORD")
    assert operator("apply", "-f", folder, "-o", "json").rows == NOTHING
    missing = operator("apply", "-f", folder, "--secrets")
    assert (missing.code, missing.err) == (2, "DB_PASSWORD: this environment variable is not set\n")
    monkeypatch.setenv("DB_PASSWORD", "another one")
    rotated = operator("apply", "-f", folder, "--secrets", "-o", "json")
    assert rotated.rows[0]["changes"] == ["configuration", "secret PASSWORD"]
    assert "another one" not in rotated.out + rotated.err
    settings = {"HOST": "db.example.com", "PASSWORD": {"env": "DB_PASSWORD"}, "KEY": {"env": "THE_KEY"}}
    interface = {"settings": [*INTERFACE["settings"], {"name": "KEY", "secret": True}]}
    put(folder, "cloud-mask", {"docker_image": "cloud-mask:1", "configuration": {"settings": settings}},
        interface=interface)  # fmt: skip
    monkeypatch.setenv("THE_KEY", "new")
    assert operator("apply", "-f", folder, "-o", "json").rows[0]["changes"] == [
        "configuration", "manifest", "secret KEY",
    ]  # fmt: skip
    assert sorted(JobType.objects.get(name="cloud-mask").secrets.values_list("name", flat=True)) == [
        "KEY",
        "PASSWORD",
    ]
    assert operator("apply", "-f", folder, "-o", "json").rows == NOTHING


def test_what_is_gone_from_the_folder_is_deprecated_after_a_question(operator: Command, folder: Path) -> None:
    operator("apply", "-f", folder)
    make_job_type("old")
    system = JobType.objects.filter(is_system=True, is_active=True).count()
    asked = operator("apply", "-f", folder, "--prune")
    assert (asked.code, JobType.objects.get(name="old").is_active) == (2, True)
    assert asked.err == (
        "Deprecate 1 job types, and the recipe types that hold them? "
        "Say --yes, as there is no terminal to ask at.\n"
    )
    ran = operator("apply", "-f", folder, "--prune", "--yes", "-o", "json")
    assert ran.rows == [*NOTHING, *rows(("deprecate", "job type", "old", []))]
    assert JobType.objects.get(name="old").is_active is False
    assert JobType.objects.filter(is_system=True, is_active=True).count() == system
    assert operator("apply", "-f", folder, "--prune", "--yes", "-o", "json").rows == NOTHING
    put(folder, "old", {"docker_image": "old:1.0.0"})
    again = operator("apply", "-f", folder, "-o", "json")
    assert again.rows[1] == rows(("edit", "job type", "old", ["is_active"]))[0]
    assert JobType.objects.get(name="old").is_active is True


def test_nothing_is_written_while_anything_is_wrong(operator: Command, folder: Path) -> None:
    put(
        folder, "zebra", {"docker_image": "zebra:1", "configuration": {"output_workspaces": {"default": "nowhere"}}}
    )
    before = state()
    ran = operator("apply", "-f", folder)
    assert (ran.code, state()) == (1, before)
    assert ran.err == (
        f"{folder}/zebra/job-type.yaml: error    INVALID_WORKSPACE  /output_workspaces/default  "
        "output_workspaces.default: there is no workspace of this name\n"
    )


def test_a_secret_in_the_file_is_refused_without_being_shown(operator: Command, folder: Path) -> None:
    settings = {"settings": {"PASSWORD": SECRET}}
    path = put(folder, "cloud-mask", {"docker_image": "m:1", "configuration": settings}, interface=INTERFACE)
    ran = operator("apply", "-f", folder)
    assert (ran.code, ran.err) == (
        1,
        f"{path}: configuration.settings.PASSWORD: a secret stands in the file; "
        "put it into an environment variable, and {env: NAME_OF_IT} here\n",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("docker_image: [", "line 1: expected the node content, but found '<stream end>'"),
        (
            "docker_img: x:1",
            "docker_img: unknown; the known ones are docker_image, configuration, icon_code, is_paused, "
            "is_published, max_scheduled\n{path}: docker_image: missing",
        ),
        ("- 1", "it holds no object"),
        ("docker_image: 2026-11-24", "a value that JSON has not, such as a date; put it in quotes"),
        (
            "docker_image: !!python/object/apply:os.getcwd []",
            "line 1: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.getcwd'",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named(command: Command, tmp_path: Path, text: str, sentence: str) -> None:
    path = put(tmp_path, "cloud-mask", {})
    path.write_text(text)
    ran = command("apply", "-f", tmp_path)
    assert (ran.code, ran.err) == (2, f"{path}: {sentence.format(path=path)}\n")


def test_a_folder_without_anything_or_with_half_of_it_is_no_empty_state(command: Command, tmp_path: Path) -> None:
    empty = command("apply", "-f", tmp_path, "--prune", "--yes")
    assert (empty.code, empty.err) == (2, f"{tmp_path}: no job-type.yaml and no recipe-type.yaml in it\n")
    put(tmp_path, "a", {}).unlink()
    half = command("apply", "-f", tmp_path)
    manifest = tmp_path / "a" / "seed.manifest.json"
    assert (half.code, half.err) == (2, f"{manifest}: no job-type.yaml beside it says its image\n")
    nowhere = command("apply", "-f", tmp_path / "none")
    assert (nowhere.code, nowhere.err) == (2, f"{tmp_path}/none: there is no such folder\n")


def test_a_manifest_with_faults_is_found_before_the_service_is_asked(command: Command, tmp_path: Path) -> None:
    put(tmp_path, "a", {"docker_image": "a:1"}, timeout="soon")
    ran = command("apply", "-f", tmp_path)
    path = tmp_path / "a" / "seed.manifest.json"
    assert (ran.code, ran.err) == (
        1,
        f"{path}: error    JSON_VALIDATION_ERROR  /job/timeout  job.timeout: 'soon' is not an integer\n",
    )


def test_what_is_exported_can_be_applied_and_changes_nothing(
    operator: Command, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    operator("apply", "-f", folder)
    exported = tmp_path_factory.mktemp("exported")
    assert operator("job-types", "export", "--to", exported).out.splitlines() == [
        f"{exported}/cloud-mask/1.0.0", f"{exported}/tiles/1.0.0",
    ]  # fmt: skip
    assert operator("recipe-types", "export", "--to", exported).out == f"{exported}/both\n"
    fields = yaml.safe_load((exported / "cloud-mask" / "1.0.0" / "job-type.yaml").read_text())
    assert fields["configuration"]["settings"]["PASSWORD"] == {"env": "CLOUD_MASK_PASSWORD"}
    before = state()
    assert operator("apply", "-f", exported, "-o", "json").rows == NOTHING
    assert state() == before


def test_somebody_who_was_faster_is_not_overwritten(operator: Command, scale: Scale, folder: Path) -> None:
    operator("apply", "-f", folder)
    path = put(folder, "tiles", {"docker_image": "tiles:2"})
    change = plan_job_type(scale, read_job_type(path), rotate=False)
    scale.job_types.edit("tiles", "1.0.0", {"is_paused": True})
    with pytest.raises(Changed):
        carry_out(scale, change)
    assert JobType.objects.get(name="tiles").docker_image == "tiles:1"


def test_members_that_are_nowhere_and_circles_are_found_before_anything_is_written(
    operator: Command, folder: Path
) -> None:
    put_recipe(folder, "both", "cloud-mask", "nowhere")
    before = state()
    ran = operator("apply", "-f", folder)
    path = folder / "recipe-type.yaml"
    assert (ran.code, ran.err) == (1, f"{path}: nowhere 1.0.0: neither the folder nor the service has it\n")
    node = {"node_type": {"node_type": "recipe", "recipe_type_name": "both"}}
    path.write_text(yaml.safe_dump({"name": "both", "definition": {"nodes": {"again": node}}}))
    circle = operator("apply", "-f", folder)
    assert (circle.code, circle.err) == (2, "These recipe types contain each other: both, both\n")
    assert state() == before


def test_a_recipe_type_is_checked_before_other_job_types_are_written(operator: Command, folder: Path) -> None:
    operator("apply", "-f", folder)
    put(folder, "other", {"docker_image": "other:1"})
    recipe = folder / "recipe-type.yaml"
    fields = yaml.safe_load(recipe.read_text())
    fields["definition"]["nodes"]["tiles"]["input"] = {"SCENE": {"type": "recipe", "input": "nowhere"}}
    recipe.write_text(yaml.safe_dump(fields))
    before = state()
    ran = operator("apply", "-f", folder)
    assert (ran.code, state()) == (1, before)
    assert "UNKNOWN_RECIPE_INPUT" in ran.err


def test_members_of_the_recipe_types_of_a_folder_are_not_pruned(
    operator: Command, folder: Path, tmp_path: Path
) -> None:
    operator("apply", "-f", folder)
    alone = tmp_path / "recipes"
    alone.mkdir()
    (alone / "recipe-type.yaml").write_text((folder / "recipe-type.yaml").read_text())
    make_job_type("old")
    ran = operator("apply", "-f", alone, "--prune", "--yes", "-o", "json")
    assert ran.rows == [NOTHING[2], *rows(("deprecate", "job type", "old", []))]
    assert set(JobType.objects.filter(is_active=True, is_system=False).values_list("name", flat=True)) == {
        "cloud-mask",
        "tiles",
    }


def test_a_recipe_type_that_runs_an_older_revision_is_exported_with_it(
    operator: Command, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    operator("apply", "-f", folder)
    put(folder, "tiles", {"docker_image": "tiles:2"})
    edit_job_type(name="tiles", version="1.0.0", fields={"docker_image": "tiles:2", "auto_update": False})
    exported = tmp_path_factory.mktemp("exported")
    operator("recipe-types", "export", "--to", exported)
    nodes = yaml.safe_load((exported / "both" / "recipe-type.yaml").read_text())["definition"]["nodes"]
    assert {name: node["node_type"].get("job_type_revision") for name, node in nodes.items()} == {
        "cloud-mask": None,
        "tiles": 1,
    }
    assert operator("apply", "-f", exported, "-o", "json").rows == [NOTHING[2]]

"""What is decided before anything is started."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import Manifest, check_manifest
from seed.run.arguments import (
    LONGEST_VARIABLE,
    Arguments,
    GivenFile,
    check_arguments,
    json_text,
    read_file,
    read_json,
    with_declared_names,
)
from seed.run.plan import Bind, Limits, Options, RunPlan, make_plan
from seed.run.users import User, choose_user
from seed.wording import quoted
from seed.workspace import MASK
from tests.seed.factories import JSON_VALUES, errors, minimal_manifest, read_manifest, warnings

ANYONE = choose_user("", (1000, 1000))
OUTPUTS = Path("/home/me/outputs")


def plan_of(manifest: dict[str, Any], arguments: Arguments, **options: Any) -> RunPlan:
    """Return the plan of a valid manifest and valid arguments."""
    assert check_manifest(manifest).is_valid
    read = Manifest.read(manifest)
    assert check_arguments(arguments, read).is_valid
    return make_plan("scene:1", read, arguments, OUTPUTS, ANYONE, Options(**options))[0]


def test_a_plan_has_all_that_an_engine_needs(tmp_path: Path):
    manifest = minimal_manifest(
        timeout=60,
        interface={
            "command": "${SCENE} ${TILES} ${LIMIT} ${HOST} ${PASS} ${REF} ${scene-x}",
            "inputs": {
                "files": [{"name": "scene"}, {"name": "TILES", "multiple": True}, {"name": "X", "required": False}],
                "json": [{"name": "limit", "type": "number"}],
            },
            "settings": [{"name": "host"}, {"name": "pass", "secret": True}],
            "mounts": [{"name": "REF", "path": "//reference/"}, {"name": "TMP", "path": "/scratch", "mode": "rw"}],
        },
        resources={
            "scalar": [
                {"name": "cpus", "value": 2},
                {"name": "mem", "value": 100, "inputMultiplier": 10},
                {"name": "disk", "value": 5, "inputMultiplier": 1},
                {"name": "gpus", "value": 1},
            ]
        },
    )
    arguments = Arguments(
        files={
            "scene": [GivenFile(Path("/in/a b.tif"), 2**20)],
            "TILES": [GivenFile(Path("/in/1.tif"), 2**19), GivenFile(Path("/in/2.tif"), 2**19)],
        },
        json={"limit": 0.5},
        settings={"host": "db", "pass": "hunter2"},
        mounts={"REF": tmp_path, "TMP": tmp_path},
    )
    environment = {
        "SCENE": "/seed/inputs/scene/a b.tif",
        "TILES": "/seed/inputs/TILES",
        "LIMIT": "0.5",
        "HOST": "db",
        "PASS": "hunter2",
        "ALLOCATED_CPUS": "2.0",
        "ALLOCATED_MEM": "120.0",
        "ALLOCATED_DISK": "7.0",
        "ALLOCATED_GPUS": "1.0",
        "OUTPUT_DIR": "/seed/outputs",
    }
    words = ("/seed/inputs/scene/a b.tif", "/seed/inputs/TILES", "0.5", "db")
    plan = plan_of(manifest, arguments, labels={"job": "7"})
    assert plan == RunPlan(
        image="scene:1",
        command=(*words, "hunter2", "//reference/", "${scene-x}"),
        environment=environment,
        binds=(
            Bind("/in/a b.tif", "/seed/inputs/scene/a b.tif"),
            Bind("/in/1.tif", "/seed/inputs/TILES/1.tif"),
            Bind("/in/2.tif", "/seed/inputs/TILES/2.tif"),
            Bind(str(tmp_path), "/reference"),
            Bind(str(tmp_path), "/scratch", read_only=False),
            Bind("/home/me/outputs", "/seed/outputs", read_only=False),
        ),
        output_folder=OUTPUTS,
        limits=Limits(cpus=2.0, memory=120, shared_memory=64, disk=7.0, gpus=1, pids=1024),
        timeout=60.0,
        network="none",
        user=User("1000:1000", owner=(1000, 1000)),
        writable_root=False,
        labels={"job": "7"},
        shown_command=(*words, MASK, "//reference/", "${scene-x}"),
        shown_environment=environment | {"PASS": MASK},
    )
    assert "hunter2" not in str(plan.as_dict())


def test_options_take_the_place_of_the_manifest():
    scalar = [{"name": "MEM", "value": 10}, {"name": "sharedMem", "value": 0.5}]
    manifest = minimal_manifest(timeout=60, resources={"scalar": scalar})
    plan = plan_of(manifest, Arguments(), timeout=0.5, resources={"mem": 99.5, "disk": 1.0}, pids=7, network="host")
    assert plan.limits == Limits(cpus=1.0, memory=100, shared_memory=1, disk=1.0, pids=7)
    assert (plan.timeout, plan.network, plan.environment["ALLOCATED_MEM"]) == (0.5, "host", "100.0")
    assert plan.environment["ALLOCATED_SHAREDMEM"] == "0.5"


def test_what_a_manifest_does_not_state_or_nobody_has_is_a_warning():
    scalar = [{"name": "cpus", "value": 10}, {"name": "license", "value": 2}]
    manifest = Manifest.read(minimal_manifest(resources={"scalar": scalar}))
    plan, report = make_plan("x", manifest, Arguments(), OUTPUTS, ANYONE, machine_cpus=4.0)
    assert (plan.limits.cpus, plan.environment["ALLOCATED_CPUS"]) == (4.0, "4.0")
    place = "/job/resources/scalar"
    assert report == warnings(
        ("MISSING_RESOURCE", place, "job.resources.scalar: states no mem; the job gets 1024 MiB"),
        ("MISSING_RESOURCE", place, "job.resources.scalar: states no disk; the job gets 1024 MiB"),
        (
            "FEWER_CPUS",
            place,
            "job.resources.scalar: requires 10 cpus, and the engine has 4, which the job gets",
        ),
        (
            "NONSTANDARD_RESOURCE",
            place,
            "job.resources.scalar: requires 2 license, which nothing provides or limits here",
        ),
    )


@given(st.dictionaries(st.sampled_from(["A", "B"]), JSON_VALUES))
def test_a_command_and_its_environment_hold_the_same(values: dict[str, Any]):
    declared = [{"name": name, "type": "object", "required": False} for name in ("A", "B")]
    manifest = read_manifest(command='x "${A}" "${B}"', inputs={"json": declared})
    plan, _ = make_plan("x", manifest, Arguments(json=values), OUTPUTS, ANYONE)
    assert plan.command == ("x", plan.environment.get("A", ""), plan.environment.get("B", ""))
    assert {name: plan.environment[name] for name in values} == {
        name: json_text(value) for name, value in values.items()
    }


def test_names_in_the_form_of_variables_are_those_of_the_manifest():
    manifest = read_manifest(
        inputs={"files": [{"name": "my-scene"}], "json": [{"name": "limit", "type": "number"}]},
        settings=[{"name": "DB_HOST"}],
    )
    file = [GivenFile(Path("/x"), 1)]
    given = Arguments(files={"MY_SCENE": file}, json={"LIMIT": 1}, settings={"db-host": "x", "other": "y"})
    assert with_declared_names(given, manifest) == Arguments(
        files={"my-scene": file}, json={"limit": 1}, settings={"DB_HOST": "x", "other": "y"}
    )


def test_every_fault_of_arguments_has_a_name(tmp_path: Path):
    manifest = read_manifest(
        command="run 'it",
        inputs={
            "files": [
                {"name": "ONE", "mediaTypes": ["image/tiff"]},
                {"name": "MANY", "multiple": True},
                {"name": "MORE", "multiple": True},
                {"name": "NONE"},
            ],
            "json": [{"name": "N", "type": "integer"}, {"name": "S", "type": "string"}],
        },
        settings=[{"name": "A"}, {"name": "B"}, {"name": "C"}],
        mounts=[{"name": "M", "path": "/seed/outputs/x"}, {"name": "K", "path": "/data"}],
    )
    folder, file = GivenFile(tmp_path, 0, is_folder=True), GivenFile(Path("/x/a.png"), 1)
    arguments = Arguments(
        files={"ONE": [folder], "MANY": [file, GivenFile(Path("/y/a.png"), 1)], "MORE": [file, folder], "NONE": []},
        json={"N": 1.5, "S": "x" * LONGEST_VARIABLE},
        settings={"A": "a\0b", "B": "\ud800"},
        mounts={"M": tmp_path, "K": tmp_path / "nowhere"},
    )
    assert check_arguments(arguments, manifest) == errors(
        ("MISSING_INPUT", "/files/NONE", "files.NONE: the manifest requires this input, and it is not given"),
        ("MISSING_SETTING", "/settings/C", "settings.C: the manifest requires this setting, and it is not given"),
        (
            "INVALID_INPUT_TYPE",
            "/files/ONE",
            f"files.ONE: {quoted(str(tmp_path))} is a folder, and it takes one file",
        ),
        (
            "DUPLICATE_FILE_NAMES",
            "/files/MANY",
            "files.MANY: 2 files are called 'a.png', and all are in one folder for the job",
        ),
        ("TOO_MANY_FILES", "/files/MORE", "files.MORE: a folder is given alone, not beside others"),
        ("INVALID_INPUT_TYPE", "/json/N", "json.N: 1.5 is not of the JSON type integer"),
        (
            "LONG_VALUE",
            "/json/S",
            "json.S: has 131073 bytes, and an environment variable holds 131071; use an input file",
        ),
        (
            "INVALID_VALUE",
            "/settings/A",
            "settings.A: has a NUL character, which no environment variable can hold",
        ),
        ("INVALID_VALUE", "/settings/B", "settings.B: has characters that are no part of a text"),
        ("INVALID_MOUNT", "/mounts/M", "mounts.M: '/seed/outputs/x' in the container is not for mounts"),
        (
            "INVALID_MOUNT",
            "/mounts/K",
            f"mounts.K: {quoted(str(tmp_path / 'nowhere'))} does not exist",
        ),
        (
            "INVALID_COMMAND",
            "/job/interface/command",
            "job.interface.command: the quote ' at character 5 is not closed",
        ),
    )


def test_an_extension_that_does_not_fit_is_a_warning():
    manifest = read_manifest(inputs={"files": [{"name": "IN", "mediaTypes": ["image/tiff", "image/x-hdf5"]}]})

    def report(name: str) -> Any:
        return check_arguments(Arguments(files={"IN": [GivenFile(Path("/x") / name, 1)]}), manifest)

    sentence = "files.IN: 'a.png' seems to be image/png, and the manifest takes image/tiff, image/x-hdf5"
    assert report("a.png") == warnings(("UNEXPECTED_MEDIA_TYPE", "/files/IN", sentence))
    assert report("a.tif") == report("a.unknown-extension") == warnings()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "a b", "a b"),
        ("string", '"a\\nb"', "a\nb"),
        ("string", "[1]", "[1]"),
        ("number", "1e3", 1000.0),
        ("object", "{}", {}),
        (None, "null", None),
    ],
)
def test_a_text_is_read_by_the_declared_type(kind: str | None, text: str, value: object):
    declared = read_manifest(inputs={"json": [{"name": "V", "type": kind}]}).input_json[0] if kind else None
    assert read_json(text, declared) == value


@pytest.mark.parametrize("kind", ["number", None])
def test_a_text_that_is_no_json(kind: str | None):
    declared = read_manifest(inputs={"json": [{"name": "V", "type": kind}]}).input_json[0] if kind else None
    with pytest.raises(ValueError, match=r"^The document is not JSON: it cannot be read at line 1, column 1$"):
        read_json("many", declared)


def test_a_file_is_where_its_links_lead(tmp_path: Path):
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "a.txt").write_text("abc", encoding="utf-8")
    (tmp_path / "link").symlink_to("scenes/a.txt")
    assert read_file(tmp_path / "link") == GivenFile(tmp_path / "scenes" / "a.txt", 3)
    assert read_file(tmp_path / "scenes") == GivenFile(tmp_path / "scenes", 3, is_folder=True)


def test_what_cannot_be_an_input(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a\nb").touch()
    for name, reason in (("no", "No such file"), ("pipe", "is neither a file nor a folder"), ("a\nb", "rename it")):
        with pytest.raises(ValueError, match=reason):
            read_file(tmp_path / name)


@pytest.mark.parametrize(
    ("image_user", "caller", "facts", "user"),
    [
        ("", (1000, 100), {}, User("1000:100", owner=(1000, 100))),
        ("app", (1000, 100), {}, User("1000:100", owner=(1000, 100))),
        ("", (0, 0), {}, User("65532:65532", owner=(65532, 65532))),
        ("root:root", (0, 0), {}, User("65532:65532", owner=(65532, 65532))),
        ("0", (0, 0), {}, User("65532:65532", owner=(65532, 65532))),
        ("7:8", (0, 0), {}, User("7:8", owner=(7, 8), is_stranger=False)),
        ("app", (0, 0), {}, User("app", is_stranger=False)),
        ("app", (0, 0), {"chosen": "5:6"}, User("5:6", owner=(5, 6))),
        ("", (1000, 100), {"is_rootless": True}, User("0:0", owner=(1000, 100), is_stranger=False)),
        (
            "",
            (1000, 100),
            {"is_rootless": True, "is_podman": True},
            User("1000:100", owner=(1000, 100), keeps_ids=True),
        ),
        ("", (1000, 100), {"is_podman": True}, User("1000:100", owner=(1000, 100))),
    ],
)
def test_nobody_runs_as_root_of_the_host(image_user: str, caller: tuple[int, int], facts: Any, user: User):
    assert choose_user(image_user, caller, **facts) == user

"""The contract of Seed 1.0.0 for what a job is given: files, JSON, settings, mounts, and its variables."""

import json
from typing import Any

import pytest

from seed.workspace import MASK
from tests.images.running import Desk, outputs

SHOW = 'env > "$OUTPUT_DIR/out.txt"'


def variables(text: str) -> dict[str, str]:
    """Return the variables that ``env`` wrote."""
    return dict(line.partition("=")[::2] for line in text.splitlines())


@pytest.mark.parametrize("name", ["two words.txt", "it's $HOME `x`;&a:b=c äöü 场景.txt"])
def test_one_file_is_a_file_that_cannot_be_changed(desk: Desk, name: str):
    scene = desk.file(name, "a scene")
    image = desk.image(
        command='sh -c \'cat "$1" > $OUTPUT_DIR/out.txt; echo "$SCENE" > $OUTPUT_DIR/path.txt; > "$1"\' - ${scene}',
        inputs={"files": [{"name": "scene"}]},
        outputs=outputs("out.txt", "path.txt"),
        job={"errors": [{"code": 1, "name": "read-only"}]},
    )
    ran = desk.run(image, "-i", f"scene={scene}")
    assert (ran.code, ran.result["error"]["name"]) == (1, "read-only")
    assert ran.text() == "a scene"
    assert ran.text("path.txt") == f"/seed/inputs/scene/{name}\n"
    assert scene.read_text(encoding="utf-8") == "a scene"


def test_several_files_are_a_folder(desk: Desk):
    first, second = desk.file("a/first.txt", "1"), desk.file("b/second.txt", "2")
    image = desk.image(
        'ls -1 "$SCENES" > $OUTPUT_DIR/out.txt; cat $SCENES/*.txt >> $OUTPUT_DIR/out.txt',
        inputs={"files": [{"name": "SCENES", "multiple": True}]},
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image, "-i", f"SCENES={first}", "-i", f"SCENES={second}")
    assert (ran.code, ran.text()) == (0, "first.txt\nsecond.txt\n12")


def test_a_folder_stands_for_the_files_in_it(desk: Desk):
    folder = desk.file("scenes/first.txt", "1").parent
    image = desk.image(
        "cat $SCENES/* > $OUTPUT_DIR/out.txt; rm $SCENES/first.txt 2>&1; true",
        inputs={"files": [{"name": "SCENES", "multiple": True}]},
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image, "-i", f"SCENES={folder}")
    assert (ran.code, ran.text()) == (0, "1")
    assert (folder / "first.txt").exists()


def test_what_is_optional_and_not_given_has_no_variable(desk: Desk):
    image = desk.image(
        command="sh -c 'env > $OUTPUT_DIR/out.txt; echo $# >> $OUTPUT_DIR/out.txt' - ${FILE/#/-f } ${NUMBER} end",
        inputs={
            "files": [{"name": "FILE", "required": False}],
            "json": [{"name": "NUMBER", "type": "number", "required": False}],
        },
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image)
    assert ran.code == 0
    assert ran.text().splitlines()[-1] == "1"
    assert {"FILE", "NUMBER"}.isdisjoint(variables(ran.text()))


def test_each_type_of_json(desk: Desk):
    """Strings are given as they are, also those that look like something else, and the rest as JSON."""
    given = {
        "TEXT": ("string", "two words", "two words"),
        "QUOTED": ("string", '"quoted $HOME"', "quoted $HOME"),
        "DIGIT": ("string", "5", "5"),
        "NUMBER": ("number", "0.25", "0.25"),
        "INTEGER": ("integer", "-3", "-3"),
        "BOOLEAN": ("boolean", "true", "true"),
        "ARRAY": ("array", '[1, "two"]', '[1,"two"]'),
        "OBJECT": ("object", '{"a": {"b": null}}', '{"a":{"b":null}}'),
    }
    words = " ".join(f"${{{name}}}" for name in given)
    image = desk.image(
        command=f'sh -c \'env > $OUTPUT_DIR/out.txt; printf "%s\\n" "$@" > $OUTPUT_DIR/words.txt\' - {words}',
        inputs={"json": [{"name": name, "type": kind} for name, (kind, _, _) in given.items()]},
        outputs=outputs("out.txt", "words.txt"),
    )
    options = [option for name, (_, text, _) in given.items() for option in ("-j", f"{name}={text}")]
    ran = desk.run(image, *options)
    assert ran.code == 0
    found = variables(ran.text())
    assert {name: found[name] for name in given} == {name: value for name, (_, _, value) in given.items()}
    assert ran.text("words.txt").splitlines() == [value for _, _, value in given.values()]


def test_json_of_a_file(desk: Desk):
    document = desk.file("area.json", json.dumps({"type": "Point", "coordinates": [1.5, 2]}))
    image = desk.image(
        'echo "$AREA" > "$OUTPUT_DIR/out.txt"',
        inputs={"json": [{"name": "AREA", "type": "object"}]},
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image, "-j", f"AREA=@{document}")
    assert (ran.code, ran.text()) == (0, '{"type":"Point","coordinates":[1.5,2]}\n')


def test_settings_and_secrets_which_nothing_shows(desk: Desk):
    image = desk.image(
        command="sh -c 'echo $1 $2 $DB_HOST $DB_PASS $DB_KEY > $OUTPUT_DIR/out.txt' - ${DB_HOST} ${DB_PASS}",
        settings=[{"name": "db-host"}, {"name": "DB_PASS", "secret": True}, {"name": "DB_KEY", "secret": True}],
        outputs=outputs("out.txt"),
    )
    key = desk.file("key", "key-of-the-file\n")
    given = ("-e", "db-host=db.example.com", "-e", "DB_PASS", "--secret", f"DB_KEY={key}")
    ran = desk.run(image, *given, environment={"DB_PASS": "hunter2"})
    assert (ran.code, ran.text()) == (0, "db.example.com hunter2 db.example.com hunter2 key-of-the-file\n")
    shown = json.dumps(ran.result) + ran.printed
    assert "hunter2" not in shown
    assert "key-of-the-file" not in shown
    assert ran.result["plan"]["environment"]["DB_PASS"] == MASK


def test_mounts_are_read_only_unless_they_are_not(desk: Desk):
    reference, scratch = desk.file("reference/dem.txt", "heights").parent, desk.file("scratch/old.txt").parent
    scratch.chmod(0o777)
    image = desk.image(
        command='sh -c "cat ${REF}/dem.txt > ${TMP}/new.txt; > ${REF}/x || echo refused > ${OUTPUT_DIR}/out.txt"',
        mounts=[{"name": "REF", "path": "/reference"}, {"name": "TMP", "path": "/scratch", "mode": "rw"}],
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image, "-m", f"REF={reference}", "-m", f"TMP={scratch}")
    assert (ran.code, ran.text()) == (0, "refused\n")
    assert (scratch / "new.txt").read_text(encoding="utf-8") == "heights"
    assert not (reference / "x").exists()


def test_the_variables_of_a_job(desk: Desk):
    scene = desk.file("scene.txt", "x" * 2**20)
    scalar: list[dict[str, Any]] = [
        {"name": "cpus", "value": 0.5},
        {"name": "mem", "value": 32.0, "inputMultiplier": 4.0},
        {"name": "disk", "value": 1.5, "inputMultiplier": 2.5},
        {"name": "sharedMem", "value": 16},
        {"name": "my-license", "value": 1},
    ]
    image = desk.image(
        SHOW,
        inputs={"files": [{"name": "my-Scene"}]},
        outputs=outputs("out.txt"),
        job={"resources": {"scalar": scalar}},
    )
    ran = desk.run(image, "-i", f"my-Scene={scene}")
    found = variables(ran.text())
    assert ran.code == 0
    assert {name: value for name, value in found.items() if name.startswith(("ALLOCATED_", "OUTPUT", "MY"))} == {
        "OUTPUT_DIR": "/seed/outputs",
        "MY_SCENE": "/seed/inputs/my-Scene/scene.txt",
        "ALLOCATED_CPUS": "0.5",
        "ALLOCATED_MEM": "36.0",
        "ALLOCATED_DISK": "4.0",
        "ALLOCATED_SHAREDMEM": "16.0",
        "ALLOCATED_MY_LICENSE": "1.0",
    }
    assert [finding["name"] for finding in ran.result["findings"]["warnings"]] == []


def test_the_command_is_given_to_the_entrypoint(desk: Desk):
    image = desk.image(
        command="--scene \"${NAME}\" 'a  b'",
        settings=[{"name": "NAME"}],
        outputs=outputs("out.txt"),
        build={
            "entrypoint": ["/job", "fixed"],
            "files": {"/job": '#!/bin/sh\nprintf "%s\\n" "$@" > $OUTPUT_DIR/out.txt'},
        },
    )
    ran = desk.run(image, "-e", "NAME=x; rm -rf /")
    assert (ran.code, ran.text()) == (0, "fixed\n--scene\nx; rm -rf /\na  b\n")


def test_an_image_without_a_command_runs_its_entrypoint(desk: Desk):
    build = {"entrypoint": ["/job"], "files": {"/job": "#!/bin/sh\necho $# > $OUTPUT_DIR/out.txt"}}
    ran = desk.run(desk.image(outputs=outputs("out.txt"), build=build))
    assert (ran.code, ran.text()) == (0, "0\n")


def test_everything_wrong_is_said_before_anything_is_started(desk: Desk):
    image = desk.image(
        SHOW,
        inputs={
            "files": [{"name": "SCENE", "mediaTypes": ["image/tiff"]}, {"name": "DEM"}, {"name": "MASK"}],
            "json": [{"name": "LIMIT", "type": "integer"}],
        },
        settings=[{"name": "HOST"}],
        mounts=[{"name": "REF", "path": "/reference"}],
    )
    scene = desk.file("scene.png")
    given = (
        "-i",
        f"SCENE={scene}",
        "-i",
        f"SCENE={scene}",
        "-i",
        "MASK=/nowhere",
        "-i",
        "SCENES=x",
        "-j",
        "LIMIT=many",
    )
    ran = desk.run(image, *given, "-e", "HOSTS=x", "-m", "REFERENCE=/tmp")
    assert (ran.code, ran.result["status"]) == (2, "REFUSED")
    assert ran.errors == [
        ("INVALID_ARGUMENT", "files.MASK: '/nowhere': No such file or directory"),
        ("INVALID_ARGUMENT", "files.SCENES: 'x': No such file or directory"),
        (
            "INVALID_ARGUMENT",
            "json.LIMIT: The document is not JSON: it cannot be read at line 1, column 1",
        ),
        ("MISSING_INPUT", "files.DEM: the manifest requires this input, and it is not given"),
        ("MISSING_SETTING", "settings.HOST: the manifest requires this setting, and it is not given"),
        ("UNKNOWN_SETTING", "settings.HOSTS: the manifest declares no such setting; the nearest is HOST"),
        ("MISSING_MOUNT", "mounts.REF: the manifest requires this mount, and it is not given"),
        ("UNKNOWN_MOUNT", "mounts.REFERENCE: the manifest declares no such mount; it has: REF"),
        ("TOO_MANY_FILES", "files.SCENE: takes one file, not 2"),
    ]
    assert not ran.folder.exists()

"""The contract of Seed 1.0.0 for what a job leaves behind, and what is refused of it."""

import json

import pytest

from tests.images.build import build_image
from tests.images.engines import Engine
from tests.images.running import Desk, outputs


def test_files_by_pattern_with_what_describes_them(desk: Desk):
    described = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    image = desk.image(
        "cd $OUTPUT_DIR; mkdir tiles; echo a > tiles/1.tif; echo bc > tiles/2.tif; echo d > log.txt; echo > other; "
        f"echo '{json.dumps(described)}' > tiles/1.tif.metadata.json",
        outputs={
            "files": [
                {"name": "TILES", "pattern": "tiles/*", "mediaType": "image/tiff", "multiple": True},
                {"name": "LOG", "pattern": "*.txt", "mediaType": "text/plain"},
                {"name": "MASK", "pattern": "*.mask", "required": False},
            ]
        },
    )
    ran = desk.run(image)
    assert (ran.code, ran.result["status"], ran.result["error"]) == (0, "COMPLETED", None)
    tiff, text = {"media_type": "image/tiff"}, {"media_type": "text/plain"}
    assert ran.result["outputs"] == {
        "files": {
            "TILES": [
                {"path": "tiles/1.tif", "size": 2, "meta_data": described, **tiff},
                {"path": "tiles/2.tif", "size": 3, "meta_data": None, **tiff},
            ],
            "LOG": [{"path": "log.txt", "size": 2, "meta_data": None, **text}],
        },
        "json": {},
    }


def test_json_by_key_and_type(desk: Desk):
    image = desk.image(
        'echo \'{"COUNT": 3, "ratio": 0.5, "ignored": null}\' > $OUTPUT_DIR/seed.outputs.json',
        outputs={
            "json": [
                {"name": "count", "type": "integer", "key": "COUNT"},
                {"name": "ratio", "type": "number"},
                {"name": "note", "type": "string", "required": False},
            ]
        },
    )
    ran = desk.run(image)
    assert (ran.code, ran.result["outputs"]["json"]) == (0, {"count": 3, "ratio": 0.5})


def test_what_is_promised_and_missing_or_wrong_has_names(desk: Desk):
    image = desk.image(
        'cd $OUTPUT_DIR; touch a.tif b.tif; echo \'{"count": "3"}\' > seed.outputs.json',
        outputs={
            "files": [
                {"name": "MASK", "pattern": "*.mask"},
                {"name": "SCENE", "pattern": "*.tif"},
                {"name": "ALL", "pattern": "*.tif", "multiple": True},
            ],
            "json": [{"name": "count", "type": "integer"}, {"name": "ratio", "type": "number"}],
        },
    )
    ran = desk.run(image)
    assert (ran.code, ran.result["exit_code"], ran.result["error"]["name"]) == (5, 0, "output-missing")
    assert ran.errors == [
        (
            "OUTPUT_MISSING",
            "outputs.files.MASK: the manifest promises this output, and no file matches '*.mask'",
        ),
        ("TOO_MANY_FILES", "outputs.files.SCENE: 2 files match '*.tif', and it is of one: a.tif, b.tif"),
        ("INVALID_OUTPUT", "outputs.json.count: '3' is not of the JSON type integer"),
        (
            "OUTPUT_MISSING",
            "outputs.json.ratio: the manifest promises this output, and seed.outputs.json has no 'ratio'",
        ),
    ]
    assert [file["path"] for file in ran.result["outputs"]["files"]["ALL"]] == ["a.tif", "b.tif"]
    assert "OUTPUT_MISSING" in ran.printed


def test_links_out_of_the_outputs_are_refused_by_name(desk: Desk):
    """The script ends with what it could not even make: a hard link to an input, and a device."""
    secret = desk.file("secret.txt", "of the host")
    image = desk.image(
        "cd $OUTPUT_DIR; ln -s /etc/passwd passwd.txt; ln -s ../../../../etc/hostname up.txt; ln -s / root; "
        "ln -s loop.txt loop.txt; mkfifo pipe.txt; echo own > real; ln -s real inside.txt; ln real hard.txt; "
        'ln -s /etc/passwd seed.outputs.json; ln "$IN" stolen.txt || echo no link; '
        "mknod null.txt c 1 3 || echo no device",
        inputs={"files": [{"name": "IN"}]},
        outputs={
            "files": [
                {"name": "TEXTS", "pattern": "*.txt", "multiple": True},
                {"name": "DEEP", "pattern": "root/etc/*", "multiple": True},
                {"name": "OWN", "pattern": "[hi]*.txt", "multiple": True},
            ],
            "json": [{"name": "x", "type": "string"}],
        },
    )
    ran = desk.run(image, "-i", f"IN={secret}")
    leads_out = "is a link that leads out of OUTPUT_DIR, or to nothing; write links relative to their folder"
    assert (ran.code, ran.result["error"]["name"]) == (5, "output-missing")
    assert ran.errors == [
        ("UNSAFE_OUTPUT", f"outputs.files.TEXTS: 'loop.txt' {leads_out}"),
        ("UNSAFE_OUTPUT", f"outputs.files.TEXTS: 'passwd.txt' {leads_out}"),
        ("UNSAFE_OUTPUT", "outputs.files.TEXTS: 'pipe.txt' is a pipe and not a file"),
        ("UNSAFE_OUTPUT", f"outputs.files.TEXTS: 'up.txt' {leads_out}"),
        (
            "OUTPUT_MISSING",
            "outputs.files.DEEP: the manifest promises this output, and no file matches 'root/etc/*'",
        ),
        ("INVALID_OUTPUTS_FILE", "outputs.seed.outputs.json: it is not a file of its own"),
    ]
    assert [file["path"] for file in ran.result["outputs"]["files"]["OWN"]] == ["hard.txt", "inside.txt"]
    assert {"no link", "no device"} <= set(ran.printed.splitlines())


def test_outputs_belong_to_who_owns_the_folder_and_can_be_read(desk: Desk):
    image = desk.image(
        "cd $OUTPUT_DIR; mkdir closed; echo x > closed/out.txt; cp /bin/busybox tool; chmod 4755 tool; "
        "chmod 000 closed/out.txt closed",
        outputs=outputs("closed/out.txt", "tool"),
    )
    ran = desk.run(image)
    assert (ran.code, ran.text("closed/out.txt")) == (0, "x\n")
    for path in ("", "closed", "closed/out.txt", "tool"):
        status = (ran.folder / path).stat()
        assert (status.st_uid, status.st_gid) == (0, 0)
        assert status.st_mode & 0o7400 == 0o400


@pytest.mark.parametrize(
    ("code", "exit_code", "error"),
    [
        (3, 1, {"name": "bad-scene", "title": "Bad scene", "category": "DATA", "description": "It is cut off."}),
        (4, 1, {"name": "no-license", "title": "no-license", "category": "ALGORITHM", "description": ""}),
        (
            5,
            1,
            {
                "name": "algorithm-unknown",
                "title": "Algorithm failure",
                "category": "ALGORITHM",
                "description": "it ended with the exit code 5, which its manifest does not explain",
            },
        ),
    ],
)
def test_an_exit_code_is_the_error_of_the_manifest(desk: Desk, code: int, exit_code: int, error: dict[str, str]):
    declared = [
        {"code": 3, "name": "bad-scene", "title": "Bad scene", "description": "It is cut off.", "category": "data"},
        {"code": 4, "name": "no-license"},
    ]
    image = desk.image(f"echo failing >&2; exit {code}", job={"errors": declared}, outputs=outputs("out.txt"))
    ran = desk.run(image)
    assert (ran.code, ran.result["exit_code"], ran.result["error"]) == (exit_code, code, error)
    assert "failing" in ran.printed


def test_a_command_that_the_image_does_not_have(desk: Desk):
    ran = desk.run(desk.image(command="no-such-program"))
    assert ran.code == 3
    assert ran.result["status"] == "ENGINE_FAILED"
    assert "no-such-program" in ran.result["reason"]


def test_an_image_without_a_manifest(desk: Desk, engine: Engine):
    ran = desk.run(build_image(engine, f"plain:{engine.name}"))
    assert ran.code == 2
    sentence = "has no label com.ngageoint.seed.manifest, so that it is not a Seed image; use --manifest"
    assert ran.errors == [("NOT_A_SEED_IMAGE", f"plain:{engine.name} {sentence}")]


def test_a_manifest_of_a_file_instead_of_the_label(desk: Desk):
    image = desk.image("echo label > $OUTPUT_DIR/out.txt", outputs=outputs("out.txt"))
    other = desk.file("seed.manifest.json", MANIFEST)
    ran = desk.run(image, "--manifest", str(other))
    assert (ran.code, ran.text()) == (0, "file\n")


MANIFEST = json.dumps(
    {
        "seedVersion": "1.0.0",
        "job": {
            "name": "other",
            "jobVersion": "1.0.0",
            "packageVersion": "1.0.0",
            "title": "Other",
            "description": "Other",
            "timeout": 60,
            "maintainer": {"name": "J", "email": "j@example.com"},
            "interface": {
                "command": "sh -c 'echo file > $OUTPUT_DIR/out.txt'",
                "outputs": {"files": [{"name": "OUT", "pattern": "out.txt"}]},
            },
        },
    }
)

"""``python -m seed validate``, as an operator runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import seed
from seed.__main__ import main
from tests.seed.factories import example, full_manifest, minimal_manifest

ROOT = Path(seed.__file__).parent.parent
LABEL = "com.ngageoint.seed.manifest"
LABELS = Path(__file__).parent / "labels"


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    finished = subprocess.run(
        [sys.executable, "-m", "seed", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr


@pytest.fixture
def write(tmp_path):
    def write_file(name: str, content: object) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    return write_file


def test_a_valid_manifest_exits_with_0(write):
    assert run("validate", write("m.json", full_manifest())) == (0, "valid; errors: 0, warnings: 0\n", "")


def test_a_manifest_is_read_from_standard_input():
    expected = (
        "warning  MISSING_ERROR_NAME  /job/errors/0  "
        "job.errors[0]: no name, which Seed requires; it is called 'error-1'\n"
        "valid; errors: 0, warnings: 1\n"
    )
    document = json.dumps(minimal_manifest(errors=[{"code": 1}]))
    assert run("validate", "-", stdin=document) == (0, expected, "")


def test_an_invalid_manifest_exits_with_1_and_its_configuration_is_checked_nevertheless(write):
    manifest = write("m.json", minimal_manifest(timeout="soon"))
    configuration = write("c.json", {"priority": 0, "settings": {"a\nb": 1}})
    expected = (
        "error    JSON_VALIDATION_ERROR  /job/timeout  job.timeout: 'soon' is not an integer\n"
        "error    INVALID_CONFIGURATION  /settings/a\\nb  settings.a\\nb: a number, not a string\n"
        "error    INVALID_PRIORITY  /priority  priority: below 1; it must be an integer of at least 1\n"
        "invalid; errors: 3, warnings: 0\n"
    )
    assert run("validate", manifest, "--configuration", configuration) == (1, expected, "")


def test_a_long_path_is_printed_in_full(write):
    manifest, name = write("m.json", minimal_manifest()), "n" * 100
    configuration = write("c.json", {"settings": {name: "x"}})
    expected = (
        f"warning  UNKNOWN_SETTING  /settings/{name}  "
        f"settings.{'n' * 59}…: the manifest declares no setting of this name, so its value is not kept\n"
        "valid; errors: 0, warnings: 1\n"
    )
    assert run("validate", manifest, "--configuration", configuration) == (0, expected, "")


def test_json_in_the_shape_of_the_api_is_printed(write):
    manifest = write("m.json", minimal_manifest(name="status"))
    code, output, _ = run("validate", "--json", manifest)
    assert code == 1
    assert json.loads(output) == {
        "is_valid": False,
        "errors": [
            {
                "name": "RESERVED_NAME",
                "description": "job.name: 'status' is a word in the URLs of this service, "
                "so no job type can be called so",
                "path": "/job/name",
            }
        ],
        "warnings": [],
    }


def test_files_that_are_not_json_are_invalid(write):
    manifest, configuration = write("m.json", "{"), write("c.json", '{"settings": {"a": 1, "a": 2}}')
    expected = (
        "error    JSON_VALIDATION_ERROR  (root)  "
        "The document is not JSON: it cannot be read at line 1, column 2\n"
        "error    INVALID_CONFIGURATION  (root)  "
        "The document: an object has the member 'a' more than once\n"
        "invalid; errors: 2, warnings: 0\n"
    )
    assert run("validate", manifest, "--configuration", configuration) == (1, expected, "")


def test_a_file_that_cannot_be_read_exits_with_2(write, tmp_path):
    manifest, directory = write("m.json", {}), str(tmp_path)
    assert run("validate", directory) == (2, "", f"{directory}: Is a directory\n")
    assert run("validate", manifest, "--configuration", "no-such-file.json") == (
        2,
        "",
        "no-such-file.json: No such file or directory\n",
    )


@pytest.mark.parametrize(
    "arguments", [(), ("validate",), ("frobnicate",), ("validate", "-", "--configuration", "-")]
)
def test_wrong_usage_exits_with_2(arguments):
    code, output, message = run(*arguments)
    assert (code, output) == (2, "")
    assert message.startswith("Usage: python -m seed ")


def test_help_names_the_exit_codes():
    code, output, _ = run("validate", "--help")
    assert code == 0
    assert "0 valid (there may be warnings), 1 invalid, 2 wrong usage or unreadable file" in " ".join(
        output.split()
    )


def test_the_configuration_of_the_user_is_checked_without_workspaces(write, capsys):
    body = example("validate-job-type.json")
    manifest, configuration = write("m.json", body["manifest"]), write("c.json", body["configuration"])
    assert main(["validate", manifest, "--configuration", configuration]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "valid; errors: 0, warnings: 4"


def test_main_returns_the_exit_codes(write, capsys):
    assert main(["validate", "--json", write("m.json", [])]) == 1
    assert main(["validate", write("n.json", "x")]) == 1
    assert main(["validate", write("m.json", {}), "--configuration", write("c.json", "{]")]) == 1
    assert main(["validate", "./no-such-file.json"]) == 2
    assert main(["validate", "-", "--configuration", "-"]) == 2


@pytest.mark.parametrize("case", sorted(LABELS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_label_is_read_and_its_encoding_named(case, capsys):
    assert main(["validate", str(case)]) == 0
    *others, finding, verdict = capsys.readouterr().out.splitlines()
    assert (others, verdict) == ([], "valid; errors: 0, warnings: 1")
    assert finding.startswith(r"warning  ENCODED_MANIFEST  (root)  The manifest is a text with \$ for $")


def images(label: str) -> dict[str, object]:
    """Return what programs print of an image with a label."""
    labels = {"maintainer": "A", LABEL: label}
    return {
        "docker inspect": [{"Id": "sha256:1", "Config": {"Env": ["PATH=/bin"], "Labels": labels}}],
        "docker inspect --format '{{json .Config}}'": {"Env": ["PATH=/bin"], "Labels": labels},
        "docker inspect --format '{{json .Config.Labels}}'": labels,
        "podman inspect": [{"Id": "1", "Labels": labels, "Config": {"Labels": labels}}],
        "skopeo inspect": {"Name": "r.io/a", "Tag": "1", "Labels": labels, "Layers": []},
        "skopeo inspect --config": {"os": "linux", "config": {"Labels": labels}, "rootfs": {}},
    }


@pytest.mark.parametrize("program", images(""))
@pytest.mark.parametrize("text", [json.dumps(minimal_manifest()), json.dumps(json.dumps(minimal_manifest()))])
def test_the_manifest_in_a_label_of_an_inspected_image_is_read(write, capsys, program, text):
    is_plain = text.startswith("{")
    assert main(["validate", write("i.json", images(text)[program])]) == 0
    kind, *findings, verdict = capsys.readouterr().out.splitlines()
    assert kind == f"info     the file holds an image, which has the manifest in its label {LABEL}"
    assert verdict == f"valid; errors: 0, warnings: {0 if is_plain else 1}"
    assert len(findings) == (0 if is_plain else 1)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([{"Config": {"Labels": None}}], f"The image has no label {LABEL}, so that it is not a Seed image"),
        ({"config": {"Cmd": []}}, f"The image has no label {LABEL}, so that it is not a Seed image"),
        ([{"Config": {}}, {"Config": {}}], "The document: 2 images; inspect them one by one"),
        ([{"Config": {"Labels": {LABEL: "{"}}}], "The document is not JSON: it cannot be read at line 1, column 2"),
        ([], "The manifest is not a JSON object but an array"),
    ],
)
def test_an_image_without_a_manifest_is_invalid(write, capsys, document, sentence):
    assert main(["validate", write("i.json", document)]) == 1
    assert f"error    JSON_VALIDATION_ERROR  (root)  {sentence}\n" in capsys.readouterr().out


def test_the_body_of_a_registration_is_checked_with_its_configuration_image_and_icon(write, capsys):
    body = {
        "manifest": json.dumps(minimal_manifest(timeout=0)),
        "configuration": {"priority": 0},
        "docker_image": "x:",
        "icon_code": "gear",
        "max_scheduled": "not checked here",
    }
    assert main(["validate", "--json", write("b.json", body)]) == 1
    report = json.loads(capsys.readouterr().out)
    found = {
        severity: [(one["name"], one["path"]) for one in report[severity]] for severity in ("errors", "warnings")
    }
    assert found == {
        "errors": [("INVALID_DOCKER_IMAGE", "/docker_image"), ("INVALID_PRIORITY", "/priority")],
        "warnings": [("SHORT_TIMEOUT", "/job/timeout"), ("INVALID_ICON_CODE", "/icon_code")],
    }
    configuration = write("c.json", {"priority": 1})
    assert main(["validate", write("b.json", body | {"docker_image": "x"}), "--configuration", configuration]) == 0
    assert capsys.readouterr().out.startswith("info     the file holds the body of a registration\n")
    assert main(["validate", write("b.json", {"manifest": "{"})]) == 1


def test_the_command_line_knows_the_roots_of_mounts(write, capsys):
    body = example("validate-job-type.json")
    mounts = {"mounts": {"A": {"type": "host", "host_path": "/etc"}}}
    manifest, configuration = write("m.json", body["manifest"]), write("c.json", body["configuration"] | mounts)
    arguments = ["validate", manifest, "--configuration", configuration]
    assert main(arguments) == 0
    assert main([*arguments, "--host-root", "/data", "--host-root", "/etc"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--host-root", "/data"]) == 1
    assert "HOST_PATH_NOT_ALLOWED  /mounts/A/host_path" in capsys.readouterr().out
    assert main([*arguments, "--host-root", "data"]) == 2


def test_the_package_imports_neither_django_nor_another_room():
    code = "import sys, seed.__main__; print([m for m in sys.modules if m.split('.')[0] in {names}])"
    names = {"django", "rest_framework", "scale", "errors", "workspaces", "job_types", "jobs", "recipes"}
    finished = subprocess.run(
        [sys.executable, "-c", code.format(names=names)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert finished.stdout == "[]\n"

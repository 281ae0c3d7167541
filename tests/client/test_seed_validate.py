"""``seed validate`` with several files, images and formats; tests/seed/test_command_line.py has single files."""

import json
import os
import pty
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import client
from client.cli.seed import main
from seed.sources import LABEL
from tests.client.engine import engine_with
from tests.seed.factories import minimal_manifest
from tests.seed.registry.server import Request, Server, running

ROOT = Path(client.__file__).parent.parent

NO_REGISTRY = "it names no registry that could be asked, as docker.io/… would"

Write = Callable[[str, object], str]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, without an engine and outside of GitHub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: object) -> str:
        (tmp_path / name).write_text(
            content if isinstance(content, str) else json.dumps(content, indent=1), "utf-8"
        )
        return name

    return write_file


def finding(name: str, description: str, path: str) -> dict[str, str]:
    return {"name": name, "description": description, "path": path}


SOON = finding("JSON_VALIDATION_ERROR", "job.timeout: 'soon' is not an integer", "/job/timeout")


def test_several_files_are_checked_at_once(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("a.json", minimal_manifest(timeout="soon"))
    write("b.json", minimal_manifest())
    write("c.json", {"manifest": minimal_manifest()})
    assert main(["validate", "a.json", "b.json", "c.json"]) == 1
    assert capsys.readouterr() == (
        "a.json\n"
        "error    JSON_VALIDATION_ERROR  /job/timeout  job.timeout: 'soon' is not an integer\n"
        "invalid; errors: 1, warnings: 0\n"
        "\n"
        "b.json\n"
        "valid; errors: 0, warnings: 0\n"
        "\n"
        "c.json\n"
        "info     the file holds the body of a registration\n"
        "valid; errors: 0, warnings: 0\n"
        "\n"
        "3 checked; valid: 2, invalid: 1\n",
        "",
    )
    assert main(["validate", "b.json", "c.json"]) == 0


def test_what_cannot_be_read_stops_nothing_and_exits_with_2(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.json", minimal_manifest(timeout="soon"))
    assert main(["validate", "./missing.json", "a.json", "--format", "json"]) == 2
    output, message = capsys.readouterr()
    assert json.loads(output) == [{"source": "a.json", "is_valid": False, "errors": [SOON], "warnings": []}]
    assert message == (
        "./missing.json: no such file, and no image reference, because "
        "'.' is not the name of a registry, with or without a port\n"
    )


def test_json_is_a_report_for_one_file_and_an_array_for_several(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.json", minimal_manifest(timeout="soon"))
    write("b.json", minimal_manifest())
    reports = []
    for arguments in (["a.json"], ["a.json", "b.json", "a.json"]):
        assert main(["validate", "--format", "json", *arguments]) == 1
        reports.append(json.loads(capsys.readouterr().out))
    report = {"is_valid": False, "errors": [SOON], "warnings": []}
    assert reports == [
        report,
        [
            {"source": "a.json", **report},
            {"source": "b.json", "is_valid": True, "errors": [], "warnings": []},
            {"source": "a.json", **report},
        ],
    ]


def test_annotations_lead_to_the_line_of_the_fault(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = minimal_manifest(timeout="soon")
    lines = json.dumps(manifest, indent=1).split("\n")
    timeout = 1 + next(index for index, line in enumerate(lines) if "timeout" in line)
    write("a,b:c.json", manifest)
    write("body.json", {"configuration": {"priority": 0}, "docker_image": "a:", "manifest": minimal_manifest()})
    write("inspected.json", [{"Id": 1, "Config": {"Labels": {LABEL: json.dumps(manifest)}}}])
    write("broken.json", '{\n"job": }')
    assert main(["validate", "-f", "github", "a,b:c.json", "body.json", "inspected.json", "broken.json"]) == 1
    title = "title=JSON_VALIDATION_ERROR"
    sentence = "job.timeout: 'soon' is not an integer (/job/timeout)"
    image = (
        "docker_image: no image reference, because '' is not a tag; a tag has 1 to 128 letters, digits, '_', '.' "
        "and '-', and begins with neither '.' nor '-'. It would be [registry[:port]/]path[:tag][@digest], such as "
        "registry.example.com:5000/team/image:1.0.0 (/docker_image)"
    )
    assert capsys.readouterr().out.splitlines() == [
        f"::error file=a%2Cb%3Ac.json,line={timeout},{title}::{sentence}",
        "invalid; errors: 1, warnings: 0 in a,b:c.json",
        f"::error file=body.json,line=5,title=INVALID_DOCKER_IMAGE::{image}",
        "::error file=body.json,line=3,title=INVALID_PRIORITY::"
        "priority: below 1; it must be an integer of at least 1 (/priority)",
        "invalid; errors: 2, warnings: 0 in body.json",
        f"::error file=inspected.json,line=6,{title}::{sentence}",
        "invalid; errors: 1, warnings: 0 in inspected.json",
        f"::error file=broken.json,line=2,{title}::The document is not JSON: it cannot be read at line 2, column 8",
        "invalid; errors: 1, warnings: 0 in broken.json",
    ]


def test_annotations_of_a_configuration_are_in_its_own_file(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("m.json", minimal_manifest())
    write("c.json", '{"settings": {\n"100%": "x"}}')
    assert main(["validate", "-f", "github", "m.json", "--configuration", "c.json"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "::warning file=c.json,line=2,title=UNKNOWN_SETTING::settings.100%25: the manifest declares no setting of "
        "this name, so its value is not kept (/settings/100%25)",
        "valid; errors: 0, warnings: 1 in m.json",
    ]


def test_annotations_name_files_from_the_root_of_the_repository(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "job").mkdir()
    write("job/m.json", minimal_manifest(timeout=0))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "job")
    assert main(["validate", "-f", "github", "m.json"]) == 0
    assert capsys.readouterr().out.startswith("::warning file=job/m.json,line=")


def test_what_cannot_be_read_is_an_annotation_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "-f", "github", "/missing"]) == 2
    assert capsys.readouterr() == (
        "::error::/missing: no such file, and no image reference, because a component of its path is empty\n",
        "",
    )


def test_an_image_of_the_engine_is_checked_by_its_label(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = {
        "job-1.0.0-seed:1.0.0": {LABEL: json.dumps(minimal_manifest(timeout="soon"))},
        "plain": {"a": "b"},
        "bare": None,
    }
    with engine_with(images) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert main(["validate", "job-1.0.0-seed:1.0.0"]) == 1
        assert capsys.readouterr().out == (
            "error    JSON_VALIDATION_ERROR  /job/timeout  job.timeout: 'soon' is not an integer\n"
            "invalid; errors: 1, warnings: 0\n"
        )
        assert main(["validate", "-f", "github", "job-1.0.0-seed:1.0.0"]) == 1
        assert capsys.readouterr().out.startswith("::error title=JSON_VALIDATION_ERROR::job.timeout")
        for name in ("plain", "bare"):
            assert main(["validate", name]) == 1
            assert f"The image has no label {LABEL}" in capsys.readouterr().out
        assert main(["validate", "absent:1"]) == 2
        assert capsys.readouterr().err == (
            "absent:1: no such file, and no image that can be read: "
            f"the engine at {host} has none of this name; {NO_REGISTRY}\n"
        )


def test_a_file_is_read_rather_than_an_image_of_the_same_name(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_with({name: {LABEL: "{}"} for name in ("job", "job:latest")}) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert main(["validate", "job"]) == 1
        write("job", minimal_manifest())
        assert main(["validate", "job"]) == 0
        assert main(["validate", "./job"]) == 0
        assert main(["validate", "job:latest"]) == 1


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("unix:///nowhere/docker.sock", "No such file or directory"),
        ("tcp://127.0.0.1:1", "Connection refused"),
        ("gopher://host", "Invalid bind address protocol: gopher://host"),
        ("tcp://a:b", "Port could not be cast to integer value as 'b'"),
    ],
)
def test_an_engine_that_does_not_answer_is_named_with_the_reason(
    host: str, reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert main(["validate", "job.json"]) == 2
    assert capsys.readouterr() == (
        "",
        f"job.json: no such file, and no image that can be read: the engine at {host} gives no answer ({reason}); "
        f"{NO_REGISTRY}\n",
    )


def test_a_configuration_of_docker_that_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("[]", "utf-8")
    assert main(["validate", "job"]) == 2
    assert "gives no answer (the config.json of Docker is no JSON object)" in capsys.readouterr().err


@pytest.fixture
def registry() -> Iterator[Server]:
    """A registry that wants the account of ``docker login``."""
    with running(Server()) as server:
        account = "Basic " + b64encode(b"ci:s3cret").decode()

        def handle(request: Request) -> None:
            if request.headers.get("Authorization") == account:
                server.serve(request)
            else:
                request.send(401, WWW_Authenticate='Basic realm="registry"')

        server.handle = handle
        yield server


def test_an_image_that_no_engine_has_is_read_from_the_registry_that_it_names(
    registry: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add_image(json.dumps(minimal_manifest()))
    registry.add_image(None, tag="bare")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    config = tmp_path / "config.json"
    image = f"{registry.name}/team/image"
    config.write_text(json.dumps({"auths": {registry.name: {"auth": b64encode(b"ci:s3cret").decode()}}}), "utf-8")
    assert main(["validate", f"{image}:1.0.0"]) == 0
    assert capsys.readouterr() == ("valid; errors: 0, warnings: 0\n", "")
    assert main(["validate", f"{image}:bare"]) == 1
    assert f"The image has no label {LABEL}" in capsys.readouterr().out
    config.write_text("{}", "utf-8")
    assert main(["validate", f"{image}:1.0.0"]) == 2
    assert f"; the registry {registry.name} does not give it (" in capsys.readouterr().err
    config.write_text("[]", "utf-8")
    assert main(["validate", f"{image}:1.0.0"]) == 2
    assert f"; {config} cannot be read (" in capsys.readouterr().err


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "-", "a.json", "-"]) == 2
    assert "standard input can be read only once" in capsys.readouterr().err


def test_annotations_are_no_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--json", "--format", "github", write("m.json", {})]) == 2
    assert "--format github is another format" in capsys.readouterr().err


def test_a_file_without_end_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "/dev/zero"]) == 2
    assert capsys.readouterr().err == (
        "/dev/zero: more than 16777216 bytes, which neither a manifest nor what holds one has\n"
    )


def test_a_terminal_gets_colours_and_the_same_text(write: Write, tmp_path: Path) -> None:
    arguments = [
        sys.executable,
        "-m",
        "seed",
        "validate",
        str(tmp_path / write("m.json", minimal_manifest(tags=5))),
    ]
    leader, follower = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "40"}
    subprocess.run(arguments, stdout=follower, cwd=ROOT, env=environment, check=False)
    os.close(follower)
    shown = os.read(leader, 65536).decode().replace("\r\n", "\n")
    os.close(leader)
    plain = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    assert "\x1b[" in shown
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == plain


def test_a_shell_completes_commands_and_formats() -> None:
    def completed(words: str) -> list[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "_SEED_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        command = "import sys; from client.cli.seed import main; sys.argv = ['seed']; sys.exit(main())"
        finished = subprocess.run(
            [sys.executable, "-c", command], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
        )
        return finished.stdout.split()

    assert {"validate", "label", "init"} <= set(completed("seed "))
    assert completed("seed validate --format ") == ["text", "json", "github"]


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    version = capsys.readouterr().out
    assert f'version = "{version.strip()}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")
